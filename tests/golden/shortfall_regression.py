"""Writes shortfall_regression.csv: regression backtests of expected shortfall with statsmodels' quantile and weighted regressions.

Needs python3-statsmodels. Run from any folder: python3 tests/golden/shortfall_regression.py
The series come from the Park-Miller generator, as in evaluation.py.
"""

import pathlib

import numpy as np
import statsmodels
import statsmodels.api as sm
from scipy.stats import norm

FOLDER = pathlib.Path(__file__).parent


def uniforms(seed, count):
    state, values = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return np.array(values)


def series(seed, count, level, factor):
    """Returns of a moving volatility, and forecasts of their shortfall, wrong by a factor."""
    draws = uniforms(seed, 2 * count)
    returns, shortfall = np.zeros(count), np.zeros(count)
    mean = -norm.pdf(norm.ppf(level)) / level
    sigma = 0.01
    for day in range(count):
        shortfall[day] = factor * sigma * mean
        returns[day] = sigma * norm.ppf(draws[2 * day])
        sigma = 0.004 + 0.75 * sigma + 0.01 * (draws[2 * day + 1] - 0.5)
    return returns, shortfall


def tail(level, quantile, returns):
    return quantile + np.where(returns <= quantile, (returns - quantile) / level, 0.0)


with open(FOLDER / "shortfall_regression.csv", "w") as out:
    out.write(f"# statsmodels {statsmodels.__version__}, numpy {np.__version__}: shortfall_regression.py\n")
    out.write("seed,count,level,factor,quantile_intercept,quantile_slope,intercept,slope,strict,excess,statistic\n")
    for seed, count, level, factor in [(11, 2000, 0.05, 1.0), (12, 1500, 0.025, 0.8), (13, 4001, 0.01, 1.1)]:
        returns, shortfall = series(seed, count, level, factor)
        design = sm.add_constant(shortfall)
        scale = 1e-2
        fitted = sm.QuantReg(returns / scale, np.column_stack([np.ones(count), shortfall / scale])).fit(
            q=level, max_iter=20000, p_tol=1e-12
        )
        a, b = fitted.params[0] * scale, fitted.params[1]
        # The vertex nearest to the iterations' end: a quantile regression goes through as many points as it has coefficients.
        rest = np.abs(returns - a - b * shortfall)
        i, j = np.argsort(rest)[:2]
        b = (returns[i] - returns[j]) / (shortfall[i] - shortfall[j])
        a = returns[i] - b * shortfall[i]
        # A return on the line is in the tail, whatever rounding says.
        line = a + b * shortfall
        line[[i, j]] = returns[[i, j]]
        wls = sm.WLS(tail(level, line, returns), design, weights=shortfall**-2.0).fit(cov_type="HC0")
        distance = wls.params - np.array([0.0, 1.0])
        strict = distance @ np.linalg.inv(wls.cov_params()) @ distance
        excess = returns - shortfall
        values = tail(level, np.sort(excess)[int(np.ceil(level * count - 1e-9)) - 1], excess)
        statistic = values.mean() / (values.std() / np.sqrt(count))
        figures = [a, b, *wls.params, strict, values.mean(), statistic]
        out.write(",".join([str(seed), str(count), repr(level), repr(factor), *[repr(float(x)) for x in figures]]) + "\n")
