"""Rolling HAR regressions by numpy (one or more least squares per day) and by statsmodels (RollingOLS)."""

import json
import os

import numpy as np
from statsmodels.regression.rolling import RollingOLS

from serve import serve


def table(s):
    variance = np.asarray(json.load(open(s["file"])))
    if s["log"]:
        variance = np.log(variance)
    means = [np.convolve(variance, np.ones(n) / n, "valid")[22 - n :] for n in (1, 5, 22)]
    x = np.column_stack([np.ones(len(means[0]))] + means)[:-1]
    return x, variance[22:]


def by_numpy(s):
    def run():
        x, y = table(s)
        w = s["window"]
        return [x[i] @ np.linalg.lstsq(x[i - w : i], y[i - w : i], rcond=None)[0] for i in range(w, len(y))]

    return run


def estimate(kind, x, y):
    """Plain, weighted by one over the plain fit's values, or reweighted until QLIKE's gradient is 0."""
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    floor = y.min() / 2
    power = {"plain": 0.0, "weighted": 0.5, "qlike": 1.0}[kind]
    for _ in range({"plain": 0, "weighted": 1, "qlike": 100}[kind]):
        before, root = b, np.maximum(floor, x @ b) ** -power
        b = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
        if np.max(np.abs(x @ (b - before)) / np.maximum(floor, x @ before)) < 1e-8:
            break
    return b


def refits(s):
    x, y = table(s)

    def run():
        w = s["window"]
        return [estimate(s["kind"], x[i - w : i], y[i - w : i]) for i in range(w, w + s["refits"])]

    return run


def by_statsmodels(s):
    def run():
        x, y = table(s)
        return RollingOLS(y, x, window=s["window"]).fit(params_only=True).params

    return run


serve(
    {"numpy": by_numpy, "statsmodels": by_statsmodels, "refits": refits},
    {"peer": f"numpy {np.__version__}", "threads": int(os.environ["VOLFORGE_THREADS"])},
)
