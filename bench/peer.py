"""The PyTorch trainer of the benchmark: `peer.py WORKLOAD THREADS MNIST_FOLDER VARIANT [WORKERS]`. It speaks as peer.ts does.

VARIANT:
pytorch                        as most people write it: eager, optimisers with their default settings
pytorch-channels-last          eager; model and images in channels_last, Adam with its fused update
pytorch-compile                forward and loss through torch.compile in its default mode, Adam with its fused update;
                               RMSprop, which has none on processors, with its step compiled
pytorch-compile-channels-last  both

Everything is compiled, for the full and for the short last batch, before the clock runs.

With WORKERS the images are augmented as torchvision's users do it: image by image, by transforms of its version 2 in a
DataLoader with so many worker processes.
"""
import json, os, resource, sys, time

name, threads, folder, variant = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
workers = int(sys.argv[5]) if len(sys.argv) > 5 else None
compiles, channels_last, careful = "compile" in variant, "channels-last" in variant, variant != "pytorch"
os.environ["OMP_NUM_THREADS"] = str(threads)
# Compiling takes no processes of its own, which would stay beside what is measured.
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
import torch
from torch import nn
from torch.nn import functional as F

from mnist_torch import read, small_network

torch.set_num_threads(threads)
torch.manual_seed(1)


def network():
    if name in ("cnn", "third"):
        return nn.Sequential(
            nn.Conv2d(1, 128, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(128, 128, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(128 * 4 * 4, 64), nn.ReLU(), nn.Linear(64, 10))
    if name == "mlp":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 4096), nn.BatchNorm1d(4096), nn.ReLU(),
            nn.Linear(4096, 1024), nn.BatchNorm1d(1024), nn.ReLU(), nn.Linear(1024, 10))
    if name == "regression":
        return nn.Sequential(nn.Linear(1, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
    return small_network()


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


def compiled(function):
    return torch.compile(function, dynamic=False) if compiles else function


def placed(values):
    return values.contiguous(memory_format=torch.channels_last) if channels_last else values


model = network()
if channels_last:
    model = model.to(memory_format=torch.channels_last)
if name == "inference":
    x, _ = read(folder, "t10k")
    model.eval()
    predict = compiled(model)
    with torch.inference_mode():
        predict(placed(x[:500].float().div_(255)))
        measure = Meter(4)
        while True:
            for at in range(0, len(x), 500):
                predict(placed(x[at:at + 500].float().div_(255)))
            measure(len(x))

if name == "regression":
    x = torch.rand(90, 1) * 4 - 2
    y = torch.sin(3 * x) + 0.1 * torch.randn(90, 1)
    batch = 18
else:
    (x, y), batch = read(folder, "train"), 64
if name in ("mlp", "third"):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4 if name == "mlp" else 1e-3)
    update = compiled(optimizer.step)
else:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4 if name == "cnn" else 1e-3, fused=True if careful else None)
    update = optimizer.step


@compiled
def loss_of(xb, yb):
    return F.mse_loss(model(xb), yb) if name == "regression" else F.cross_entropy(model(xb), yb)


def train(rows):
    train_on(x[rows] if name == "regression" else x[rows].float().div_(255), y[rows])


def train_on(xb, yb):
    loss = loss_of(placed(xb), yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    update()


for count in (batch, len(x) % batch or batch):
    train(torch.arange(count))
measure = Meter(4)
if workers is not None:
    from torch.utils.data import DataLoader, Dataset

    # A torchvision built for GPUs beside a PyTorch that is not finds no compiled operators. None is needed here, but its
    # import asks for these names.
    operators = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        if not torch._C._dispatch_has_kernel(f"torchvision::{operator}"):
            operators.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision.transforms import v2

    bilinear = v2.InterpolationMode.BILINEAR
    augment = v2.Compose([
        v2.ToDtype(torch.float32, scale=True),
        v2.RandomAffine(10, scale=(0.9, 1.1), shear=10, interpolation=bilinear),
        v2.ElasticTransform(34.0, 4.0),
    ])

    class Augmented(Dataset):
        def __len__(self):
            return len(x)

        def __getitem__(self, row):
            return augment(x[row]), y[row]

    loader = DataLoader(Augmented(), batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    while True:
        for xb, yb in loader:
            train_on(xb, yb)
            measure(len(yb))
while True:
    order = torch.randperm(len(x))
    for at in range(0, len(x), batch):
        rows = order[at:at + batch]
        train(rows)
        measure(1 if name == "regression" else len(rows))
