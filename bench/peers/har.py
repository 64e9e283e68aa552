"""Rolling HAR regressions by numpy (one least squares per day) and by statsmodels (RollingOLS)."""

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


def by_statsmodels(s):
    def run():
        x, y = table(s)
        return RollingOLS(y, x, window=s["window"]).fit(params_only=True).params

    return run


serve(
    {"numpy": by_numpy, "statsmodels": by_statsmodels},
    {"peer": f"numpy {np.__version__}", "threads": int(os.environ["VOLFORGE_THREADS"])},
)
