#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Folders of recordings as one folder in which an eighth of the speakers are dev: what a head's
thresholds are chosen on without looking at the recordings that its results are reported on. The
recordings are linked, not copied.

usage: hold-out.py OUT FOLDER..."""
import csv
import hashlib
import os
import sys


def held_out(row):
    speaker = row["speaker"] or row["file_name"]
    return int(hashlib.sha256(speaker.encode()).hexdigest(), 16) % 100 < 12


def main(out, folders):
    rows = []
    os.makedirs(out, exist_ok=True)
    for folder in folders:
        name = os.path.basename(os.path.normpath(folder))
        link = os.path.join(out, name)
        if not os.path.islink(link):
            os.symlink(os.path.abspath(folder), link)
        with open(os.path.join(folder, "metadata.csv"), newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows.append({**row, "file_name": f"{name}/{row['file_name']}",
                             "split": "dev" if held_out(row) else "train"})
    with open(os.path.join(out, "metadata.csv"), "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
