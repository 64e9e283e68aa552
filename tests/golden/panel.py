"""Golden forecasts of panel models, by an implementation of its own in numpy.

Writes panel-input.csv (a simulated panel: 6 symbols, uneven calendars and spans) and panel-golden.csv (date, symbol, horizon, model,
forecast) beside itself. Run with: python3 tests/golden/panel.py (numpy 1.24).
"""
import csv, os
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
GROUPS = {"A": "north", "B": "north", "C": "north", "D": "south", "E": "south", "F": "south"}
LEAD, WARM_UP, EVERY, FROM = "B", 300, 22, None


def simulate():
    rng = np.random.default_rng(7)
    days = np.arange(np.datetime64("2010-01-04"), np.datetime64("2012-12-29"))
    days = days[((days.astype("int64") + 3) % 7) < 5]
    common, own, out = 0.0, np.zeros(6), {s: ([], []) for s in GROUPS}
    for t, day in enumerate(days):
        common = 0.97 * common + 0.2 * rng.standard_normal()
        own = 0.9 * own + 0.25 * rng.standard_normal(6)
        noise = 0.4 * rng.standard_normal(6)
        trades = rng.random(6) > 0.03
        for j, s in enumerate(GROUPS):
            starts, ends = 40 * j, len(days) - (25 if s == "E" else 0)
            if starts <= t < ends and trades[j]:
                out[s][0].append(day)
                out[s][1].append(float("%.12g" % np.exp(-9.5 + common + own[j] + noise[j])))
    return {s: (np.array(d), np.array(v)) for s, (d, v) in out.items()}


def window(x, n, f, least=23):
    return np.array([f(x[max(0, t - n + 1):t + 1]) if t + 1 >= least else np.nan for t in range(len(x))])


def rolling(x, n):
    return np.array([np.mean(x[t - n + 1:t + 1]) if t + 1 >= n else np.nan for t in range(len(x))])


def as_of(calendar, dates, values, carry):
    out = np.full(len(calendar), np.nan)
    for t, day in enumerate(calendar):
        k = np.searchsorted(dates, day, side="right") - 1
        if k >= 0 and np.busday_count(dates[k], day) <= carry:
            out[t] = values[k]
    return out


def mean_over(rows):
    count = np.isfinite(rows).sum(0)
    return np.where(count > 0, np.nansum(rows, 0) / np.maximum(count, 1), np.nan)


def features(panel):
    low, high = min(d[0] for d, _ in panel.values()), max(d[-1] for d, _ in panel.values())
    cal = np.arange(low, high + 1)
    cal = cal[((cal.astype("int64") + 3) % 7) < 5]
    z, raw = {}, {}
    for s, (d, v) in panel.items():
        x = np.log(v)
        n = np.arange(1, len(x) + 1)
        raw[s] = np.where(n >= 22, x - np.cumsum(x) / n, np.nan)
        z[s] = as_of(cal, d, raw[s], 5)
    g = mean_over(np.array(list(z.values())))
    us = as_of(cal, panel[LEAD][0], raw[LEAD], 10)
    out = {}
    for s, (d, v) in panel.items():
        x, k, zero = np.log(v), np.searchsorted(cal, d), lambda a: np.nan_to_num(a)
        r = mean_over(np.array([z[o] for o in z if o != s and GROUPS[o] == GROUPS[s]]))
        f = dict(d=window(x, 1, np.mean), w=window(x, 5, np.mean), m=window(x, 22, np.mean),
                 lm=window(x, 22, lambda a: np.log(np.mean(np.exp(a)))), q=window(x, 66, np.mean), y=window(x, 250, np.mean),
                 d1=window(x, 2, lambda a: a[0]), mx5=window(x, 5, np.max))
        f["sd22"] = np.array([np.log(np.std(np.diff(x[:t + 1])[-22:], ddof=1)) if t + 1 >= 23 else np.nan for t in range(len(x))])
        for name, series in dict(g=g, gw=rolling(g, 5), gm=rolling(g, 22), us=us, usm=rolling(us, 22), r=r, rw=rolling(r, 5),
                                 rm=rolling(r, 22)).items():
            f[name] = series[k]
        nxt = np.busday_offset(d + 1, 0, roll="forward")
        dow, dom = (nxt.astype("int64") + 3) % 7, (nxt - nxt.astype("datetime64[M]")).astype(int) + 1
        mon = nxt.astype("datetime64[M]").astype(int) % 12 + 1
        for i in range(4):
            f["c%d" % i] = dow == i
        f.update(c4=(dow == 4) & (dom <= 7), c5=(dow == 4) & (dom > 14) & (dom <= 21), c6=(mon == 12) & (dom >= 22),
                 c7=(mon == 1) & (dom <= 3), c8=dom <= 3, c9=mon == 8, c10=(mon == 12) & (dom < 22))
        step = np.diff(d).astype(int) - np.where((d[1:].astype("int64") + 3) % 7 == 0, 3, 1)
        f["gap"] = np.concatenate([[0], np.clip(step, 0, 10)])
        sh, gs, u, vv = f["d"] - f["m"], f["g"] - f["gm"], f["us"] - f["usm"], f["w"] - f["m"]
        up, down = lambda a: np.maximum(a, 0) ** 2, lambda a: np.minimum(a, 0) ** 2
        f.update(n0=up(sh), n1=down(sh), n2=up(gs), n3=down(gs), n4=sh * gs, n5=up(u), n6=vv * sh, n7=up(vv), n8=down(vv))
        own = ["d", "w", "m", "lm", "q", "y", "d1", "mx5", "sd22"]
        out[s] = {n: np.asarray(c, float) if n in own else zero(np.asarray(c, float)) for n, c in f.items()}
    return cal, out


