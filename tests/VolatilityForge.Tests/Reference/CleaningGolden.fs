/// Rows touched by each step on hf_taq_xxx_quotes_raw_2018, by pandas 1.5.3: tests/golden/cleaning.py.
module VolatilityForge.Tests.CleaningGolden

let standard: (string * int) list =
    [
        "session", 783
        "zero-price", 89
        "duplicates", 70884
        "crossed", 0
        "wide-spread", 3574
        "mid-outlier", 161
    ]

let unmerged: (string * int) list =
    [
        "zero-price", 96
        "crossed", 0
        "locked", 0
        "zero-size", 0
        "wide-spread", 7352
        "mid-outlier", 467
        "exchange", 29064
    ]
