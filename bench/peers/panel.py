"""EB-log and EB-GLM over the fits of a walk, by numpy: cumulative moments, one batch of solves per fit; Newton for the GLM."""

import json
import os

import numpy as np

from serve import serve

LEAD, MINIMUM = 0, 60


def weekdays(days):
    """Weekdays since 0001-01-01, a Monday."""
    week, place = days // 7, days % 7
    return week * 5 + np.minimum(place, 4)


def mean_of(x, span, least):
    """Trailing means over `span`, of what is there from `least` on."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    end = np.arange(1, len(x) + 1)
    start = np.maximum(0, end - span)
    out = (total[end] - total[start]) / (end - start)
    out[: least - 1] = np.nan
    return out


def rolling(x, span):
    out = np.full(len(x), np.nan)
    if len(x) >= span:
        out[span - 1 :] = np.lib.stride_tricks.sliding_window_view(x, span).mean(1)
    return out


def extreme(x, span, pick):
    return np.array([pick(x[max(0, t - span + 1) : t + 1]) for t in range(len(x))])


def as_of(calendar, at, values, carry):
    k = np.searchsorted(at, calendar, side="right") - 1
    known = (k >= 0) & (calendar - at[np.maximum(k, 0)] <= carry)
    return np.where(known, values[np.maximum(k, 0)], np.nan)


def mean_over(rows):
    count = np.isfinite(rows).sum(0)
    return np.where(count > 0, np.nansum(rows, 0) / np.maximum(count, 1), np.nan)


def next_day(days):
    nxt = days + 1
    nxt += np.where(nxt % 7 >= 5, 7 - nxt % 7, 0)
    date = (nxt - 719162).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    dow, dom, mon = nxt % 7, (date - month).astype(int) + 1, month.astype(int) % 12 + 1
    flags = [dow == i for i in range(4)]
    flags += [(dow == 4) & (dom <= 7), (dow == 4) & (dom > 14) & (dom <= 21), (mon == 12) & (dom >= 22), (mon == 1) & (dom <= 3)]
    flags += [dom <= 3, mon == 8, (mon == 12) & (dom < 22)]
    gap = np.concatenate([[0], np.clip(np.diff(days) - np.where(days[1:] % 7 == 0, 3, 1), 0, 10)])
    return flags + [gap]


def features(symbols, full):
    at = [weekdays(s["days"]) for s in symbols]
    calendar = np.arange(min(a[0] for a in at), max(a[-1] for a in at) + 1)
    logs = [np.log(s["variance"]) for s in symbols]
    raw = []
    for x in logs:
        z = x - np.cumsum(x) / np.arange(1, len(x) + 1)
        z[:21] = np.nan
        raw.append(z)
    z = np.array([as_of(calendar, a, r, 5) for a, r in zip(at, raw)])
    g = mean_over(z)
    lead = as_of(calendar, at[LEAD], raw[LEAD], 10)
    groups = np.array([s["group"] for s in symbols])
    out = []
    for i, s in enumerate(symbols):
        x, k = logs[i], at[i] - calendar[0]
        others = mean_over(z[(groups == groups[i]) & (np.arange(len(symbols)) != i)])
        day = mean_of(x, 1, 23)
        week, month, quarter = mean_of(x, 5, 23), mean_of(x, 22, 23), mean_of(x, 66, 23)
        columns = [day, week, month, np.log(mean_of(np.exp(x), 22, 23)), quarter]
        gm, lm = rolling(g, 22), rolling(lead, 22)
        factors = [f[k] for f in (g, rolling(g, 5), gm, lead, others, rolling(others, 5))]
        columns += [np.nan_to_num(f) for f in factors] + next_day(s["days"])
        if full:
            shock, wide, led, slow = day - month, (g - gm)[k], (lead - lm)[k], week - month
            up, down = lambda a: np.maximum(a, 0) ** 2, lambda a: np.minimum(a, 0) ** 2
            hinges = [up(shock), down(shock), up(wide), down(wide), shock * wide, up(led), slow * shock, up(slow), down(slow)]
            changes = np.concatenate([[0.0], np.diff(x)])
            spread = np.full(len(x), np.nan)
            spread[22:] = np.log(np.lib.stride_tricks.sliding_window_view(changes[1:], 22).std(1, ddof=1))
            year = mean_of(x, 250, 23)
            lags = [np.concatenate([[np.nan], x[:-1]]), extreme(x, 5, np.max), spread, year, rolling(others, 22)[k]]
            columns += [np.nan_to_num(c) for c in hinges] + lags[:4] + [np.nan_to_num(lags[4])]
        rows = np.column_stack(columns).astype(float)
        out.append((rows, np.isfinite(rows).all(1)))
    return out


def labels(v, h):
    total = np.concatenate([[0.0], np.cumsum(v)])
    return (total[1 + h :] - total[1:-h]) / h


def lines_log(x, y, cuts, prior):
    """Per fit the moments of every symbol, the pooled slopes, the symbols' own, intercept and scale."""
    count, p = len(x), x[0].shape[1]
    joint = [np.column_stack([a, b]) for a, b in zip(x, y)]
    mean = [j.mean(0) for j in joint]
    joint = [j - m for j, m in zip(joint, mean)]
    sums, cross, n, done = np.zeros((count, p + 1)), np.zeros((count, p + 1, p + 1)), np.zeros(count), np.zeros(count, int)
    out = []
    for cut in cuts:
        for i in range(count):
            new = joint[i][done[i] : cut[i]]
            if len(new):
                sums[i] += new.sum(0)
                cross[i] += new.T @ new
                n[i] += len(new)
                done[i] = cut[i]
        able = n >= MINIMUM
        m = sums[able] / n[able][:, None]
        S = cross[able] - n[able][:, None, None] * m[:, :, None] * m[:, None, :]
        XX, Xy = S[:, :p, :p], S[:, :p, p]
        total, rows = XX.sum(0), n[able].sum()
        b0 = np.linalg.solve(total + 1e-6 * rows * np.eye(p), Xy.sum(0))
        P = prior * total / rows + 1e-6 * np.eye(p)
        b = np.linalg.solve(XX + P, (Xy + P @ b0)[:, :, None])[:, :, 0]
        fit = {}
        for j, i in enumerate(np.flatnonzero(able)):
            a = m[j, p] - m[j, :p] @ b[j]
            known = joint[i][: cut[i]]
            scale = np.exp(known[:, p] - a - known[:, :p] @ b[j]).mean()
            fit[i] = (mean[i][p] + a - mean[i][:p] @ b[j], b[j], scale)
        out.append(fit)
    return out


