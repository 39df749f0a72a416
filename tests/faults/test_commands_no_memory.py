#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Every subcommand with one of its allocations failing: the first dozen, and others spread over the
rest (every one with AURICLE_TEST_EVERY=1). It does not crash or hang, leaks nothing that a sanitizer
sees, and either succeeds all the same or says that memory is out."""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from toolbox import ENCODER, PROGRAM, auricle, corpus, expect, main, noise, save, word  # noqa: E402

PRELOAD = os.environ["AURICLE_FAILING_MALLOC"]
EVERY = "AURICLE_TEST_EVERY" in os.environ
FIRST, SPREAD = 12, 10
SMALL = ("--set", "shape.dim=8", "--set", "shape.layers=1", "--set", "shape.conv=8x1", "--set",
         "loop.streams=2", "--set", "loop.frames=20", "--set", "loop.statistics=1")


def prepare(folder):
    """What the commands read: recordings, a head, a run."""
    corpus(folder / "words", each=4, speakers=4)
    save(folder / "said.wav", [noise(4000, 0.01, 1) + word("rise", 3)])
    fitted = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60, "--background",
                     "silence", "--augment", 0, "--out", folder / "head.st")
    expect(fitted.status == 0, "fit", fitted)
    trained = auricle("pretrain", "--data", folder / "words", "--run", folder / "run", "--steps", 10, *SMALL)
    expect(trained.status == 0, "pretrain", trained)


def run(folder, arguments, fail_at):
    """(status, standard error, allocations) with a folder of output that is empty before."""
    out, count = folder / "out", folder / "count"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    count.unlink(missing_ok=True)
    options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=600,
                          env={**os.environ, "LD_PRELOAD": PRELOAD, "FAIL_AT": str(fail_at),
                               "COUNT_TO": str(count), "ASAN_OPTIONS": options})
    return done.returncode, done.stderr, int(count.read_text()) if count.exists() else 0


def places(total):
    if EVERY:
        return range(1, total + 1)
    spread = {FIRST + (total - FIRST) * i // SPREAD for i in range(1, SPREAD + 1)} if total > FIRST else set()
    return sorted(set(range(1, min(FIRST, total) + 1)) | spread)


def complaint(status, said):
    """What is wrong with the answer to a failing allocation, or None."""
    if status < 0 or status > 2:
        return f"ended by {status}"
    if status == 0 or "memory" in said:
        return None
    return f"exit status {status} without the reason"


def check(folder, *arguments):
    prepare(folder)
    status, said, total = run(folder, arguments, 0)
    expect(status == 0 and total > 0, f"{arguments[0]} without a failure: {status}, {total}, {said[-400:]}")
    wrong = []
    for place in places(total):
        status, said, _ = run(folder, arguments, place)
        reason = complaint(status, said)
        if reason:
            wrong.append(f"allocation {place} of {total}: {reason}: {said[-700:]!r}")
    print(f"# {arguments[0]}: {len(places(total))} of {total} allocations", flush=True)
    expect(not wrong, f"{len(wrong)} wrong: " + "; ".join(wrong[:5]))


def listen(folder):
    check(folder, "listen", folder / "said.wav", "--model", ENCODER, "--head", folder / "head.st", "--json")


def embed(folder):
    check(folder, "embed", folder / "said.wav", "--model", ENCODER, "--out", folder / "out")


def fit(folder):
    check(folder, "fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60, "--background",
          "silence", "--augment", 0, "--out", folder / "out/head.st")


def eval_probe(folder):
    check(folder, "eval", "--encoder", ENCODER, "--data", folder / "words", "--task", "words", "--json")


def eval_head(folder):
    check(folder, "eval", "--encoder", ENCODER, "--head", folder / "head.st", "--data", folder / "words", "--json")


def pretrain(folder):
    check(folder, "pretrain", "--data", folder / "words", "--run", folder / "out/run", "--steps", 4, *SMALL)


def info(folder):
    check(folder, "info", folder / "head.st", "--json")


def quantize(folder):
    check(folder, "quantize", ENCODER, "--out", folder / "out/small.st", "--audio", folder / "said.wav")


def export(folder):
    check(folder, "export", ENCODER, "--onnx", folder / "out/model.onnx")


def plot_sound(folder):
    check(folder, "plot", "sound", folder / "said.wav", "--model", ENCODER, "--out", folder / "out/a.svg")


def plot_curves(folder):
    check(folder, "plot", "curves", folder / "run", "--out", folder / "out/a.svg")


def bench(folder):
    check(folder, "bench", "--model", ENCODER, "--head", folder / "head.st", "--seconds", 0.05, "--json")


def codes_of_sound(folder):
    """A small encoder with codes, its decoder and its prior."""
    corpus(folder / "words", each=4, speakers=4)
    trained = auricle("pretrain", "--data", folder / "words", "--run", folder / "juke", "--objective", "jukebox",
                      "--steps", 2, "--eval-every", 0, *(part for name in (
                          "loop.streams=2", "loop.frames=40", "loop.views=1", "loop.statistics=1", "shape.mels=32",
                          "shape.conv=8x3", "shape.dim=8", "shape.layers=1", "shape.residual=0",
                          "jukebox.codes=8", "jukebox.channels=8", "jukebox.bands=8", "jukebox.width=8",
                          "jukebox.streams=1") for part in ("--set", name)))
    expect(trained.status == 0, "pretrain", trained)
    return folder / "juke/model.safetensors"


def learn_prior(model, data, *more):
    return ("prior", "--model", model, "--data", data, "--steps", 2, "--streams", 2, "--window", 0.4, "--width", 4,
            "--hidden", 8, *more)


def prior(folder):
    check(folder, *learn_prior(codes_of_sound(folder), folder / "words", "--out", folder / "out/prior.st"))


def generate(folder):
    model = codes_of_sound(folder)
    learned = auricle(*learn_prior(model, folder / "words"))
    expect(learned.status == 0, "prior", learned)
    check(folder, "generate", "--model", model, "--seconds", 0.3, "--out", folder / "out/a.wav")


main([listen, embed, fit, eval_probe, eval_head, pretrain, info, quantize, export, plot_sound, plot_curves,
      bench, prior, generate])
