"""`pipelines/mnist-cnn.yaml` as a PyTorch script, from the IDX files to the figures.

mnist-study.py VARIANT --data FOLDER --out FOLDER [--epochs 8] [--seed 7]

VARIANT: `pytorch` as most people write it; `pytorch-channels-last` with model and images in channels_last and Adam's fused
update. 55,000 images to train on and 5,000 to validate after each epoch, every class with its share; 10,000 to test on. It
prints one line of JSON: {"accuracy": on the test set, "figures": how many were drawn}. Without matplotlib none is.
"""
import argparse, json, os

import torch
from torch.nn import functional as F

from mnist_torch import classes, read, small_network

parser = argparse.ArgumentParser()
parser.add_argument("variant", choices=["pytorch", "pytorch-channels-last"])
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--seed", type=int, default=7)
options = parser.parse_args()
careful = options.variant == "pytorch-channels-last"
batch = 64
torch.manual_seed(options.seed)


def stratified(labels, count):
    """Rows for training and for validation, of which there are `count`, shared out by largest remainder."""
    sizes = torch.bincount(labels, minlength=classes) * count / len(labels)
    shares = sizes.floor().long()
    shares[(sizes - shares).argsort(descending=True)[:count - int(shares.sum())]] += 1
    held = torch.zeros(len(labels), dtype=torch.bool)
    for label, share in enumerate(shares.tolist()):
        rows = torch.nonzero(labels == label).squeeze(1)
        held[rows[torch.randperm(len(rows))[:share]]] = True
    return torch.nonzero(~held).squeeze(1), torch.nonzero(held).squeeze(1)


def prepared(images):
    values = images.float().div_(255)
    return values.contiguous(memory_format=torch.channels_last) if careful else values


def outputs(images):
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(prepared(part)) for part in images.split(500)])


def scores(images, labels):
    made = outputs(images)
    return F.cross_entropy(made, labels).item(), (made.argmax(1) == labels).float().mean().item()


images, labels = read(options.data, "train")
test_images, test_labels = read(options.data, "t10k")
train_rows, validation_rows = stratified(labels, 5000)
model = small_network()
if careful:
    model = model.to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters(), lr=0.002, fused=True if careful else None)
steps = options.epochs * -(-len(train_rows) // batch)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
history = []
for epoch in range(1, options.epochs + 1):
    model.train()
    loss_sum, correct = torch.zeros(()), torch.zeros(())
    for rows in train_rows[torch.randperm(len(train_rows))].split(batch):
        wanted = labels[rows]
        made = model(prepared(images[rows]))
        loss = F.cross_entropy(made, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        loss_sum += loss.detach() * len(rows)
        correct += (made.detach().argmax(1) == wanted).sum()
    count = len(train_rows)
    history.append(((loss_sum / count).item(), (correct / count).item(), *scores(images[validation_rows], labels[validation_rows])))

predicted = outputs(test_images).argmax(1)
confusion = torch.bincount(test_labels * classes + predicted, minlength=classes**2).view(classes, classes)
right, found = confusion.diag().double(), confusion.double()
precision, recall = right / found.sum(0), right / found.sum(1)
torch.save(model.state_dict(), os.path.join(options.out, "model.pt"))


def draw():
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    drawn = 0

    def save(name):
        nonlocal drawn
        plt.savefig(os.path.join(options.out, f"{name}.svg"))
        plt.close()
        drawn += 1

    figure, axes = plt.subplots(4, 10, figsize=(10, 4))
    for column in range(classes):
        for row, place in enumerate(torch.nonzero(labels == column).squeeze(1)[:4].tolist()):
            axes[row][column].imshow(images[place, 0].numpy(), cmap="gray_r")
            axes[row][column].axis("off")
    save("samples")

    plt.bar(range(classes), torch.bincount(labels[train_rows], minlength=classes).tolist())
    plt.xlabel("Class")
    plt.ylabel("Examples")
    save("frequencies")

    figure, (left, other) = plt.subplots(1, 2, figsize=(10, 4))
    epochs = range(1, options.epochs + 1)
    for axis, name, at in ((left, "Loss (nats)", 0), (other, "Accuracy", 1)):
        axis.plot(epochs, [each[at] for each in history], label="training")
        axis.plot(epochs, [each[at + 2] for each in history], label="validation")
        axis.set_xlabel("Epoch")
        axis.set_ylabel(name)
        axis.legend()
    save("curves")

    plt.imshow(confusion.numpy(), cmap="Blues")
    for row in range(classes):
        for column in range(classes):
            plt.text(column, row, int(confusion[row, column]), ha="center", va="center")
    plt.xlabel("Predicted class")
    plt.ylabel("True class")
    save("confusion")

    f1 = 2 * precision * recall / (precision + recall)
    rows = [[f"{value:.4f}" for value in each] for each in zip(precision.tolist(), recall.tolist(), f1.tolist())]
    plt.axis("off")
    plt.table(rows, rowLabels=[str(label) for label in range(classes)], colLabels=["Precision", "Recall", "F1"], loc="center")
    save("report")
    return drawn


try:
    figures = draw()
except ImportError:
    figures = 0
print(json.dumps({"accuracy": right.sum().item() / len(test_labels), "figures": figures}))
