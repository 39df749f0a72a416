#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Finds recordings that are in the collection twice, by how they sound.

    deduplicate.py [--drop] [--against FOLDER]... REPEATS.csv FOLDER...

A fingerprint is the recording's log-mel spectrum in BANDS bands, in PARTS equal parts of its loud
stretch, each band less its mean: gain, codec, and a constant filter hardly change it. Two recordings
are the same where their loud stretches differ by at most LENGTH_SHARE in length and their fingerprints
correlate by ALIKE or more. REPEATS.csv gets the pairs kept,repeated,correlation. A dev or test
recording is kept before a train one, then the one of the earlier folder; the folders of --against
come first, and nothing of them is repeated. With --drop the repeated
rows leave each FOLDER/metadata.csv; metadata.all.csv keeps them all.

Needs Debian's python3-soundfile. Fingerprints are kept in REPEATS.csv.npz for the next run."""
import argparse
import csv
import os
import pathlib

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # small products: threads only wait
import numpy as np
import soundfile

RATE, FRAME, HOP = 16000, 512, 256
BANDS, PARTS = 16, 32
LOUD_DB = 35.0
LENGTH_SHARE, ALIKE = 0.04, 0.97
SHORTEST = 12                   # frames
LONGEST_S = 60
KEEP_EVERY = 5000            # recordings
WEIGHT = {"test": 0, "dev": 1}


def mel_bands():
    """[BANDS][FRAME/2+1]: triangles between 100 and 3800 Hz, which a telephone passes too."""
    mel = np.linspace(1127 * np.log1p(100 / 700), 1127 * np.log1p(3800 / 700), BANDS + 2)
    hz = 700 * np.expm1(mel / 1127)
    bins = np.arange(FRAME // 2 + 1) * RATE / FRAME
    rise = (bins - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    fall = (hz[2:, None] - bins) / (hz[2:] - hz[1:-1])[:, None]
    return np.maximum(0, np.minimum(rise, fall)).astype(np.float32)


def fingerprint(path, bands):
    """(length of the loud stretch in frames, unit vector [PARTS * BANDS]); None where too short."""
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=LONGEST_S * RATE)
    samples = samples[:, 0]
    if len(samples) < FRAME + SHORTEST * HOP:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME)
    power = (np.abs(np.fft.rfft(frames.astype(np.float32))) ** 2) @ bands.T
    total = power.sum(1)
    if total.max() <= 0:
        return None
    loud = np.nonzero(total > total.max() * 10 ** (-LOUD_DB / 10))[0]
    power = power[loud[0]:loud[-1] + 1]
    if len(power) < SHORTEST:
        return None
    edges = np.linspace(0, len(power), PARTS + 1)
    parts = np.stack([power[int(a):max(int(a) + 1, int(np.ceil(b)))].mean(0)
                      for a, b in zip(edges, edges[1:])])
    parts = np.log(parts + 1e-4 * parts.max())
    parts -= parts.mean(0)
    norm = np.linalg.norm(parts)
    return (len(power), (parts / norm).ravel().astype(np.float32)) if norm > 1e-3 else None


def read_rows(folders):
    """[(folder, file_name, split)], each recording once."""
    rows, seen = [], set()
    for folder in folders:
        with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                place = os.path.realpath(folder / row["file_name"])
                if place not in seen:
                    seen.add(place)
                    rows.append((folder, row["file_name"], row["split"], place))
    return rows


def keep(cache, rows, found, known):
    """Adds the fingerprints of rows to the file, which a later run reads."""
    known.update(zip((row[3] for row in rows), found))
    temporary = cache.with_name("new." + cache.name)
    np.savez(temporary, names=np.array(list(known)), lengths=np.array([v[0] for v in known.values()]),
             vectors=np.stack([v[1] for v in known.values()]))
    os.replace(temporary, cache)


def fingerprints(rows, cache):
    known = {}
    if cache.exists():
        with np.load(cache) as file:
            known = {name: (length, vector) for name, length, vector in
                     zip(file["names"], file["lengths"], file["vectors"])}
    bands, found = mel_bands(), []
    for count, row in enumerate(rows, 1):
        value = known.get(row[3])
        if value is None:
            value = fingerprint(row[3], bands) or (0, np.zeros(PARTS * BANDS, np.float32))
        found.append(value)
        if count % KEEP_EVERY == 0 or count == len(rows):
            keep(cache, rows[:count], found, known)
    return np.array([f[0] for f in found]), np.stack([f[1] for f in found])


def pairs(lengths, vectors):
    """(i, j, correlation) of recordings that are the same."""
    order = np.argsort(lengths)
    order = order[lengths[order] > 0]
    for at, i in enumerate(order):
        end = np.searchsorted(lengths[order], lengths[i] * (1 + LENGTH_SHARE), "right")
        near = order[at + 1:end]
        alike = vectors[near] @ vectors[i]
        for j, value in zip(near[alike >= ALIKE], alike[alike >= ALIKE]):
            yield i, j, float(value)


def choose(rows, found, against):
    """{row that goes: (row that stays, correlation)}."""
    gone = {}

    def rank(i):
        return rows[i][0] not in against, WEIGHT.get(rows[i][2], 2), i

    for i, j, value in sorted(found, key=lambda pair: -pair[2]):
        keep, drop = sorted((i, j), key=rank)
        if keep not in gone and drop not in gone and rows[drop][0] not in against:
            gone[drop] = keep, value
    return gone


def drop_rows(rows, gone):
    for folder in {row[0] for row in rows}:
        names = {rows[i][1] for i in gone if rows[i][0] == folder}
        path, everything = folder / "metadata.csv", folder / "metadata.all.csv"
        if not names:
            continue
        if not everything.exists():
            os.replace(path, everything)
        with open(everything, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            left = [row for row in reader if row["file_name"] not in names]
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            table.writeheader()
            table.writerows(left)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drop", action="store_true")
    parser.add_argument("--against", type=pathlib.Path, action="append", default=[])
    parser.add_argument("repeats", type=pathlib.Path)
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    rows = read_rows(options.against + options.folders)
    lengths, vectors = fingerprints(rows, options.repeats.with_name(options.repeats.name + ".npz"))
    gone = choose(rows, pairs(lengths, vectors), options.against)
    with open(options.repeats, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("kept", "repeated", "correlation"))
        for drop, (keep, value) in sorted(gone.items()):
            table.writerow((rows[keep][0] / rows[keep][1], rows[drop][0] / rows[drop][1],
                            f"{value:.4f}"))
    across = sum(rows[keep][2] != rows[drop][2] for drop, (keep, _) in gone.items())
    print(f"{len(rows)} recordings, {(lengths == 0).sum()} too short to tell, {len(gone)} repeated, "
          f"{across} of them on two sides")
    if options.drop:
        drop_rows(rows, gone)


if __name__ == "__main__":
    main()
