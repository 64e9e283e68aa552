"""Writes evaluation.json: tests of forecasts by scipy and statsmodels, or written out with numpy where neither has them.

Needs python3-statsmodels. Run from any folder: python3 tests/golden/evaluation.py
Series come from the Park-Miller generator, so that the tests can build the same ones without reading them; resampled days come from
xoshiro256**, written here from its authors' description, split by number as the library documents it.
"""

import json
import math
import pathlib

import mpmath
import numpy as np
import scipy
import scipy.optimize
import scipy.stats
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
from statsmodels.tsa.ar_model import AutoReg

FOLDER = pathlib.Path(__file__).parent
MASK = (1 << 64) - 1


def uniforms(seed, count):
    """Park and Miller's minimal standard generator on (0, 1)."""
    state, values = seed, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return np.array(values)


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


def split_mix(counter):
    counter = (counter + 0x9E3779B97F4A7C15) & MASK
    mixed = ((counter ^ (counter >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31), counter


class Xoshiro:
    def __init__(self, counter):
        self.state = []
        for _ in range(4):
            word, counter = split_mix(counter)
            self.state.append(word)

    def child(self, index):
        digest = 0xCBF29CE484222325
        for word in self.state + [2, index]:
            digest = split_mix(digest ^ word)[0] * 0x100000001B3 & MASK
        return Xoshiro(digest)

    def bits(self):
        s0, s1, s2, s3 = self.state
        drawn = rotate(s1 * 5 & MASK, 7) * 9 & MASK
        t = (s1 << 17) & MASK
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        self.state = [s0, s1, s2 ^ t, rotate(s3, 45)]
        return drawn

    def uniform(self):
        return (self.bits() >> 11) / 2**53

    def below(self, bound):
        rejected = (1 << 64) % bound
        while True:
            product = self.bits() * bound
            if product & MASK >= rejected:
                return product >> 64


def stationary(seed, draw, count, block):
    """Days of one resample: block lengths are geometric, by inversion."""
    rng, days = Xoshiro(seed).child(draw), []
    while len(days) < count:
        start, u, length, survival = rng.below(count), rng.uniform(), 1, 1 - 1 / block
        while u < survival and length < count:
            length, survival = length + 1, survival * (1 - 1 / block)
        days += [(start + i) % count for i in range(length)]
    return days[:count]


def losses(seed, count, models):
    """Autocorrelated losses, later models worse; the first two share much of their noise."""
    draws = uniforms(seed, count * (models + 1)).reshape(count, models + 1)
    table = np.zeros((count, models))
    wander = np.zeros(models)
    for day in range(count):
        wander = 0.5 * wander + (draws[day, 1:] - 0.5)
        table[day] = 2 + draws[day, 0] + wander + 0.12 * np.arange(models)
    table[:, 1] = 0.5 * (table[:, 0] + table[:, 1])
    return table


def student_quantile(freedom, p):
    """By Newton's steps in 40 digits: scipy's own has nine."""
    with mpmath.workdps(40):
        nu = mpmath.mpf(freedom)
        start = scipy.stats.t.ppf(p, freedom)
        density = lambda x: (1 + x * x / nu) ** (-(nu + 1) / 2) / (mpmath.sqrt(nu) * mpmath.beta(nu / 2, 0.5))
        below = lambda x: (
            mpmath.betainc(nu / 2, 0.5, 0, nu / (nu + x * x), regularized=True) / 2
            if x < 0
            else 1 - mpmath.betainc(nu / 2, 0.5, 0, nu / (nu + x * x), regularized=True) / 2
        )
        x = mpmath.mpf(start)
        for _ in range(5):
            x -= (below(x) - mpmath.mpf(p)) / density(x)
        return float(x) if p != 0.5 else 0.0


def confidence_set(table, resampled, by):
    """Hansen, Lunde and Nason (2011), section 3.1.2, from the whole resamples."""
    means = table.mean(0)
    spread = np.array([table[days].mean(0) for days in resampled]) - means
    left, largest, rows = list(range(table.shape[1])), 0.0, []
    while len(left) > 1:
        mean, boot = means[left], spread[:, left]
        if by == "max":
            apart, boots = mean - mean.mean(), boot - boot.mean(1, keepdims=True)
            deviation = np.sqrt((boots**2).mean(0))
            statistics = apart / deviation
            statistic, draws, worst = statistics.max(), (boots / deviation).max(1), statistics.argmax()
        else:
            apart = mean[:, None] - mean[None, :]
            boots = boot[:, :, None] - boot[:, None, :]
            deviation = np.sqrt((boots**2).mean(0)) + np.eye(len(left))
            statistics = apart / deviation
            statistic, draws = np.abs(statistics).max(), np.abs(boots / deviation).max((1, 2))
            worst = statistics.max(1).argmax()
        largest = max(largest, (draws >= statistic).mean())
        rows.append([left.pop(worst), largest])
    return rows + [[left[0], 1.0]]


def bootstrap_variance(series, block):
    """Politis and Romano (1994), lemma 1."""
    n, p = len(series), 1 / block
    centred = series - series.mean()
    total = (centred**2).mean()
    for i in range(1, n):
        weight = (n - i) / n * (1 - p) ** i + i / n * (1 - p) ** (n - i)
        total += 2 * weight * (centred[i:] * centred[:-i]).sum() / n
    return total


def superiority(table, resampled, block, size):
    """Hansen (2005) and Romano and Wolf (2005) against the first model."""
    gains = table[:, [0]] - table[:, 1:]
    n = len(gains)
    mean = gains.mean(0)
    deviation = np.sqrt([bootstrap_variance(column, block) for column in gains.T])
    t = math.sqrt(n) * mean / deviation
    boot = np.array([gains[days].mean(0) for days in resampled])
    poor = t <= -math.sqrt(2 * math.log(math.log(n)))
    p = {}
    for name, centre in [("lower", np.maximum(mean, 0)), ("consistent", np.where(poor, 0, mean)), ("upper", mean)]:
        draws = np.maximum((math.sqrt(n) * (boot - centre) / deviation).max(1), 0)
        p[name] = float((draws >= max(t.max(), 0)).mean())
    left, superior = list(range(len(t))), []
    while left:
        draws = np.sort((math.sqrt(n) * (boot - mean) / deviation)[:, left].max(1))
        critical = draws[len(draws) - 1 - int(size * len(draws) + 1e-9)]
        better = [i for i in left if t[i] > critical]
        if not better:
            break
        superior += better
        left = [i for i in left if i not in better]
    return {"t": t.tolist(), **p, "superior": sorted(i + 1 for i in superior)}


def risk(seed, count, level, clustered):
    """Returns with a volatility that moves, and a forecast quantile that follows it in part."""
    draws = uniforms(seed, 2 * count)
    returns, quantile, sigma = [], [], 0.01
    for day in range(count):
        quantile.append(scipy.stats.norm.ppf(level) * (0.01 if clustered else sigma))
        returns.append(sigma * scipy.stats.norm.ppf(draws[2 * day]))
        sigma = 0.004 + 0.75 * sigma + 0.01 * (draws[2 * day + 1] - 0.5)
    return np.array(returns), np.array(quantile)


def durations(hits):
    days = np.flatnonzero(hits)
    spans, complete = np.diff(days).tolist(), [True] * (len(days) - 1)
    if days[0] > 0:
        spans, complete = [int(days[0]) + 1] + spans, [False] + complete
    if days[-1] < len(hits) - 1:
        spans, complete = spans + [int(len(hits) - 1 - days[-1])], complete + [False]
    return np.array(spans, float), np.array(complete)


def weibull(parameters, spans, complete):
    a, b = np.exp(parameters)
    return -(np.where(complete, b * np.log(a) + np.log(b) + (b - 1) * np.log(spans), 0) - (a * spans) ** b).sum()


golden = {
    "provenance": f"tests/golden/evaluation.py: scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, "
    f"numpy {np.__version__}, mpmath {mpmath.__version__}"
}

tails = []
for freedom in [1, 2, 3, 7, 40, 1000]:
    for x in [1e-3, 0.5, 1.0, 3.84, 12.5, 60.0, 1100.0]:
        tails.append(["chi-square", [freedom], x, scipy.stats.chi2.sf(x, freedom)])
for d1, d2 in [(1, 5), (3, 17), (20, 900)]:
    for x in [1e-2, 0.7, 1.0, 2.5, 11.0]:
        tails.append(["f", [d1, d2], x, scipy.stats.f.sf(x, d1, d2)])
for freedom in [2.5, 5, 30, 4000]:
    for x in [-3.0, -0.2, 0.1, 1.96, 4.5, 9.0]:
        tails.append(["student", [freedom], x, scipy.stats.t.sf(x, freedom)])
    for p in [1e-6, 0.01, 0.3, 0.5, 0.9, 0.999]:
        tails.append(["student quantile", [freedom], p, student_quantile(freedom, p)])
for x in [-8.0, -1.5, -1e-3, 0.4, 2.33, 6.0, 20.0]:
    tails.append(["normal", [], x, scipy.stats.norm.sf(x)])
for p in [1e-12, 1e-4, 0.025, 0.31, 0.5, 0.77, 0.99999]:
    tails.append(["normal quantile", [], p, scipy.stats.norm.ppf(p)])
golden["tails"] = [[name, parameters, x, float(value)] for name, parameters, x, value in tails if value > 1e-300 or value < 0 or x == 0.5]

golden["mincer-zarnowitz"] = []
for seed, count, horizon, lag in [(21, 211, 1, 5), (22, 499, 5, 8)]:
    draws = uniforms(seed, 2 * count)
    f = 1e-4 * (0.25 + draws[:count])
    v = 1e-5 + 0.8 * f * (0.5 + draws[count:])
    for scale, x, y in [
        ("levels", np.column_stack([np.ones(count), f]), v),
        ("relative", np.column_stack([1 / f, np.ones(count)]), v / f),
        ("logarithms", np.column_stack([np.ones(count), np.log(f)]), np.log(v)),
    ]:
        fit = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
        wald = fit.wald_test((np.eye(2), [0, 1]), use_f=False, scalar=True)
        golden["mincer-zarnowitz"].append(
            [seed, count, horizon, lag, scale, *fit.params, *fit.bse, 1 - fit.ssr / ((y - y.mean()) ** 2).sum(),
             float(wald.statistic), float(wald.pvalue)]
        )

golden["encompassing"] = []
for seed, count, horizon, lag in [(31, 211, 1, 4), (32, 499, 5, 9)]:
    draws = uniforms(seed, 2 * count)
    e1 = draws[:count] - 0.5
    e2 = 0.7 * e1 + 0.6 * (draws[count:] - 0.5)
    d = e1 * (e1 - e2)
    fit = sm.OLS(d, np.ones(count)).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
    statistic = fit.tvalues[0] * math.sqrt((count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count)
    weight = sm.OLS(e1, e1 - e2).fit().params[0]
    golden["encompassing"].append([seed, count, horizon, lag, weight, statistic, scipy.stats.t.sf(statistic, count - 1)])

golden["giacomini-white"] = []
for seed, count, horizon in [(41, 211, 1), (42, 499, 5)]:
    table = losses(seed, count, 2)
    d = table[:, 0] - table[:, 1]
    z = np.column_stack([np.ones(count - horizon), d[:-horizon]]) * d[horizon:, None]
    omega = z.T @ z / len(z)
    for k in range(1, horizon):
        gamma = z[k:].T @ z[:-k] / len(z)
        omega += (1 - k / horizon) * (gamma + gamma.T)
    mean = z.mean(0)
    statistic = len(z) * mean @ np.linalg.solve(omega, mean)
    x = np.column_stack([np.ones(count - horizon), d[:-horizon]])
    coefficients = np.linalg.lstsq(x, d[horizon:], rcond=None)[0]
    golden["giacomini-white"].append(
        [seed, count, horizon, statistic, scipy.stats.chi2.sf(statistic, 2), *coefficients, float((x @ coefficients < 0).mean())]
    )

golden["pooled"] = []
for seed, days, lag, horizon in [(51, 151, 4, 1), (52, 307, 10, 5)]:
    # Three symbols: the second starts late, the third ends early.
    draws = uniforms(seed, 4 * days).reshape(days, 4)
    difference, time = [], []
    for symbol, (first, last) in enumerate([(0, days), (37, days), (0, days - 41)]):
        for day in range(first, last):
            difference.append(draws[day, 0] - 0.45 + 0.5 * (draws[day, symbol + 1] - 0.5))
            time.append(day)
    order = np.argsort(time, kind="stable")
    difference, time = np.array(difference)[order], np.array(time)[order]
    fit = sm.OLS(difference, np.ones(len(time))).fit(
        cov_type="hac-groupsum",
        cov_kwds={"time": time, "maxlags": lag, "use_correction": False, "df_correction": False},
    )
    factor = math.sqrt((days + 1 - 2 * horizon + horizon * (horizon - 1) / days) / days)
    statistic = fit.tvalues[0] * factor
    golden["pooled"].append(
        [seed, days, lag, horizon, fit.params[0], statistic, 2 * scipy.stats.t.sf(abs(statistic), days - 1)]
    )

DRAWS, BLOCK = 500, 7.0
table = losses(61, 211, 5)
resampled = [stationary(17, draw, len(table), BLOCK) for draw in range(DRAWS)]
golden["resampling"] = {
    "days": [resampled[0], resampled[499]],
    "means": [(table[resampled[draw]].mean(0) - table.mean(0)).tolist() for draw in [0, 13, 499]],
    "variance": bootstrap_variance(table[:, 3], BLOCK),
}
golden["confidence set"] = {by: confidence_set(table, resampled, by) for by in ["max", "range"]}
golden["superiority"] = {
    "best first": superiority(table, resampled, BLOCK, 0.05),
    "worst first": superiority(table[:, ::-1], resampled, BLOCK, 0.05),
}

golden["coverage"] = []
for seed, count, level, clustered in [(71, 997, 0.05, False), (72, 997, 0.05, True), (73, 499, 0.01, True)]:
    returns, quantile = risk(seed, count, level, clustered)
    hits = returns < quantile
    x, n = int(hits.sum()), count
    unconditional = 2 * (scipy.stats.binom.logpmf(x, n, x / n) - scipy.stats.binom.logpmf(x, n, level))
    before, after = hits[:-1], hits[1:]
    apart = sum(scipy.stats.bernoulli.logpmf(after[before == state], after[before == state].mean()).sum() for state in [False, True])
    independent = 2 * (apart - scipy.stats.bernoulli.logpmf(after, after.mean()).sum())
    hit = hits - level
    columns = [np.ones(count - 4)] + [hit[4 - k : count - k] for k in range(1, 5)]
    if not clustered:
        columns.append(quantile[4:])
    design = np.column_stack(columns)
    b = sm.OLS(hit[4:], design).fit().params
    dq = b @ design.T @ design @ b / (level * (1 - level))
    spans, complete = durations(hits)
    best = scipy.optimize.minimize(
        weibull, [-math.log(spans.mean()), 0.0], (spans, complete), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13}
    )
    exponential = scipy.optimize.minimize_scalar(
        lambda a: weibull([a, 0.0], spans, complete), bracket=(-math.log(spans.mean()) - 1, -math.log(spans.mean())), tol=1e-13
    )
    shortfall = quantile * 1.25
    residuals = ((returns - shortfall) / 0.01)[hits]
    centred, rng, draws = residuals - residuals.mean(), Xoshiro(5), []
    for _ in range(1000):
        sample = np.array([centred[rng.below(len(centred))] for _ in centred])
        draws.append(scipy.stats.ttest_1samp(sample, 0).statistic if sample.std() > 0 else np.nan)
    t = scipy.stats.ttest_1samp(residuals, 0).statistic
    draws = np.array(draws)[np.isfinite(draws)]
    golden["coverage"].append(
        {
            "series": [seed, count, level, clustered],
            "exceedances": x,
            "unconditional": [unconditional, scipy.stats.chi2.sf(unconditional, 1)],
            "independent": [independent, scipy.stats.chi2.sf(independent, 1)],
            "conditional": [unconditional + independent, scipy.stats.chi2.sf(unconditional + independent, 2)],
            "dynamic quantile": [dq, scipy.stats.chi2.sf(dq, len(columns)), len(columns)],
            "duration": [2 * (exponential.fun - best.fun), math.exp(best.x[1]), int(complete.sum())],
            "shortfall": [residuals.mean(), t, float((draws <= t).mean())],
        }
    )

golden["density"] = []
for seed, count, power in [(81, 211, 1.0), (82, 499, 1.15)]:
    u = uniforms(seed, count) ** power
    z = scipy.stats.norm.ppf(u)
    fit = AutoReg(z, 1).fit()
    later = z[1:]
    alone = scipy.stats.norm.logpdf(later, later.mean(), later.std()).sum()
    density = 2 * (fit.llf - scipy.stats.norm.logpdf(later).sum())
    ks = scipy.stats.kstest(u, "uniform", mode="asymp")
    golden["density"].append(
        [seed, count, power, *fit.params, fit.sigma2, density, scipy.stats.chi2.sf(density, 3), 2 * (fit.llf - alone), ks.statistic, ks.pvalue]
    )

golden["residuals"] = []
for seed, count, lags, fitted in [(91, 211, 5, 0), (92, 499, 10, 2)]:
    z = scipy.stats.norm.ppf(uniforms(seed, count))
    z[1:] *= np.sqrt(0.7 + 0.3 * z[:-1] ** 2 * (z[:-1] < 0))
    box = acorr_ljungbox(z, lags=[lags], model_df=fitted, return_df=True)
    arch = het_arch(z, nlags=lags)
    negative = (z[:-1] < 0).astype(float)
    x = np.column_stack([np.ones(count - 1), negative, negative * z[:-1], (1 - negative) * z[:-1]])
    fit = sm.OLS(z[1:] ** 2, x).fit()
    golden["residuals"].append(
        {
            "series": [seed, count, lags, fitted],
            "ljung-box": [float(box.lb_stat.iloc[0]), float(box.lb_pvalue.iloc[0])],
            "arch": [float(arch[0]), float(arch[1])],
            "sign": [*fit.params, *fit.tvalues, (count - 1) * fit.rsquared],
        }
    )


class Numbers(json.JSONEncoder):
    def default(self, value):
        return value.item() if isinstance(value, np.generic) else super().default(value)


(FOLDER / "evaluation.json").write_text(json.dumps(golden, cls=Numbers, indent=None).replace('], "', '],\n"') + "\n")
