#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""cut-numbers.py LABELLED OUT: spoken digit strings -> one row per digit.

Reads LABELLED/metadata.csv for rows of the task asr_alnum whose text is single digits apart ("8 0 3"),
finds the stretches of speech between the pauses, and, only where there are as many stretches as
digits, writes OUT/metadata.csv with a row per digit: the same file (by a link), start, end, label.
No audio is copied. Needs ffmpeg."""
import array
import csv
import math
import os
import re
import subprocess
import sys

WORDS = "zero one two three four five six seven eight nine".split()
RATE, HOP = 16000, 160


def levels_db(path):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-ac", "1", "-ar",
                          str(RATE), "-"], check=True, capture_output=True).stdout
    samples = array.array("h", raw[:len(raw) // 2 * 2])
    return [10 * math.log10(sum(s * s for s in samples[i:i + HOP]) / HOP + 1)
            for i in range(0, len(samples) - HOP + 1, HOP)]


def stretches(levels, threshold, pause):
    """Frames above threshold, joined over gaps shorter than pause, at least 12 long."""
    found = []
    for frame, level in enumerate(levels):
        if level < threshold:
            continue
        if found and frame - found[-1][1] <= pause:
            found[-1][1] = frame + 1
        else:
            found.append([frame, frame + 1])
    return [s for s in found if s[1] - s[0] >= 12]


def cut(path, count):
    levels = levels_db(path)
    if not levels:
        return None
    loud = sorted(levels)[int(0.95 * (len(levels) - 1))]
    for below in range(12, 36, 2):        # dB under the loud part: the first split that fits
        for pause in (12, 8, 16, 5, 20):  # frames
            found = stretches(levels, loud - below, pause)
            if len(found) == count and max(e - s for s, e in found) < 110:
                return [(max(0, s - 3) * HOP / RATE, (e + 3) * HOP / RATE) for s, e in found]
    return None


def main(labelled, out):
    os.makedirs(out, exist_ok=True)
    used = rows = whole = 0
    temporary = os.path.join(out, "metadata.csv.tmp")
    with open(os.path.join(labelled, "metadata.csv"), newline="") as source, \
            open(temporary, "w", newline="") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, reader.fieldnames)
        writer.writeheader()
        for row in reader:
            if row["task"] != "asr_alnum" or not re.fullmatch(r"\d( \d)+", row["text"].strip()):
                continue
            whole += 1
            digits = row["text"].split()
            spans = cut(os.path.join(labelled, row["file_name"]), len(digits))
            if not spans:
                continue
            used += 1
            name = os.path.basename(row["file_name"])
            link = os.path.join(out, name)
            if not os.path.lexists(link):
                os.symlink(os.path.abspath(os.path.join(labelled, row["file_name"])), link)
            for digit, (start, end) in zip(digits, spans):
                rows += 1
                writer.writerow(dict(row, file_name=name, task="numbers", label=WORDS[int(digit)],
                                     start=f"{start:.3f}", end=f"{end:.3f}", text=""))
    os.replace(temporary, os.path.join(out, "metadata.csv"))
    print(f"{rows} digits of {used} recordings; {whole - used} recordings did not split cleanly")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
