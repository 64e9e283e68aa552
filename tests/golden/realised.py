"""Writes realised.json: realised measures by numpy, written from the papers' formulas without regard to speed.

Needs python3-numpy and python3-scipy. Run from any folder: python3 tests/golden/realised.py
The series come from the Park-Miller generator, so that the tests can build the same ones without reading them.
"""

import json
import math
import pathlib

import numpy as np
import scipy
import scipy.integrate
import scipy.special
import scipy.stats

FOLDER = pathlib.Path(__file__).parent


def uniforms(seed, count):
    state, values = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return np.array(values)


def normals(seed, count):
    """Sums of twelve uniforms less six: near enough to normal, and the same bits everywhere."""
    return uniforms(seed, 12 * count).reshape(count, 12).sum(axis=1) - 6


def returns():
    """79 returns with a jump at 40 and two that don't move."""
    values = 0.001 * normals(11, 79)
    values[40] += 0.02
    values[[10, 60]] = 0.0
    return values


def ticks():
    """A day of 4,001 noisy ticks at irregular times from 09:30:00, in seconds, and their levels."""
    gaps = np.floor(uniforms(5, 4000) * 1170) / 100
    # Hundredths of a second: a sum of them that is a whole second must be no less in floating point.
    seconds = np.round(np.concatenate([[0.25], 0.25 + np.cumsum(gaps)]), 2)
    efficient = np.concatenate([[0.0], np.cumsum(0.0002 * normals(7, 4000))])
    return seconds, efficient + 0.0003 * normals(9, 4001)


def autocovariance(r, lag):
    return np.dot(r[lag:], r[: len(r) - lag])


def parzen(x):
    return np.where(x <= 0.5, 1 - 6 * x**2 + 6 * x**3, np.where(x <= 1, 2 * (1 - x) ** 3, 0))


def tukey_hanning(x):
    return np.where(x <= 1, np.sin(np.pi / 2 * (1 - x) ** 2) ** 2, 0)


KERNELS = {"parzen": (parzen, 12.0), "tukey_hanning": (tukey_hanning, 2 * np.pi**2)}


def kernel_estimate(name, bandwidth, levels):
    """As a quadratic form in the returns, with the full matrix of weights."""
    r = np.diff(levels)
    lags = np.abs(np.subtract.outer(np.arange(len(r)), np.arange(len(r))))
    weights = KERNELS[name][0](lags / (bandwidth + 1))
    return r @ weights @ r


def constant(name):
    weight, curvature = KERNELS[name]
    square = scipy.integrate.quad(lambda x: float(weight(np.array(x))) ** 2, 0, 1, epsabs=1e-13, points=[0.5])[0]
    return (curvature**2 / square) ** 0.2


def jittered(levels):
    return np.concatenate([[levels[:2].mean()], levels[2:-2], [levels[-2:].mean()]])


def two_scale(stride, levels):
    r = np.diff(levels)
    n = len(r)
    average = np.mean([np.sum(np.diff(levels[offset::stride]) ** 2) for offset in range(stride)])
    share = (n - stride + 1) / stride / n
    return (average - share * np.sum(r**2)) / (1 - share)


def subsampled(stride, levels):
    n = len(levels) - 1
    total = sum(np.sum(np.diff(levels[offset::stride]) ** 2) for offset in range(stride))
    return total / stride * n / (n - stride + 1)


def noise(stride, levels):
    values = []
    for offset in range(stride):
        r = np.diff(levels[offset::stride])
        values.append(np.sum(r**2) / (2 * np.count_nonzero(r)))
    return np.mean(values)


def debiased_noise(rough, levels):
    rv = np.sum(np.diff(levels) ** 2)
    return noise(1, levels) * np.exp(-min(1.0, rough / rv))


def pre_averaged(k, levels):
    r = np.diff(levels)
    n = len(r)
    g = np.minimum(np.arange(k + 1) / k, 1 - np.arange(k + 1) / k)
    psi1, psi2 = k * np.sum(np.diff(g) ** 2), np.sum(g**2) / k
    bars = np.array([np.dot(g[1:k], r[first : first + k - 1]) for first in range(n - k + 2)])
    c = n / (n - k + 2) / (psi2 * k) * np.sum(bars**2) - psi1 / (2 * psi2 * k**2) * np.sum(r**2)
    return c / (1 - psi1 / (2 * psi2 * k**2))


def grid(seconds, levels, step, close):
    points = np.arange(0, close + step / 2, step)
    points = points[points > seconds[0]]
    positions = np.searchsorted(seconds, points, side="right") - 1
    return np.concatenate([[levels[0]], levels[positions]])


