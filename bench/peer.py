"""The PyTorch trainer of the benchmark: `peer.py WORKLOAD THREADS MNIST_FOLDER`. It speaks as peer.ts does."""
import json, os, resource, sys, time

name, threads, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.environ["OMP_NUM_THREADS"] = str(threads)
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(threads)
torch.manual_seed(1)


def images(part):
    with open(os.path.join(folder, part + "-images-idx3-ubyte"), "rb") as file:
        return torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8).view(-1, 1, 28, 28)


def labels(part):
    with open(os.path.join(folder, part + "-labels-idx1-ubyte"), "rb") as file:
        return torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8).long()


def small():
    layers, channels = [], 1
    for kernels in (16, 32, 64):
        layers += [nn.Conv2d(channels, kernels, 3, padding="same"), nn.BatchNorm2d(kernels), nn.ReLU(), nn.MaxPool2d(2)]
        channels = kernels
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 3 * 3, 10))


def network():
    if name == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 128, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(128, 128, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(128 * 4 * 4, 64), nn.ReLU(), nn.Linear(64, 10))
    if name == "mlp":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 4096), nn.BatchNorm1d(4096), nn.ReLU(),
            nn.Linear(4096, 1024), nn.BatchNorm1d(1024), nn.ReLU(), nn.Linear(1024, 10))
    if name == "regression":
        return nn.Sequential(nn.Linear(1, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
    return small()


class Meter:
    def __init__(self, warm_up):
        self.begun, self.limit, self.warm, self.total = time.perf_counter(), warm_up, False, 0

    def __call__(self, count):
        self.total += count
        seconds = time.perf_counter() - self.begun
        if seconds < self.limit:
            return
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"count": self.total, "seconds": seconds, "peakMb": peak}) if self.warm else "ready", flush=True)
        self.warm = True
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        self.limit, self.total, self.begun = float(line), 0, time.perf_counter()


measure = Meter(4)
model = network()
if name == "inference":
    x = images("t10k")
    model.eval()
    with torch.inference_mode():
        while True:
            for at in range(0, len(x), 500):
                model(x[at:at + 500].float().div_(255))
            measure(len(x))

if name == "regression":
    x = torch.rand(90, 1) * 4 - 2
    y = torch.sin(3 * x) + 0.1 * torch.randn(90, 1)
    batch = 18
else:
    x, y, batch = images("train"), labels("train"), 64
if name == "mlp":
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4)
else:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4 if name == "cnn" else 1e-3)
while True:
    order = torch.randperm(len(x))
    for at in range(0, len(x), batch):
        rows = order[at:at + batch]
        if name == "regression":
            loss = F.mse_loss(model(x[rows]), y[rows])
        else:
            loss = F.cross_entropy(model(x[rows].float().div_(255)), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        measure(1 if name == "regression" else len(rows))
