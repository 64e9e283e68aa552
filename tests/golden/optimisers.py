"""Writes optimisers.json: optimisers, schedules, gathered gradients, averages and the loss scale, step by step, by PyTorch.

Needs python3-torch. Run from any folder: python3 tests/golden/optimisers.py
"""

import json
import math
import pathlib

import torch

torch.manual_seed(11)
STEPS = 23
cases = {}


def array(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().double().reshape(-1).tolist()}


def case(name, tensors, **settings):
    cases[name] = {"settings": settings, "tensors": {key: array(value) for key, value in tensors.items()}}


def numbers(values):
    return torch.tensor(values, dtype=torch.float64)


def problem(dtype):
    """Least squares with a matrix and a bias; the samples are the same for every case."""
    generator = torch.Generator().manual_seed(5)
    normal = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
    x, y = normal(11, 5), normal(11, 3)
    weight, bias = normal(5, 3).requires_grad_(True), normal(3).requires_grad_(True)
    return x, y, weight, bias


def optimiser(name, make, dtype=torch.float64, **settings):
    x, y, weight, bias = problem(dtype)
    start = {"x": x, "y": y, "weight": weight.clone(), "bias": bias.clone()}
    chosen = make(weight, bias)
    weights, biases = [], []
    for _ in range(STEPS):
        chosen.zero_grad()
        ((x @ weight + bias - y) ** 2).mean().backward()
        chosen.step()
        weights.append(weight.detach().clone())
        biases.append(bias.detach().clone())
    case(name, {**start, "weights": torch.stack(weights), "biases": torch.stack(biases)}, **settings)


def optimisers():
    adam, adamw, sgd = torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD
    # foreach=False: the multi-tensor form rounds in another order.
    both = lambda kind, **options: lambda weight, bias: kind([weight, bias], foreach=False, **options)
    single = torch.float32

    def decaying(kind, decay, **options):
        groups = lambda weight, bias: [
            {"params": [weight], "weight_decay": decay},
            {"params": [bias], "weight_decay": 0.0},
        ]
        return lambda weight, bias: kind(groups(weight, bias), foreach=False, **options)

    def grouped(weight, bias):
        rate = 0.03
        groups = [
            {"params": [weight], "lr": rate, "weight_decay": 0.1},
            {"params": [bias], "lr": 0.25 * rate, "weight_decay": 0.4},
        ]
        return adamw(groups, foreach=False)

    optimiser("sgd plain", both(sgd, lr=0.05), rate=0.05, momentum=0, dampening=0, nesterov=False, decay=0)
    settings = {"rate": 0.05, "momentum": 0.9, "dampening": 0.3, "nesterov": False, "decay": 0.2}
    optimiser("sgd damped", decaying(sgd, 0.2, lr=0.05, momentum=0.9, dampening=0.3), **settings)
    settings = {"rate": 0.05, "momentum": 0.8, "dampening": 0, "nesterov": True, "decay": 0.2}
    optimiser("sgd nesterov", decaying(sgd, 0.2, lr=0.05, momentum=0.8, nesterov=True), **settings)
    settings = {"rate": 0.03, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6, "decay": 0.3}
    options = {"lr": 0.03, "betas": (0.8, 0.95), "eps": 1e-6}
    optimiser("adam", decaying(adam, 0.3, **options), **settings)
    optimiser("adamw", decaying(adamw, 0.3, **options), **settings)
    optimiser("adam float32", decaying(adam, 0.3, **options), single, **settings)
    optimiser("adamw float32", decaying(adamw, 0.3, **options), single, **settings)
    settings = {"rate": 0.05, "momentum": 0.9, "dampening": 0.3, "nesterov": False, "decay": 0.2}
    optimiser("sgd float32", decaying(sgd, 0.2, lr=0.05, momentum=0.9, dampening=0.3), single, **settings)
    settings = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "decay": 0.1, "bias_factor": 0.25, "bias_decay": 0.4}
    optimiser("adamw groups", grouped, rate=0.03, **settings)


def rates(make, steps, observe=None):
    weight = torch.zeros(1, requires_grad=True)
    chosen = torch.optim.SGD([weight], lr=0.02)
    schedule = make(chosen)
    found = []
    for step in range(steps):
        found.append(chosen.param_groups[0]["lr"])
        chosen.step()
        if observe:
            schedule.step(observe[step])
        elif step + 1 < steps:
            schedule.step()
    return numbers(found)


