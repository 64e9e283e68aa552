"""Realised measures as a numpy user writes them, vectorised, and pandas' reader of CSV."""

import os

import numpy as np
import pandas as pd

from serve import serve


def levels(s):
    return np.fromfile(s["file"])


def of_returns(measure):
    def make(s):
        r = np.diff(levels(s))
        return lambda: measure(r)

    return make


def rv(r):
    return np.dot(r, r)


def bipower(r):
    a = np.abs(r)
    return np.pi / 2 * len(r) / (len(r) - 1) * np.dot(a[1:], a[:-1])


def med_rv(r):
    a = np.abs(r)
    x, y, z = a[:-2], a[1:-1], a[2:]
    middle = np.maximum(np.minimum(x, y), np.minimum(np.maximum(x, y), z))
    return np.pi / (6 - 4 * np.sqrt(3) + np.pi) * len(r) / (len(r) - 2) * np.dot(middle, middle)


def tripower_quarticity(r):
    a = np.abs(r) ** (4 / 3)
    n = len(r)
    return n * n / (n - 2) / 0.8308609250295592**3 * np.sum(a[2:] * a[1:-1] * a[:-2])


def two_scale(s):
    p, k = levels(s), s["stride"]

    def call():
        n = len(p) - 1
        sparse, dense = p[k:] - p[:-k], np.diff(p)
        share = (n - k + 1) / k / n
        return (np.dot(sparse, sparse) / k - share * np.dot(dense, dense)) / (1 - share)

    return call


def kernel_parzen(s):
    p, h = levels(s), s["bandwidth"]

    def call():
        r = np.diff(p)
        total = np.dot(r, r)
        for lag in range(1, h + 1):
            x = lag / (h + 1)
            weight = 1 - 6 * x**2 + 6 * x**3 if x <= 0.5 else 2 * (1 - x) ** 3
            total += 2 * weight * np.dot(r[lag:], r[:-lag])
        return total

    return call


def pre_averaged(s):
    p, k = levels(s), s["stride"]

    def call():
        r = np.diff(p)
        n = len(r)
        g = np.minimum(np.arange(k + 1) / k, 1 - np.arange(k + 1) / k)
        psi1, psi2 = k * np.sum(np.diff(g) ** 2), np.sum(g**2) / k
        bars = np.convolve(r, g[1:k][::-1], mode="valid")
        correction = psi1 / (2 * psi2 * k * k)
        return (n / (n - k + 2) / (psi2 * k) * np.dot(bars, bars) - correction * np.dot(r, r)) / (1 - correction)

    return call


def read_quotes(s):
    return lambda: pd.read_csv(s["file"], parse_dates=["DT"])


serve(
    {
        "rv": of_returns(rv),
        "bipower": of_returns(bipower),
        "med_rv": of_returns(med_rv),
        "tripower_quarticity": of_returns(tripower_quarticity),
        "two_scale": two_scale,
        "kernel_parzen": kernel_parzen,
        "pre_averaged": pre_averaged,
        "read_quotes": read_quotes,
    },
    {
        "peer": f"numpy {np.__version__}, pandas {pd.__version__}",
        "threads": int(os.environ["VOLFORGE_THREADS"]),
    },
)
