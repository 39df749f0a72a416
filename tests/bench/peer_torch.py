#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""A racer: peer_torch.py ENCODER STREAMS FRAMES times the training step that train_step.c times, in
PyTorch: the same shape, batch, anchors and negatives, all steps ahead in one product."""
import json
import os
import struct
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

AHEAD, ANCHORS, NEGATIVES, TEMPERATURE = 12, 16, 16, 0.1


def read_shape(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return json.loads(header["__metadata__"]["auricle"])["shape"]


class Convolution(nn.Module):
    """(B, T, in) -> (B, T / stride, out), causal; then layer norm over channels, ReLU. As a product
    with overlapping windows: of Conv1d, of a sum over taps and of this the fastest."""

    def __init__(self, inputs, layer):
        super().__init__()
        self.kernel, self.stride = layer["kernel"], layer["stride"]
        self.linear = nn.Linear(self.kernel * inputs, layer["channels"])
        self.norm = nn.LayerNorm(layer["channels"])

    def forward(self, x):
        x = F.pad(x, (0, 0, self.kernel - self.stride, 0))
        streams, frames, width = x.shape
        count = (frames - self.kernel) // self.stride + 1
        windows = x.as_strided((streams, count, self.kernel * width),
                               (frames * width, self.stride * width, 1))
        return F.relu(self.norm(self.linear(windows)))


class Encoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        inputs, layers = self.inputs(shape), []
        for layer in shape["conv"]:
            layers.append(Convolution(inputs, layer))
            inputs = layer["channels"]
        self.latents = nn.Sequential(*layers)
        self.context = nn.GRU(inputs, shape["context_dim"], shape["context_layers"],
                              batch_first=True)
        self.ahead = nn.Linear(shape["context_dim"], AHEAD * inputs, bias=False)

    @staticmethod
    def inputs(shape):
        return shape["logmel"]["mels"] if shape["front_end"] == "logmel" else 1

    def forward(self, x):
        z = self.latents(x)
        return z, self.context(z)[0]


def draw(rows, below, count):
    return torch.stack([torch.randperm(below)[:count].sort().values for _ in range(rows)])


def loss_of(model, x):
    z, c = model(x)
    streams, frames, width = z.shape
    rows = torch.arange(streams).unsqueeze(1)
    anchors, others = draw(streams, frames - AHEAD, ANCHORS), draw(streams, frames, NEGATIVES)
    z = F.normalize(z, dim=-1)
    guess = F.normalize(model.ahead(c[rows, anchors]).view(streams, ANCHORS, AHEAD, width), dim=-1)
    when = anchors.unsqueeze(2) + torch.arange(1, AHEAD + 1)
    truth = z[rows.unsqueeze(2), when]
    right = (guess * truth).sum(-1).view(-1, 1)
    wrong = guess.view(-1, width) @ z[rows, others].view(-1, width).t()
    logits = torch.cat([right, wrong], 1) / TEMPERATURE
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))


def main():
    path, streams, frames = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shape = read_shape(path)
    model = Encoder(shape)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4, foreach=True)
    logmel = shape["front_end"] == "logmel"
    size = (streams, frames, shape["logmel"]["mels"]) if logmel else (streams, frames * 160, 1)
    batch = torch.rand(size) * 2 - 1

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss_of(model, batch).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        count, us = int(line), []
        for _ in range(count // 10 + 1):
            step()
        for _ in range(count):
            before = time.process_time_ns()
            step()
            us.append((time.process_time_ns() - before) / 1e3)
        us.sort()
        print(json.dumps({"p50": us[count // 2], "p99": us[int(0.99 * (count - 1))],
                          "mean": sum(us) / count}), flush=True)


main()
