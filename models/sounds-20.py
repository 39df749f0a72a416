#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Twenty classes of sound for a probe, from the parts berklee and effects of fetch-audio.sh.

    sounds-20.py BERKLEE EFFECTS OUT

Writes OUT/metadata.csv (task sounds_20) and links to both folders. berklee keeps its own split, in
which takes of one recording are on one side; of effects the packages PACKAGES_DEV are dev, the others
train, so no recording of a dev package was heard in training."""
import csv
import pathlib
import sys

CLASSES = set("bell bird bottle chain coin door drum glass guitar gunshot metal paper piano squeak "
              "synth trashcan voice water whistle wood".split())
PACKAGES_DEV = ("nexuiz-data", "openarena-data", "openarena-085-data", "openarena-088-data")
COLUMNS = "file_name label speaker task split source lang seconds licence ship".split()


def rows_of(folder, place, split):
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["label"] in CLASSES:
                yield {**row, "split": split(row), "task": "sounds_20",
                       "speaker": row["speaker"] or row["file_name"].split("/")[0],
                       "file_name": f"{place}/{row['file_name']}"}


def split_of_package(row):
    return "dev" if row["file_name"].split("/")[0] in PACKAGES_DEV else "train"


def main():
    berklee, effects, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    rows = list(rows_of(berklee, "berklee", lambda row: row["split"]))
    rows += rows_of(effects, "effects", split_of_package)
    for place, folder in (("berklee", berklee), ("effects", effects)):
        if not (out / place).is_symlink():
            (out / place).symlink_to(folder.resolve())
    with open(out / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    for split in ("train", "dev"):
        labels = [row["label"] for row in rows if row["split"] == split]
        print(split, len(labels), " ".join(f"{c} {labels.count(c)}" for c in sorted(CLASSES)))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main()
