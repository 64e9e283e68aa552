"""PyTorch's own form of the operations that the benchmarks measure."""

import math
import os

import torch
import torch.nn.functional as F

from serve import serve

torch.set_num_threads(int(os.environ["VOLFORGE_THREADS"]))
fused = hasattr(F, "scaled_dot_product_attention")


def attend(q, k, v):
    if fused:
        return F.scaled_dot_product_attention(q, k, v)
    return torch.softmax((q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1), -1) @ v


def inference(call):
    def run():
        with torch.no_grad():
            call()

    return run


def heads(s, count):
    return torch.randn(s["batch"], count, s["time"], s["dim"] // s["heads"])


def standard(s):
    q, k, v = (heads(s, s["heads"]) for _ in range(3))
    return inference(lambda: attend(q, k, v))


def grouped(s):
    q, k, v = heads(s, s["heads"]), heads(s, s["kv_heads"]), heads(s, s["kv_heads"])
    group = s["heads"] // s["kv_heads"]
    # PyTorch before 2.5 has no grouped form: keys and values are copied for every query head.
    return inference(lambda: attend(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)))


def swiglu(s):
    x = torch.randn(s["batch"], s["time"], s["dim"])
    gate, up = (torch.randn(s["hidden"], s["dim"]) for _ in range(2))
    down = torch.randn(s["dim"], s["hidden"])
    return inference(lambda: F.linear(F.silu(F.linear(x, gate)) * F.linear(x, up), down))


def rms(s):
    x, gain = torch.randn(s["batch"], s["time"], s["dim"]), torch.randn(s["dim"])
    if hasattr(F, "rms_norm"):
        return inference(lambda: F.rms_norm(x, (s["dim"],), gain, 1e-6))
    return inference(lambda: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * gain)


serve(
    {"standard attention": standard, "GQA forward": grouped, "flash attention": grouped, "SwiGLU FFN": swiglu, "RMS norm": rms},
    {"peer": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads()},
)
