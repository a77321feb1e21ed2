"""Learning rates of PyTorch's schedulers, step by step: writes rates.json, which rates.test.ts compares with hw1's.

    python test/learn/torch/rates.py && npx biome check --write test/learn/torch/rates.json

Written with PyTorch 2.13. Schedulers are stepped after every step, ReduceLROnPlateau after every epoch.

To add one: a `case` with `learning_rate` as a file spells it, and the scheduler that it is.
"""
import json
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

warnings.filterwarnings("ignore", message="The epoch parameter")
found = []


def case(name, learning_rate, rate, scheduler, *, steps_per_epoch=4, epochs=10, losses=None):
    """
    rate       that the optimiser is made with
    scheduler  from the optimiser
    losses     of the validation set after each epoch, for ReduceLROnPlateau
    """
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    chosen = scheduler(optimizer)
    rates = []
    for epoch in range(epochs):
        for _ in range(steps_per_epoch):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if losses is None:
                chosen.step()
        if losses is not None:
            chosen.step(losses[epoch])
    found.append(
        {
            "name": name,
            "learning_rate": learning_rate,
            "stepsPerEpoch": steps_per_epoch,
            "epochs": epochs,
            **({"losses": losses} if losses else {}),
            "rates": rates,
        }
    )


case(
    "step",
    {"step": {"from": 0.1, "every": 3, "factor": 0.5}},
    0.1,
    lambda o: schedulers.StepLR(o, step_size=3 * 4, gamma=0.5),
)
case(
    "cosine over the whole training",
    {"cosine": {"from": 0.1, "to": 0.002}},
    0.1,
    lambda o: schedulers.CosineAnnealingLR(o, T_max=40, eta_min=0.002),
)


def staying(optimizer, after, last):
    """A cosine down to `last`, which stays there."""
    return schedulers.SequentialLR(
        optimizer,
        [
            schedulers.CosineAnnealingLR(optimizer, T_max=after, eta_min=last),
            schedulers.LambdaLR(optimizer, lambda _: last / 0.1),
        ],
        [after],
    )


case("cosine over 6 epochs", {"cosine": {"from": 0.1, "to": 0.002, "over": 6}}, 0.1, lambda o: staying(o, 24, 0.002))
case("cosine over 12 of 10 epochs", {"cosine": {"from": 0.1, "over": 12}}, 0.1,
     lambda o: schedulers.CosineAnnealingLR(o, T_max=48))


def warmed(optimizer, steps, then):
    """Linear from one step's share of the rate to all of it at step number `steps`, then what follows."""
    rise = schedulers.LinearLR(optimizer, start_factor=1 / steps, end_factor=1, total_iters=steps - 1)
    return schedulers.SequentialLR(optimizer, [rise, then(optimizer)], [steps])


def constant(optimizer):
    return schedulers.LambdaLR(optimizer, lambda _: 1)


def cosine(length):
    return lambda optimizer: schedulers.CosineAnnealingLR(optimizer, T_max=length)


case("warmed up for 2 epochs", {"constant": 0.1, "warm_up": 2}, 0.1, lambda o: warmed(o, 8, constant))
case("warmed up for 7 steps", {"constant": 0.1, "warm_up": {"steps": 7}}, 0.1, lambda o: warmed(o, 7, constant))
case("warmed up for 2 epochs, then a cosine", {"cosine": {"from": 0.1}, "warm_up": {"epochs": 2}}, 0.1,
     lambda o: warmed(o, 8, cosine(32)))
case("warmed up for 7 steps, then a cosine over the rest of 10 epochs",
     {"cosine": {"from": 0.1, "over": 10}, "warm_up": {"steps": 7}}, 0.1, lambda o: warmed(o, 7, cosine(33)))

one = {"max": 0.1}
case("one cycle", {"one_cycle": one}, 0.1, lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=41),
     epochs=1, steps_per_epoch=41)
case("one cycle of many epochs", {"one_cycle": one}, 0.1,
     lambda o: schedulers.OneCycleLR(o, 0.1, epochs=10, steps_per_epoch=4, cycle_momentum=False))
case(
    "one cycle with numbers of its own",
    {"one_cycle": {"max": 0.5, "pct_start": 0.45, "div_factor": 8, "final_div_factor": 100}},
    0.1,
    lambda o: schedulers.OneCycleLR(
        o, 0.5, total_steps=40, pct_start=0.45, div_factor=8, final_div_factor=100, cycle_momentum=False
    ),
)
case("one cycle without a rise", {"one_cycle": {"max": 0.1, "pct_start": 0}}, 0.1,
     lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=40, pct_start=0.0))
case("one cycle of three steps", {"one_cycle": one}, 0.1, lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=3),
     epochs=3, steps_per_epoch=1)


def plateau(**options):
    return lambda optimizer: schedulers.ReduceLROnPlateau(optimizer, threshold_mode="abs", **options)


losses = [1, 0.9, 0.9, 0.91, 0.85, 0.849, 0.86, 0.84, 0.9, 0.9, 0.9, 0.83, 0.83, 0.83, 0.83, 0.83]
case("plateau of patience 2", {"plateau": {"from": 0.1, "patience": 2}}, 0.1, plateau(patience=2, threshold=0),
     epochs=16, losses=losses)
case("plateau that waits for nothing", {"plateau": {"from": 0.1, "patience": 0, "factor": 0.5, "min_delta": 0.02}}, 0.1,
     plateau(patience=0, factor=0.5, threshold=0.02), epochs=16, losses=losses)
case("plateau with a least rate", {"plateau": {"from": 0.1, "patience": 1, "to": 0.004}}, 0.1,
     plateau(patience=1, threshold=0, min_lr=0.004), epochs=16, losses=losses)
case("plateau as it is by itself", {"plateau": {"from": 0.1}}, 0.1, plateau(threshold=0), epochs=40, losses=[1] * 40,
     steps_per_epoch=2)

path = pathlib.Path(__file__).parent / "rates.json"
path.write_text(json.dumps(found, indent=1) + "\n")
