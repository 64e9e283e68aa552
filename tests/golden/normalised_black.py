"""Black's out-of-the-money price over sqrt(forward strike), to 17 digits, from 80-digit arithmetic (Debian's python3-mpmath).

Writes normalised_black.csv: /usr/bin/python3 tests/golden/normalised_black.py > tests/golden/normalised_black.csv
"""

from mpmath import mp, mpf, erfc, exp, sqrt

mp.dps = 400


def below(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def price(distance, deviation):
    a, t = distance / deviation, deviation / 2
    return exp(-distance / 2) * below(t - a) - exp(distance / 2) * below(-t - a)


print("# mpmath", __import__("mpmath").__version__, "400 digits; generator normalised_black.py")
print("distance,deviation,price")

deviations = [1e-8, 1e-5, 1e-3, 0.01, 0.05, 0.1, 0.3, 0.7, 0.99, 1.01, 1.7, 3.0, 6.0, 12.0]
sds = [0.0, 1e-9, 1e-4, 0.01, 0.1, 0.5, 1.0, 1.9, 2.1, 3.0, 5.0, 7.9, 8.1, 12.0, 20.0, 30.0]

for deviation in deviations:
    for sd in sds:
        distance = float(sd * deviation)
        # Prices beyond the range of doubles say nothing.
        value = price(mpf(distance), mpf(float(deviation)))
        if value > mpf("1e-290") and distance < 200:
            print(f"{distance!r},{float(deviation)!r},{mp.nstr(value, 20)}")
