"""Optuna's split of trials and its Parzen densities: writes histories.json, which tpe.test.ts compares with hw1's.

    python test/stages/samplers/histories.py && npx biome check --write test/stages/samplers/histories.json

Written with Optuna 5.0.0 and its published defaults (`TPESampler()`). A history is a study with finished, pruned and
failed trials; `_split_trials` says which are below (better) and above, `_build_parzen_estimator` estimates both, and
`log_pdf` is asked at points of the space. The order of observations with equal values decides which of them gets which
width; numpy's default sort leaves it to the processor, so it is asked for its stable one here, which hw1 has too.

To add one: a `history` with its space, as a pipeline spells it, its direction and its trials.
"""
import functools
import json
import math
import pathlib
import random

import numpy
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.sampler import _split_trials, default_gamma
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
numpy.argsort = functools.partial(numpy.argsort, kind="stable")
found = []


def distribution(parameter):
    if isinstance(parameter, list):
        return CategoricalDistribution(parameter)
    (kind, (low, high)), = parameter.items()
    if kind == "integer":
        return IntDistribution(low, high)
    return FloatDistribution(low, high, log=kind == "log_uniform")


def drawn(parameter, rng):
    if isinstance(parameter, list):
        return rng.choice(parameter)
    (kind, (low, high)), = parameter.items()
    if kind == "integer":
        return rng.randint(low, high)
    value = math.exp(rng.uniform(math.log(low), math.log(high))) if kind == "log_uniform" else rng.uniform(low, high)
    return min(high, max(low, float(f"{value:.5e}")))


def history(name, space, count, *, direction="minimize", stopped=0.0, failed=0.0, seed, digits=6, points=6):
    """
    stopped, failed  which part of the trials
    digits           of the scores: few of them make ties
    """
    rng = random.Random(seed)
    distributions = {name: distribution(parameter) for name, parameter in space.items()}
    study = optuna.create_study(direction=direction, sampler=optuna.samplers.TPESampler(seed=1))
    observations = []
    for _ in range(count):
        values = {name: drawn(parameter, rng) for name, parameter in space.items()}
        score = round(rng.gauss(0, 1), digits)
        part = rng.random()
        common = {"params": values, "distributions": distributions}
        if part < failed:
            study.add_trial(create_trial(state=TrialState.FAIL, **common))
            observations.append({"values": values, "score": None, "epochs": None})
        elif part < failed + stopped:
            epochs = rng.choice([1, 3])
            before = {step: rng.gauss(0, 1) for step in range(epochs)}
            study.add_trial(create_trial(state=TrialState.PRUNED, intermediate_values={**before, epochs: score}, **common))
            observations.append({"values": values, "score": score, "epochs": epochs})
        else:
            study.add_trial(create_trial(state=TrialState.COMPLETE, value=score, **common))
            observations.append({"values": values, "score": score, "epochs": None})
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    sides = _split_trials(study, finished, default_gamma(len(finished)))
    asked = [{name: drawn(parameter, rng) for name, parameter in space.items()} for _ in range(points)]
    internal = {
        name: numpy.array([distributions[name].to_internal_repr(point[name]) for point in asked])
        for name in space
    }
    densities = [
        study.sampler._build_parzen_estimator(study, distributions, side, handle_below=at == 0).log_pdf(internal).tolist()
        for at, side in enumerate(sides)
    ]
    found.append(
        {
            "name": name,
            "space": space,
            "direction": direction,
            "observations": observations,
            "better": [trial.number for trial in sides[0]],
            "worse": [trial.number for trial in sides[1]],
            "points": asked,
            "logDensities": {"better": densities[0], "worse": densities[1]},
        }
    )


uniform = {"x": {"uniform": [-2.5, 4]}}
rate = {"rate": {"log_uniform": [1e-5, 0.1]}}
whole = {"units": {"integer": [1, 12]}}
listed = {"activation": ["relu", "gelu", "tanh"]}
mixed = {**listed, "depth": [1, 2, 4, 8], **rate, **whole, "momentum": {"uniform": [0, 0.99]}}
history("a uniform range", uniform, 10, seed=1)
history("a uniform range, many observations", uniform, 160, seed=2)
history("a logarithmic range", rate, 24, seed=3)
history("a logarithmic range, one more than have full weight", rate, 30, seed=4)
history("whole numbers", whole, 16, seed=5)
history("many whole numbers, with densities far from the kernels", {"units": {"integer": [1, 5000]}}, 60, seed=6)
history("whole numbers of which there are millions", {"seed": {"integer": [0, 3_000_000]}}, 40, seed=7)
history("a list", listed, 40, seed=8)
history("a mixed space", mixed, 17, seed=9)
history("a mixed space, maximized, with equal scores", mixed, 14, direction="maximize", seed=10, digits=0)
history("stopped trials", mixed, 17, seed=11, stopped=0.5)
history("nothing but stopped trials, maximized, with equal scores", mixed, 16, direction="maximize", seed=12, stopped=1, digits=0)
history("stopped and failed trials", mixed, 22, seed=13, stopped=0.4, failed=0.3)
history("more of the better than the most", {**uniform, **rate}, 280, seed=14)
history("a list of one value and a narrow range", {"loss": ["mse"], "x": {"uniform": [0.5, 0.500001]}}, 12, seed=15)

path = pathlib.Path(__file__).with_name("histories.json")
path.write_text(json.dumps(found) + "\n")
print(f"{len(found)} histories in {path.name}")
