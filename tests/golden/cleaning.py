"""Counts of cleaning by pandas, independent of the library.

usage: cleaning.py hf_taq_xxx_quotes_raw_2018.csv.gz
Prints the figures in tests/VolatilityForge.Tests/Reference/CleaningGolden.fs.
"""
import sys

import numpy as np
import pandas as pd


def zero_price(frame):
    return frame[(frame.BID > 0) & (frame.OFR > 0)]


def duplicates(frame):
    return frame.groupby("DT", as_index=False).agg(
        {"BID": "median", "OFR": "median", "BIDSIZ": "median", "OFRSIZ": "median", "EX": "last"}
    )


def crossed(frame):
    return frame[~(frame.BID > frame.OFR)]


def locked(frame):
    return frame[frame.BID != frame.OFR]


def zero_size(frame):
    return frame[(frame.BIDSIZ != 0) & (frame.OFRSIZ != 0)]


def wide_spread(frame):
    spread = frame.OFR - frame.BID
    median = spread.groupby(frame.DT.dt.date).transform("median")
    return frame[~(spread > 50 * median)]


def mid_outlier(frame):
    kept = []
    for _, day in frame.groupby(frame.DT.dt.date):
        mid = ((day.BID + day.OFR) / 2).to_numpy()
        granularity = np.median((day.OFR - day.BID).to_numpy())
        for row in range(len(mid)):
            others = np.concatenate([mid[max(0, row - 25) : row], mid[row + 1 : row + 26]])
            median = np.median(others) if len(others) >= 2 else mid[row]
            deviation = np.abs(others - median).mean() if len(others) >= 2 else 0.0
            kept.append(abs(mid[row] - median) <= 10 * deviation + granularity)
    return frame[kept]


def session(frame):
    clock = frame.DT.dt.time
    return frame[(clock >= pd.Timestamp("14:30").time()) & (clock <= pd.Timestamp("21:00").time())]


def exchange(frame):
    return frame[frame.EX == "N"]


def counts(frame, steps):
    for step in steps:
        after = step(frame)
        print(f'"{step.__name__.replace("_", "-")}", {len(frame) - len(after)}')
        frame = after


raw = pd.read_csv(sys.argv[1], parse_dates=["DT"])
print("standard")
counts(raw, [session, zero_price, duplicates, crossed, wide_spread, mid_outlier])
print("unmerged")
counts(raw, [zero_price, crossed, locked, zero_size, wide_spread, mid_outlier, exchange])
