"""Twenty steps of small trainings in PyTorch: writes losses.json, which torch.test.ts compares with hw1's.

    python test/learn/torch/cases.py && npx biome check --write test/learn/torch/losses.json

Written with PyTorch 2.13 in float64, on one thread. Data and first weights come from a generator that the test has
too, so that only options and losses are kept. Every step takes all examples: an epoch is a step.

To add one: a `case` with the options of hw1's `train` stage as a file spells them, and what they mean in PyTorch.
"""
import copy
import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
steps = 20


def uniform(seed, shape):
    """Lehmer's generator, as numbers in (-1, 1), rounded to float32."""
    state, values = seed, []
    for _ in range(int(np.prod(shape))):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647 * 2 - 1)
    return torch.tensor(np.array(values, dtype=np.float32).reshape(shape).astype(np.float64))


def seed_of(name):
    """Of a parameter by its name."""
    seed = 7
    for letter in name:
        seed = (seed * 31 + ord(letter)) % 2147483646
    return seed + 1


# First values of parameters, in hw1's layout: [inputs, units] and [height, width, channels, kernels].
def weight(name, shape):
    return uniform(seed_of(name), shape) * np.float32(0.5)


def norm_weight(name, shape):
    """Near 1. Rounded as the test rounds it."""
    return (1 + uniform(seed_of(name), shape) * 0.25).float().double()


def dense(name, inputs, units):
    layer = nn.Linear(inputs, units)
    layer.weight.data = weight(f"{name}.weight", [inputs, units]).T.contiguous()
    layer.bias.data = weight(f"{name}.bias", [units])
    return layer


def conv(name, channels, kernels, size, stride=1, padding=0):
    layer = nn.Conv2d(channels, kernels, size, stride, padding)
    layer.weight.data = weight(f"{name}.weight", [size, size, channels, kernels]).permute(3, 2, 0, 1).contiguous()
    layer.bias.data = weight(f"{name}.bias", [kernels])
    return layer


def with_norm(layer, name, channels):
    layer.weight.data = norm_weight(f"{name}.weight", [channels])
    layer.bias.data = weight(f"{name}.bias", [channels])
    return layer


def batch_norm(name, channels, images=True):
    return with_norm((nn.BatchNorm2d if images else nn.BatchNorm1d)(channels), name, channels)


class Flatten(nn.Module):
    """Of images, in hw1's order: height, width, channels."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def features(name, count, shape):
    """Rows [count, width], or images [count, channels, height, width] of hw1's [count, height, width, channels]."""
    values = uniform(seed_of(name), [count, *shape])
    return values.permute(0, 3, 1, 2).contiguous() if len(shape) == 3 else values


def labels(name, count, classes, targets):
    """Classes that follow from numbers in (-1, 1), or targets."""
    if classes is None:
        return uniform(seed_of(name), [count, targets])
    return torch.floor((uniform(seed_of(name), [count]) + 1) / 2 * classes).long().clamp(0, classes - 1)


found = []


def case(
    name, options, model, loss, optimizer, *, shape=(3,), classes=None, targets=1, count=12, rate=None, after=None
):
    """
    options    of hw1's `train`, without data and lengths
    loss       from outputs and labels
    optimizer  from the model's parameters
    rate       from the optimiser: a scheduler, stepped after every step, with the validation loss where it wants it
    after      from the model: called as after(model) after every step, may return the model to judge instead
    """
    x, y = features("train.features", count, shape), labels("train.labels", count, classes, targets)
    vx, vy = features("validation.features", count, shape), labels("validation.labels", count, classes, targets)
    chosen = optimizer(model.parameters())
    scheduler = rate(chosen) if rate else None
    losses, validation, rates = [], [], []
    for _ in range(steps):
        model.train()
        chosen.zero_grad()
        value = loss(model(x), y)
        value.backward()
        clip = options_clip(options)
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        rates.append(chosen.param_groups[0]["lr"])
        chosen.step()
        judged = (after(model) if after else None) or model
        judged.eval()
        with torch.no_grad():
            validation.append(loss(judged(vx), vy).item())
        if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            scheduler.step(validation[-1])
        elif scheduler:
            scheduler.step()
        losses.append(value.item())
    assert np.all(np.isfinite(losses)) and losses[-1] < losses[0], (name, losses)
    found.append(
        {
            "name": name,
            "options": options,
            "data": {"shape": list(shape), "classes": classes, "targets": targets, "count": count},
            "train": losses,
            "validation": validation,
            "rates": rates,
        }
    )


