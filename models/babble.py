#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Babble: several people who speak at once, mixed from recordings of split train.

    babble.py OUT COUNT FOLDER...

Writes COUNT recordings of SECONDS to OUT, with a metadata.csv (task noise, label babble). A
recording has two to six voices, each of another speaker at nearly the same level. Only rows whose
licence allows shipping are used. The same input gives the same output. Needs Debian's
python3-numpy and python3-soundfile."""
import csv
import pathlib
import random
import sys

import numpy
import soundfile

SECONDS, RATE, SEED = 8, 16000, 1
VOICES, LEVEL_DB, LOUDEST = (2, 6), 4, 0.5


def speakers_of(folders):
    """{speaker: paths of recordings}"""
    speakers = {}
    for folder in map(pathlib.Path, folders):
        with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if (row["speaker"] and row["lang"] and row["split"] in ("train", "")
                        and (row.get("ship") or "yes").startswith("yes")):
                    speakers.setdefault((folder.name, row["speaker"]), []).append(folder / row["file_name"])
    return speakers


def voice(draw, paths):
    """SECONDS of one speaker at unit power: recordings end to end."""
    parts, count = [], 0
    while count < SECONDS * RATE:
        samples, rate = soundfile.read(draw.choice(paths), dtype="float32", always_2d=True)
        if rate != RATE:
            sys.exit(f"{paths[0]}: {rate} Hz; 16 kHz is needed")
        parts.append(samples[:, 0])
        count += len(samples)
    joined = numpy.concatenate(parts)
    start = draw.randrange(len(joined) - SECONDS * RATE + 1)
    joined = joined[start:start + SECONDS * RATE]
    return joined / max(numpy.sqrt((joined ** 2).mean()), 1e-4)


def main():
    out, count, speakers = pathlib.Path(sys.argv[1]), int(sys.argv[2]), speakers_of(sys.argv[3:])
    draw, names = random.Random(SEED), sorted(speakers)
    out.mkdir(parents=True, exist_ok=True)
    rows = [["file_name", "label", "speaker", "task", "split", "source", "lang", "seconds", "ship"]]
    for i in range(count):
        mix = sum(voice(draw, speakers[name]) * 10 ** (draw.uniform(-LEVEL_DB, 0) / 20)
                  for name in draw.sample(names, draw.randint(*VOICES)))
        soundfile.write(out / f"babble_{i:03}.flac", mix * (LOUDEST / abs(mix).max()), RATE)
        rows.append([f"babble_{i:03}.flac", "babble", "", "noise", "train", "babble", "", SECONDS, "yes"])
    with open(out / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main()
