#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Writes layers.txt beside this script: what PyTorch makes of small layers, forward and gradients.

    python3 tests/golden/make_golden.py        (Debian: python3-torch; made with 1.13)

The file is read by tests/gradients/test_golden.c, so the tests need no PyTorch. Inputs are float32;
PyTorch computes in float64. Format: a line `case NAME`, then arrays, each a line `NAME B T C` and a
line of B*T*C numbers. `X.grad` is the gradient of sum(y * y.weights) with respect to X.
"""
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(2)
OUT = pathlib.Path(__file__).with_name("layers.txt")


def random(*shape, scale=1.0):
    """Numbers that float32 holds exactly, kept in float64."""
    return (torch.randn(*shape) * scale).float().double().requires_grad_(True)


class Writer:
    def __init__(self, file):
        self.file = file

    def array(self, name, value):
        value = value.detach()
        shape = [1] * (3 - value.dim()) + list(value.shape)
        print(name, *shape, file=self.file)
        print(*(f"{v:.9g}" for v in value.flatten().tolist()), file=self.file)

    def case(self, name, y, inputs, extra=None):
        weights = torch.randn_like(y).float().double()
        (y * weights).sum().backward()
        print("case", name, file=self.file)
        for key, value in inputs.items():
            self.array(key, value)
            self.array(key + ".grad", value.grad)
        for key, value in (extra or {}).items():
            self.array(key, value)
        self.array("y", y)
        self.array("y.weights", weights)


def linear(w):
    x, weight, bias = random(2, 3, 5), random(4, 5), random(4)
    w.case("linear", F.linear(x, weight, bias), {"x": x, "weight": weight, "bias": bias})


def convolution(w, name, frames, inside, out, kernel, stride):
    x, history = random(2, frames, inside), random(2, kernel - stride, inside).detach()
    weight, bias = random(out, kernel, inside), random(out)
    joined = torch.cat([history, x], dim=1).transpose(1, 2)
    y = F.conv1d(joined, weight.transpose(1, 2), bias, stride=stride).transpose(1, 2)
    shape = torch.tensor([inside, out, kernel, stride]).double()
    extra = {"shape": shape}
    if kernel > stride:
        extra |= {"history": history, "history.after": joined[:, :, stride - kernel:].transpose(1, 2)}
    weights = {"x": x, "weight": weight, "bias": bias}
    w.case(name, y, weights, extra)


def layer_norm(w):
    x, gain, bias = random(2, 3, 33), random(33), random(33)
    y = F.layer_norm(x, (33,), gain, bias, eps=1e-5)
    w.case("layer_norm", y, {"x": x, "gain": gain, "bias": bias})


def element_wise(w):
    for name, function in [("relu", F.relu), ("gelu", F.gelu),
                           ("unit", lambda x: F.normalize(x, dim=-1))]:
        x = random(2, 3, 19, scale=2.0)
        w.case(name, function(x), {"x": x})


def recurrent(w, name, module):
    net = module(5, 6, batch_first=True).double()
    inputs = {"x": random(3, 9, 5)}
    for key, parameter in net.named_parameters():
        parameter.data = (parameter.data * 2).float().double()
        inputs[key.removesuffix("_l0")] = parameter
    h, c = random(1, 3, 6, scale=0.5).detach(), random(1, 3, 6, scale=0.5).detach()
    if module is torch.nn.GRU:
        y, last = net(inputs["x"], h)
        before, after = h, last
    else:
        y, last = net(inputs["x"], (h, c))
        before, after = torch.cat([h, c], dim=2), torch.cat(last, dim=2)
    w.case(name, y, inputs, {"state": before[0], "state.after": after[0]})


def attention(w, name, frames, channels, heads, left):
    """Vaswani et al. 2017, eq. 1, with ALiBi's penalty (Press et al. 2022), in the frames seen."""
    q, k, v = (random(2, frames, channels) for _ in range(3))
    split = [x.view(2, frames, heads, -1).transpose(1, 2) for x in (q, k, v)]
    scores = split[0] @ split[1].transpose(2, 3) / (channels / heads)**0.5
    back = torch.arange(frames)[:, None] - torch.arange(frames)[None, :]
    slope = 2.0 ** (-8 * torch.arange(1, heads + 1).double() / heads)
    scores = scores - slope[:, None, None] * back
    seen = (back >= 0) & (back <= left)
    weights = torch.softmax(scores.masked_fill(~seen, float("-inf")), dim=-1)
    y = (weights @ split[2]).transpose(1, 2).reshape(2, frames, channels)
    shape = torch.tensor([channels, heads, left]).double()
    w.case(name, y, {"q": q, "k": k, "v": v}, {"shape": shape})