def moment(p):
    return 2 ** (p / 2) * scipy.special.gamma((p + 1) / 2) / scipy.special.gamma(0.5)


def from_returns(r):
    n, a = len(r), np.abs(r)
    pairs = np.minimum(a[1:], a[:-1])
    triples = np.median(np.stack([a[:-2], a[1:-1], a[2:]]), axis=0)
    rv = np.sum(r**2)
    bv = np.pi / 2 * n / (n - 1) * np.sum(a[1:] * a[:-1])
    tq = n * n / (n - 2) * moment(4 / 3) ** -3 * np.sum((a[:-2] * a[1:-1] * a[2:]) ** (4 / 3))
    z = (1 - bv / rv) / math.sqrt((np.pi**2 / 4 + np.pi - 5) / n * max(1.0, tq / bv**2))
    return {
        "rv": rv,
        "bipower": bv,
        "min_rv": np.pi / (np.pi - 2) * n / (n - 1) * np.sum(pairs**2),
        "med_rv": np.pi / (6 - 4 * np.sqrt(3) + np.pi) * n / (n - 2) * np.sum(triples**2),
        "negative_semivariance": np.sum(r[r < 0] ** 2),
        "positive_semivariance": np.sum(r[r > 0] ** 2),
        "quarticity": n / 3 * np.sum(r**4),
        "tripower_quarticity": tq,
        "min_rq": np.pi * n / (3 * np.pi - 8) * n / (n - 1) * np.sum(pairs**4),
        "med_rq": 3 * np.pi * n / (9 * np.pi + 72 - 52 * np.sqrt(3)) * n / (n - 2) * np.sum(triples**4),
        "bns_statistic": z,
        "bns_p_value": scipy.stats.norm.sf(z),
    }


def lee_mykland(window, count, r):
    c = math.sqrt(2 / math.pi)
    root = math.sqrt(2 * math.log(count))
    centre = root / c - (math.log(math.pi) + math.log(math.log(count))) / (2 * c * root)
    values = []
    for i in range(window - 1, len(r)):
        past = np.abs(r[i - window + 1 : i])
        sigma = math.sqrt(np.sum(past[1:] * past[:-1]) / (window - 2))
        values.append((abs(r[i]) / sigma - centre) * c * root)
    return values


def from_ticks(seconds, levels):
    close = 23400
    inside = seconds <= close
    seconds, levels = seconds[inside], levels[inside]
    r = np.diff(grid(seconds, levels, 300, close))
    rough = subsampled(1200, grid(seconds, levels, 1, close))
    omega = debiased_noise(rough, levels)
    n = len(levels) - 1
    values = from_returns(r)
    values["rv_subsampled"] = subsampled(5, grid(seconds, levels, 60, close))
    values["noise_variance"] = omega
    ends = jittered(levels)
    for name in KERNELS:
        bandwidth = math.ceil(constant(name) * (omega / rough) ** 0.4 * (len(ends) - 1) ** 0.6)
        values[f"kernel_{name}"] = kernel_estimate(name, bandwidth, ends)
    scale = round((12 * (omega / rough) ** 2) ** (1 / 3) * n ** (2 / 3))
    values["two_scale"] = two_scale(scale, levels)
    values["pre_averaged"] = pre_averaged(math.ceil(math.sqrt(n)), levels)
    values["open_to_close"] = levels[-1] - levels[0]
    values["observations"] = len(r)
    values["ticks"] = len(levels)
    return values


def main():
    r = returns()
    seconds, levels = ticks()
    document = {
        "provenance": f"tests/golden/realised.py: numpy {np.__version__}, scipy {scipy.__version__}",
        "returns": from_returns(r),
        "levels": [
            {"name": f"kernel_{name}", "parameter": h, "value": kernel_estimate(name, h, levels[:500])}
            for name in KERNELS
            for h in [0, 1, 7, 40]
        ]
        + [{"name": "two_scale", "parameter": k, "value": two_scale(k, levels)} for k in [2, 7, 300]]
        + [{"name": "rv_subsampled", "parameter": k, "value": subsampled(k, levels)} for k in [1, 7, 300]]
        + [{"name": "noise_variance", "parameter": k, "value": noise(k, levels)} for k in [1, 7, 300]]
        + [{"name": "pre_averaged", "parameter": k, "value": pre_averaged(k, levels)} for k in [3, 7, 64]],
        "constants": {name: constant(name) for name in KERNELS},
        "leeMykland": lee_mykland(20, 79, r),
        "day": from_ticks(seconds, levels),
    }
    (FOLDER / "realised.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
