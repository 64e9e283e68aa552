"""Independent values of the range estimators: the papers' formulas in log differences from the open, in plain Python.

Usage: range.py > range.csv
"""
import random
from math import exp, log, nan
from statistics import fmean, variance

DAYS, WINDOW, SEED = 40, 5, 20240607
rng = random.Random(SEED)
bars, close = [], 50.0
for _ in range(DAYS):
    o = close * exp(0.004 * rng.gauss(0, 1))
    path = [0.0]
    for _ in range(30):
        path.append(path[-1] + 0.002 * rng.gauss(0, 1))
    close = o * exp(path[-1])
    bars.append((o, max(o * exp(max(path)), close), min(o * exp(min(path)), close), close))

jump, ret, u, d, b = [nan], [nan], [], [], []
for t, (o, h, l, c) in enumerate(bars):
    u.append(log(h) - log(o))
    d.append(log(l) - log(o))
    b.append(log(c) - log(o))
    if t:
        jump.append(log(o) - log(bars[t - 1][3]))
        ret.append(log(c) - log(bars[t - 1][3]))
parkinson = [(x - y) ** 2 / log(16) for x, y in zip(u, d)]
garman_klass = [(x - y) ** 2 / 2 - (log(4) - 1) * z**2 for x, y, z in zip(u, d, b)]
rogers_satchell = [x * (x - z) + y * (y - z) for x, y, z in zip(u, d, b)]
yang_zhang = [nan] * WINDOW
for t in range(WINDOW, DAYS):
    w = slice(t - WINDOW + 1, t + 1)
    k = 0.34 / (1.34 + (WINDOW + 1) / (WINDOW - 1))
    yang_zhang.append(variance(jump[w]) + k * variance(b[w]) + (1 - k) * fmean(rogers_satchell[w]))

print(f"# written by tests/golden/range.py, seed {SEED}; nan: no value on that day")
print("open,high,low,close,squared_return,parkinson,garman_klass,rogers_satchell,garman_klass_yang_zhang,yang_zhang_5")
for t in range(DAYS):
    row = [*bars[t], ret[t] ** 2, parkinson[t], garman_klass[t], rogers_satchell[t], jump[t] ** 2 + garman_klass[t], yang_zhang[t]]
    print(",".join(repr(x) for x in row))
