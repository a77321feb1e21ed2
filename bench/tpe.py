"""Optuna's side of bench/tpe.ts: `tpe.py EVALUATIONS BATCH SEEDS` prints the lowest value of each seed, by function.

`TPESampler` with its published settings; a batch is asked for at once and told at once.
"""
import json, math, sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def box(count, low, high):
    return lambda trial: [trial.suggest_float(f"x{i}", low, high) for i in range(1, count + 1)]


alpha = [1, 1.2, 3, 3.2]
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def branin(x):
    a, b = x
    return (b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


def hartmann(x):
    return -sum(w * math.exp(-sum(a * (v - p) ** 2 for a, v, p in zip(A[i], x, P[i]))) for i, w in enumerate(alpha))


def mixed_space(trial):
    return (
        trial.suggest_categorical("activation", ["relu", "gelu", "tanh"]),
        trial.suggest_int("layers", 1, 8),
        trial.suggest_float("rate", 1e-5, 1, log=True),
        trial.suggest_float("dropout", 0, 0.8),
    )


def mixed(x):
    name, depth, rate, dropout = x
    best, handicap = {"relu": (5, 0.3), "gelu": (3, 0), "tanh": (2, 0.6)}[name]
    return handicap + 0.1 * (depth - best) ** 2 + (math.log10(rate) + 1.5 + 0.25 * depth) ** 2 + 4 * (dropout - 0.3) ** 2


functions = {
    "sphere": (box(5, -5.12, 5.12), lambda x: sum(v * v for v in x)),
    "Rosenbrock": (box(2, -5, 10), lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2),
    "Branin": (lambda trial: [trial.suggest_float("x1", -5, 10), trial.suggest_float("x2", 0, 15)], branin),
    "Hartmann 6": (box(6, 0, 1), hartmann),
    "mixed": (mixed_space, mixed),
}


def lowest(space, value, evaluations, batch, seed):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    while len(study.trials) < evaluations:
        trials = [study.ask() for _ in range(min(batch, evaluations - len(study.trials)))]
        scores = [value(space(trial)) for trial in trials]
        for trial, score in zip(trials, scores):
            study.tell(trial, score)
    return study.best_value


evaluations, batch, seeds = map(int, sys.argv[1:])
print(json.dumps({name: [lowest(*one, evaluations, batch, seed) for seed in range(1, seeds + 1)] for name, one in functions.items()}))
