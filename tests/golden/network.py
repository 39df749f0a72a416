# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What make_objectives.py feeds the objectives with: the engine's generator, and the encoder with
weights, sound and carried states that are drawn from it by name."""
import torch
import torch.nn.functional as F

STREAMS, FRAMES, SIZE, LAYERS = 3, 12, 4, 2  # SIZE: bands, latents and contexts alike
SEED, NUMBER, STEP, STEPS = 5, 10, 3, 10  # of the trainer's run in tests/train/test_goldens.c
WORD = (1 << 64) - 1


class Random:
    """engine/base/random.c: xoshiro256** (Blackman & Vigna 2018), seeded through splitmix64."""

    def __init__(self, seed, purpose=None):
        if purpose is not None:
            seed ^= self.split(purpose)[1]
        self.state = []
        for _ in range(4):
            seed, word = self.split(seed)
            self.state.append(word)

    @staticmethod
    def split(state):
        state = (state + 0x9E3779B97F4A7C15) & WORD
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return state, z ^ (z >> 31)

    @staticmethod
    def rotate(x, by):
        return ((x << by) | (x >> (64 - by))) & WORD

    def bits(self):
        s = self.state
        result = (self.rotate((s[1] * 5) & WORD, 7) * 9) & WORD
        t = (s[1] << 17) & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.rotate(s[3], 45)
        return result

    def uniform(self):
        return (self.bits() >> 40) * 2.0**-24

    def below(self, bound):
        while True:
            bits = self.bits()
            if bits >= (1 << 64) % bound:
                return bits % bound

    def normal(self):
        u = torch.tensor(((self.bits() >> 11) + 1) * 2.0**-53, dtype=torch.float64)
        v = torch.tensor((self.bits() >> 11) * 2.0**-53, dtype=torch.float64)
        value = torch.sqrt(-2 * torch.log(u)) * torch.cos(6.283185307179586 * v)
        return value.float().item()

    def normals(self, *shape):
        count = torch.Size(shape).numel()
        return torch.tensor([self.normal() for _ in range(count)]).double().view(*shape)

    def shuffled(self, count):
        order = list(range(count))
        for i in range(count, 1, -1):
            j = self.below(i)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order


def named(name, *shape, scale):
    """Uniform numbers of -scale..scale that depend on the name alone."""
    seed = 0xCBF29CE484222325  # FNV-1a
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & WORD
    random = Random(seed)
    values = [scale * (2 * random.uniform() - 1) for _ in range(torch.Size(shape).numel())]
    return torch.tensor(values, dtype=torch.float64).view(*shape)


class Network:
    """The encoder (engine/model/encoder.h) with the objective's own parameters; gathers what a case
    of the file says."""

    def __init__(self, waveform=False):
        self.used, self.notes = {}, {}
        self.left, self.settled = {}, {}  # for running means, and where those go
        self.random = Random(SEED, NUMBER * 16)
        self.convolutions = [(10, 5), (8, 4), (4, 2), (4, 2), (4, 2)] if waveform else [(3, 1)]
        shape = (STREAMS, FRAMES * 160, 1) if waveform else (STREAMS, FRAMES, SIZE)
        self.view = [named(f"view.{v}", *shape, scale=2) for v in range(2)]
        self.samples = named("view.0", STREAMS, FRAMES * 160, scale=2)

    def parameter(self, name, *shape):
        if name not in self.used:
            self.used[name] = named(name, *shape, scale=0.5).requires_grad_(True)
        return self.used[name]

    def linear(self, name, x, out):
        return F.linear(x, self.parameter(name + ".weight", out, x.shape[-1]),
                        self.parameter(name + ".bias", out))

    def start(self, part, view, *shape):
        return named(f"start.{view}.{part}", STREAMS, *shape, scale=0.5)

    def latents(self, x, view=0, streams=None):
        for i, (kernel, stride) in enumerate(self.convolutions):
            history = self.start(f"history.{i}", view, kernel - stride, x.shape[2])
            history = history if streams is None else history[streams]
            joined = torch.cat([history, x], dim=1).transpose(1, 2)
            weight = self.parameter(f"latent.{i}.weight", SIZE, kernel, x.shape[2])
            bias = self.parameter(f"latent.{i}.bias", SIZE)
            x = F.conv1d(joined, weight.transpose(1, 2), bias, stride=stride).transpose(1, 2)
            x = F.layer_norm(x, (SIZE,), self.parameter(f"latent.{i}.norm.weight", SIZE),
                             self.parameter(f"latent.{i}.norm.bias", SIZE))
            x = F.gelu(x)
        return x

    def contexts(self, z, view=0, streams=None, layers=LAYERS):
        """Of the last of so many layers."""
        x = z
        for i in range(layers):
            state = self.start(f"context.{i}", view, SIZE)
            state = state if streams is None else state[streams]
            name = f"context.{i}."
            weight_ih = self.parameter(name + "weight_ih", 3 * SIZE, SIZE)
            weight_hh = self.parameter(name + "weight_hh", 3 * SIZE, SIZE)
            bias_ih = self.parameter(name + "bias_ih", 3 * SIZE)
            bias_hh = self.parameter(name + "bias_hh", 3 * SIZE)
            outputs = []
            for t in range(x.shape[1]):
                state = torch.gru_cell(x[:, t], state, weight_ih, weight_hh, bias_ih, bias_hh)
                outputs.append(state)
            h = torch.stack(outputs, dim=1)
            x = h + x
        return h

    def both(self):
        """Latents and contexts of the two views."""
        z = [self.latents(self.view[v], v) for v in range(2)]
        return z, [self.contexts(z[v], v) for v in range(2)]


CASES = []


def case(name, objective, *settings, waveform=False, **options):
    """The function below is given a Network and options, and returns the loss."""
    def add(function):
        CASES.append((name, objective, settings, waveform, function, options))
        return function
    return add


# ---- what several objectives are made of


def explained(guess, truth):
    """The share of the variance about the bands' means."""
    guess, truth = guess.flatten(0, 1), truth.flatten(0, 1)
    return 1 - ((truth - guess)**2).sum() / ((truth - truth.mean(0))**2).sum()


