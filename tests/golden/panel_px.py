"""Golden forecasts of the two-stage panel model, by an implementation of its own in numpy.

Writes panel-px-input.csv (a simulated panel: six symbols in two groups, holidays by date, by Easter, by weekday of a month and with
substitutes, uneven spans, weekend sessions, jumps) and panel-px-golden.csv (date, symbol, horizon, model, forecast) beside itself.
Run with: python3 tests/golden/panel_px.py (numpy 1.24). Moments are made anew from the rows at each fit, in two passes.
"""
import datetime, os
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
GROUPS = {"A": "north", "B": "north", "C": "north", "D": "south", "E": "south"}  # F has none
SYMBOLS, LEAD, WARM_UP, EVERY, FIRST_START, AFTER = "ABCDEF", "B", 420, 22, 303, 60
GROUP_NAMES = ("north", "south")


def easter(year):
    """By the date of the Paschal full moon (the table of golden numbers, Gregorian since 1900)."""
    golden = year % 19
    moon = datetime.date(year, 3, 21) + datetime.timedelta((19 * golden + 24) % 30)
    d = (19 * golden + 24) % 30
    if d == 29 or (d == 28 and golden > 10):
        moon -= datetime.timedelta(1)
    return moon + datetime.timedelta(7 - (moon.weekday() + 1) % 7)


def weekdays(first, last):
    return [d for d in (first + datetime.timedelta(i) for i in range((last - first).days + 1)) if d.weekday() < 5]


def closed_by_rule(day, j):
    feasts = [(1, 1), (5, 1), (12, 25)] + ([(7, 4)] if j < 2 else [(8, 15)])
    if (day.month, day.day) in feasts or (day - easter(day.year)).days in ((-2, 1) if j % 2 else (-2,)):
        return True
    if j < 3 and day.weekday() == 0 and any((b.month, b.day) in feasts for b in (day - datetime.timedelta(1),)):
        return True
    if j < 3 and day.weekday() == 4 and (day.month, day.day + 1) in feasts:
        return True
    if j == 1 and day.month == 11 and day.weekday() == 3 and 22 <= day.day <= 28:
        return True
    return j == 2 and day.month == 5 and day.weekday() == 0 and day.day > 24


def simulate():
    rng = np.random.default_rng(11)
    first = datetime.date(2008, 1, 2)
    days = [first + datetime.timedelta(i) for i in range(1650)]
    common, own, out = 0.0, np.zeros(6), {s: ([], []) for s in SYMBOLS}
    for t, day in enumerate(days):
        common = 0.97 * common + 0.2 * rng.standard_normal()
        own = 0.9 * own + 0.25 * rng.standard_normal(6)
        noise = 0.4 * rng.standard_normal(6) + 2.5 * (rng.random(6) < 0.02)
        trades, weekend = rng.random(6) > 0.01, rng.random(6) < 0.02
        for j, s in enumerate(SYMBOLS):
            regular = day.weekday() < 5 and trades[j] and not closed_by_rule(day, j)
            special = day.weekday() >= 5 and j == 3 and weekend[j]
            pause = j == 4 and 900 <= t < 930
            if t >= 70 * j and t < 1650 - (30 if j == 4 else 0) and (regular or special) and not pause:
                out[s][0].append(day)
                out[s][1].append(float("%.12g" % np.exp(-9.5 + 0.3 * j + common + own[j] + noise[j])))
    return {s: (d, np.array(v)) for s, (d, v) in out.items()}


class Grid:
    def __init__(self, panel):
        self.panel = panel
        first = min(d[0] for d, _ in panel.values())
        last = max(d[-1] for d, _ in panel.values())
        self.days = weekdays(first, last)
        self.T = len(self.days)
        self.long = (self.days + weekdays(last + datetime.timedelta(1), last + datetime.timedelta(200)))[: self.T + AFTER]
        place = {d: i for i, d in enumerate(self.long)}
        back = lambda d: d - datetime.timedelta(max(0, d.weekday() - 4))
        ahead = lambda d: d + datetime.timedelta((7 - d.weekday()) if d.weekday() > 4 else 0)
        self.read = {s: np.array([place[back(x)] for x in d]) for s, (d, _) in panel.items()}
        self.write = {s: np.array([place[ahead(x)] for x in d]) for s, (d, _) in panel.items()}
        self.session = {s: np.isin(self.days, [x for x in d]) for s, (d, _) in panel.items()}


