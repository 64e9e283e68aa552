"""Writes panel_network.json: a panel's Transformer with its gradients, some tokens missing and some targets too, by PyTorch in float64.

Needs python3-torch. Run from any folder: python3 tests/golden/panel_network.py
Written from the papers and PyTorch's own operators, not from the library.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20260613)


def normal(*shape):
    """Three decimals keep the file small."""
    return torch.round(torch.randn(*shape), decimals=3)


def rms_norm(x, gain):
    return gain * x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6)


days, trained, unseen, features, row, model, kv, group, head, hidden = 5, 3, 2, 4, 2, 12, 1, 3, 4, 8
symbols = trained + unseen
weights = {
    "rows": normal(trained, row) / 2,
    "trunk.weight": normal(1 + features + row, model) / 2,
    "trunk.bias": normal(model) / 4,
    "own.weight": normal(model, 1) / 4,
    "own.bias": normal(1) / 4,
    "blocks.0.attention_norm": 1 + normal(model) / 4,
    "blocks.0.attention.query": normal(model, kv, group, head) / 4,
    "blocks.0.attention.key": normal(model, kv, head) / 4,
    "blocks.0.attention.value": normal(model, kv, head) / 4,
    "blocks.0.attention.output": normal(kv, group, head, model) / 4,
    "blocks.0.feed_forward_norm": 1 + normal(model) / 4,
    "blocks.0.feed_forward.gate": normal(model, hidden) / 4,
    "blocks.0.feed_forward.up": normal(model, hidden) / 4,
    "blocks.0.feed_forward.down": normal(hidden, model) / 4,
    "norm": 1 + normal(model) / 4,
    "head.weight": normal(model, 1) / 4,
    "head.bias": normal(1) / 4,
}
for leaf in weights.values():
    leaf.requires_grad_(True)

present = torch.ones(days, symbols, dtype=torch.bool)
present[0, 1] = present[2, 0] = present[2, 3] = present[3, 4] = False
present[4] = False
x = torch.cat([present[..., None].double(), normal(days, symbols, features) * present[..., None]], -1)
target = 2 * normal(days, symbols)
target[~present] = math.nan
target[1, 2] = math.nan

w = weights
known = torch.cat([w["rows"], torch.zeros(unseen, row)])
trunk = F.silu(torch.cat([x, known.expand(days, symbols, row)], -1) @ w["trunk.weight"] + w["trunk.bias"])
n = rms_norm(trunk, w["blocks.0.attention_norm"])
q = torch.einsum("dsm,mkgh->dkgsh", n, w["blocks.0.attention.query"])
k = torch.einsum("dsm,mkh->dksh", n, w["blocks.0.attention.key"])
v = torch.einsum("dsm,mkh->dksh", n, w["blocks.0.attention.value"])
scores = torch.einsum("dkgsh,dkth->dkgst", q, k) / math.sqrt(head)
reads = present[:, None, None, None, :]
# A day without any token reads nothing; its scores stay as they are, and its weights are set to 0.
seen = reads | ~present.any(-1)[:, None, None, None, None]
share = torch.softmax(scores.masked_fill(~seen, -math.inf), -1) * reads
mixed = torch.einsum("dkgst,dkth,kghm->dsm", share, v, w["blocks.0.attention.output"])
y = trunk + mixed
n = rms_norm(y, w["blocks.0.feed_forward_norm"])
gate, up, down = (w[f"blocks.0.feed_forward.{part}"] for part in ("gate", "up", "down"))
y = rms_norm(y + (F.silu(n @ gate) * (n @ up)) @ down, w["norm"])
result = (trunk @ w["own.weight"] + w["own.bias"] + y @ w["head.weight"] + w["head.bias"])[..., 0]

u = (target - result)[~target.isnan()]
loss = torch.where(u <= 2, u.exp() - u - 1, math.exp(2) - 3 + (math.exp(2) - 1) * (u - 2)).mean()
gradients = torch.autograd.grad(loss, list(weights.values()))

tensors = {
    "x": x,
    "target": torch.nan_to_num(target),
    "missing": target.isnan().double(),
    "result": result,
    "loss": loss.reshape(1),
    **{f"weight {name}": leaf for name, leaf in weights.items()},
    **{f"gradient {name}": gradient for name, gradient in zip(weights, gradients)},
}
case = {
    "settings": {},
    "tensors": {
        key: {"shape": list(value.shape), "values": value.detach().reshape(-1).tolist()}
        for key, value in tensors.items()
    },
}
path = pathlib.Path(__file__).with_name("panel_network.json")
path.write_text(
    json.dumps(
        {
            "provenance": f"tests/golden/panel_network.py, PyTorch {torch.__version__}, float64",
            "cases": {"panel transformer": case},
        }
    )
    + "\n"
)
