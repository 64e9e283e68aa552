"""Writes kernels.json: the network's kernels, a whole network with its gradients, and AdamW, by PyTorch in float64.

Needs python3-torch. Run from any folder: python3 tests/golden/kernels.py
Written from the papers and PyTorch's own operators, not from the library. Sizes are distinct primes where they can be.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20240611)
cases = {}


def case(name, tensors, **settings):
    cases[name] = {
        "settings": settings,
        "tensors": {
            key: {"shape": list(value.shape), "values": value.detach().double().reshape(-1).tolist()}
            for key, value in tensors.items()
        },
    }


def normal(*shape):
    """Three decimals keep the file small."""
    return torch.round(torch.randn(*shape), decimals=3)


def attention(query, key, value, mask=None, scale=None):
    """query (..., queries, head), key and value (..., keys, head), mask true = read; rows that read nothing give 0."""
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = scale * query @ key.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return torch.nan_to_num(torch.softmax(scores, -1)) @ value


def rms_norm(x, gain, epsilon):
    return gain * x / torch.sqrt((x**2).mean(-1, keepdim=True) + epsilon)


def swiglu(x, gate, up, down):
    return (F.silu(x @ gate) * (x @ up)) @ down


def rotary(x):
    """x (batch, time, ..., head): the pair (i, i + head / 2) as a complex number, turned by position / 10000^(2 i / head)."""
    half = x.shape[-1] // 2
    pairs = torch.complex(x[..., :half], x[..., half:])
    rates = 10000.0 ** (-torch.arange(half).double() / half)
    angles = torch.arange(x.shape[1]).double()[:, None] * rates
    turned = pairs * torch.polar(torch.ones_like(angles), angles).reshape(
        1, x.shape[1], *[1] * (x.dim() - 3), half
    )
    return torch.cat([turned.real, turned.imag], -1)


def pool(x, query):
    weights = torch.softmax(x @ query / math.sqrt(x.shape[-1]), 1)
    return (weights[..., None] * x).sum(1)


def qlike(error, clip):
    inside = error.clamp(max=clip)
    return (torch.exp(inside) - inside - 1 + (math.exp(clip) - 1) * (error - inside)).mean()


def kernels():
    q, k, v = normal(2, 3, 5, 7), normal(2, 3, 11, 7), normal(2, 3, 11, 7)
    mask = torch.rand(5, 11) < 0.6
    mask[2] = False
    inputs = {"query": q, "key": k, "value": v}
    case("attention", {**inputs, "result": attention(q, k, v)})
    case("attention scaled", {**inputs, "result": attention(q, k, v, scale=0.37)}, scale=0.37)
    case("attention masked", {**inputs, "mask": mask, "result": attention(q, k, v, mask)})
    causal = torch.ones(5, 11).tril(11 - 5).bool()
    case("attention causal", {**inputs, "result": attention(q, k, v, causal)})

    q, k, v = normal(2, 6, 5, 7), normal(2, 3, 11, 7), normal(2, 3, 11, 7)
    repeated = attention(q, k.repeat_interleave(2, 1), v.repeat_interleave(2, 1), mask)
    case("grouped query", {"query": q, "key": k, "value": v, "mask": mask, "result": repeated})

    x, gain = normal(3, 5, 7), normal(7)
    x[1, 2] = 0
    case("rms norm", {"x": x, "gain": gain, "result": rms_norm(x, gain, 1e-3)}, epsilon=1e-3)

    gate, up, down = normal(7, 11), normal(7, 11), normal(11, 7)
    case("swiglu", {"x": x, "gate": gate, "up": up, "down": down, "result": swiglu(x, gate, up, down)})

    x = normal(2, 5, 3, 6)
    case("rotary", {"x": x, "result": rotary(x)})

    x, query = normal(3, 5, 7), normal(7)
    results = {"attention": pool(x, query), "mean": x.mean(1), "last": x[:, -1]}
    case("pooling", {"x": x, "query": query, **results})

    left, right, third = normal(2, 3, 5), normal(5, 3, 7), normal(7, 2)
    result = torch.einsum("abc,cbd,da->bd", left, right, third)
    case("einsum", {"left": left, "right": right, "third": third, "result": result})


def network(pooling, causal):
    batch, time, features, model, kv, group, head, hidden, depth = 5, 7, 3, 16, 2, 2, 4, 8, 2
    weights = {"embed.weight": normal(features, model) / 2, "embed.bias": normal(model) / 4}
    for i in range(depth):
        weights |= {
            f"blocks.{i}.attention_norm": 1 + normal(model) / 4,
            f"blocks.{i}.attention.query": normal(model, kv, group, head) / 4,
            f"blocks.{i}.attention.key": normal(model, kv, head) / 4,
            f"blocks.{i}.attention.value": normal(model, kv, head) / 4,
            f"blocks.{i}.attention.output": normal(kv, group, head, model) / 4,
            f"blocks.{i}.feed_forward_norm": 1 + normal(model) / 4,
            f"blocks.{i}.feed_forward.gate": normal(model, hidden) / 4,
            f"blocks.{i}.feed_forward.up": normal(model, hidden) / 4,
            f"blocks.{i}.feed_forward.down": normal(hidden, model) / 4,
        }
    weights |= {
        "norm": 1 + normal(model) / 4,
        "pool": normal(model),
        "head.weight": normal(model, 1) / 4,
        "head.bias": normal(1),
    }
    for leaf in weights.values():
        leaf.requires_grad_(True)
    x, target = normal(batch, time, features), 2 * normal(batch)
    w, epsilon = weights, 1e-6
    y = x @ w["embed.weight"] + w["embed.bias"]
    mask = torch.ones(time, time).tril().bool() if causal else None
    for i in range(depth):
        b = f"blocks.{i}."
        n = rms_norm(y, w[b + "attention_norm"], epsilon)
        heads = kv * group
        q = rotary((n @ w[b + "attention.query"].reshape(model, -1)).reshape(batch, time, heads, head))
        k = rotary((n @ w[b + "attention.key"].reshape(model, -1)).reshape(batch, time, kv, head))
        v = (n @ w[b + "attention.value"].reshape(model, -1)).reshape(batch, time, kv, head)
        k, v = k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)
        mixed = attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask).transpose(1, 2)
        y = y + mixed.reshape(batch, time, -1) @ w[b + "attention.output"].reshape(-1, model)
        n = rms_norm(y, w[b + "feed_forward_norm"], epsilon)
        y = y + swiglu(n, *(w[b + f"feed_forward.{part}"] for part in ("gate", "up", "down")))
    y = rms_norm(y, w["norm"], epsilon)
    pooled = {"attention": pool(y, w["pool"]), "mean": y.mean(1), "last": y[:, -1]}[pooling]
    result = (pooled @ w["head.weight"] + w["head.bias"])[:, 0]
    loss = qlike(target - result, 2.0)
    gradients = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    case(
        f"network {pooling}",
        {
            "x": x,
            "target": target,
            "result": result,
            "loss": loss.reshape(1),
            **{f"weight {name}": leaf for name, leaf in weights.items()},
            **{
                f"gradient {name}": torch.zeros_like(leaf) if gradient is None else gradient
                for (name, leaf), gradient in zip(weights.items(), gradients)
            },
        },
        causal=causal,
    )


def adamw():
    """Least squares by torch.optim.AdamW with clipping and warm-up to a cosine; only the matrix decays."""
    x, y = normal(11, 5), normal(11, 3)
    weight, bias = normal(5, 3), normal(3)
    start = {"weight": weight.clone(), "bias": bias.clone()}
    weight.requires_grad_(True)
    bias.requires_grad_(True)
    peak, floor, warmup, total, decay, clip = 0.05, 0.002, 5, 23, 0.1, 1.5
    groups = [{"params": [weight], "weight_decay": decay}, {"params": [bias], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.999), eps=1e-8)
    rates, norms, losses, weights, biases = [], [], [], [], []
    for step in range(total):
        if step < warmup:
            rate = peak * (step + 1) / warmup
        else:
            rate = floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))
        for each in optimiser.param_groups:
            each["lr"] = rate
        optimiser.zero_grad()
        loss = ((x @ weight + bias - y) ** 2).mean()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_([weight, bias], clip).item())
        optimiser.step()
        rates.append(rate)
        losses.append(loss.item())
        weights.append(weight.detach().clone())
        biases.append(bias.detach().clone())
    tensors = {"x": x, "y": y, **start, "rates": torch.tensor(rates), "norms": torch.tensor(norms)}
    tensors |= {"losses": torch.tensor(losses), "weights": torch.stack(weights), "biases": torch.stack(biases)}
    case("adamw", tensors, peak=peak, floor=floor, warmup=warmup, total=total, decay=decay, clip=clip)


kernels()
network("attention", causal=False)
network("last", causal=True)
adamw()

with open(pathlib.Path(__file__).parent / "kernels.json", "w") as file:
    # One line per case, so that a change shows which.
    file.write('{"provenance": %s,\n"cases": {\n' % json.dumps(f"tests/golden/kernels.py: torch {torch.__version__}"))
    file.write(",\n".join(f"{json.dumps(name)}: {json.dumps(content)}" for name, content in cases.items()))
    file.write("\n}}\n")