def options_clip(options):
    """`clip_norm` of the optimiser, where the options have it."""
    optimizer = options["optimizer"]
    if isinstance(optimizer, str):
        return None
    return next(iter(optimizer.values())).get("clip_norm")


def small():
    return nn.Sequential(dense("dense_1", 3, 8), nn.Tanh(), dense("dense_2", 8, 1))


small_layers = [{"dense": {"units": 8, "activation": "tanh"}}, {"dense": {"units": 1}}]


def mse(output, y):
    return F.mse_loss(output, y)


case(
    "mse, sgd with momentum",
    {"layers": small_layers, "loss": "mse", "optimizer": {"sgd": {"learning_rate": 0.05, "momentum": 0.9}}},
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
)
case(
    "mse, rmsprop",
    {"layers": small_layers, "loss": "mse", "optimizer": {"rmsprop": {"learning_rate": 0.01}}},
    small(),
    mse,
    lambda p: torch.optim.RMSprop(p, lr=0.01),
)
case(
    "cross_entropy, adam, a convolution with batch norm",
    {
        "layers": [
            {"conv": {"kernels": 4, "size": 3, "padding": 1}},
            "batch_norm",
            {"activation": "relu"},
            {"max_pool": 2},
            "flatten",
            {"dense": {"units": 3}},
        ],
        "loss": "cross_entropy",
        "optimizer": {"adam": {"learning_rate": 0.01}},
    },
    nn.Sequential(
        conv("conv_1", 2, 4, 3, padding=1),
        batch_norm("batch_norm_1", 4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        Flatten(),
        dense("dense_1", 36, 3),
    ),
    F.cross_entropy,
    lambda p: torch.optim.Adam(p, lr=0.01),
    shape=(6, 6, 2),
    classes=3,
)
case(
    "mse, a cosine",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"sgd": {"learning_rate": {"cosine": {"from": 0.1, "to": 0.01}}}},
    },
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.1),
    rate=lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, steps, 0.01),
)
case(
    "mse, one cycle, sgd with momentum",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"sgd": {"learning_rate": {"one_cycle": {"max": 0.2}}, "momentum": 0.9}},
    },
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.2, momentum=0.9),
    rate=lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.2, total_steps=steps, cycle_momentum=False),
)
case(
    "mse, a cosine over more epochs than there are, warmed up for 3 steps",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {
            "adam": {"learning_rate": {"cosine": {"from": 0.02, "to": 0.001, "over": 30}, "warm_up": {"steps": 3}}}
        },
    },
    small(),
    mse,
    lambda p: torch.optim.Adam(p, lr=0.02),
    rate=lambda o: torch.optim.lr_scheduler.SequentialLR(
        o,
        [
            torch.optim.lr_scheduler.LinearLR(o, 1 / 3, 1, total_iters=2),
            torch.optim.lr_scheduler.CosineAnnealingLR(o, 27, 0.001),
        ],
        [3],
    ),
)
case(
    "mse, nesterov's momentum",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"sgd": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}},
    },
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
)


def weights_apart(decay, **settings):
    """AdamW with what decays parted from what does not: hw1 leaves biases and normalisations as they are."""

    def made(parameters):
        every = list(parameters)
        groups = [
            {"params": [each for each in every if each.dim() > 1], "weight_decay": decay},
            {"params": [each for each in every if each.dim() == 1], "weight_decay": 0},
        ]
        return torch.optim.AdamW(groups, **settings)

    return made


