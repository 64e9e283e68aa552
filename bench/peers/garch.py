"""GARCH(1,1) by maximum likelihood as a numpy and scipy user writes it: a loop for the recursion, L-BFGS-B for the search."""

import json
import os

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import gammaln

from serve import serve


def variances(e, omega, alpha, beta):
    start = np.mean(e * e)
    before = np.concatenate([[start], e[:-1] ** 2])
    return lfilter([1.0], [1.0, -beta], omega + alpha * before, zi=[beta * start])[0]


def fit(returns, student):
    spread = np.var(returns)

    def loss(theta):
        e = returns - theta[0]
        h = variances(e, *theta[1:4])
        if np.any(h <= 0):
            return 1e10
        if student:
            nu = theta[4]
            constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(np.pi * (nu - 2))
            return -np.mean(constant - 0.5 * np.log(h) - (nu + 1) / 2 * np.log1p(e * e / (h * (nu - 2))))
        return 0.5 * np.mean(np.log(2 * np.pi * h) + e * e / h)

    start = [returns.mean(), 0.05 * spread, 0.1, 0.85] + ([8.0] if student else [])
    bounds = [(None, None), (1e-9, None), (0, 1), (0, 1)] + ([(2.05, 500)] if student else [])
    return minimize(loss, start, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-7})


def one(student):
    def make(s):
        returns = np.asarray(json.load(open(s["file"])))
        return lambda: fit(returns, student)

    return make


serve(
    {"normal": one(False), "student-t": one(True)},
    {"peer": f"scipy {scipy.__version__}", "threads": int(os.environ["VOLFORGE_THREADS"])},
)
