# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""DeCoAR and DeCoAR 2.0, for make_objectives.py: what is told from both sides."""
import torch
import torch.nn.functional as F

from network import (FRAMES, SIZE, STREAMS, case, codes_in_use, explained, gumbel_quantise, spans)


def backwards(net, name, x):
    """A GRU from the window's end, beginning at zero."""
    weights = [net.parameter(f"{name}.weight_ih", 3 * SIZE, SIZE),
               net.parameter(f"{name}.weight_hh", 3 * SIZE, SIZE),
               net.parameter(f"{name}.bias_ih", 3 * SIZE), net.parameter(f"{name}.bias_hh", 3 * SIZE)]
    state, outputs = torch.zeros(STREAMS, SIZE).double(), []
    for t in reversed(range(FRAMES)):
        state = torch.gru_cell(x[:, t], state, *weights)
        outputs.append(state)
    return torch.stack(outputs[::-1], dim=1)


def share_of(one, other):
    """Of the deviation of both, root mean square over the channels, what is the one's."""
    deviations = [x.flatten(0, -2).var(0, unbiased=False).mean().sqrt() for x in (one, other)]
    return deviations[0] / sum(deviations)


@case("decoar", "decoar", "decoar.slice=3", "decoar.every=2", "decoar.hidden=5")
def decoar(net):
    """Ling et al. 2020, sec. 2.2: slices of 3 from every second frame, a network for each place."""
    contexts = net.contexts(net.latents(net.view[0]))
    back = backwards(net, "decoar.backward", net.view[0])
    slices = [(b, t) for b in range(STREAMS) for t in range(net.random.below(2), FRAMES - 4, 2)]
    before = torch.stack([contexts[b, t] for b, t in slices])
    after = torch.stack([back[b, t + 4] for b, t in slices])
    from_before = F.linear(before, net.parameter("decoar.hidden.forward", 15, SIZE),
                           net.parameter("decoar.hidden.bias", 15))
    from_after = F.linear(after, net.parameter("decoar.hidden.backward", 15, SIZE))
    net.notes["forward"] = share_of(from_before, from_after)
    hidden = F.relu(from_before + from_after).view(-1, 3, 5)
    weight = net.parameter("decoar.output.weight", 3 * SIZE, 5).view(3, SIZE, 5)
    guess = torch.einsum("nph,pch->npc", hidden, weight)
    guess = guess + net.parameter("decoar.output.bias", 3 * SIZE).view(3, SIZE)
    truth = torch.stack([net.view[0][b, t + 1:t + 4] for b, t in slices])
    shares = [explained(guess[None, :, i], truth[None, :, i]) for i in range(3)]
    net.notes["explained"], net.notes["explained_first"] = sum(shares) / 3, shares[0]
    return F.l1_loss(guess, truth)


DECOAR2 = ["decoar2.entries=5", "decoar2.width=3", "decoar2.hidden=6", "decoar2.span=3",
           "decoar2.start=0.2", "decoar2.gumbel_decay=0.9"]


@case("decoar2", "decoar2", *DECOAR2)
@case("decoar2_soft", "decoar2", *DECOAR2, "decoar2.straight=0", "decoar2.diversity=2",
      straight=False, diversity=2)
def decoar2(net, straight=True, diversity=0.1):
    """Ling & Liu 2020, sec. 2: hidden frames from quantised contexts, here of both sides."""
    hidden = spans(net, 0.2, 3)
    z = torch.where(hidden[..., None], net.parameter("decoar2.token", SIZE),
                    net.latents(net.view[0]))
    masked = torch.where(hidden[..., None], net.parameter("decoar2.blank", SIZE), net.view[0])
    forward = net.linear("decoar2.logits.forward", net.contexts(z)[hidden], 10)
    after = backwards(net, "decoar2.backward", masked)[hidden]
    backward = F.linear(after, net.parameter("decoar2.logits.backward", 10, SIZE))
    net.notes["forward"] = share_of(forward, backward)
    codebook = net.parameter("decoar2.codebook", 10, 3).view(2, 5, 3)
    quantised, entries, spread = gumbel_quantise(net, (forward + backward).view(-1, 2, 5), codebook,
                                                 straight)
    guess = net.linear("decoar2.output", F.relu(net.linear("decoar2.inner", quantised, 6)), SIZE)
    truth = net.view[0][hidden]
    net.notes["explained"] = explained(guess[None], truth[None])
    net.notes["codes"], net.notes["diversity"] = codes_in_use(entries, 5), spread
    return F.l1_loss(guess, truth) + diversity * spread