case(
    "mse, adamw as it is by itself",
    {"layers": small_layers, "loss": "mse", "optimizer": "adamw"},
    small(),
    mse,
    weights_apart(0.01),
)
case(
    "cross_entropy, adamw, a convolution with batch norm",
    {
        "layers": [{"conv": {"kernels": 4, "size": 3}}, "batch_norm", {"activation": "relu"}, "flatten", {"dense": {"units": 3}}],
        "loss": "cross_entropy",
        "optimizer": {"adamw": {"learning_rate": 0.01, "weight_decay": 0.5}},
    },
    nn.Sequential(conv("conv_1", 2, 4, 3), batch_norm("batch_norm_1", 4), nn.ReLU(), Flatten(), dense("dense_1", 64, 3)),
    F.cross_entropy,
    weights_apart(0.5, lr=0.01),
    shape=(6, 6, 2),
    classes=3,
)
case(
    "mse, clipped, sgd with momentum",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"sgd": {"learning_rate": 0.1, "momentum": 0.9, "clip_norm": 0.3}},
    },
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
)
case(
    "cross_entropy, clipped, adam, a convolution with batch norm",
    {
        "layers": [{"conv": {"kernels": 4, "size": 3}}, "batch_norm", {"activation": "relu"}, "flatten", {"dense": {"units": 3}}],
        "loss": "cross_entropy",
        "optimizer": {"adam": {"learning_rate": 0.01, "clip_norm": 0.8}},
    },
    nn.Sequential(conv("conv_1", 2, 4, 3), batch_norm("batch_norm_1", 4), nn.ReLU(), Flatten(), dense("dense_1", 64, 3)),
    F.cross_entropy,
    lambda p: torch.optim.Adam(p, lr=0.01),
    shape=(6, 6, 2),
    classes=3,
)
case(
    "mse, clipped, adamw with one cycle",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"adamw": {"learning_rate": {"one_cycle": {"max": 0.05}}, "weight_decay": 0.1, "clip_norm": 0.1}},
    },
    small(),
    mse,
    weights_apart(0.1, lr=0.05),
    rate=lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.05, total_steps=steps, cycle_momentum=False),
)
case(
    "mse, plateau",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {
            "sgd": {"learning_rate": {"plateau": {"from": 0.5, "factor": 0.5, "patience": 1, "min_delta": 0.002}}}
        },
    },
    small(),
    mse,
    lambda p: torch.optim.SGD(p, lr=0.5),
    rate=lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(
        o, factor=0.5, patience=1, threshold=0.002, threshold_mode="abs"
    ),
)



def exponential(model, decay):
    """Averages after every step. AveragedModel starts as the first weights that it is shown: those before any step."""

    def keep(average, weights, seen):
        t = seen - 1
        return average + (1 - min(decay, (1 + t) / (10 + t))) * (weights - average)

    averaged = AveragedModel(model, avg_fn=keep, use_buffers=True)
    averaged.update_parameters(model)

    def after(trained):
        averaged.update_parameters(trained)
        return averaged

    return {"model": model, "after": after}


def last_ends(model, most):
    ends = []

    def after(trained):
        ends.append(copy.deepcopy(trained.state_dict()))
        averaged = copy.deepcopy(trained)
        own = ends[-most:]
        averaged.load_state_dict({name: sum(end[name] for end in own) / len(own) for name in own[0]})
        return averaged

    return {"model": model, "after": after}


normed_layers = [
    {"conv": {"kernels": 4, "size": 3, "padding": 1}},
    "batch_norm",
    {"activation": "relu"},
    "flatten",
    {"dense": {"units": 3}},
]


def normed():
    return nn.Sequential(
        conv("conv_1", 2, 4, 3, padding=1), batch_norm("batch_norm_1", 4), nn.ReLU(), Flatten(), dense("dense_1", 64, 3)
    )


