"""One training step of the demo's Transformer as a PyTorch user writes it: nn.Module, AdamW, clip_grad_norm_."""

import os

import torch
import torch.nn.functional as F
from torch import nn

from serve import serve

torch.set_num_threads(int(os.environ["VOLFORGE_THREADS"]))


class RmsNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain


def rotate(x, cosine, sine):
    left, right = x.chunk(2, -1)
    return torch.cat([left * cosine - right * sine, right * cosine + left * sine], -1)


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, dropout):
        super().__init__()
        self.heads, self.kv_heads, self.width, self.dropout = heads, kv_heads, dim // heads, dropout
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.value = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.output = nn.Linear(dim, dim, bias=False)

    def forward(self, x, cosine, sine):
        batch, time, dim = x.shape
        split = lambda y, heads: y.view(batch, time, heads, self.width).transpose(1, 2)
        group = self.heads // self.kv_heads
        q = rotate(split(self.query(x), self.heads), cosine, sine)
        k = rotate(split(self.key(x), self.kv_heads), cosine, sine).repeat_interleave(group, 1)
        v = split(self.value(x), self.kv_heads).repeat_interleave(group, 1)
        weights = torch.softmax(q @ k.transpose(-2, -1) / self.width**0.5, -1)
        mixed = F.dropout(weights, self.dropout) @ v
        return self.output(mixed.transpose(1, 2).reshape(batch, time, dim))


class Block(nn.Module):
    def __init__(self, s):
        super().__init__()
        dim, hidden = s["dim"], s["hidden"]
        self.dropout = s["dropout"]
        self.first, self.second = RmsNorm(dim), RmsNorm(dim)
        self.attention = Attention(dim, s["heads"], s["kv_heads"], s["dropout"])
        self.gate, self.up = (nn.Linear(dim, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, dim, bias=False)

    def forward(self, x, cosine, sine):
        x = x + F.dropout(self.attention(self.first(x), cosine, sine), self.dropout)
        y = self.second(x)
        return x + F.dropout(self.down(F.silu(self.gate(y)) * self.up(y)), self.dropout)


class Network(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.embed = nn.Linear(s["features"], s["dim"])
        self.blocks = nn.ModuleList(Block(s) for _ in range(s["depth"]))
        self.norm, self.head = RmsNorm(s["dim"]), nn.Linear(s["dim"], 1)
        self.pool = nn.Parameter(0.02 * torch.randn(s["dim"]))
        half = s["dim"] // s["heads"] // 2
        angles = torch.arange(s["time"])[:, None] * 10_000.0 ** (-torch.arange(half) / half)
        self.cosine, self.sine = angles.cos(), angles.sin()

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x, self.cosine, self.sine)
        x = self.norm(x)
        weights = torch.softmax(x @ self.pool / x.shape[-1] ** 0.5, -1)
        return self.head((weights[..., None] * x).sum(1)).squeeze(-1)


def step(s):
    torch.manual_seed(1)
    network = Network(s)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.1)
    x, target = torch.randn(s["batch"], s["time"], s["features"]), torch.randn(s["batch"])

    def run():
        error = target - network(x)
        inside = error.clamp_max(2.0)
        loss = (inside.exp() - inside - 1 + 6.389 * (error - inside)).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        loss.item()

    return run


serve(
    {"train step": step},
    {"peer": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads()},
)