CORE = ["d", "w", "m", "lm", "q", "g", "gw", "gm", "us", "r", "rw"] + ["c%d" % i for i in range(11)] + ["gap"]
LAGS = ["d1", "mx5", "sd22", "y", "rm"]
FULL = CORE + ["n%d" % i for i in range(9)] + LAGS
MIDDLE = CORE + ["n%d" % i for i in range(4)] + LAGS


def mean_ahead(v, h):
    return np.array([np.mean(v[t + 1:t + 1 + h]) if t + h < len(v) else np.nan for t in range(len(v))])


def walk(panel, cal, cols, h, prior, glm):
    first = min(d[WARM_UP] for d, _ in panel.values() if len(d) > WARM_UP)
    X = {s: np.column_stack([f[c] for c in cols]) for s, f in features_of.items()}
    out, days = {s: np.full(len(panel[s][0]), np.nan) for s in panel}, cal[np.searchsorted(cal, first)::EVERY]
    for i, day in enumerate(days):
        rows = {}
        for s, (d, v) in panel.items():
            known = max(0, np.searchsorted(d, day, side="right") - h)
            ok = np.isfinite(X[s][:known]).all(1)
            if ok.sum() >= 60:
                x, y = X[s][:known][ok], mean_ahead(v, h)[:known][ok]
                if glm:
                    month = np.array([np.log(v[max(0, t - 21):t + 1]).mean() for t in range(known)])[ok]
                    y = np.minimum(y, np.exp(month + 4.0))
                rows[s] = (x.mean(0), x - x.mean(0), y)
        p, n = len(cols), sum(len(y) for _, _, y in rows.values())
        S = {s: x.T @ x for s, (_, x, _) in rows.items()}
        c = {s: x.T @ (np.log(y) - np.log(y).mean()) for s, (_, x, y) in rows.items()}
        SS = sum(S.values())
        b0 = np.linalg.solve(SS + 1e-6 * n * np.eye(p), sum(c.values()))
        P = prior * SS / n + 1e-6 * np.eye(p)
        if glm:
            for _ in range(30):
                H, G = np.zeros((p, p)), np.zeros(p)
                for _, x, y in rows.values():
                    w = y * np.exp(-x @ b0)
                    w /= w.mean()
                    xc = x - (w @ x) / len(w)
                    H, G = H + (xc * w[:, None]).T @ xc, G + (w - 1) @ x
                b0 = b0 + np.linalg.solve(H + 1e-9 * np.eye(p), G)
        for s, (centre, x, y) in rows.items():
            b = b0 if prior is None else np.linalg.solve(S[s] + P, c[s] + P @ b0)
            if glm:
                b = b0.copy()
                for _ in range(30):
                    w = y * np.exp(-x @ b)
                    w /= w.mean()
                    xc = x - (w @ x) / len(w)
                    b = b + np.linalg.solve((xc * w[:, None]).T @ xc + P, (w - 1) @ x - P @ (b - b0))
                a, scale = np.log(np.mean(y * np.exp(-x @ b))), 1.0
            else:
                a = np.log(y).mean()
                scale = np.mean(np.minimum(np.exp(np.log(y) - a - x @ b), 20.0))
            d = panel[s][0]
            use = (d >= day) & (d < days[i + 1] if i + 1 < len(days) else True)
            out[s][use] = scale * np.exp(a + (X[s][use] - centre) @ b)
    return out


panel = simulate()
cal, features_of = features(panel)
with open(os.path.join(HERE, "panel-input.csv"), "w") as file:
    file.write("date,symbol,variance\n")
    for s, (d, v) in panel.items():
        file.writelines("%s,%s,%.12g\n" % (a, s, b) for a, b in zip(d, v))
with open(os.path.join(HERE, "panel-golden.csv"), "w") as file:
    file.write("# numpy %s, tests/golden/panel.py\ndate,symbol,horizon,model,forecast\n" % np.__version__)
    for h in (1, 5):
        models = {"eb-log-full": walk(panel, cal, FULL, h, 1000.0, False), "eb-glm-middle": walk(panel, cal, MIDDLE, h, 1000.0, True)}
        models["k2g"] = {s: np.exp((np.log(models["eb-log-full"][s]) + np.log(models["eb-glm-middle"][s])) / 2) for s in panel}
        for name, forecasts in models.items():
            for s in panel:
                for t in range(WARM_UP, len(panel[s][0]), 37):
                    if np.isfinite(forecasts[s][t]):
                        file.write("%s,%s,%d,%s,%.12g\n" % (panel[s][0][t], s, h, name, forecasts[s][t]))
