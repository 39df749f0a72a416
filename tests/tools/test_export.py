#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""An exported encoder, run by another executor, gives what the engine gives. Needs Debian's
python3-onnx."""
import json
import os
import pathlib
import subprocess

from toolbox import ENCODER, MODELS, OTHER, auricle, expect, expect_failure, main

try:
    import numpy
    from onnx_numpy import Model
except ImportError as reason:
    print(f"1..0 # SKIP {reason}")
    raise SystemExit(0)

WAVEFORM = str(MODELS / "waveform.safetensors")
FRAMES, STREAMS = 120, 2
PACE = os.environ["AURICLE_PACE"]


def export(folder, encoder, *options):
    path = folder / "encoder.onnx"
    result = auricle("export", encoder, "--onnx", path, *options)
    expect(result.status == 0 and str(path) in result.out, "export", result)
    return Model(path)


def sound_like(width):
    """(T, B, width): log-mel around -4 that rises and falls, or samples"""
    draw = numpy.random.default_rng(3)
    level = 4 * numpy.sin(numpy.arange(FRAMES) / 9)[:, None, None]
    noise = draw.standard_normal((FRAMES, STREAMS, width))
    frames = 0.1 * noise if width == 160 else -4 + level + 2 * noise
    return frames.astype(numpy.float32)


def native(folder, encoder, frames):
    """(T, B, frame) by the engine, each stream alone"""
    streams = []
    for b in range(STREAMS):
        (folder / "in").write_bytes(numpy.ascontiguousarray(frames[:, b]).tobytes())
        subprocess.run([PACE, encoder, "1", "check", folder / "in", folder / "out", str(FRAMES)],
                       check=True)
        streams.append(numpy.fromfile(folder / "out", numpy.float32).reshape(FRAMES, -1))
    return numpy.stack(streams, 1)


def foreign(model, frames):
    """The same by the exported graph: features | latent | contexts | cells"""
    parts = ["features", "latent"] + sorted(n for n in model.outputs if "context" in n) + \
        sorted(n for n in model.outputs if "cell" in n)
    return numpy.stack([numpy.concatenate([out[name] for name in parts if name in out], 1)
                        for out in model.stream(frames)])


def both(folder, encoder, *options):
    model = export(folder, encoder, *options)
    frames = sound_like(model.inputs["input"])
    ours, theirs = native(folder, encoder, frames), foreign(model, frames)
    expect(ours.shape == theirs.shape, f"frames {ours.shape} and {theirs.shape}")
    expect(ours[:, 0].std() > 0.05 and abs(ours[:, 0] - ours[:, 1]).max() > 0.1,
           "frames and streams that differ")
    return ours, theirs


def exported_and_native_agree(folder):
    for encoder, options in ((ENCODER, []), (ENCODER, ["--gru-operator"]), (OTHER, []),
                             (WAVEFORM, []), (WAVEFORM, ["--gru-operator"])):
        ours, theirs = both(folder, encoder, *options)
        most = abs(ours - theirs).max()
        expect(most < 1e-4, f"{pathlib.Path(encoder).name} {options}: they differ by {most}")


def int8_is_near(folder):
    for encoder in (ENCODER, OTHER, WAVEFORM):
        ours, theirs = both(folder, encoder, "--int8")
        away, spread = abs(ours - theirs).mean(), ours.std()
        expect(0 < away < 0.03 * spread, f"{encoder}: away {away}, spread {spread}")


def the_card_travels(folder):
    model = export(folder, ENCODER)
    card = json.loads(model.metadata["auricle"])
    expect(card["kind"] == "encoder" and card["shape"]["logmel"]["mels"] == 20, "the card")


def what_cannot_be_is_said(folder):
    out = folder / "x.onnx"
    expect_failure(auricle("export", ENCODER), 2, "--onnx")
    expect_failure(auricle("export", "--onnx", out), 2, "ENCODER")
    missing = folder / "none.safetensors"
    expect_failure(auricle("export", missing, "--onnx", out), 1, str(missing))
    expect_failure(auricle("export", OTHER, "--onnx", out, "--gru-operator"), 1, "GRU")
    expect(not out.exists(), "nothing was written")
    expect_failure(auricle("export", ENCODER, "--onnx", folder / "no" / "x.onnx"), 1, "no/x.onnx")
    expect_failure(auricle("export", ENCODER, "--onnx", out, limit_bytes=4096), 1, "x.onnx")
    expect(not out.exists(), "no half file")


main([exported_and_native_agree, int8_is_near, the_card_travels, what_cannot_be_is_said])
