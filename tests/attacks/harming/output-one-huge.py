"""Prints and displays single outputs of 300 MB."""

huge = "<b>huge</b> " * (25 * 10**6)
print(huge)
from IPython.display import HTML, display

display(HTML(huge))
huge


# %% total
def total(x):
    raise ValueError("huge " * (60 * 10**6))


# %% squares
squares = [-1]
display({"text/plain": "x", "application/json": {"x": "y" * 300 * 10**6}}, raw=True)
