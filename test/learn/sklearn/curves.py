"""What scikit-learn says of predictions, curves of one class against the rest, their areas and calibration: writes
curves.json, which curves.test.ts compares with hw1's.

    python test/learn/sklearn/curves.py && npx biome check --write test/learn/sklearn/curves.json

Written with scikit-learn 1.9 and numpy 2.4. Probabilities are float32, as an evaluation keeps them.
"""
import json
import pathlib

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import (average_precision_score, precision_recall_curve, roc_auc_score, roc_curve)


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def sixteenths(p, rng):
    """Rows of multiples of 1/16 that sum to 1, so that many are equal, and exact in 32 bits."""
    return np.array([rng.multinomial(16, row.astype(float) / row.astype(float).sum()) / 16 for row in p], np.float32)


def case(name, p, labels, bins):
    classes = p.shape[1]
    of = []
    for k in range(classes):
        y, score = (labels == k).astype(int), p[:, k]
        fpr, tpr, _ = roc_curve(y, score, drop_intermediate=False)
        precision, recall, _ = precision_recall_curve(y, score)
        true, told = calibration_curve(y, score, n_bins=bins)
        of.append(dict(fpr=fpr.tolist(), tpr=tpr.tolist(), auc=roc_auc_score(y, score),
                       precision=precision.tolist(), recall=recall.tolist(), ap=average_precision_score(y, score),
                       accuracy=true.tolist(), confidence=told.tolist()))
    macro = roc_auc_score(labels, p, multi_class="ovr", labels=range(classes)) if classes > 2 else of[1]["auc"]
    onehot = np.eye(classes)[labels]
    top, right = p.max(axis=1), (p.argmax(axis=1) == labels).astype(int)
    true, told = calibration_curve(right, top, n_bins=bins)
    edges = np.linspace(0, 1, bins + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], top), minlength=bins)
    gaps = np.abs(true - told)
    return dict(name=name, classes=classes, bins=bins, predictions=p.flatten().astype(float).tolist(),
                labels=labels.tolist(), of=of, macroAuc=macro,
                macroAp=average_precision_score(onehot, p, average="macro"),
                top=dict(accuracy=true.tolist(), confidence=told.tolist(), counts=counts.tolist(),
                         ece=float((counts[counts > 0] / len(top) * gaps).sum()), mce=float(gaps.max())))


rng = np.random.default_rng(16)
cases = []
labels = rng.integers(0, 4, 60)
logits = rng.normal(0, 1, (60, 4)) + 1.2 * np.eye(4)[labels]
cases.append(case("four classes", softmax(logits), labels, 15))
cases.append(case("four classes with ties", sixteenths(softmax(logits), rng), labels, 8))
labels = rng.integers(0, 2, 50)
z = rng.normal(0, 2, 50) + 1.5 * labels
two = softmax(np.stack([np.zeros(50), z], 1))
cases.append(case("two classes", two, labels, 15))
cases.append(case("two classes with ties", sixteenths(two, rng), labels, 4))
wrong = softmax(np.stack([4.0 * labels, 4.0 * (1 - labels)], 1))
cases.append(case("always wrong", wrong, labels, 15))
few = rng.permutation(np.repeat([0, 1, 2], [34, 4, 2]))
cases.append(case("few of a class", softmax(rng.normal(0, 1.5, (40, 3))), few, 5))
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