case(
    "an exponential average, adam",
    {
        "layers": small_layers,
        "loss": "mse",
        "optimizer": {"adam": {"learning_rate": 0.02}},
        "weight_average": {"decay": 0.6},
    },
    loss=mse,
    optimizer=lambda p: torch.optim.Adam(p, lr=0.02),
    **exponential(small(), 0.6),
)
case(
    "an exponential average, running statistics",
    {
        "layers": normed_layers,
        "loss": "cross_entropy",
        "optimizer": {"sgd": {"learning_rate": 0.05, "momentum": 0.9}},
        "weight_average": {"decay": 0.999},
    },
    loss=F.cross_entropy,
    optimizer=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    shape=(4, 4, 2),
    classes=3,
    **exponential(normed(), 0.999),
)
case(
    "the average of the last five ends, running statistics",
    {
        "layers": normed_layers,
        "loss": "cross_entropy",
        "optimizer": {"sgd": {"learning_rate": 0.05, "momentum": 0.9}},
        "average": {"last": 5},
    },
    loss=F.cross_entropy,
    optimizer=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    shape=(4, 4, 2),
    classes=3,
    **last_ends(normed(), 5),
)


def small_of(units):
    """The small network with so many outputs, as hw1 spells it and as a module."""
    layers = [{"dense": {"units": 8, "activation": "tanh"}}, {"dense": {"units": units}}]
    return layers, nn.Sequential(dense("dense_1", 3, 8), nn.Tanh(), dense("dense_2", 8, units))


def with_loss(name, options, units, loss, **given):
    """The small network, by Adam, with a loss."""
    layers, model = small_of(units)
    case(
        name,
        {"layers": layers, "optimizer": {"adam": {"learning_rate": 0.02}}, **options},
        model,
        loss,
        lambda p: torch.optim.Adam(p, lr=0.02),
        **given,
    )


def balanced(y, classes):
    counts = torch.bincount(y, minlength=classes)
    return len(y) / (classes * counts)


def binary(weights=None, smoothing=0.0):
    """Of one logit: weights as those of CrossEntropyLoss, divided by their sum; labels smoothed as by Keras."""

    def loss(output, y):
        wanted = y.double() * (1 - smoothing) + smoothing / 2
        if weights is None:
            return F.binary_cross_entropy_with_logits(output[:, 0], wanted)
        own = torch.tensor(weights)[y]
        return F.binary_cross_entropy_with_logits(output[:, 0], wanted, weight=own, reduction="sum") / own.sum()

    return loss


