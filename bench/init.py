"""scikit-learn's side of bench/init.ts.

`init.py data FOLDER` writes its five data sets as CSV, with words as classes, and prints their names.
`init.py score FOLDER…` prints, for each folder that `hw1 show FILE folds --save` wrote, the scores of an MLP by fold:
accuracy or, of numbers, R²; default settings behind a StandardScaler, with as many iterations as it needs.
`init.py whole NAME SEED…` prints the same of 5 stratified folds of all rows, for each seed.
"""
import csv, json, sys, warnings

import numpy as np
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
NAMES = ["iris", "wine", "breast_cancer", "digits", "diabetes"]


def scores(x, y, is_class, folds, seed):
    found = []
    for learned, judged in folds:
        mlp = (MLPClassifier if is_class else MLPRegressor)(max_iter=5000, random_state=seed)
        found.append(make_pipeline(StandardScaler(), mlp).fit(x[learned], y[learned]).score(x[judged], y[judged]))
    return found


def write(folder):
    for name in NAMES:
        data = getattr(datasets, f"load_{name}")()
        words = {"digits": [f"digit {digit}" for digit in range(10)], "diabetes": None}.get(name, data.get("target_names"))
        with open(f"{folder}/{name}.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow([*data.feature_names, "target"])
            for row, label in zip(data.data, data.target):
                table.writerow([*map(float, row), float(label) if words is None else words[label]])
    print(json.dumps(NAMES))


def folded(folder, seed):
    x, y, fold = (np.load(f"{folder}/{name}.npy") for name in ("features", "labels", "assignment"))
    folds = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in np.unique(fold)]
    return scores(x.astype(np.float64), y.ravel(), y.dtype == np.int32, folds, seed)


def whole(name, seed):
    data = getattr(datasets, f"load_{name}")()
    is_class = name != "diabetes"
    cut = (StratifiedKFold if is_class else KFold)(5, shuffle=True, random_state=seed)
    return scores(data.data, data.target, is_class, list(cut.split(data.data, data.target)), seed)


command, *rest = sys.argv[1:]
if command == "data":
    write(rest[0])
elif command == "score":
    print(json.dumps([folded(folder, seed + 1) for seed, folder in enumerate(rest)]))
else:
    print(json.dumps([whole(rest[0], int(seed)) for seed in rest[1:]]))
