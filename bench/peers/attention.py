"""PyTorch's own attention at one length, in a process of its own: prints milliseconds and bytes of peak growth.

Arguments: LENGTH forward|both. The sizes are those of Lengths.fs.
"""

import math
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
heads, kv_heads, width = 2, 1, 64
fused = hasattr(F, "scaled_dot_product_attention")


def status(field):
    with open("/proc/self/status") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def attend(q, k, v):
    if fused:
        group = heads // kv_heads
        return F.scaled_dot_product_attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1))
    return torch.softmax((q / math.sqrt(width)) @ k.transpose(-2, -1), -1) @ v


def make(length, backward):
    q = torch.randn(1, heads, length, width, requires_grad=backward)
    k, v = (torch.randn(1, kv_heads, length, width, requires_grad=backward) for _ in range(2))

    def run():
        result = attend(q, k, v)
        if backward:
            torch.autograd.grad(result.sum(), (q, k, v))

    return run


length, backward = int(sys.argv[1]), sys.argv[2] == "both"
make(64, backward)()
run = make(length, backward)
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")
before = status("VmRSS")
run()
peak = status("VmHWM") - before
times, start = [], time.perf_counter()
while time.perf_counter() - start < 1.5:
    each = time.perf_counter()
    run()
    times.append(1e3 * (time.perf_counter() - each))
print(statistics.median(times), peak)
