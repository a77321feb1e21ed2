"""The PyTorch side of the study benchmark: `study.py loop|folds`, one thread. It speaks as study-peer.ts does.

loop:  fold after fold, as most people write it: nn.Sequential, a shuffled copy an epoch, batches as views of it.
folds: all folds of a configuration at once, their weights in one tensor (torch.baddbmm).
Both use Adam's fused update, the fastest of its forms here.
"""
import json, math, os, sys

os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
activations = {"sigmoid": torch.sigmoid, "elu": F.elu, "gelu": F.gelu}
modules = {"sigmoid": nn.Sigmoid, "elu": nn.ELU, "gelu": nn.GELU}


def fold_rows(fold, folds, count):
    held = torch.arange(count) % folds == fold
    return torch.nonzero(~held).squeeze(1), torch.nonzero(held).squeeze(1)


def loop(task, x, y):
    last = []
    for fold in range(task["folds"]):
        torch.manual_seed(fold)
        layers, width = [], 1
        for _ in range(task["depth"]):
            layers += [nn.Linear(width, task["units"]), modules[task["activation"]]()]
            width = task["units"]
        model = nn.Sequential(*layers, nn.Linear(width, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=task["learningRate"], fused=True)
        rows, held = fold_rows(fold, task["folds"], len(x))
        xt, yt, xv, yv = x[rows], y[rows], x[held], y[held]
        history = []
        for _ in range(task["epochs"]):
            order = torch.randperm(len(xt))
            total = torch.zeros(())
            for xb, yb in zip(xt[order].split(task["batch"]), yt[order].split(task["batch"])):
                loss = F.mse_loss(model(xb), yb)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(xb)
            with torch.no_grad():
                history.append((total.item() / len(xt), F.mse_loss(model(xv), yv).item()))
        last.append(history[-1][1])
    return sum(last) / len(last)


def folds(task, x, y):
    torch.manual_seed(0)
    count, width, parameters = task["folds"], 1, []
    for units in [task["units"]] * task["depth"] + [1]:
        bound = 1 / math.sqrt(width)
        for shape in ((count, width, units), (count, 1, units)):
            parameters.append(torch.empty(shape).uniform_(-bound, bound).requires_grad_())
        width = units
    bend = activations[task["activation"]]
    optimizer = torch.optim.Adam(parameters, lr=task["learningRate"], fused=True)
    pairs = [fold_rows(fold, count, len(x)) for fold in range(count)]
    xt, yt = torch.stack([x[rows] for rows, _ in pairs]), torch.stack([y[rows] for rows, _ in pairs])
    xv, yv = torch.stack([x[held] for _, held in pairs]), torch.stack([y[held] for _, held in pairs])

    def forward(value):
        for at in range(0, len(parameters) - 2, 2):
            value = bend(torch.baddbmm(parameters[at + 1], value, parameters[at]))
        return torch.baddbmm(parameters[-1], value, parameters[-2])

    history = []
    for _ in range(task["epochs"]):
        order = torch.stack([torch.randperm(xt.shape[1]) for _ in range(count)]).unsqueeze(2)
        total = torch.zeros(count)
        for xb, yb in zip(xt.gather(1, order).split(task["batch"], 1), yt.gather(1, order).split(task["batch"], 1)):
            losses = (forward(xb) - yb).square().mean((1, 2))
            optimizer.zero_grad()
            losses.sum().backward()
            optimizer.step()
            total += losses.detach() * xb.shape[1]
        with torch.no_grad():
            history.append(((total / xt.shape[1]).tolist(), (forward(xv) - yv).square().mean((1, 2)).tolist()))
    return sum(history[-1][1]) / count


train = {"loop": loop, "folds": folds}[sys.argv[1]]
print("ready", flush=True)
for line in sys.stdin:
    task = json.loads(line)
    x = torch.tensor(task["x"]).unsqueeze(1)
    y = torch.tensor(task["y"]).unsqueeze(1)
    print(json.dumps({"loss": train(task, x, y)}), flush=True)
