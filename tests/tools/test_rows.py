#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""models/encoder-rows.py: phones, words and speakers as rows that pretrain reads, without the
recordings whose alignment is not where the sound is."""
import csv
import json
import os
import pathlib
import subprocess
import sys

from toolbox import expect, main, noise, save

import numpy

SCRIPT = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "models/encoder-rows.py"
COLUMNS = "file_name label speaker task split source lang seconds start end text ship".split()


def write_table(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)


def make(folder):
    """Seven clips of the word "go", loud from 0.3 to 0.7 s; number 1 is aligned to the silence."""
    words, rows, phones, spoken = folder / "words", [], [], []
    words.mkdir()
    for n in range(7):
        name = f"{n}.wav"
        save(words / name, [noise(4800, 0.001, n) + noise(6400, 0.5, n) + noise(4800, 0.001, n)])
        rows.append({"file_name": name, "label": "go", "speaker": f"s{n % 2}", "source": "x",
                     "task": "kws_commands_sc", "split": "dev" if n == 6 else "train", "lang": "en",
                     "seconds": "1.0", "ship": "no" if n == 5 else "yes"})
        start = 0.0 if n == 1 else 0.3
        for label, begin in (("G", start), ("OW", start + 0.1)):
            phones.append({"file_name": name, "start": begin, "end": begin + 0.1, "label": label})
        spoken.append({"file_name": name, "start": start, "end": start + 0.2, "label": "go"})
    rows += [{**rows[0], "file_name": f"{n}b.wav"} for n in range(3)]
    for n in range(3):
        save(words / f"{n}b.wav", [noise(16000, 0.2, n)])
    write_table(words / "metadata.csv", COLUMNS, rows)
    columns = ("file_name", "start", "end", "label")
    write_table(folder / "aligned/words/phones.csv", columns, phones)
    write_table(folder / "aligned/words/words.csv", columns, spoken)
    return words


def run(folder, words):
    done = subprocess.run([sys.executable, SCRIPT, folder / "rows", words, "--aligned",
                           folder / "aligned"], capture_output=True, text=True, timeout=60)
    expect(done.returncode == 0, done.stderr[-600:])
    classes = json.loads((folder / "rows/classes.json").read_text())
    return done.stdout, classes


def rows_say_phone_word_and_speaker(folder):
    words = make(folder)
    printed, classes = run(folder, words)
    expect("labels.classes1=40" in printed and "labels.classes2=1 " in printed, printed)
    expect("labels.classes3=2 " in printed, printed)
    rows = numpy.load(folder / "rows/0.npy")
    expect(rows.shape == (100, 3) and rows.dtype == numpy.float32, str(rows.shape))
    expect(set(rows[30:40, 0]) == {classes["phones"]["G"]}, str(rows[30:40, 0]))
    expect(set(rows[40:50, 0]) == {classes["phones"]["OW"]}, str(rows[40:50, 0]))
    expect(set(rows[:30, 0]) == {-1}, "no phone where none is known")
    expect(set(rows[:, 1]) == {classes["words"]["word:go"]} and set(rows[:, 2]) == {0}, "the clip")
    whole = numpy.load(folder / "rows/0b.npy")
    expect(whole.tolist() == [[-1, 0, 0]], "one row for a recording without phones")


def what_was_not_aligned_has_no_phones(folder):
    words = make(folder)
    run(folder, words)
    rows = numpy.load(folder / "rows/1.npy")
    expect(rows.tolist() == [[-1, 0, 1]], "vowels in the silence: the word and the speaker are left")


def what_may_not_be_used_is_not_written(folder):
    words = make(folder)
    run(folder, words)
    expect(not (folder / "rows/5.npy").exists(), "not shippable")
    expect(not (folder / "rows/6.npy").exists(), "dev")


if __name__ == "__main__":
    main([rows_say_phone_word_and_speaker, what_was_not_aligned_has_no_phones,
          what_may_not_be_used_is_not_written])