with_loss("mae, two targets", {"loss": "mae"}, 2, F.l1_loss, targets=2)
with_loss("huber, two targets", {"loss": "huber"}, 2, F.huber_loss, targets=2)
with_loss("huber, delta 0.3", {"loss": {"huber": {"delta": 0.3}}}, 1, lambda o, y: F.huber_loss(o, y, delta=0.3))
weights = [0.3, 2.0, 1.1]
with_loss(
    "cross_entropy, class weights",
    {"loss": "cross_entropy", "class_weight": weights},
    3,
    lambda o, y: F.cross_entropy(o, y, weight=torch.tensor(weights)),
    classes=3,
)
with_loss(
    "cross_entropy, smoothed labels",
    {"loss": "cross_entropy", "label_smoothing": 0.1},
    3,
    lambda o, y: F.cross_entropy(o, y, label_smoothing=0.1),
    classes=3,
)
with_loss(
    "cross_entropy, class weights and smoothed labels",
    {"loss": "cross_entropy", "class_weight": weights, "label_smoothing": 0.2},
    3,
    lambda o, y: F.cross_entropy(o, y, weight=torch.tensor(weights), label_smoothing=0.2),
    classes=3,
)
of_training = balanced(labels("train.labels", 12, 3, 1), 3)
with_loss(
    "cross_entropy, balanced",
    {"loss": "cross_entropy", "class_weight": "balanced"},
    3,
    lambda o, y: F.cross_entropy(o, y, weight=of_training),
    classes=3,
)
with_loss("binary_cross_entropy", {"loss": "binary_cross_entropy"}, 1, binary(), classes=2)
with_loss(
    "binary_cross_entropy, class weights",
    {"loss": "binary_cross_entropy", "class_weight": [0.4, 1.7]},
    1,
    binary([0.4, 1.7]),
    classes=2,
)
with_loss(
    "binary_cross_entropy, class weights and smoothed labels",
    {"loss": "binary_cross_entropy", "class_weight": [0.4, 1.7], "label_smoothing": 0.1},
    1,
    binary([0.4, 1.7], 0.1),
    classes=2,
)
for name, options, units, loss, classes in [
    ("cross_entropy", {"loss": "cross_entropy", "class_weight": weights, "label_smoothing": 0.2}, 3,
     lambda o, y: F.cross_entropy(o, y, weight=torch.tensor(weights), label_smoothing=0.2), 3),
    ("binary_cross_entropy", {"loss": "binary_cross_entropy", "class_weight": [0.4, 1.7], "label_smoothing": 0.1}, 1,
     binary([0.4, 1.7], 0.1), 2),
]:
    case(
        f"{name} with weights and smoothed labels, a convolution",
        {
            "layers": [{"conv": {"kernels": 4, "size": 3}}, {"activation": "tanh"}, "flatten", {"dense": {"units": units}}],
            "optimizer": {"sgd": {"learning_rate": 0.05}},
            **options,
        },
        nn.Sequential(conv("conv_1", 1, 4, 3), nn.Tanh(), Flatten(), dense("dense_1", 36, units)),
        loss,
        lambda p: torch.optim.SGD(p, lr=0.05),
        shape=(5, 5, 1),
        classes=classes,
    )


def layer_norm(name, units):
    return with_norm(nn.LayerNorm(units), name, units)


