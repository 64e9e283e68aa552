"""Features by pandas, numpy, scipy and mpmath (Debian's python3-pandas, python3-scipy, python3-mpmath) on made-up quotes, bars and trades.

Writes features.csv: /usr/bin/python3 tests/golden/features.py > tests/golden/features.csv
"""

import numpy as np
import pandas as pd
import scipy.stats as stats

rows = 260
rng = np.random.default_rng(20240101)
time = pd.Timestamp("2024-01-01 20:00:00") + pd.to_timedelta(np.arange(rows) * 97, unit="s")

bid = np.round(100 + np.cumsum(rng.normal(0, 0.05, rows)), 2)
ask = bid + np.round(rng.integers(1, 6, rows) / 100, 2)
bid_size = rng.integers(0, 9, rows).astype(float)
ask_size = rng.integers(0, 9, rows).astype(float)
close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, rows))), 2)
high = np.round(close * (1 + np.abs(rng.normal(0, 0.006, rows))), 2)
low = np.round(close * (1 - np.abs(rng.normal(0, 0.006, rows))), 2)
volume = rng.integers(0, 5, rows) * 1000.0
price = np.round((bid + ask) / 2 + rng.choice([-0.02, -0.01, 0, 0.01, 0.02], rows), 2)
flow = rng.normal(0, 100, rows).round(1)
x = np.round(rng.gamma(2.0, 1.5, rows), 2) + 0.01
signed = np.round(rng.normal(0.3, 1.2, rows), 2)

source = pd.DataFrame(
    dict(bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size, close=close, high=high, low=low, volume=volume,
         price=price, flow=flow, x=x, signed=signed),
    index=time,
)
out = source.copy()
s = source
mid = (s.bid + s.ask) / 2
out["mid"] = mid
out["spread"] = s.ask - s.bid
out["relative_spread"] = (s.ask - s.bid) / mid
depth = s.bid_size + s.ask_size
out["microprice"] = ((s.bid * s.ask_size + s.ask * s.bid_size) / depth).where(depth > 0, mid)
out["queue_imbalance"] = ((s.bid_size - s.ask_size) / depth).where(depth > 0, 0.0)
out["liquidity_score"] = np.log1p(depth) - np.log1p(1e4 * (s.ask - s.bid) / mid)

new_day = s.index.normalize() != pd.Series(s.index.normalize(), index=s.index).shift(1)
event = (
    np.where(s.bid >= s.bid.shift(1), s.bid_size, 0.0)
    - np.where(s.bid <= s.bid.shift(1), s.bid_size.shift(1), 0.0)
    - np.where(s.ask <= s.ask.shift(1), s.ask_size, 0.0)
    + np.where(s.ask >= s.ask.shift(1), s.ask_size.shift(1), 0.0)
)
event = pd.Series(np.where(new_day, 0.0, event), index=s.index)
out["order_flow_event"] = event
out["order_flow_imbalance"] = event.groupby(s.index.normalize()).cumsum()
out["order_flow_imbalance_5min"] = event.groupby(s.index.floor("5min")).cumsum()
out["order_flow_window_7"] = event.rolling(7).sum()

tick = np.sign(s.price.diff()).replace(0.0, np.nan).ffill().fillna(0.0)
# The prices are on a grid: the mid, computed in floating point, is compared as it is.
quote = np.sign(s.price - mid)
out["trade_sign"] = np.where(quote != 0, quote, tick)
out["effective_spread"] = 2 * (s.price - mid).abs()
out["realised_spread_3"] = (2 * quote.shift(3) * (s.price.shift(3) - mid))
out["price_impact_3"] = (2 * quote.shift(3) * (mid - mid.shift(3)))

moved = np.log(s.close / s.close.shift(1)).abs()
ratio = (moved / (s.close * s.volume)).where(s.volume > 0, 0.0)
ratio.iloc[0] = np.nan
out["amihud_7"] = ratio.rolling(7).sum() / (s.volume > 0).astype(float).rolling(7).sum()
change = s.price.diff()
out["kyle_lambda_7"] = change.rolling(7).cov(s.flow) / s.flow.rolling(7).var()
covariance = change.rolling(7).cov(change.shift(1))
out["roll_7"] = 2 * np.sqrt((-covariance).clip(lower=0.0))

