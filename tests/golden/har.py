"""Writes har.csv and har_sp500.csv: the HAR family by statsmodels, scipy and numpy, for the tests to agree with.

Needs python3-statsmodels. Run from any folder: python3 tests/golden/har.py [FOLDER]
har.csv holds in-sample estimates on a series from the Park-Miller generator, which the tests build too. har_sp500.csv is
written when FOLDER has realized/bpq_sp500rm_1997_2013.csv.gz: QLIKE of rolling forecasts, one least squares per day.
"""

import csv
import gzip
import pathlib
import sys

import numpy as np
import scipy
import scipy.optimize
import statsmodels
import statsmodels.api as sm

FOLDER = pathlib.Path(__file__).parent
PROVENANCE = (
    f"# tests/golden/har.py: statsmodels {statsmodels.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
)
DAYS, SEED, WINDOW = 601, 31, 1000


def uniforms(seed, count):
    """Park and Miller's minimal standard generator on (0, 1)."""
    state, values = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return np.array(values)


def simulated():
    """Variance of a persistent level, with measures and returns that go with it."""
    draws = uniforms(SEED, 6 * DAYS).reshape(DAYS, 6)
    level, variance = 0.0, np.empty(DAYS)
    for day in range(DAYS):
        level = 0.95 * level + draws[day, 0] - 0.5
        variance[day] = 1e-4 * np.exp(level) * (0.5 + draws[day, 1])
    negative = variance * (0.3 + 0.4 * draws[:, 2])
    return {
        "v": variance,
        "n": negative,
        "p": variance - negative,
        "b": variance * (0.6 + 0.5 * draws[:, 3]),
        "q": variance**2 * (0.5 + 2.0 * draws[:, 4]),
        "t": variance**2 * (0.4 + 1.5 * draws[:, 4]),
        "r": 2.0 * np.sqrt(variance) * (draws[:, 5] - 0.5),
    }


def sp500(path):
    rows = list(csv.DictReader(gzip.open(path, "rt")))
    names = {"v": "RV", "n": "RVn", "p": "RVp", "b": "BPV", "q": "RQ", "t": "TPQ"}
    return {key: np.array([float(row[name]) for row in rows]) for key, name in names.items()}


def mean(values, span):
    return np.concatenate([np.full(span - 1, np.nan), np.convolve(values, np.ones(span) / span, "valid")])


def terms(s):
    """Regressors by model, after the constant; True where the model is in logarithms."""
    v, day, week, month = s["v"], s["v"], mean(s["v"], 5), mean(s["v"], 22)
    har = [day, week, month]
    logs = [np.log(x) for x in har]
    bipower = [mean(s["b"], span) for span in (1, 5, 22)]
    models = {
        "har": (har, False),
        "wls-har": (har, False),
        "qlike-har": (har, False),
        "har-j": (har + [np.maximum(0.0, v - s["b"])], False),
        "char": (bipower, False),
        "shar": ([s["p"], s["n"], week, month], False),
        "harq": (har + [np.sqrt(s["q"]) * day], False),
        "harq-f": (har + [np.sqrt(mean(s["q"], span)) * mean(v, span) for span in (1, 5, 22)], False),
        "charq": (bipower + [np.sqrt(s["t"]) * s["b"]], False),
        "log-shar": (logs + [np.log(s["n"]), np.log(mean(s["n"], 5))], True),
    }
    if "r" in s:
        falls = np.minimum(0.0, s["r"])
        models["log-har-leverage"] = (logs + [mean(falls, span) / np.sqrt(month) for span in (1, 5, 22)], True)
    return models


def labels(v, horizon):
    y = np.full(len(v), np.nan)
    for day in range(len(v) - horizon):
        y[day] = v[day + 1 : day + 1 + horizon].mean()
    return y


def weighted(x, y, weights):
    root = np.sqrt(weights)
    return np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]


def estimate(model, x, y):
    """Coefficients: numpy's least squares, plain, weighted, or reweighted until QLIKE's gradient is 0."""
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    floor = y.min() / 2
    if model == "wls-har":
        b = weighted(x, y, 1 / np.maximum(floor, x @ b))
    if model == "qlike-har":
        for _ in range(200):
            before, b = b, weighted(x, y, np.maximum(floor, x @ b) ** -2.0)
            if np.max(np.abs(x @ (b - before)) / np.maximum(floor, x @ before)) < 1e-9:
                break
    return b


def independent(model, x, y):
    """The same estimates by statsmodels, and for QLIKE by scipy's quasi-Newton minimiser."""
    scale = np.abs(x).max(axis=0)
    x, size = x / scale, np.abs(y).max()
    plain = sm.OLS(y / size, x).fit().params
    if model == "wls-har":
        plain = sm.WLS(y / size, x, weights=1 / np.maximum(y.min() / size / 2, x @ plain)).fit().params
    if model == "qlike-har":

        def loss(b):
            f = x @ b
            return np.inf if f.min() <= 0 else np.mean(y / size / f + np.log(f))

        def gradient(b):
            f = x @ b
            return x.T @ ((f - y / size) / f**2) / len(y)

        start = np.array([np.mean(y) / size] + [0.0] * (x.shape[1] - 1))
        plain = scipy.optimize.minimize(loss, start, jac=gradient, method="BFGS", options={"gtol": 1e-11}).x
    return plain * size / scale


def write(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        file.write(PROVENANCE + "\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def in_sample():
    series = simulated()
    rows = []
    for horizon in (1, 5):
        y = labels(series["v"], horizon)
        use = slice(21, DAYS - horizon)
        for model, (columns, logs) in terms(series).items():
            x = np.column_stack([np.ones(DAYS)] + columns)[use]
            target = np.log(y[use]) if logs else y[use]
            if logs:
                b = sm.OLS(target, x).fit().params
            else:
                b = independent(model, x, target)
                near = estimate(model, x, target)
                assert np.allclose(b * np.abs(x).max(axis=0), near * np.abs(x).max(axis=0), rtol=1e-5, atol=1e-9), model
            rows.append([model, horizon] + [repr(float(value)) for value in b])
    write("har.csv", ["model", "horizon", "coefficients"], rows)


def rolling(path):
    series = sp500(path)
    v, days = series["v"], len(series["v"])
    rows = []
    for horizon in (1, 5, 22):
        y = labels(v, horizon)
        for model, (columns, logs) in terms(series).items():
            x = np.column_stack([np.ones(days)] + columns)
            target = np.log(y) if logs else y
            losses = []
            for day in range(21 + WINDOW - 1 + horizon, days - horizon):
                use = slice(day - horizon - WINDOW + 1, day - horizon + 1)
                b = estimate(model, x[use], target[use])
                f = x[day] @ b
                if logs:
                    residual = target[use] - x[use] @ b
                    f = np.exp(f + residual @ residual / (WINDOW - x.shape[1]) / 2)
                f = min(max(f, y[use].min() / 2), y[use].max() * 2)
                losses.append(y[day] / f - np.log(y[day] / f) - 1)
            rows.append([model, horizon, repr(float(np.mean(losses)))])
    write("har_sp500.csv", ["model", "horizon", "qlike"], rows)


in_sample()
if len(sys.argv) > 1:
    rolling(pathlib.Path(sys.argv[1]) / "realized" / "bpq_sp500rm_1997_2013.csv.gz")