class OverChannels(nn.Module):
    """A normalisation of rows, over the channels of each place of images."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Residual(nn.Module):
    """activation(F(x) + P(x))"""

    def __init__(self, layers, activation, projection=None):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.activation = activation
        self.projection = projection or nn.Identity()

    def forward(self, x):
        return self.activation(self.layers(x) + self.projection(x))


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


def conv_options(kernels, size=3, **more):
    return {"conv": {"kernels": kernels, "size": size, "padding": "same", **more}}


case(
    "cross_entropy, residual blocks as in ResNet, with and without a projection, global_avg_pool",
    {
        "layers": [
            conv_options(4),
            "batch_norm",
            {"activation": "relu"},
            {"residual": {"layers": [conv_options(4), "batch_norm", {"activation": "relu"}, conv_options(4), "batch_norm"]}},
            {"residual": {"layers": [conv_options(6, stride=2, padding=1), "batch_norm", {"activation": "relu"}, conv_options(6), "batch_norm"]}},
            "global_avg_pool",
            {"dense": {"units": 3}},
        ],
        "loss": "cross_entropy",
        "optimizer": {"sgd": {"learning_rate": 0.05, "momentum": 0.9}},
    },
    nn.Sequential(
        conv("conv_1", 2, 4, 3, padding=1),
        batch_norm("batch_norm_1", 4),
        nn.ReLU(),
        Residual(
            [
                conv("residual_1.conv_1", 4, 4, 3, padding=1),
                batch_norm("residual_1.batch_norm_1", 4),
                nn.ReLU(),
                conv("residual_1.conv_2", 4, 4, 3, padding=1),
                batch_norm("residual_1.batch_norm_2", 4),
            ],
            nn.ReLU(),
        ),
        Residual(
            [
                conv("residual_2.conv_1", 4, 6, 3, stride=2, padding=1),
                batch_norm("residual_2.batch_norm_1", 6),
                nn.ReLU(),
                conv("residual_2.conv_2", 6, 6, 3, padding=1),
                batch_norm("residual_2.batch_norm_2", 6),
            ],
            nn.ReLU(),
            nn.Sequential(
                conv("residual_2.projection", 4, 6, 1, stride=2), batch_norm("residual_2.projection_norm", 6)
            ),
        ),
        GlobalAverage(),
        dense("dense_1", 6, 3),
    ),
    F.cross_entropy,
    lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    shape=(7, 7, 2),
    classes=3,
)
case(
    "mse, a block in a block, a projection without batch norm, layer_norm over channels, weight decay",
    {
        "layers": [
            {
                "residual": {
                    "layers": [
                        conv_options(4, activation="silu"),
                        {"residual": {"layers": [conv_options(4)], "activation": "linear"}},
                        "layer_norm",
                    ],
                    "activation": {"leaky_relu": {"slope": 0.2}},
                }
            },
            "global_avg_pool",
            {"dense": {"units": 1}},
        ],
        "loss": "mse",
        "l2": 0.01,
        "optimizer": {"sgd": {"learning_rate": 0.05}},
    },
    (
        block := nn.Sequential(
            Residual(
                [
                    conv("residual_1.conv_1", 2, 4, 3, padding=1),
                    nn.SiLU(),
                    Residual([conv("residual_1.residual_1.conv_1", 4, 4, 3, padding=1)], nn.Identity()),
                    OverChannels(layer_norm("residual_1.layer_norm_1", 4)),
                ],
                nn.LeakyReLU(0.2),
                conv("residual_1.projection", 2, 4, 1),
            ),
            GlobalAverage(),
            dense("dense_1", 4, 1),
        )
    ),
    mse,
    # The penalty is about weights alone: not biases, and not what a normalisation learns.
    lambda _: torch.optim.SGD(
        [
            {"params": [p for p in block.parameters() if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in block.parameters() if p.dim() == 1]},
        ],
        lr=0.05,
    ),
    shape=(5, 5, 2),
)
case(
    "mse, layer_norm on rows, a block of dense layers",
    {
        "layers": [
            {"dense": {"units": 8, "activation": "silu"}},
            "layer_norm",
            {"residual": {"layers": [{"dense": {"units": 8, "activation": {"elu": {"alpha": 0.5}}}}, {"dense": {"units": 8}}]}},
            {"dense": {"units": 1}},
        ],
        "loss": "mse",
        "optimizer": {"adam": {"learning_rate": 0.01}},
    },
    nn.Sequential(
        dense("dense_1", 3, 8),
        nn.SiLU(),
        layer_norm("layer_norm_1", 8),
        Residual(
            [dense("residual_1.dense_1", 8, 8), nn.ELU(0.5), dense("residual_1.dense_2", 8, 8)],
            nn.ReLU(),
        ),
        dense("dense_2", 8, 1),
    ),
    mse,
    lambda p: torch.optim.Adam(p, lr=0.01),
)
for name, options, activation in (
    ("silu", "silu", nn.SiLU()),
    ("leaky_relu with a slope", {"leaky_relu": {"slope": 0.2}}, nn.LeakyReLU(0.2)),
    ("elu with an alpha", {"elu": {"alpha": 0.5}}, nn.ELU(0.5)),
):
    case(
        f"mse, {name}, stacked",
        {
            "layers": [{"dense": {"units": 8, "activation": options}}, {"dense": {"units": 1}}],
            "loss": "mse",
            "optimizer": {"sgd": {"learning_rate": 0.1}},
        },
        nn.Sequential(dense("dense_1", 3, 8), activation, dense("dense_2", 8, 1)),
        mse,
        lambda p: torch.optim.SGD(p, lr=0.1),
    )

path = pathlib.Path(__file__).parent / "losses.json"
path.write_text(json.dumps(found, indent=1) + "\n")
