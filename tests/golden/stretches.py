# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""SimCLR and COLA, for make_objectives.py: which stretches of sound belong together."""
import torch
import torch.nn.functional as F

from network import FRAMES, STREAMS, case

SIMCLR = ["simclr.width=5", "simclr.shortest=2", "simclr.longest=5", "simclr.jitter=1",
          "simclr.segments=3"]


def pooled(frames, first, end):
    stretch = frames[first:end]
    return torch.cat([stretch.mean(0), stretch.max(0).values])


def nt_xent(net, sides):
    """Unit rows; each has to find its own on the other side (Chen et al. 2020, eq. 1)."""
    deviation = sides[0].std(0, unbiased=False).mean()
    net.notes["deviation"] = deviation * sides[0].shape[1]**0.5
    logits, labels = sides[0] @ sides[1].T / 0.1, torch.arange(len(sides[0]))
    hits = [(x.argmax(1) == labels).double().mean() for x in (logits, logits.T)]
    net.notes["accuracy"], net.notes["chance"] = sum(hits) / 2, 1 / len(labels)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def simclr_stretches(random, most):
    """(stream, begins, ends) with a beginning and an end for each view: segments one after another,
    2 to 5 frames long, their ends up to a frame off."""
    found = []
    for b in range(STREAMS):
        t, lane = 0, []
        while True:
            length = 2 + random.below(4)
            if t + length > FRAMES:
                break
            gap = min(max(FRAMES - t - length, 0), 2)
            t += random.below(gap + 1) if gap else 0
            begins, ends = [], []
            for _ in range(2):
                begins.append(min(max(t + random.below(3) - 1, 0), FRAMES - 1))
                ends.append(min(max(t + length + random.below(3) - 1, begins[-1] + 1), FRAMES))
            lane.append((b, begins, ends))
            t += length
        found += lane[:most]
    return found


def simclr_beside(net, contexts):
    """SimCLR's loss where another objective is the first, whose numbers the case holds."""
    notes = dict(net.notes)
    loss = simclr(net, contexts)
    net.notes = notes
    return loss


@case("simclr", "simclr", *SIMCLR)
def simclr(net, contexts=None):
    """Chen et al. 2020, eq. 1 with COLA's pairing (Saeed et al. 2021): the other view's segments
    are the negatives."""
    contexts = contexts or net.both()[1]
    segments, sides = simclr_stretches(net.random, 3), []
    for v in range(2):
        rows = [pooled(contexts[v][b], begins[v], ends[v]) for b, begins, ends in segments]
        sides.append(F.normalize(net.linear("simclr.projection", torch.stack(rows), 5), dim=-1))
    return nt_xent(net, sides)


COLA = ["cola.width=5", "cola.shortest=2", "cola.longest=4", "cola.apart=2"]


@case("cola", "cola", *COLA)
@case("cola_latents", "cola", *COLA, "cola.layer=0", "loop.views=1", layer=0)
def cola(net, layer=1):
    """Saeed et al. 2021, sec. 2, of streams 0 and 2: stream 1 is the first one's speaker. A stretch
    from each half of the window's frames but the two between."""
    z = net.latents(net.view[0])
    frames = z if layer == 0 else net.contexts(z, layers=layer)
    half, sides = (FRAMES - 2) // 2, [[], []]
    for b in (0, 2):
        for side, start in zip(sides, (0, FRAMES - half)):
            count = 2 + net.random.below(3)
            first = start + net.random.below(half - count + 1)
            side.append(pooled(frames[b], first, first + count))
    return nt_xent(net, [F.normalize(net.linear("cola.projection", torch.stack(side), 5), dim=-1)
                         for side in sides])
