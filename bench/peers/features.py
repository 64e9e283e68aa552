"""Families of features by pandas and numpy on made-up quotes."""

import os

import numpy as np
import pandas as pd
from scipy.special import ndtr

from serve import serve


def quotes(rows):
    rng = np.random.default_rng(1)
    bid = np.round(100 + np.cumsum(rng.normal(0, 0.01, rows)), 2)
    return dict(
        bid=bid,
        ask=bid + rng.integers(1, 6, rows) / 100,
        bid_size=rng.integers(0, 50, rows).astype(float),
        ask_size=rng.integers(0, 50, rows).astype(float),
        flow=rng.normal(0, 10, rows),
        time=np.arange(rows, dtype="int64") * 500_000_000,
    )


def quote(s):
    q = quotes(s["rows"])

    def run():
        mid = 0.5 * (q["bid"] + q["ask"])
        spread = q["ask"] - q["bid"]
        relative = spread / mid
        depth = q["bid_size"] + q["ask_size"]
        with np.errstate(invalid="ignore", divide="ignore"):
            tilt = (q["bid_size"] - q["ask_size"]) / depth
            imbalance = np.where(depth == 0, 0.0, tilt)
            micro = np.where(depth == 0, mid, mid + 0.5 * spread * tilt)
        empty = (depth == 0).astype(float)
        score = np.log((1 + depth) / (1 + 1e4 * relative))
        return mid, spread, relative, depth, imbalance, micro, empty, score

    return run


def events(q):
    b, a, qb, qa = q["bid"], q["ask"], q["bid_size"], q["ask_size"]
    out = np.zeros(len(b))
    out[1:] = (
        np.where(b[1:] >= b[:-1], qb[1:], 0.0)
        - np.where(b[1:] <= b[:-1], qb[:-1], 0.0)
        - np.where(a[1:] <= a[:-1], qa[1:], 0.0)
        + np.where(a[1:] >= a[:-1], qa[:-1], 0.0)
    )
    day = q["time"] // 86_400_000_000_000
    out[1:][day[1:] != day[:-1]] = 0.0
    return out


def flow(s):
    q = quotes(s["rows"])

    def run():
        e = events(q)
        series = pd.Series(e)
        return e, series.groupby(q["time"] // 300_000_000_000).cumsum(), series.rolling(100).sum()

    return run


def liquidity(s):
    q = quotes(s["rows"])
    price, flow = pd.Series(0.5 * (q["bid"] + q["ask"])), pd.Series(q["flow"])
    volume = pd.Series(q["bid_size"] + 1)

    def run():
        change = price.diff()
        kyle = change.rolling(100).cov(flow) / flow.rolling(100).var()
        roll = 2 * np.sqrt((-change.rolling(100).cov(change.shift(1))).clip(lower=0))
        amihud = (np.log(price / price.shift(1)).abs() / (price * volume)).rolling(22).mean()
        return kyle, roll, amihud

    return run


def windows(s):
    x = pd.Series(quotes(s["rows"])["flow"])

    def run():
        r = x.rolling(22)
        mean, deviation = r.mean(), r.std()
        return mean, deviation, (x - mean) / deviation, r.max(), r.min(), x.ewm(alpha=0.06, adjust=False).mean()

    return run


def order(s):
    x = pd.Series(quotes(s["rows"])["flow"])

    def run():
        return x.rolling(22).rank(pct=True), x.rolling(22).quantile(0.3)

    return run


def products(s):
    q = quotes(s["rows"])
    names = ["bid", "ask", "bid_size", "ask_size", "flow"]
    frame = pd.DataFrame({name: q[name] for name in names})

    def run():
        return {f"{a}*{b}": frame[a] * frame[b] for i, a in enumerate(names) for b in names[i + 1 :]}

    return run


def implied(s):
    """Newton's method on whole arrays, from a start at the money, as numpy users write it."""
    rows = s["rows"]
    rng = np.random.default_rng(1)
    years, volatility = 0.05 + rng.random(rows), 0.1 + 0.4 * rng.random(rows)
    moneyness = (rng.random(rows) - 0.5) * 2 * volatility * np.sqrt(years)
    strike, forward = 100 * np.exp(moneyness), 100.0

    def price(v):
        d = v * np.sqrt(years)
        d1 = -moneyness / d + d / 2
        return forward * ndtr(d1) - strike * ndtr(d1 - d), forward * np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi) * np.sqrt(years)

    target = price(volatility)[0]

    def run():
        v = np.full(rows, 0.3)
        for _ in range(8):
            p, vega = price(v)
            v = np.maximum(v - (p - target) / vega, 1e-3)
        return v

    return run


serve(
    dict(quote=quote, flow=flow, liquidity=liquidity, windows=windows, order=order, products=products, implied=implied),
    {"peer": f"pandas {pd.__version__}, numpy {np.__version__}", "threads": os.environ.get("VOLFORGE_THREADS")},
)