def expected_closed(grid, s):
    """Straight from the rules: lists of closings per rule."""
    def rules(d):
        left = ((d.replace(day=28) + datetime.timedelta(4)).replace(day=1) - datetime.timedelta(1)).day - d.day
        out = [("date", d.month, d.day), ("nth", d.month, d.weekday(), (d.day - 1) // 7), ("last", d.month, d.weekday(), left // 7)]
        off = (d - easter(d.year)).days
        return out + ([("easter", off)] if -50 <= off <= 64 else [])

    seen = {}
    score = lambda k: sum(seen[k][-8:]) / (len(seen[k][-8:]) + 1) if k in seen else 0.0

    def substitute(d):
        date = lambda n: ("date", (d + datetime.timedelta(n)).month, (d + datetime.timedelta(n)).day)
        for name, weekday, n in (("saturday", 0, -2), ("sunday", 0, -1), ("next", 4, 1)):
            if d.weekday() == weekday and score(date(n)) >= 0.6:
                return name

    on = np.where(grid.session[s])[0]
    taught = {}
    for a, b in zip(on[:-1], on[1:]):
        if b - a <= 10:
            taught.update({t: True for t in range(a, b + 1)})
    taught.update({t: True for t in on})
    out, q = np.zeros(len(grid.long)), 0
    for t, d in enumerate(grid.long):
        while q < grid.T and (d - grid.days[q]).days >= 60:
            if q in taught:
                e, closed = grid.days[q], 0.0 if grid.session[s][q] else 1.0
                sub = substitute(e)
                if sub and score(rules(e)[0]) < 0.6:
                    seen.setdefault(sub, []).append(closed)
                for k in rules(e):
                    seen.setdefault(k, []).append(closed)
            q += 1
        sub = substitute(d)
        out[t] = max([score(k) for k in rules(d)] + ([score(sub)] if sub else [])) >= 0.6
    return out


def closed_now(grid, s):
    out, last = np.full(grid.T, np.nan), -1000
    for t in range(grid.T):
        if grid.session[s][t]:
            last, out[t] = t, 0.0
        elif t - last <= 10:
            out[t] = 1.0
    return out


def avg(rows):
    rows = np.array(rows)
    n = np.isfinite(rows).sum(0)
    return np.where(n > 0, np.nansum(rows, 0) / np.maximum(n, 1), np.nan)


def trail(x, n, least):
    return np.array([np.mean(x[max(0, t - n + 1): t + 1]) if t + 1 >= least else np.nan for t in range(len(x))])


def trail_known(x, n):
    out = np.full(len(x), np.nan)
    for t in range(len(x)):
        w = x[max(0, t - n + 1): t + 1]
        if np.isfinite(w).any():
            out[t] = np.nanmean(w)
    return out


INDICATORS = [
    lambda d: d.weekday() == 0, lambda d: d.weekday() == 1, lambda d: d.weekday() == 2, lambda d: d.weekday() == 3,
    lambda d: d.weekday() == 4 and d.day <= 7, lambda d: d.weekday() == 4 and 15 <= d.day <= 21,
    lambda d: d.month == 12 and d.day >= 22, lambda d: d.month == 1 and d.day <= 3, lambda d: d.day <= 3,
    lambda d: d.month == 8, lambda d: d.month == 12 and d.day <= 21,
]
flags = lambda f, days: np.array([1.0 if f(d) else 0.0 for d in days])
up, down = (lambda a: np.maximum(a, 0) ** 2), (lambda a: np.minimum(a, 0) ** 2)


class Model:
    def __init__(self, panel):
        self.panel, self.grid = panel, Grid(panel)
        grid = self.grid
        self.expected = {s: expected_closed(grid, s) for s in panel}
        now = {s: closed_now(grid, s) for s in panel}
        alive = {s: np.array([(d - panel[s][0][0]).days >= 60 for d in grid.long], float) for s in panel}
        lead = self.expected[LEAD]
        self.coming = {"lead": lead, "eve": np.append(lead[1:], 0) * (1 - lead), "after": np.append(0, lead[:-1]) * (1 - lead)}
        self.today = {"lead": np.nan_to_num(now[LEAD])}
        for name in GROUP_NAMES:
            members = [s for s in panel if GROUPS.get(s) == name]
            weight = sum(alive[s] for s in members)
            self.coming[name] = sum(self.expected[s] * alive[s] for s in members) / np.maximum(weight, 1)
            self.today[name] = np.nan_to_num(avg([now[s] for s in members]))
        self.calendar = [flags(f, grid.long) for f in INDICATORS]
        self.z, raw = {}, {}
        for s, (d, v) in panel.items():
            x = np.log(v)
            z = np.array([x[t] - x[: t + 1].mean() if t >= 21 else np.nan for t in range(len(x))])
            raw[s] = z
        def carried(s, limit):
            out = np.full(grid.T, np.nan)
            for t in range(grid.T):
                k = np.searchsorted(panel[s][0], grid.days[t], side="right") - 1
                if k >= 0 and t - grid.read[s][k] <= limit:
                    out[t] = raw[s][k]
            return out
        self.z = {s: carried(s, 5) for s in panel}
        self.zlead = carried(LEAD, 10)
        self.errors = None
        self.base = {s: self.own(s) for s in panel}
        first = self.walk(1, 1, 2000.0, grid.days[FIRST_START], first_stage=True)
        self.errors, series = {}, {}
        for s, (d, v) in panel.items():
            e = np.append(0.0, np.nan_to_num(np.log(v[1:]) - np.log(first[s][:-1])))
            self.errors[s], series[s] = e, np.full(grid.T, np.nan)
            for k, w in enumerate(grid.write[s]):
                if w < grid.T:
                    series[s][w] = e[k]
        self.surprise = {"all": np.nan_to_num(avg(list(series.values()))), "lead": np.nan_to_num(series[LEAD])}
        for name in GROUP_NAMES:
            self.surprise[name] = np.nan_to_num(avg([series[s] for s in panel if GROUPS.get(s) == name]))
        for s in panel:
            self.base[s].update(self.second(s))

    def own(self, s):
        d, v = self.panel[s]
        x, read = np.log(v), self.grid.read[s]
        f = {"d": x, "w": trail(x, 5, 5), "m": trail(x, 22, 22), "q": trail(x, 66, 22), "y": trail(x, 250, 22)}
        f["d1"] = np.append(np.nan, x[:-1])
        for name, fun, n in (("mx22", np.max, 22), ("mn22", np.min, 22), ("mn5", np.min, 5)):
            f[name] = np.array([fun(x[t - n + 1: t + 1]) if t + 1 >= n else np.nan for t in range(len(x))])
        normal = [{0: 3, 6: 2}.get(b.weekday(), 1) for b in d]
        f["gap"] = np.array([0.0] + [min(10, max(0, (d[t] - d[t - 1]).days - normal[t])) for t in range(1, len(d))])
        g = avg(list(self.z.values()))
        others = [o for o in self.panel if o != s and GROUPS.get(o) == GROUPS.get(s) and s in GROUPS]
        r = avg([self.z[o] for o in others]) if others else g
        r = np.where(np.isnan(r), g, r)
        f["g"], f["gm"] = g[read], trail_known(g, 22)[read]
        f["u"], f["um"] = self.zlead[read], trail_known(self.zlead, 22)[read]
        f["r"], f["rw"], f["rm"] = r[read], trail_known(r, 5)[read], trail_known(r, 22)[read]
        a, G, u, w, l = f["d"] - f["m"], f["g"] - f["gm"], f["u"] - f["um"], f["w"] - f["m"], f["m"] - f["q"]
        f.update(h1=up(a), h2=down(a), h3=up(G), h4=down(G), h5=a * G, h6=up(u), h7=w * a, h8=up(w), h9=down(w), l1=up(l), l2=down(l))
        for name, series in self.today.items():
            f["t_" + name] = series[read]
        f["t_eve"], f["t_after"] = self.coming["eve"][read], self.coming["after"][read]
        f["t_last"] = flags(lambda b: b.month == 12 and b.day in (24, 31), self.grid.long)[read]
        for name, i in (("xm", 6), ("ny", 7), ("tf", 5), ("mo", 0), ("tu", 1), ("we", 2), ("th", 3)):
            f["t_" + name] = flags(INDICATORS[i], d)
        sessions = np.where(self.expected[s] == 0)[0]
        for h in (1, 5):
            rows = []
            for k in range(len(d)):
                nxt = read[k] + 1
                to = sessions[sessions >= nxt][:h]
                eves = np.mean([self.expected[s][t + 1] if t + 1 < len(self.expected[s]) else 0.0 for t in to])
                rows.append([c[to].mean() for c in self.calendar] + [c[to].mean() for c in self.coming.values()]
                            + [eves, (to[-1] - nxt - (h - 1)) / h])
            for i, column in enumerate(np.array(rows).T):
                f["n%d_%d" % (h, i)] = column
        return f

    def second(self, s):
        e, x, read = self.errors[s], np.log(self.panel[s][1]), self.grid.read[s]
        sd = np.sqrt([(10.0 + np.sum(e[:t] ** 2)) / (50.0 + t) for t in range(len(e))])
        dr = x - np.sign(e) * np.maximum(np.abs(e) - 2.5 * sd, 0)
        f = {"dr": dr, "wr": trail(dr, 5, 5), "mr": trail(dr, 22, 22), "e66": trail(e, 66, 22)}
        for half in (1, 3, 10, 40):
            weight = 0.5 ** (np.arange(len(x)) / half)
            f["E%d" % half] = np.array([np.sum(dr[t::-1] * weight[: t + 1]) / np.sum(weight[: t + 1]) for t in range(len(x))])
        for name, series in self.surprise.items():
            f["s_" + name] = series[read]
        return f

    def names(self, h, first_stage):
        out = "d w m q g gm u r rw gap h1 h2 h3 h4 h5 h6 h7 h8 h9 d1 y rm".split()
        out += ["t_" + n for n in "lead north south eve after xm ny last mo tu we th".split()]
        if h == 1:
            out += ["n1_%d" % i for i in range(18)]
        elif h == 5:
            out += ["n5_%d" % i for i in range(4, 18)]
        else:
            out += ["n1_%d" % i for i in range(11)]
        if not first_stage:
            out += "dr wr mr s_all e66 mx22 mn22 mn5 l1 l2".split()
            if h <= 5:
                out += "s_lead s_north s_south E1 E3 E10 E40".split()
            if h == 1:
                out += ["t_tf"]
        return out

    OPTIONAL = set("g gm u r rw rm h3 h4 h5 h6 e66".split())

    def matrix(self, s, names):
        return np.array([np.nan_to_num(self.base[s][n]) if n in self.OPTIONAL else self.base[s][n] for n in names]).T

    def mean_ahead(self, s, a, b):
        v = self.panel[s][1]
        return np.array([np.mean(v[t + a: t + b + 1]) if t + b < len(v) else np.nan for t in range(len(v))])

    def walk(self, a, b, prior, start, first_stage=False):
        """Forecasts of mean variance over t+a..t+b by own day; fits every EVERY weekdays from a date."""
        names = self.names(b, first_stage)
        X = {s: self.matrix(s, names) for s in self.panel}
        Y = {s: np.log(self.mean_ahead(s, a, b)) for s in self.panel}
        smear = None if first_stage else 300.0
        return {s: np.exp(f) for s, f in self.regress(X, X, Y, b, prior, 1000.0 if b <= 10 else 2000.0, smear, start).items()}

    def cleared(self, h, forecasts, start):
        """Near forecasts times the square root of the ratio expected of them, learned from the model's own past forecasts."""
        past = self.walk(1, h, 2000.0 if h == 1 else 5000.0, self.grid.days[FIRST_START])
        names = "h1 h2 h3 h6 d m q l1 s_all gap".split() + ["n%d_%d" % (h, i) for i in (6, 11, 4)]
        with_log = lambda own: {s: np.c_[self.matrix(s, names), np.log(own[s])] for s in self.panel}
        Y = {s: np.minimum(self.mean_ahead(s, 1, h) / past[s], 4.0) for s in self.panel}
        ratio = self.regress(with_log(past), with_log(forecasts), Y, h, 20000.0, 1000.0, None, start)
        return {s: forecasts[s] * np.where(np.isfinite(ratio[s]), np.sqrt(np.clip(ratio[s], 0.6, 1.6)), 1.0) for s in self.panel}

    def regress(self, X, asked, Y, ahead, prior, ridge_rows, smear, start):
        """Fitted values for the asked rows, by lines of the fits; a bias factor's logarithm is added where smearing is worth a number of rows."""
        ok, ends = {}, {}
        for s, (d, v) in self.panel.items():
            ok[s] = np.isfinite(X[s]).all(1) & np.isfinite(Y[s])
            ends[s] = [d[t + ahead] if t + ahead < len(d) else None for t in range(len(d))]
        out = {s: np.full(len(Y[s]), np.nan) for s in self.panel}
        fits = [t for t, day in enumerate(self.grid.days) if day >= start][::EVERY]
        for fit in fits:
            day = self.grid.days[fit]
            part = {s: np.array([t for t in range(len(Y[s])) if ok[s][t] and ends[s][t] and ends[s][t] <= day], int) for s in self.panel}
            n = sum(len(p) for p in part.values())
            k = X[LEAD].shape[1]
            S, c = {}, {}
            for s, p in part.items():
                x = X[s][p] - (X[s][p].mean(0) if len(p) else 0)
                S[s], c[s] = x.T @ x, x.T @ (Y[s][p] - Y[s][p].mean() if len(p) else Y[s][p])
            total, right = sum(S.values()), sum(c.values())
            ridge = ridge_rows / max(1, n) * np.diag(np.diag(total)) + 1e-6 * max(1, n) * np.eye(k)
            b0 = np.linalg.solve(total + ridge, right)
            P = prior / max(1, n) * total + 1e-6 * np.eye(k)
            lines, ratio = {}, {}
            for s, p in part.items():
                if len(p):
                    slope = np.linalg.solve(S[s] + P, c[s] + P @ b0)
                    lines[s] = (Y[s][p].mean() - X[s][p].mean(0) @ slope, slope)
                    ratio[s] = np.minimum(np.exp(Y[s][p] - lines[s][0] - X[s][p] @ slope), 20.0).sum()
            mean = sum(ratio.values()) / n if n else 1.0
            for s, p in part.items():
                if len(p) < 60:
                    continue
                scale = 1.0 if smear is None else (ratio[s] + smear * mean) / (len(p) + smear)
                use = (self.grid.read[s] >= fit) & (self.grid.read[s] < fit + EVERY)
                out[s][use] = np.log(scale) + lines[s][0] + asked[s][use] @ lines[s][1]
        return out


panel = simulate()
model = Model(panel)
start = min(d[WARM_UP] for d, _ in panel.values() if len(d) > WARM_UP)
start -= datetime.timedelta(max(0, start.weekday() - 4))
week = model.cleared(5, model.walk(1, 5, 5000.0, start), start)
far = model.walk(6, 22, 10000.0, start)
forecasts = {
    ("panel", 1): model.cleared(1, model.walk(1, 1, 2000.0, start), start),
    ("panel", 5): week,
    ("panel", 22): {s: (5 * week[s] + 17 * far[s]) / 22 for s in panel},
    ("panel-direct", 22): model.walk(1, 22, 10000.0, start),
}
with open(os.path.join(HERE, "panel-px-input.csv"), "w") as file:
    file.write("date,symbol,variance\n")
    for s, (d, v) in panel.items():
        file.writelines("%s,%s,%.12g\n" % (a, s, b) for a, b in zip(d, v))
with open(os.path.join(HERE, "panel-px-golden.csv"), "w") as file:
    file.write("# numpy %s, tests/golden/panel_px.py\ndate,symbol,horizon,model,forecast\n" % np.__version__)
    for (name, h), own in forecasts.items():
        for s in panel:
            for t in range(WARM_UP, len(panel[s][0]) - h, 23):
                if np.isfinite(own[s][t]):
                    file.write("%s,%s,%d,%s,%.14g\n" % (panel[s][0][t], s, h, name, own[s][t]))
