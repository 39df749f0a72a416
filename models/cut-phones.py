#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""cut-phones.py FESTVOX_RU LABELS OUT: the aligned phones of Debian's package festvox-ru, a row each.

FESTVOX_RU is the folder models/fetch-audio.sh makes of the package; LABELS is the package's own folder
of .lab files (apt-get download festvox-ru; dpkg -x festvox-ru_*.deb X; then X/usr/share/festival/voices/
russian/msu_ru_nsh_clunits/lab). Writes OUT/metadata.csv with a row per phone: the same file (by a link),
start, end, label. Utterances 1-500, in order of their names, are train, 501-560 dev, 561-620 test.
No audio is copied."""
import csv
import os
import sys

SPLITS = ((500, "train"), (560, "dev"), (620, "test"))
COLUMNS = ("file_name", "label", "speaker", "task", "split", "source", "lang", "start", "end", "licence", "ship")


def phones(path):
    """(label, start, end) of a label file: after the line "#", each line is END COLOUR LABEL."""
    with open(path, encoding="utf-8") as lines:
        body = lines.read().split("#", 1)[1].split("\n")
    start = 0.0
    for line in body:
        fields = line.split()
        if len(fields) == 3:
            end = float(fields[0])
            if end > start:
                yield fields[2], start, end
            start = end


def main(festvox, labels, out):
    names = sorted(name[:-4] for name in os.listdir(labels) if name.endswith(".lab"))
    if not names:
        sys.exit("%s: no .lab files" % labels)
    os.makedirs(out, exist_ok=True)
    temporary = os.path.join(out, "metadata.csv.tmp")
    rows, kinds = 0, set()
    with open(temporary, "w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, name in enumerate(names, 1):
            audio = os.path.join(festvox, name + ".flac")
            split = next((split for last, split in SPLITS if number <= last), None)
            if split is None or not os.path.exists(audio):
                sys.exit("%s: %s" % (audio, "not there" if split else "more utterances than 620"))
            link = os.path.join(out, name + ".flac")
            if not os.path.lexists(link):
                os.symlink(os.path.abspath(audio), link)
            for label, start, end in phones(os.path.join(labels, name + ".lab")):
                writer.writerow((name + ".flac", label, "festvox-ru-nsh", "phones", split, "festvox-ru", "ru",
                                 "%.3f" % start, "%.3f" % end, "BSD-like (festvox-ru)", "yes"))
                rows += 1
                kinds.add(label)
    os.replace(temporary, os.path.join(out, "metadata.csv"))
    print("%d phones and pauses, %d symbols, %d utterances" % (rows, len(kinds), len(names)))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
