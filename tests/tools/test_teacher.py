#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""An encoder teaches another: `auricle embed` writes rows, `auricle pretrain --teacher` learns."""
from toolbox import ENCODER, auricle, expect, expect_failure, main, read_npy, save, word

SMALL = ["loop.streams=4", "loop.frames=40", "loop.statistics=2", "loop.held_out=0", "shape.mels=20",
         "shape.conv=16x3", "shape.dim=16", "shape.layers=1", "shape.residual=0"]


def make_data(folder):
    data = folder / "data"
    for place in ("a", "a/b"):
        (data / place).mkdir(parents=True)
        for n in range(3):
            save(data / place / f"{n}.wav", [word("rise", n)])
    return data


def pretrain(folder, run, *options, settings=()):
    given = [x for setting in (*SMALL, *settings) for x in ("--set", setting)]
    return auricle("pretrain", "--data", folder / "data", "--run", folder / run, "--steps", "3",
                   *given, *options)


def rows_keep_the_folders_of_the_recordings(folder):
    data = make_data(folder)
    files = sorted(data.rglob("*.wav"))
    apart = auricle("embed", *files, "--out", folder / "flat", "--model", ENCODER)
    expect_failure(apart, 1, "two recordings would be written here")
    result = auricle("embed", *files, "--below", data, "--out", folder / "rows", "--model", ENCODER)
    expect(result.status == 0, "embedded", result)
    written = sorted(p.relative_to(folder / "rows") for p in (folder / "rows").rglob("*.npy"))
    expect(written == sorted(f.relative_to(data).with_suffix(".npy") for f in files), str(written))
    for file in files:
        alone = auricle("embed", file, "--out", folder / "one.npy", "--model", ENCODER)
        expect(alone.status == 0, "alone", alone)
        mirrored = folder / "rows" / file.relative_to(data).with_suffix(".npy")
        expect(read_npy(folder / "one.npy") == read_npy(mirrored), f"{file}")


def an_encoder_teaches_another(folder):
    data = make_data(folder)
    auricle("embed", *data.rglob("*.wav"), "--below", data, "--out", folder / "rows", "--model",
            ENCODER)
    for run, objective, settings in (("d", "distill", ["teacher.delay=2"]),
                                     ("h", "hubert", ["hubert.units=4"]),
                                     ("m", "distill:1,hubert:0.5,cpc:1", ["hubert.units=4"])):
        result = pretrain(folder, run, "--objective", objective, "--teacher", folder / "rows",
                          settings=settings)
        expect(result.status == 0, objective, result)
        card = auricle("info", folder / run / "model.safetensors", "--json")
        expect(card.status == 0 and "teacher.delay" in card.out, "the delay is on the card", card)
    first = next((folder / "rows").rglob("*.npy"))
    first.write_bytes(first.read_bytes()[:-4])
    result = pretrain(folder, "x", "--objective", "distill", "--teacher", folder / "rows")
    expect(first.name in result.err and "shorter" in result.err, "the damaged file is named", result)


if __name__ == "__main__":
    main([rows_keep_the_folders_of_the_recordings, an_encoder_teaches_another])
