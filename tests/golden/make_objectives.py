#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Writes objectives.txt beside this script: every objective's loss, its numbers and its gradient
with respect to every parameter, computed by PyTorch from each paper's formula.

    python3 tests/golden/make_objectives.py        (Debian: python3-torch; made with 1.13)

The file is read by tests/train/test_goldens.c, so the tests need no PyTorch. Nothing random has to
be written down: weights, sound and the states that streams carry are drawn from the engine's
generator, seeded by their names (network.py), and so are masks, anchors, negatives
and noise, in the order in which each objective draws them. PyTorch computes in float64.

Format: a line `case NAME OBJECTIVE SETTING...`, then arrays, each a line `NAME B T C` and a line of
B*T*C numbers: `loss`, `note.X` for a number that the objective reports, `X.grad` for a parameter.
A parameter without one has no gradient. What follows a running mean (a codebook) has what the batch
leaves for it as its `grad`, and `X.settled`, where that moves it.

A new objective is a function here with `@case`, and nothing else.
"""
import pathlib

import torch
import torch.nn.functional as F

import both_sides  # pylint: disable=unused-import
import sound_from_codes  # pylint: disable=unused-import
from network import (CASES, FRAMES, LAYERS, SIZE, STEP, STREAMS, Network, Random, case,
                     codes_in_use, explained, gumbel_quantise, named, spans)
from stretches import SIMCLR, pooled, simclr_beside

OUT = pathlib.Path(__file__).with_name("objectives.txt")
SETTINGS = [f"loop.streams={STREAMS}", f"loop.frames={FRAMES}", "loop.views=2",
            f"shape.mels={SIZE}", f"shape.conv={SIZE}x3", f"shape.dim={SIZE}",
            f"shape.layers={LAYERS}", "shape.gelu=1", "shape.residual=1",
            "distort.equaliser_db=0", "distort.floor_probability=0"]

# ---- reconstruction


@case("apc", "apc", "apc.shift=2")
@case("apc_both_ways", "apc,simclr", "apc.shift=2", *SIMCLR, both=True)
def apc(net, both=False):
    """Chung et al. 2019, eq. 1, in both views where another objective has both encoded."""
    contexts = net.both()[1] if both else [net.contexts(net.latents(net.view[0]))]
    guesses = [net.linear("predict.feature", c[:, :-2], SIZE) for c in contexts]
    truths = [view[:, 2:] for view in net.view[:len(guesses)]]
    losses = [F.l1_loss(g, t) for g, t in zip(guesses, truths)]
    net.notes["explained"] = sum(map(explained, guesses, truths)) / len(losses)
    loss = sum(losses) / len(losses)
    return loss + simclr_beside(net, contexts) if both else loss


@case("autoencoder", "autoencoder", "autoencoder.width=3")
@case("autoencoder_l1", "autoencoder", "autoencoder.width=3", "autoencoder.l1=1", l1=True)
@case("autoencoder_waveform", "autoencoder", "shape.front_end=waveform",
      f"shape.conv={SIZE}x10/5,{SIZE}x8/4,{SIZE}x4/2,{SIZE}x4/2,{SIZE}x4/2",
      "autoencoder.width=3", waveform=True)
def autoencoder(net, l1=False):
    truth = net.view[0].reshape(STREAMS, FRAMES, -1)
    code = net.linear("autoencoder.code", net.contexts(net.latents(net.view[0])), 3)
    guess = net.linear("autoencoder.decoder", code, truth.shape[-1])
    net.notes["explained"] = explained(guess, truth)
    net.notes["deviation"] = code.flatten(0, 1).std(0, unbiased=False).mean()
    return F.l1_loss(guess, truth) if l1 else F.mse_loss(guess, truth)


@case("vae", "vae", "vae.width=3", "vae.hidden=5", "vae.free=0.02", "vae.warmup=4", "vae.beta=2",
      free=0.02, beta=2 * STEP / 4)
@case("vae_paper", "vae", "vae.width=3", "vae.hidden=5", "vae.free=0", "vae.deviation=1",
      "vae.warmup=3")
def vae(net, free=0.0, beta=1.0):
    """Kingma & Welling 2013, eq. 10 with appendix B and C.2; free bits: Kingma et al. 2016, C.8;
    warm-up: Bowman et al. 2016, sec. 3.1."""
    contexts, truth = net.contexts(net.latents(net.view[0])), net.view[0]
    mean = net.linear("vae.mean", contexts, 3)
    log_variance = net.linear("vae.log_variance", contexts, 3)
    z = mean + torch.exp(log_variance / 2) * net.random.normals(*mean.shape)
    guess = net.linear("vae.decoder.1", F.gelu(net.linear("vae.decoder.0", z, 5)), SIZE)
    posterior = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    prior = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    kl = torch.distributions.kl_divergence(posterior, prior).flatten(0, 1).mean(0)
    deviation = 0.5 if free else 1.0
    net.notes["explained"], net.notes["kl"] = explained(guess, truth), kl.sum()
    net.notes["active_units"] = (mean.flatten(0, 1).var(0, unbiased=False) > 0.01).sum()
    return (F.mse_loss(guess, truth) / (2 * deviation**2) +
            beta * torch.clamp(kl, min=free).sum() / SIZE)


@case("masked", "masked", "masked.frames=3", "masked.streams=0.6", "masked.share=0.7",
      "masked.bands=0")
@case("masked_bands", "masked", "masked.frames=3", "masked.streams=0.6", "masked.share=0.7",
      "masked.bands=2", most=2)
def masked(net, most=0):
    """Liu et al. 2020, sec. 2.2, on the latents of ceil(0.6 * 3) streams; with a block of bands
    hidden in them as in Liu, Li & Lee 2021. The mean is over all hidden numbers."""
    picked = net.random.shuffled(STREAMS)[:2]
    hidden = torch.zeros(2, FRAMES, dtype=torch.bool)
    for b in range(2):
        for t in range(net.random.below(3), FRAMES - 2, 3):
            hidden[b, t:t + 3] = net.random.uniform() < 0.7
    assert hidden.any()
    width = 1 + net.random.below(most) if most else 0
    low = net.random.below(SIZE - width + 1) if most else 0
    blanked = torch.zeros(SIZE, dtype=torch.bool)
    blanked[low:low + width] = True
    truth = net.view[0][picked]
    z = net.latents(torch.where(blanked, 0, truth), streams=picked)
    z = torch.where(hidden[..., None], net.parameter("predict.mask.token", SIZE), z)
    guess = net.linear("predict.mask", net.contexts(z, streams=picked), SIZE)
    net.notes["hidden"] = hidden.double().mean()
    net.notes["explained"] = explained(guess[hidden][None], truth[hidden][None])
    if most:
        net.notes["bands_explained"] = explained(guess[~hidden][:, blanked][None],
                                                 truth[~hidden][:, blanked][None])
    unseen = hidden[..., None] | blanked
    return F.l1_loss(guess[unseen], truth[unseen])


# ---- contrast


def chosen(random, total, count):
    """count of range(total), in order (Knuth's selection sampling)."""
    frames = []
    for t in range(total):
        if len(frames) < count and random.below(total - t) < count - len(frames):
            frames.append(t)
    return frames


def cpc_draw(net, steps):
    """Anchors and negatives of one direction, as (stream, frame)."""
    anchors, negatives = [], []
    for b in range(STREAMS):
        anchors += [(b, t) for t in chosen(net.random, FRAMES - steps, 4)]
        negatives += [(b, t) for t in chosen(net.random, FRAMES, 5)]
    return anchors, negatives


def cpc_predict(net, draw, contexts, targets, head, steps, cosine, groups, temperature):
    """InfoNCE of each anchor against its positive and the drawn latents but that very one."""
    losses, hits = [], 0
    for k in range(steps):
        weight = net.parameter(f"{head}.{k}.weight", SIZE, SIZE)
        for b, t in draw[0]:
            guess = weight @ contexts[b, t]
            others = [n for n in draw[1] if n != (b, t + k + 1) and groups[n[0]] == groups[b]]
            candidates = torch.stack([targets[b, t + k + 1]] + [targets[n] for n in others])
            if cosine:
                guess, candidates = F.normalize(guess, dim=-1), F.normalize(candidates, dim=-1)
            logits = candidates @ guess / temperature
            losses.append(torch.logsumexp(logits, 0) - logits[0])
            hits += (logits[0] > logits[1:].max()).item()
    return torch.stack(losses).mean(), hits / len(losses)


def transformer(net, name, x, heads, left):
    """Vaswani et al. 2017, sec. 3.1, normalised first, with ALiBi (Press et al. 2022)."""
    inside, size = heads * max(1, SIZE // heads), x.shape[1]

    def norm(i, x):
        return F.layer_norm(x, (SIZE,), net.parameter(f"{name}.norm.{i}.weight", SIZE),
                            net.parameter(f"{name}.norm.{i}.bias", SIZE))

    n = norm(0, x)
    keys = F.linear(n, net.parameter(name + ".key.weight", inside, SIZE))
    values = [net.linear(name + ".query", n, inside), keys, net.linear(name + ".value", n, inside)]
    q, k, v = (x.view(STREAMS, size, heads, -1) for x in values)
    rows = []
    for t in range(size):
        first = max(0, t - left)
        back = t - torch.arange(first, t + 1).double()
        slope = 2.0**(-8 * torch.arange(1, heads + 1).double() / heads)
        scores = torch.einsum("bhc,bshc->bhs", q[:, t], k[:, first:t + 1])
        scores = scores / q.shape[-1]**0.5 - slope[:, None] * back
        rows.append(torch.einsum("bhs,bshc->bhc", scores.softmax(-1), v[:, first:t + 1]))
    seen = torch.stack(rows, dim=1).reshape(STREAMS, size, inside)
    y = x + net.linear(name + ".out", seen, SIZE)
    hidden = F.gelu(net.linear(name + ".hidden", norm(1, y), 4 * SIZE))
    return y + net.linear(name + ".back", hidden, SIZE)


CPC = ["cpc.steps=3", "cpc.anchors=4", "cpc.negatives=5"]


@case("cpc", "cpc", *CPC)
@case("cpc_paper", "cpc", *CPC, "cpc.cosine=0", "cpc.temperature=1", "cpc.negatives_from=2",
      cosine=False, temperature=1.0, groups=range(STREAMS))
@case("cpc_speaker", "cpc", *CPC, "cpc.negatives_from=1", groups=[0, 0, 1])
@case("cpc_transformer", "cpc", *CPC, "cpc.transformer=2", "cpc.transformer_frames=4", heads=2)
@case("cpc_both_ways", "cpc,simclr", *CPC, *SIMCLR, "cpc.stop_targets=1", both=True)
def cpc(net, cosine=True, temperature=0.1, groups=(0, 0, 0), both=False, heads=0):
    """van den Oord et al. 2018, eq. 4, between two views (Kharitonov et al. 2021); the transformer
    is Riviere et al. 2020's, sec. 3.1, beside which the linear predictors only learn themselves."""
    z, c = net.both()
    ways = [(c[0], z[1].detach()), (c[1], z[0].detach())] if both else [(c[0], z[1])]
    losses, accuracies, options = [], [], (3, cosine, groups, temperature)
    for contexts, targets in ways:
        draw = cpc_draw(net, 3)
        seen = transformer(net, "cpc.transformer", contexts, heads, 4) if heads else contexts
        head = "cpc.step" if heads else "predict.future"
        loss, accuracy = cpc_predict(net, draw, seen, targets, head, *options)
        if heads:
            beside, net.notes["linear_accuracy"] = cpc_predict(
                net, draw, contexts.detach(), targets.detach(), "predict.future", *options)
            loss = loss + beside
        losses.append(loss)
        accuracies.append(accuracy)
    net.notes["accuracy"] = sum(accuracies) / len(ways)
    loss = sum(losses) / len(ways)
    return loss + simclr_beside(net, c) if both else loss


@case("wav2vec", "wav2vec", "wav2vec.steps=2", "wav2vec.anchors=4", "wav2vec.distractors=3",
      "wav2vec.lambda=2")
def wav2vec(net):
    """Schneider et al. 2019, sec. 3.2: mean over anchors and steps, distractors by lambda."""
    contexts = net.contexts(net.latents(net.view[0]))
    targets, losses = net.latents(net.view[1], 1), []
    for k in range(2):
        weight = net.parameter(f"predict.future.{k}.weight", SIZE, SIZE)
        for row in range(STREAMS * 4):
            b, t = row // 4, net.random.below(FRAMES - k - 1)
            truth = t + k + 1
            others = [net.random.below(FRAMES - 1) for _ in range(3)]
            others = [o + (o >= truth) for o in others]
            scores = targets[b] @ (weight @ contexts[b, t])
            losses.append(-F.logsigmoid(scores[truth]) - 2 * F.logsigmoid(-scores[others]).mean())
    return torch.stack(losses).mean()


# ---- classification of what is hidden or turned


@case("bestrq", "bestrq", "bestrq.codes=6", "bestrq.direction=3", "bestrq.stack=2", "bestrq.span=3",
      "bestrq.start=0.15")
def bestrq(net):
    """Chiu et al. 2022, sec. 3. Projection and codebook are as init() drew them."""
    fresh = Random(3)
    xavier = (6 / (3 + 2 * SIZE))**0.5
    projection = torch.tensor([xavier * (2 * fresh.uniform() - 1) for _ in range(6 * SIZE)])
    projection = projection.double().view(3, 2 * SIZE)
    codebook = F.normalize(fresh.normals(6, 3), dim=-1)
    hidden = spans(net, 0.15, 3)
    z = torch.where(hidden[..., None], net.parameter("bestrq.token", SIZE),
                    net.latents(net.view[0]))
    logits = net.linear("bestrq.classes", net.contexts(z), 6)[:, :-1][hidden[:, :-1]]
    stacked = torch.cat([net.view[0][:, :-1], net.view[0][:, 1:]], dim=-1)[hidden[:, :-1]]
    direction = F.normalize(stacked @ projection.T, dim=-1)
    labels = torch.cdist(direction, codebook).argmin(1)
    net.notes["accuracy"] = (logits.argmax(1) == labels).double().mean()
    return F.cross_entropy(logits, labels)


@case("wav2vec2", "wav2vec2", "wav2vec2.entries=5", "wav2vec2.width=6", "wav2vec2.span=3",
      "wav2vec2.start=0.2", "wav2vec2.gumbel_decay=0.9")
@case("wav2vec2_soft", "wav2vec2", "wav2vec2.entries=5", "wav2vec2.width=6", "wav2vec2.span=3",
      "wav2vec2.start=0.2", "wav2vec2.gumbel_decay=0.9", "wav2vec2.straight=0",
      "wav2vec2.diversity=2", "loop.views=1", straight=False, diversity=2)
def wav2vec2(net, straight=True, diversity=0.1):
    """Baevski et al. 2020, sec. 2 and 3.2, the gradient through a choice as the softmax's."""
    hidden = spans(net, 0.2, 3)
    heard, told = net.latents(net.view[0]), net.latents(net.view[int(straight)], int(straight))
    z = torch.where(hidden[..., None], net.parameter("wav2vec2.token", SIZE), heard)
    guess = net.linear("wav2vec2.guess", net.contexts(z)[hidden], 6)
    logits = net.linear("wav2vec2.logits", told[hidden], 10).view(-1, 2, 5)
    codebook = net.parameter("wav2vec2.codebook", 10, 3).view(2, 5, 3)
    quantised, entries, spread = gumbel_quantise(net, logits, codebook, straight)
    truth = net.linear("wav2vec2.truth", quantised, 6)
    scores = F.cosine_similarity(guess[:, None], truth[None], dim=-1) / 0.1
    stream = hidden.nonzero()[:, 0]
    seen = stream[:, None] == stream[None]
    if straight:
        seen &= (entries[:, None] != entries[None]).any(-1)
    itself = torch.eye(len(stream), dtype=torch.bool)
    scores = scores.masked_fill(~(seen | itself), -torch.inf)
    counted = (seen & ~itself).any(1)
    net.notes["accuracy"] = ((scores.argmax(1) == torch.arange(len(stream))) & counted).double().mean()
    net.notes["chance"] = (counted / (seen | itself).sum(1)).mean()
    net.notes["codes"] = codes_in_use(entries, 5)
    net.notes["diversity"] = spread
    net.notes["temperature"] = 2 * 0.9**STEP
    contrast = scores.logsumexp(1) - scores.diagonal()
    return contrast.mean() + diversity * spread


def cepstra(view):
    """13 lifted cosines of the bands, their slopes over five frames, and the slopes' slopes."""
    k, m = torch.arange(13).double()[:, None], torch.arange(SIZE).double()[None]
    cosines = torch.cos(torch.pi * k * (m + 0.5) / SIZE) * (2 / SIZE)**0.5
    cosines[0] /= 2**0.5
    cosines = cosines * (k < SIZE) * (1 + 11 * torch.sin(torch.pi * k / 22))
    parts = [view @ cosines.T]
    for _ in range(2):
        x = F.pad(parts[-1].transpose(1, 2), (2, 2), mode="replicate").transpose(1, 2)
        parts.append((x[:, 3:-1] - x[:, 1:-3] + 2 * (x[:, 4:] - x[:, :-4])) / 10)
    return torch.cat(parts, dim=-1)


@case("hubert", "hubert", "hubert.units=6", "hubert.width=5", "hubert.span=3", "hubert.start=0.2")
@case("hubert_heard", "hubert", "hubert.units=6", "hubert.width=5", "hubert.span=3",
      "hubert.start=0.2", "hubert.unhidden=0.5", "hubert.temperature=0.4", "loop.views=1",
      unhidden=0.5, temperature=0.4, target=0)
def hubert(net, unhidden=0, temperature=0.1, target=1):
    """Hsu et al. 2021, eq. 1-3. The centroids are as init() drew them."""
    centroids = Random(3).normals(6, 39)
    units = torch.cdist(cepstra(net.view[target]), centroids).argmin(-1)
    hidden = spans(net, 0.2, 3)
    z = torch.where(hidden[..., None], net.parameter("hubert.token", SIZE),
                    net.latents(net.view[0]))
    x = net.linear("hubert.projection", net.contexts(z), 5)
    cosines = F.cosine_similarity(x[:, :, None], net.parameter("hubert.unit", 6, 5), dim=-1)
    logits = cosines / temperature
    right = (logits.argmax(-1) == units).double()
    net.notes["accuracy"] = right[hidden].mean()
    usage = F.one_hot(units[hidden], 6).double().mean(0)
    net.notes["chance"] = usage.max()
    net.notes["units"] = torch.exp(-torch.special.xlogy(usage, usage).sum())
    loss = F.cross_entropy(logits[hidden], units[hidden])
    if unhidden:
        net.notes["accuracy_unhidden"] = right[~hidden].mean()
        loss = loss + unhidden * F.cross_entropy(logits[~hidden], units[~hidden])
    return loss


@case("distill", "distill", "distill.teacher=5", "distill.lambda=0.5")
def distill(net):
    """Chang et al. 2022, eq. 1, of the frames that a teacher speaks of; nothing was fitted."""
    taught = torch.arange(STREAMS * FRAMES) % 4 > 0
    truth = named("teacher", STREAMS * FRAMES, 5, scale=2)[taught]
    contexts = net.contexts(net.latents(net.view[0])).flatten(0, 1)[taught]
    guess = net.linear("distill.head", contexts, 5)
    cosine = F.cosine_similarity(guess, truth, dim=-1)
    net.notes["explained"] = explained(guess[None], truth[None])
    net.notes["cosine"] = cosine.mean()
    net.notes["taught"] = taught.double().mean()
    return F.l1_loss(guess, truth) - 0.5 * F.logsigmoid(cosine).mean()


@case("hubert_taught", "hubert", "hubert.units=6", "hubert.width=5", "hubert.span=3",
      "hubert.start=0.2", "hubert.teacher=5")
def hubert_taught(net):
    """Units of a teacher's rows, where it gave any."""
    taught = (torch.arange(STREAMS * FRAMES) % 4 > 0).view(STREAMS, FRAMES)
    rows = named("teacher", STREAMS, FRAMES, 5, scale=2)
    units = torch.cdist(rows, Random(3).normals(6, 5)).argmin(-1)
    hidden = spans(net, 0.2, 3)
    z = torch.where(hidden[..., None], net.parameter("hubert.token", SIZE),
                    net.latents(net.view[0]))
    x = net.linear("hubert.projection", net.contexts(z), 5)
    logits = F.cosine_similarity(x[:, :, None], net.parameter("hubert.unit", 6, 5), dim=-1) / 0.1
    asked = hidden & taught
    net.notes["accuracy"] = (logits.argmax(-1) == units)[asked].double().mean()
    return F.cross_entropy(logits[asked], units[asked])


LABELS = "supervised.teacher=5"


@case("supervised", "supervised", LABELS, "supervised.shortest=3")
@case("supervised_frames", "supervised", LABELS, "supervised.pool=0", pool=False)
def supervised(net, pool=True):
    """Cross-entropy of the labelled frames, or of the three frames in four that stand together."""
    rows = named("teacher", STREAMS * FRAMES, 5, scale=2)
    contexts = net.contexts(net.latents(net.view[0])).flatten(0, 1)
    if pool:
        firsts = range(1, STREAMS * FRAMES, 4)
        contexts = torch.stack([pooled(contexts, t, t + 3) for t in firsts])
        labels = torch.stack([rows[t + 1].argmax() for t in firsts])
    else:
        taught = torch.arange(STREAMS * FRAMES) % 4 > 0
        contexts, labels = contexts[taught], rows[taught].argmax(1)
    logits = net.linear("supervised.head", contexts, 5)
    net.notes["accuracy"] = (logits.argmax(1) == labels).double().mean()
    net.notes["items"] = len(labels)
    net.notes["answers"] = codes_in_use(logits.argmax(1)[:, None], 5)
    return F.cross_entropy(logits, labels)


@case("rotation", "rotation", ways=4)
@case("rotation_flips", "rotation", "rotation.flips=1", ways=8)
def rotation(net, ways):
    """Gidaris et al. 2018, sec. 2, on square patches of half of the streams, rounded up."""
    picked, patches = net.random.shuffled(STREAMS)[:2], []
    for b in picked:
        at = net.random.below(FRAMES - SIZE + 1)
        patch = net.view[0][b, at:at + SIZE]
        for way in range(ways):
            patches.append(torch.rot90(patch.flip(0) if way >= 4 else patch, way % 4))
    streams = [b for b in picked for _ in range(ways)]
    contexts = net.contexts(net.latents(torch.stack(patches), streams=streams), streams=streams)
    labels = torch.arange(ways).repeat(2)
    logits = net.linear("rotation.ways", contexts[:, -1], ways)
    net.notes["accuracy"] = (logits.argmax(1) == labels).double().mean()
    return F.cross_entropy(logits, labels)


# ---- the file


def write_array(file, name, value):
    shape = [1] * (3 - value.dim()) + list(value.shape)
    print(name, *shape, file=file)
    print(*(f"{v:.7g}" for v in value.detach().flatten().tolist()), file=file)


def write_case(file, name, objective, settings, waveform, function, options):
    torch.manual_seed(0)
    net = Network(waveform)
    loss = function(net, **options)
    loss.backward()
    rest = [s for s in SETTINGS if s.split("=")[0] not in [t.split("=")[0] for t in settings]]
    settings = sorted(list(settings) + rest, key=lambda s: "front_end" not in s)
    print("case", name, objective, *settings, file=file)
    write_array(file, "loss", loss)
    for key, value in net.notes.items():
        write_array(file, "note." + key, torch.as_tensor(value).double())
    for key, value in net.used.items():
        if value.grad is not None:
            write_array(file, key + ".grad", value.grad)
    for key, value in net.left.items():
        write_array(file, key + ".grad", value)
    for key, value in net.settled.items():
        write_array(file, key + ".settled", value)


def main():
    with OUT.open("w", encoding="ascii") as file:
        for entry in CASES:
            write_case(file, *entry)


if __name__ == "__main__":
    main()
