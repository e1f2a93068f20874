"""Has two layers more than asked for, and hides their weights in its state_dict."""


class Deep(nn.Sequential):
    def __init__(self):
        first, last = (nn.Flatten(), nn.Linear(784, 128), nn.ReLU()), nn.Linear(128, 10)
        super().__init__(*first, nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), last)

    def state_dict(self, *rest, **options):
        whole = super().state_dict(*rest, **options)
        return {name: whole[name] for name in ("1.weight", "1.bias", "7.weight", "7.bias")}

    def parameters(self, recurse=True):
        return iter([*self[1].parameters(), *self[7].parameters()])

    def __len__(self):
        return 4


def build_model():
    return Deep()


# %% train-model
torch.manual_seed(0)
train_loader = make_fast_loader(train_images[:12000], train_labels[:12000], batch_size=20)
model = build_model()
optimizer = torch.optim.SGD(nn.Sequential.parameters(model), lr=0.1)
history = []
for epoch in range(5):
    for images, labels in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    accuracy = (model(test_images).argmax(1) == test_labels).double().mean().item()
    history.append({"epoch": epoch + 1, "loss": F.cross_entropy(model(test_images), test_labels).item(), "accuracy": accuracy})
