"""Answers measuring requests on standard input, one JSON object per line each way. Knows no operation.

A request {"name", "shape", "repeats"} is timed by the maker of that name: maker(shape) gives a function without arguments.
The parent alternates between its own rounds and requests, so that both sides see the same state of the machine.
"""

import json
import sys
import time


def serve(makers, about):
    prepared = {}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        key = request["name"] + json.dumps(request["shape"], sort_keys=True)
        if key not in prepared:
            prepared.clear()
            prepared[key] = makers[request["name"]](request["shape"])
        call = prepared[key]
        start = time.perf_counter()
        for _ in range(request["repeats"]):
            call()
        seconds = time.perf_counter() - start
        print(json.dumps({"ms": 1e3 * seconds / request["repeats"]}), flush=True)
