# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Jukebox's VQ-VAE, for make_objectives.py: codes, codebooks, sound, and how far that is from what
was heard."""
import math

import torch
import torch.nn.functional as F

from network import FRAMES, SIZE, STEP, STREAMS, Random, case, codes_in_use

CODES, WIDTH, STRIDE, CHANNELS, BANDS = 5, 3, 4, 4, 6
DECAY, RESTART = 0.5, 0.3
HOP, WINDOW, BINS = 160, 320, 161
LEVELS = {"jukebox.bottom": 1, "jukebox.top": STRIDE}


def first_codes():
    """As init() draws them: of each level the projection's weights and biases come before."""
    random, books = Random(3), {}
    for name, frames in LEVELS.items():
        for _ in range((frames * SIZE + 1) * WIDTH):
            random.uniform()
        books[name] = random.normals(CODES, WIDTH)
    return books


def settle(net, name, book, x, chosen):
    """van den Oord et al. 2017, appendix A.1, from counts of zero; a code that is used less than
    RESTART of the mean use is put on a row of the batch (Dhariwal et al. 2020, sec. 3.1)."""
    x = x.detach()
    used = F.one_hot(chosen, CODES).double()
    random = Random(0x636F6465, STEP)
    places = torch.stack([x[random.below(len(x))] for _ in range(CODES)])
    count, total = (1 - DECAY) * used.sum(0), (1 - DECAY) * used.T @ x
    least = RESTART * len(x) / CODES
    dead = count < least
    assert 0 < dead.sum() < CODES
    codes = torch.where(dead[:, None], places, total / count.clamp(min=1e-9)[:, None])
    count = torch.where(dead, torch.full_like(count, least), count)
    for part, left, value in (("codes", places, codes), ("count", used.sum(0), count),
                              ("sum", used.T @ x, codes * count[:, None])):
        net.left[f"{name}.frozen.{part}"], net.settled[f"{name}.frozen.{part}"] = left, value


def quantise(net, name, book, contexts):
    """Codes (B,T/frames,D) with a straight-through gradient, and the commitment loss."""
    frames = LEVELS[name]
    x = net.linear(name, contexts.reshape(STREAMS, FRAMES // frames, frames * SIZE), WIDTH)
    chosen = torch.cdist(x.flatten(0, 1), book).argmin(1)
    code = book[chosen].view(x.shape)
    settle(net, name, book, x.flatten(0, 1), chosen)
    in_use = codes_in_use(chosen[:, None], CODES)
    return x + (code - x).detach(), F.mse_loss(x, code), in_use


def causal_block(net, name, x):
    weight = net.parameter(name + ".weight", CHANNELS, 5, x.shape[-1])
    padded = F.pad(x.transpose(1, 2), (4, 0))
    y = F.conv1d(padded, weight.transpose(1, 2), net.parameter(name + ".bias", CHANNELS))
    return F.gelu(F.layer_norm(y.transpose(1, 2), (CHANNELS,),
                               net.parameter(name + ".norm.weight", CHANNELS),
                               net.parameter(name + ".norm.bias", CHANNELS)))


def bands_to_bins(bands):
    """Interpolated between centres that are evenly spaced in mel."""
    hz = torch.arange(BINS).double() * 8000 / (BINS - 1)
    place = (BANDS - 1) * torch.log1p(hz / 700) / math.log1p(8000 / 700)
    distance = (place[:, None] - torch.arange(BANDS).double()).abs()
    return bands @ (1 - distance).clamp(min=0).T


def hiss(net, bands):
    """A drawn spectrum of these magnitudes as 320 samples of a frame."""
    magnitude = bands_to_bins(bands).clamp(max=4).exp()
    drawn = torch.tensor([net.random.uniform() for _ in range(2 * magnitude.numel())]).double()
    real, imaginary = (math.sqrt(3) * (2 * drawn - 1)).view(-1, 2).T.reshape(2, *magnitude.shape)
    angle = 2 * math.pi * torch.outer(torch.arange(BINS).double(), torch.arange(WINDOW)) / WINDOW
    waves = (magnitude * real) @ torch.cos(angle) + (magnitude * imaginary) @ torch.sin(angle)
    return waves / BINS**0.5


def decode(net, joined):
    """(B,T,2D) -> (B,T*160): frames of 320 under a sine, each half a frame after the one before."""
    x = joined
    for i in range(2):
        x = causal_block(net, f"jukebox.decoder.{i}", x)
    noise = hiss(net, net.linear("jukebox.noise", x, BANDS))
    window = torch.sin(math.pi * (torch.arange(WINDOW).double() + 0.5) / WINDOW)
    frames = window * (net.linear("jukebox.wave", x, WINDOW) + noise)
    early, late = frames[..., :HOP].flatten(1), frames[..., HOP:].flatten(1)
    return early + F.pad(late, (HOP, -HOP))


def spectra(x, n):
    window = torch.hann_window(n, dtype=torch.float64) / (0.375 * n)**0.5
    transform = torch.stft(x, n, n // 2, window=window, center=False, return_complex=True)
    return (transform.real**2 + transform.imag**2 + 1e-8).sqrt()


def spectral_distance(net, guess, truth):
    """Yamamoto et al. 2020, eq. 3-6, over three lengths."""
    convergence, log_distance = 0, 0
    for n in (256, 512, 1024):
        x, y = spectra(guess, n), spectra(truth, n)
        convergence = convergence + (x - y).norm() / y.norm() / 3
        log_distance = log_distance + F.l1_loss((x + 1e-3).log(), (y + 1e-3).log()) / 3
    net.notes["convergence"], net.notes["log_distance"] = convergence, log_distance
    return convergence + log_distance


@case("jukebox", "jukebox", f"jukebox.codes={CODES}", f"jukebox.width={WIDTH}",
      f"jukebox.stride={STRIDE}", f"jukebox.channels={CHANNELS}", f"jukebox.bands={BANDS}",
      "jukebox.commit=0.3", "jukebox.waveform=0.2", f"jukebox.decay={DECAY}",
      f"jukebox.restart={RESTART}", "jukebox.streams=0.5")
def jukebox(net):
    """Dhariwal et al. 2020, sec. 3.1, of half of the streams, rounded up; both levels decoded at
    once as VQ-VAE-2 does (Razavi et al. 2019)."""
    contexts, books = net.contexts(net.latents(net.view[0])), first_codes()
    bottom, commit, net.notes["codes"] = quantise(net, "jukebox.bottom", books["jukebox.bottom"],
                                                  contexts)
    top, commit_top, net.notes["top_codes"] = quantise(net, "jukebox.top", books["jukebox.top"],
                                                       contexts)
    net.notes["commitment"] = commit + commit_top
    joined = torch.cat([bottom, top.repeat_interleave(STRIDE, dim=1)], dim=-1)
    picked = net.random.shuffled(STREAMS)[:2]
    guess = decode(net, joined[picked])[:, HOP:]
    truth = net.samples[picked][:, :guess.shape[1]]
    return (0.3 * (commit + commit_top) + spectral_distance(net, guess, truth) +
            0.2 * F.mse_loss(guess, truth))
