#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""A larger dev side of a corpus: some train speakers become dev, with all of their recordings.

    regroup-speakers.py FOLDER OUT [--of N] [--known LABELLED]...

FOLDER/metadata.csv gives speaker and split. OUT gets a metadata.csv with the new split, and links to
the recordings. Dev speakers stay dev. One train speaker in N (default 4) becomes dev, chosen by a
hash of the name, so that the same speaker is dev in every corpus. A speaker of the train side of a
LABELLED folder stays train. Rows without a speaker keep their split."""
import argparse
import csv
import hashlib
import os
import pathlib


def read(folder):
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return list(reader), reader.fieldnames


def new_split(row, dev, known, share):
    speaker = row["speaker"]
    if row["split"] != "train" or not speaker:
        return row["split"]
    if speaker in dev:
        return "dev"
    chosen = hashlib.sha256(speaker.encode()).digest()[0] % share == 0
    return "dev" if chosen and speaker not in known else "train"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--of", type=int, default=4)
    parser.add_argument("--known", type=pathlib.Path, action="append", default=[])
    options = parser.parse_args()
    rows, columns = read(options.folder)
    known = {r["speaker"] for folder in options.known for r in read(folder)[0]
             if r["split"] == "train"}
    dev = {r["speaker"] for r in rows if r["split"] == "dev"}
    for row in rows:
        row["split"] = new_split(row, dev, known, options.of)
        link = options.out / row["file_name"]
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(os.path.abspath(options.folder / row["file_name"]))
    with open(options.out / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    for split in ("train", "dev"):
        of_split = [r for r in rows if r["split"] == split]
        print(f"{options.out} {split}: {len(of_split)} recordings, "
              f"{len({r['speaker'] for r in of_split} - {''})} speakers")


if __name__ == "__main__":
    main()