def schedules():
    one_cycle = torch.optim.lr_scheduler.OneCycleLR
    for strategy in ["cos", "linear"]:
        for steps, share, start, final in [(29, 0.3, 25.0, 1e4), (23, 0.0, 4.0, 10.0), (31, 1.0, 7.0, 3.0), (20, 0.45, 2.0, 8.0)]:
            options = {"pct_start": share, "div_factor": start, "final_div_factor": final, "anneal_strategy": strategy}
            case(
                f"one-cycle {strategy} {steps}",
                {"rates": rates(lambda chosen: one_cycle(chosen, 0.3, total_steps=steps, **options), steps)},
                peak=0.3, steps=steps, share=share, start=start, final=final, linear=strategy == "linear",
            )
    # Falls, waits, an improvement below the threshold, one above it, a NaN, a long wait.
    losses = [5, 4, 4.1, 3.99, 3.995, 4.2, 3.9, 3.91, 3.8999, 3.95, 4, 4, 4, 4, float("nan"), 3.2, 3.3, 3.3, 3.3, 3.3, 3.3]
    losses += [3.3] * 12
    reduce = torch.optim.lr_scheduler.ReduceLROnPlateau
    for name, options in {
        "patient": {"factor": 0.1, "patience": 2, "threshold": 1e-3, "cooldown": 0, "min_lr": 0},
        "cooling": {"factor": 0.5, "patience": 1, "threshold": 1e-2, "cooldown": 3, "min_lr": 0},
        "floored": {"factor": 0.3, "patience": 0, "threshold": 0, "cooldown": 0, "min_lr": 1e-3},
        "tiny": {"factor": 0.01, "patience": 0, "threshold": 1e-4, "cooldown": 1, "min_lr": 0},
    }.items():
        found = rates(lambda chosen: reduce(chosen, **options), len(losses), losses)
        # JSON has no NaN: the reader puts one where the loss is negative.
        seen = numbers([-1.0 if math.isnan(loss) else loss for loss in losses])
        case(f"plateau {name}", {"losses": seen, "rates": found}, peak=0.02, **options)


def gathered():
    """Unequal parts of a batch, each mean loss weighed by its share, backward one after the other."""
    x, y, weight, bias = problem(torch.float64)
    parts = [5, 4, 2]
    first = 0
    for part in parts:
        rows = slice(first, first + part)
        (((x[rows] @ weight + bias - y[rows]) ** 2).mean() * part / sum(parts)).backward()
        first += part
    whole = torch.autograd.grad(((x @ weight + bias - y) ** 2).mean(), [weight, bias])
    flat = lambda gradients: torch.cat([each.reshape(-1) for each in gradients])
    tensors = {"x": x, "y": y, "weight": weight, "bias": bias, "parts": numbers(parts)}
    case("gathered", {**tensors, "gradient": flat([weight.grad, bias.grad]), "whole": flat(whole)})


def averages():
    """torch.optim.swa_utils.AveragedModel with an exponential average."""
    for name, decay, warm_up in [("average", 0.9, False), ("average warm-up", 0.7, True)]:
        keep = lambda step: min(decay, (1 + step) / (10 + step)) if warm_up else decay
        model = torch.nn.Linear(3, 2).double()
        mixed = lambda old, new, count: keep(int(count) - 1) * old + (1 - keep(int(count) - 1)) * new
        averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=mixed)
        # The first call of AveragedModel copies.
        averaged.update_parameters(model)
        flat = lambda module: torch.cat([each.detach().reshape(-1) for each in module.parameters()])
        weights, values = [flat(model)], []
        for _ in range(STEPS):
            with torch.no_grad():
                for each in model.parameters():
                    each.add_(torch.randn_like(each))
            averaged.update_parameters(model)
            weights.append(flat(model))
            values.append(flat(averaged.module))
        case(name, {"weights": torch.stack(weights), "values": torch.stack(values)}, decay=decay, warm_up=warm_up)


def loss_scale():
    """The rule of torch._amp_update_scale_, which runs on CUDA alone in 1.13, written out."""
    growth, backoff, interval, scale, good = 2.0, 0.5, 3, 1024.0, 0
    found = [0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    scales, goods = [], []
    for overflow in found:
        scale, good = (scale * backoff, 0) if overflow else (scale, good + 1)
        if good == interval:
            scale, good = scale * growth, 0
        scales.append(scale)
        goods.append(good)
    tensors = {"overflows": numbers(found), "scales": numbers(scales), "good": numbers(goods)}
    case("loss scale", tensors, initial=1024.0, growth=growth, backoff=backoff, interval=interval)


optimisers()
schedules()
gathered()
averages()
loss_scale()

with open(pathlib.Path(__file__).parent / "optimisers.json", "w") as file:
    # One line per case, so that a change shows which.
    file.write('{"provenance": %s,\n"cases": {\n' % json.dumps(f"tests/golden/optimisers.py: torch {torch.__version__}"))
    file.write(",\n".join(f"{json.dumps(name)}: {json.dumps(content)}" for name, content in cases.items()))
    file.write("\n}}\n")