def losses(w):
    x, target = random(2, 3, 7), random(2, 3, 7)
    w.case("l1", F.l1_loss(x, target), {"x": x, "target": target})
    x, target = random(2, 3, 7), random(2, 3, 7)
    w.case("mse", F.mse_loss(x, target), {"x": x, "target": target})
    logits, labels = random(1, 8, 5, scale=2.0), torch.tensor([4, 0, -1, 2, 2, 1, -1, 3])
    loss = F.cross_entropy(logits[0], labels, ignore_index=-1)
    w.case("cross_entropy", loss, {"logits": logits}, {"labels": labels})


def info_nce(w):
    rows, count, temperature = 9, 6, 0.25
    p, t, n = random(1, rows, 8, scale=0.5), random(1, rows, 8), random(1, count, 8)
    groups = torch.arange(rows) % 3, torch.arange(count) % 3
    exclude = torch.tensor([-1, 1, -1, 3, -1, -1, 0, -1, -1])
    logits = p[0] @ n[0].T / temperature
    hidden = groups[0][:, None] != groups[1][None, :]
    hidden |= exclude[:, None] == torch.arange(count)[None, :]
    positive = (p[0] * t[0]).sum(-1, keepdim=True) / temperature
    logits = torch.cat([positive, logits.masked_fill(hidden, float("-inf"))], dim=1)
    loss = F.cross_entropy(logits, torch.zeros(rows, dtype=torch.long))
    w.case("info_nce", loss, {"predictions": p, "targets": t, "negatives": n},
           {"target_group": groups[0], "negative_group": groups[1], "exclude": exclude,
            "temperature": torch.tensor([temperature])})


def spectral(w):
    """engine/ssl/spectral.h at its scales of 256 and 512 samples, the window of unit energy."""
    guess, truth, total = random(1, 520, 1), random(1, 520, 1).detach(), 0
    for n in (256, 512):
        window = torch.hann_window(n, dtype=torch.float64) / (0.375 * n)**0.5
        made, real = (torch.view_as_real(torch.stft(x[:, :, 0], n, n // 2, window=window,
                                                    center=False, return_complex=True))
                      .square().sum(-1).add(1e-8).sqrt() for x in (guess, truth))
        logs = torch.log(made + 1e-3) - torch.log(real + 1e-3)
        total = total + ((real - made).norm() / real.norm() + logs.abs().mean()) / 2
    w.case("spectral", total, {"guess": guess}, {"truth": truth})


def main():
    with OUT.open("w", encoding="ascii") as file:
        writer = Writer(file)
        linear(writer)
        convolution(writer, "conv1d_linear", frames=4, inside=5, out=3, kernel=1, stride=1)
        convolution(writer, "conv1d_disjoint", frames=6, inside=4, out=3, kernel=3, stride=3)
        convolution(writer, "conv1d_windows", frames=7, inside=6, out=4, kernel=5, stride=1)
        convolution(writer, "conv1d_wave", frames=20, inside=1, out=4, kernel=10, stride=5)
        convolution(writer, "conv1d_blocks", frames=6, inside=64, out=3, kernel=4, stride=2)
        layer_norm(writer)
        element_wise(writer)
        recurrent(writer, "gru", torch.nn.GRU)
        recurrent(writer, "lstm", torch.nn.LSTM)
        losses(writer)
        info_nce(writer)
        attention(writer, "attention", frames=7, channels=6, heads=2, left=3)
        attention(writer, "attention_all", frames=5, channels=4, heads=1, left=100)
        spectral(writer)


if __name__ == "__main__":
    main()