before = s.close.shift(1)
gap = (before - s.low).where(s.low > before, (before - s.high).where(s.high < before, 0.0))
h, l = s.high + gap, s.low + gap
beta = np.log(s.high.shift(1) / s.low.shift(1)) ** 2 + np.log(h / l) ** 2
gamma = np.log(np.maximum(h, s.high.shift(1)) / np.minimum(l, s.low.shift(1))) ** 2
k = 3 - 2 * np.sqrt(2)
alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
two = (2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))).clip(lower=0.0)
out["corwin_schultz_7"] = two.rolling(7).mean()

out["log(x)"] = np.log(s.x)
out["signed_power_0.7(signed)"] = np.sign(s.signed) * s.signed.abs() ** 0.7
out["mean_7(x)"] = s.x.rolling(7).mean()
out["deviation_7(x)"] = s.x.rolling(7).std()
out["z-score_7(x)"] = (s.x - s.x.rolling(7).mean()) / s.x.rolling(7).std()
out["rank_7(x)"] = s.x.rolling(7).rank(pct=True)
out["quantile_0.3_7(x)"] = s.x.rolling(7).quantile(0.3)
out["largest_7(x)"] = s.x.rolling(7).max()
out["smallest_7(x)"] = s.x.rolling(7).min()
out["lag_3(x)"] = s.x.shift(3)
out["difference_3(x)"] = s.x.diff(3)
out["log-return_3(x)"] = np.log(s.x / s.x.shift(3))
out["ewma_0.94(x)"] = s.x.ewm(alpha=1 - 0.94, adjust=False).mean()
out["har_5(x)"] = s.x.rolling(5).mean()
out["har_22(x)"] = s.x.rolling(22).mean()

train = s.iloc[:200]
out["standardise(x)"] = (s.x - train.x.mean()) / train.x.std()
low_share, high_share = np.quantile(train.x, [0.01, 0.99])
out["winsorise(x)"] = s.x.clip(low_share, high_share)


def exponent(transform, jacobian, data):
    """The root of the likelihood's derivative, in 40 digits: a minimiser of the likelihood itself has half of the digits."""
    from mpmath import mp, mpf, diff, findroot, fsum, log

    mp.dps = 40
    data = [mpf(float(value)) for value in data]
    n = len(data)
    jacobian = fsum(jacobian(value) for value in data)

    def likelihood(value):
        y = [transform(value, each) for each in data]
        mean = fsum(y) / n
        return -mpf(n) / 2 * log(fsum((each - mean) ** 2 for each in y) / n) + value * jacobian

    return float(findroot(lambda value: diff(likelihood, value), (mpf("0.2"), mpf("0.8")), tol=1e-25))


def johnson(value, x):
    return ((1 + x) ** value - 1) / value if x >= 0 else -((1 - x) ** (2 - value) - 1) / (2 - value)


from mpmath import log as mlog

boxcox = exponent(lambda value, x: (x**value - 1) / value, lambda x: mlog(x), train.x)
yeojohnson = exponent(johnson, lambda x: mlog(1 + x) if x >= 0 else -mlog(1 - x), train.signed)
out["box-cox(x)"] = stats.boxcox(s.x, boxcox)
out["yeo-johnson(signed)"] = stats.yeojohnson(s.signed, yeojohnson)

points = np.quantile(train.x, np.linspace(0, 1, 101))
# Interpolated from both sides, so that ties get their middle.
upwards = np.interp(s.x, points, np.linspace(0, 1, 101))
downwards = 1 - np.interp(-s.x, -points[::-1], np.linspace(0, 1, 101))
out["quantile-normal(x)"] = stats.norm.ppf(np.clip((upwards + downwards) / 2, 0.5 / 101, 1 - 0.5 / 101))

knots = np.quantile(train.x, [0.05, 0.35, 0.65, 0.95])
cube = lambda value: np.maximum(value, 0.0) ** 3
for term in (1, 2):
    knot, last, previous = knots[term - 1], knots[3], knots[2]
    out[f"spline_{term}(x)"] = (
        cube(s.x - knot)
        - cube(s.x - previous) * (last - knot) / (last - previous)
        + cube(s.x - last) * (previous - knot) / (last - previous)
    ) / (last - knots[0]) ** 2

print(f"# pandas {pd.__version__}, numpy {np.__version__}, scipy {__import__('scipy').__version__}; generator features.py")
out.index.name = "time"
print(out.to_csv(date_format="%Y-%m-%dT%H:%M:%S"), end="")
