#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Labels as rows for `auricle pretrain --objective labels`: OUT/a/b.npy for a/b.flac of each folder.

    encoder-rows.py OUT FOLDER... [--aligned DIR]

FOLDER holds recordings and a metadata.csv (file_name, label, speaker, task, split, source, lang,
start, end, text, ship). A row has three numbers: phone, word or sound, speaker; -1 = not known. A
recording with phones or parts of its own gets a row each 10 ms, another one row for the whole.
Phones and words in sentences come from DIR/NAME/phones.csv and words.csv (models/align-phones.py),
sounds that have no class of their own from DIR/NAME/sounds.csv (models/teacher-yamnet.py classes),
where NAME is the folder's name. Only rows of split train whose ship column begins with yes are used.
The names of the classes go to OUT/classes.json. Prints the settings that the numbers need.
Alignments that failed are left out: vowels must be among a recording's loud frames.
Needs Debian's python3-numpy, python3-soundfile and sox."""
import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess

import numpy
import soundfile

HOP_S = 0.01
SOUNDS = {"event", "noise", "sounds_berklee", "sounds", "effect"}
WORDS = {"kws_isolated", "kws_digits_en", "kws_commands_en", "kws_wake_ovos", "kws_commands_sc", "kws_words_sc",
         "kws_words_dsp", "kws_custom", "kws_in_sentence", "numbers"}
DIGITS = "zero one two three four five six seven eight nine".split()
PHONES = ("SIL AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z "
          "ZH").split()
LOUD_DB, LOUD_SHARE = 20, 0.85
LEAST, LEAST_IN_TEXT = 6, 25  # clips of a word or sound, times that a sentence has a word: or it is not a class


def class_of(row):
    """The name of the whole recording's word, sound or emotion, or None."""
    task, label = row["task"], row["label"].strip().lower()
    if task == "music":
        return "sound:music"
    if task in SOUNDS or task == "emotion_de":
        return f"{'sound' if task in SOUNDS else 'emotion'}:{label}" if label else None
    if task not in WORDS:
        return None
    if label == "unknown":
        label = row.get("text", "").strip().lower()
    if label in ("silence", "not_wake", ""):
        return f"sound:{label}" if label == "silence" else None
    return "word:" + (DIGITS[int(label)] if label.isdigit() and len(label) == 1 else label)


def rows_of(folder):
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def usable(row):
    return row["split"] in ("train", "") and (row.get("ship") or "yes").startswith("yes")


def seconds_of(row, path):
    if row.get("seconds"):
        return float(row["seconds"])
    return float(subprocess.run(["soxi", "-D", path], capture_output=True, text=True, check=True).stdout)


class Recording:
    def __init__(self):
        self.word, self.speaker, self.seconds = None, None, 0.0
        self.parts, self.phones, self.words = [], [], []


def read(folders):
    """Recordings by (folder, name), and how often each English word is in a text."""
    recordings, spoken = collections.defaultdict(Recording), collections.Counter()
    for folder in folders:
        for row in filter(usable, rows_of(folder)):
            it = recordings[folder, row["file_name"]]
            it.seconds = it.seconds or seconds_of(row, folder / row["file_name"])
            if row["lang"]:  # sounds have no voice
                it.speaker = row["speaker"] or it.speaker
            name = class_of(row)
            if name and row.get("start") and row.get("end"):
                it.parts.append((name, float(row["start"]), float(row["end"])))
            elif name:
                it.word = name
            if row["lang"] == "en" and row["task"].startswith("asr"):
                spoken.update("word:" + w for w in re.findall(r"[a-z']+", (row.get("text") or "").lower()))
    return recordings, spoken


def is_aligned(path, phones):
    """Whether the vowels are where the sound is: an aligner that failed puts them anywhere."""
    sound, rate = soundfile.read(path, dtype="float32")
    hop = int(rate * HOP_S)
    count = len(sound) // hop
    level = 10 * numpy.log10((sound[:count * hop].reshape(count, hop) ** 2).mean(1) + 1e-10)
    vowel = numpy.zeros(count, bool)
    for name, start, end in phones:
        if name[0] in "AEIOU":
            vowel[round(start / HOP_S):round(end / HOP_S)] = True
    return vowel.sum() >= 3 and (level[vowel] > numpy.percentile(level, 95) - LOUD_DB).mean() >= LOUD_SHARE


def read_aligned(recordings, aligned):
    for folder in {folder for folder, _ in recordings}:
        for kind in ("phones", "words"):
            path = aligned / folder.name / f"{kind}.csv"
            if not path.exists():
                continue
            with open(path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    it = recordings.get((folder, row["file_name"]))
                    if it is None:
                        continue
                    part = float(row["start"]), float(row["end"])
                    if kind == "phones":
                        it.phones.append((row["label"], *part))
                    elif it.word is None:
                        it.words.append(("word:" + row["label"].lower(), *part))
    for (folder, name), it in recordings.items():
        if it.phones and is_aligned(folder / name, it.phones):
            it.parts += it.words
        else:
            it.phones = []


def read_sounds(recordings, aligned):
    """What a teacher hears in recordings whose class is unknown or just "music"."""
    for folder in {folder for folder, _ in recordings}:
        path = aligned / folder.name / "sounds.csv"
        if not path.exists():
            continue
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                it = recordings.get((folder, row["file_name"]))
                if it is None or it.word not in (None, "sound:music"):
                    continue
                it.word = None
                it.parts.append((f"yamnet:{row['label']}", float(row["start"]), float(row["end"])))


def number(names):
    return {name: i for i, name in enumerate(sorted(names))}


def fill(rows, column, parts, numbers):
    for name, start, end in parts:
        if name in numbers:
            rows[round(start / HOP_S):max(round(end / HOP_S), round(start / HOP_S) + 1), column] = numbers[name]


def write(path, it, phones, words, speakers):
    count = max(1, int(it.seconds / HOP_S)) if it.phones or it.parts else 1
    rows = numpy.full((count, 3), -1, "<f4")
    rows[:, 1] = words.get(it.word, -1)
    rows[:, 2] = speakers.get(it.speaker, -1)
    fill(rows, 0, it.phones, phones)
    fill(rows, 1, it.parts, words)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        numpy.save(file, rows)
    temporary.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--aligned", type=pathlib.Path)
    o = parser.parse_args()
    recordings, spoken = read(o.folders)
    if o.aligned:
        read_sounds(recordings, o.aligned)
    clips = collections.Counter(n for r in recordings.values() for n in [r.word, *(p[0] for p in r.parts)] if n)
    words = number({n for n in clips if clips[n] >= LEAST} | {n for n in spoken if spoken[n] >= LEAST_IN_TEXT})
    phones = {name: i for i, name in enumerate(PHONES)}
    speakers = number({r.speaker for r in recordings.values() if r.speaker})
    if o.aligned:
        read_aligned(recordings, o.aligned)
    for (_, name), it in recordings.items():
        write((o.out / name).with_suffix(".npy"), it, phones, words, speakers)
    with open(o.out / "classes.json", "w", encoding="utf-8") as file:
        json.dump({"phones": phones, "words": words, "speakers": speakers}, file, indent=1)
    print(f"--set labels.classes1={len(phones)} --set labels.classes2={len(words)} --set labels.classes3={len(speakers)}"
          f"   {len(recordings)} recordings, {sum(bool(r.phones) for r in recordings.values())} with phones")


if __name__ == "__main__":
    main()
