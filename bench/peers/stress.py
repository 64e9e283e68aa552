"""Best log-likelihoods of GARCH(1,1) and GJR(1,1) over many starts, normal and Student t, by scipy's L-BFGS-B."""

import json
import sys

import numpy as np
from scipy.optimize import minimize
from scipy.signal import lfilter
from scipy.special import gammaln


def best(returns, asymmetric, student):
    scale = np.std(returns)
    r = returns / scale
    n = len(r)

    def loss(theta):
        mu, omega, news, other, share = theta[:5]
        e = r - mu
        start = np.mean(e * e)
        plus, minus = (news, other) if asymmetric else (news, news)
        left = 1 - 0.5 * (plus + minus)
        if left < 0:
            return 1e10
        beta = share * left
        drive = np.where(e < 0, minus, plus) * e * e
        before = np.concatenate([[0.5 * (plus + minus) * start], drive[:-1]])
        h = lfilter([1.0], [1.0, -beta], omega + before, zi=[beta * start])[0]
        if not np.all(h > 0):
            return 1e10
        if student:
            nu = theta[5]
            constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(np.pi * (nu - 2))
            return -np.mean(constant - 0.5 * np.log(h) - (nu + 1) / 2 * np.log1p(e * e / (h * (nu - 2))))
        return 0.5 * np.mean(np.log(2 * np.pi * h) + e * e / h)

    bounds = [(None, None), (1e-9, 100), (0, 5), (0, 5), (0, 1)] + ([(2.05, 500)] if student else [])
    found = np.inf
    random = np.random.default_rng(1)
    for attempt in range(4):
        news = random.choice([0.02, 0.05, 0.1, 0.3])
        share = random.uniform(0.3, 0.999)
        start = [r.mean(), random.choice([0.01, 0.1, 0.5]), news, news, share] + ([random.choice([3.0, 8.0, 30.0])] if student else [])
        result = minimize(loss, start, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500})
        found = min(found, result.fun)
    return -n * (found + np.log(scale))


answers = []
for returns in json.load(open(sys.argv[1])):
    returns = np.asarray(returns)
    answers.append(
        {
            f"{model} {name}": best(returns, model == "gjr", name == "student-t")
            for model in ["garch", "gjr"]
            for name in ["normal", "student-t"]
            if np.std(returns) > 0 and len(returns) <= 1500
        }
    )
json.dump(answers, open(sys.argv[2], "w"))
