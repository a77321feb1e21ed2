"""What the PyTorch peers share: MNIST from its IDX files, and the network of `pipelines/mnist-cnn.yaml`."""
import os

import torch
from torch import nn

classes = 10


def read(folder, part):
    """Images, uint8 [count, 1, 28, 28], and labels, int64 [count], of `train` or `t10k`."""
    def values(name, header):
        with open(os.path.join(folder, f"{part}-{name}-ubyte"), "rb") as file:
            return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)
    return values("images-idx3", 16).view(-1, 1, 28, 28), values("labels-idx1", 8).long()


def small_network():
    layers, channels = [], 1
    for kernels in (16, 32, 64):
        layers += [nn.Conv2d(channels, kernels, 3, padding="same"), nn.BatchNorm2d(kernels), nn.ReLU(), nn.MaxPool2d(2)]
        channels = kernels
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 3 * 3, classes))
