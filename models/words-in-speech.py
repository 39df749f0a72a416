#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Words inside sentences, for fitting a head: a folder whose metadata.csv has one row for each
aligned word of every recording that holds at least one of the wanted words. The recordings are
linked, not copied.

usage: words-in-speech.py OUT WORD,WORD,... AUDIO=ALIGNED...

AUDIO is a folder with metadata.csv, ALIGNED the folder that models/align-phones.py wrote for it
(words.csv: file_name,start,end,label)."""
import collections
import csv
import os
import sys


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main(out, words, pairs):
    wanted, rows = set(words.split(",")), []
    os.makedirs(out, exist_ok=True)
    for number, pair in enumerate(pairs):
        audio, aligned = pair.split("=")
        link = os.path.join(out, str(number))
        if not os.path.islink(link):
            os.symlink(os.path.abspath(audio), link)
        spans = collections.defaultdict(list)
        for span in read(os.path.join(aligned, "words.csv")):
            spans[span["file_name"]].append(span)
        seen = set()
        for row in read(os.path.join(audio, "metadata.csv")):
            name = row["file_name"]
            if name in seen or not any(s["label"] in wanted for s in spans[name]):
                continue
            seen.add(name)
            for span in spans[name]:
                rows.append({"file_name": f"{number}/{name}", "label": span["label"],
                             "speaker": row["speaker"], "task": "words", "split": row["split"],
                             "source": row["source"], "lang": row["lang"],
                             "seconds": row["seconds"], "start": span["start"],
                             "end": span["end"], "text": row["text"], "licence": row["licence"],
                             "ship": row["ship"]})
    with open(os.path.join(out, "metadata.csv"), "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    counts = collections.Counter(r["label"] for r in rows if r["label"] in wanted)
    print(len({r["file_name"] for r in rows}), "recordings:", dict(counts))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
