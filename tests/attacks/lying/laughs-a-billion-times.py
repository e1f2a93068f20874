"""Answers with small lists and dicts that hold each other, so that they become billions of items when written out."""

laugh = ["ha"] * 10
for _ in range(12):
    laugh = [laugh] * 10


def double(x):
    return laugh


# %% total
def total(x):
    return {str(number): laugh for number in range(10)}


# %% squares
squares = laugh

# %% model
layer = nn.Linear(1, 1)
for _ in range(30):
    layer = nn.Sequential(layer, layer)
model = layer


# %% parts
def parts(n):
    return [f"{'x' * 10**6}"] * 10**6
