"""Writes compare.csv and ols.csv: Diebold-Mariano and least squares by statsmodels, for the tests to agree with.

Needs python3-statsmodels. Run from any folder: python3 tests/golden/compare.py
The series come from the Park-Miller generator, so that the tests can build the same ones without reading them.
"""

import csv
import pathlib

import numpy
import scipy
import scipy.stats
import statsmodels
import statsmodels.api as sm

FOLDER = pathlib.Path(__file__).parent
PROVENANCE = (
    f"# tests/golden/compare.py: statsmodels {statsmodels.__version__}, "
    f"numpy {numpy.__version__}, scipy {scipy.__version__}"
)


def uniforms(seed, count):
    """Park and Miller's minimal standard generator on (0, 1)."""
    state, values = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return values


def losses(seed, count, persistence, shift):
    """Two loss series whose difference is an AR(1) about a shift."""
    draws = uniforms(seed, 2 * count)
    first, second, wander = [], [], 0.0
    for i in range(count):
        wander = persistence * wander + (draws[2 * i] - 0.5)
        first.append(1.0 + draws[2 * i + 1] + (shift + wander))
        second.append(1.0 + draws[2 * i + 1])
    return numpy.array(first), numpy.array(second)


def diebold_mariano(difference, horizon, lag):
    count = len(difference)
    fit = sm.OLS(difference, numpy.ones(count)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lag, "kernel": "bartlett", "use_correction": False}
    )
    factor = numpy.sqrt((count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count)
    statistic = fit.tvalues[0] * factor
    return fit.params[0], statistic, 2 * scipy.stats.t.sf(abs(statistic), count - 1)


def write(name, header, rows):
    with open(FOLDER / name, "w", newline="") as file:
        file.write(PROVENANCE + "\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


rows = []
for seed, count, persistence, shift, horizon, lag in [
    (1, 53, 0.0, 0.1, 1, 0),
    (2, 211, 0.3, 0.05, 1, 4),
    (3, 499, 0.6, -0.1, 5, 8),
    (4, 997, 0.9, 0.3, 22, 42),
    (5, 101, 0.5, 0.0, 5, 4),
]:
    first, second = losses(seed, count, persistence, shift)
    values = diebold_mariano(first - second, horizon, lag)
    rows.append([seed, count, persistence, shift, horizon, lag] + [repr(float(v)) for v in values])

write(
    "compare.csv",
    ["seed", "count", "persistence", "shift", "horizon", "lag", "mean", "statistic", "p"],
    rows,
)

rows = []
for seed, count, scale, closeness in [(11, 61, 1.0, 1.0), (12, 307, 1e-8, 1.0), (13, 307, 1e4, 1.0), (14, 151, 1.0, 1e-4)]:
    draws = uniforms(seed, 4 * count)
    table = numpy.array(draws).reshape(count, 4)
    a, b = table[:, 0], table[:, 0] + closeness * table[:, 1]
    c = 7.0 + table[:, 2]
    y = 0.5 + 1.5 * a - 0.75 * b + 0.25 * c + (table[:, 3] - 0.5)
    # One scale for all columns leaves the slopes and scales the intercept, so the reference is fitted unscaled.
    fit = sm.OLS(y, sm.add_constant(numpy.column_stack([a, b, c]))).fit(method="qr")
    intercept, *slopes = fit.params
    rows.append(
        [seed, count, scale, closeness, repr(float(intercept * scale))]
        + [repr(float(s)) for s in slopes]
        + [repr(float(fit.mse_resid * scale * scale))]
    )

write(
    "ols.csv",
    ["seed", "count", "scale", "closeness", "intercept", "a", "b", "c", "residual_variance"],
    rows,
)