def newton(parts, b, P, b0, steps):
    for _ in range(steps):
        H, G = P.copy(), -P @ (b - b0)
        for x, y in parts:
            w = np.exp(y - x @ b)
            w *= len(w) / w.sum()
            xc = x - (w @ x) / len(w)
            H += (xc * w[:, None]).T @ xc
            G += (w - 1) @ x
        step = np.linalg.solve(H, G)
        b = b + step
        if np.abs(step).max() < 1e-7:
            break
    return b


def lines_glm(x, y, cuts, prior):
    p, out = x[0].shape[1], []
    for cut in cuts:
        parts = {i: (x[i][:c], y[i][:c]) for i, c in enumerate(cut) if c >= MINIMUM}
        centred = {i: (a - a.mean(0), b) for i, (a, b) in parts.items()}
        products = {i: a.T @ a for i, (a, _) in centred.items()}
        total, rows = sum(products.values()), sum(len(b) for _, b in parts.values())
        right = sum(a.T @ (b - b.mean()) for a, b in centred.values())
        b0 = np.linalg.solve(total + 1e-6 * rows * np.eye(p), right)
        b0 = newton(list(centred.values()), b0, 1e-9 * np.eye(p), b0, 6)
        P = prior * total / rows + 1e-6 * np.eye(p)
        fit = {}
        for i, (a, b) in centred.items():
            own = newton([(a, b)], b0, P, b0, 4)
            fit[i] = (np.log(np.exp(b - a @ own).mean()) - parts[i][0].mean(0) @ own, own, 1.0)
        out.append(fit)
    return out


def walk(s, full, lines):
    panel = json.load(open(s["file"]))
    for one in panel["symbols"]:
        one["days"], one["variance"] = np.array(one["days"]), np.array(one["variance"])

    def run():
        rows, refits = features(panel["symbols"], full), np.array(panel["refits"])
        forecasts = []
        for h in panel["horizons"]:
            x, y, whole, known = [], [], [], []
            for (table, ok), one in zip(rows, panel["symbols"]):
                label = np.log(labels(one["variance"], h))
                kept = np.flatnonzero(ok[: len(label)])
                ended = np.maximum(0, np.searchsorted(one["days"], refits, side="right") - h)
                x.append(table[kept])
                y.append(label[kept])
                known.append(np.searchsorted(kept, ended))
            fits = lines(x, y, np.array(known).T, 1000.0)
            for i, ((table, ok), one) in enumerate(zip(rows, panel["symbols"])):
                fit = np.searchsorted(refits, one["days"], side="right") - 1
                out = np.full(len(fit), np.nan)
                for k in range(len(refits)):
                    if i in fits[k]:
                        a, b, scale = fits[k][i]
                        use = np.flatnonzero(fit == k)
                        out[use] = scale * np.exp(a + table[use] @ b)
                forecasts.append(out)
        return forecasts

    return run


if __name__ == "__main__":
    serve(
        {
            "eb-log": lambda s: walk(s, False, lines_log),
            "eb-log-full": lambda s: walk(s, True, lines_log),
            "eb-glm": lambda s: walk(s, False, lines_glm),
        },
        {"peer": f"numpy {np.__version__}", "threads": int(os.environ["VOLFORGE_THREADS"])},
    )
