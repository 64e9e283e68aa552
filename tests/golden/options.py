"""Black-Scholes prices, Greeks and implied volatilities to 60 digits, by mpmath (Debian's python3-mpmath).

Prices come from the closed formula in 60 digits, Greeks from mpmath's differentiation of that price, not from formulas.
Writes options.csv: /usr/bin/python3 tests/golden/options.py > tests/golden/options.csv
"""

from mpmath import mp, mpf, diff, erfc, exp, log, sqrt

mp.dps = 60


def below(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def price(sign, spot, strike, years, rate, dividend, volatility):
    forward = spot * exp((rate - dividend) * years)
    deviation = volatility * sqrt(years)
    d1 = log(forward / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    return sign * exp(-rate * years) * (forward * below(sign * d1) - strike * below(sign * d2))


def greeks(sign, spot, strike, years, rate, dividend, volatility):
    def f(s, t, r, v):
        return price(sign, s, strike, t, r, dividend, v)

    at = (spot, years, rate, volatility)

    def d(*orders):
        return diff(f, at, orders)

    # Time is calendar time: a year's passing takes a year from the time to expiry.
    return [
        f(*at),
        d(1, 0, 0, 0),
        d(2, 0, 0, 0),
        d(0, 0, 0, 1),
        -d(0, 1, 0, 0),
        d(0, 0, 1, 0),
        d(1, 0, 0, 1),
        d(0, 0, 0, 2),
        -d(1, 1, 0, 0),
        d(3, 0, 0, 0),
        d(2, 0, 0, 1),
        -d(2, 1, 0, 0),
    ]


NAMES = "price delta gamma vega theta rho vanna volga charm speed zomma color".split()


def exact(x):
    """The value of the double that the reader will have."""
    return mpf(float(x))


print("# mpmath", __import__("mpmath").__version__, "60 digits; generator options.py")
print("right,spot,strike,years,rate,yield,volatility," + ",".join(NAMES))

for sign in (1, -1):
    for spot, strike in ((100, 100), (100, 80), (100, 130), (4146.74, 4000), (1.0842, 1.1)):
        for years in (0.002, 0.25, 3.0):
            for volatility in (0.05, 0.2, 0.8):
                for rate, dividend in ((0.0, 0.0), (0.045, 0.015), (-0.005, 0.03)):
                    terms = [exact(x) for x in (spot, strike, years, rate, dividend, volatility)]
                    values = greeks(sign, *terms)
                    inputs = [float(x) for x in (spot, strike, years, rate, dividend, volatility)]
                    cells = [repr(x) for x in inputs] + [mp.nstr(x, 17) for x in values]
                    print(("C" if sign > 0 else "P") + "," + ",".join(cells))