def spans(net, start, span):
    """Frames hidden in spans that begin anywhere, as wav2vec 2.0's are."""
    hidden = torch.zeros(STREAMS, FRAMES, dtype=torch.bool)
    for b in range(STREAMS):
        for t in range(FRAMES):
            if net.random.uniform() < start:
                hidden[b, t:t + span] = True
    return hidden


def gumbel_quantise(net, logits, codebook, straight):
    """Baevski et al. 2020, sec. 2: logits (N,G,V) and codebook (G,V,D) -> (N,G*D), the entries
    chosen, and the diversity loss (sec. 3.2, eq. 4); the gradient through a choice is the
    softmax's. The temperature has fallen by a tenth a step."""
    noise = torch.tensor([net.random.uniform() for _ in range(logits.numel())]).double()
    soft = (logits - torch.log(-torch.log(noise)).view_as(logits)) / (2 * 0.9**STEP)
    soft = soft.softmax(-1)
    entries = soft.argmax(-1)
    mix = F.one_hot(entries, logits.shape[-1]) - soft.detach() + soft if straight else soft
    mean = logits.softmax(-1).mean(0)
    spread = 1 - torch.exp(-(mean * mean.log()).sum(-1)).sum() / mean.numel()
    return torch.einsum("ngv,gvd->ngd", mix, codebook).flatten(1), entries, spread


def codes_in_use(entries, count):
    """Perplexity, mean over the codebooks."""
    usage = F.one_hot(entries, count).double().mean(0)
    return torch.exp(-torch.special.xlogy(usage, usage).sum(-1)).mean()
