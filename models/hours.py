#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Hours of sound without any command word: what a keyword head must stay silent on.

    hours.py PLACE=FOLDER...  OUT

Each PLACE of the table below that is given (its FOLDER has a metadata.csv) adds its recordings to
OUT/KIND-train or OUT/KIND-dev, KIND being foreign, english, noise or music: a metadata.csv and links
to the folders, no copies. The label of every row is its kind. No speaker and no package is on both
sides. English recordings whose text has a command word are left out, as are very short ones without
text: those may be a command. Only what may be shipped is taken."""
import csv
import hashlib
import pathlib
import re
import sys

COMMANDS = set("zero one two three four five six seven eight nine yes no up down left right on off "
               "stop go 0 1 2 3 4 5 6 7 8 9".split())
SHORTEST_S = 2.0                # of English without a text
INSTRUMENTS = set("guitar piano synth drum cymbal gong theremin shaker".split())
COLUMNS = "file_name label speaker task split source lang seconds text licence ship".split()


def third(row):
    """A third of the names, always the same."""
    return hashlib.sha256(row["speaker"].encode()).digest()[0] % 3 == 0


def split(name):
    return lambda row: row["split"] == name


def split_and_task(name, *tasks):
    return lambda row: row["split"] == name and row["task"] in tasks


def package(*names):
    return lambda row: row["source"] in names or row["file_name"].split("/")[0] in names


def other(condition):
    return lambda row: not condition(row)


def berklee(dev, instruments):
    return lambda row: (row["label"] != "voice" and (row["label"] in INSTRUMENTS) == instruments
                        and (row["split"] == "dev" or not row["label"] and third(row)) == dev)


def language(*names, dev=None):
    return lambda row: row["lang"] in names and dev in (None, row["split"])


def anything(_):
    return True


MUSIC_DEV = package("hedgewars-data", "drascula-music", "fillets-ng-data", "warzone2100-music",
                    "fretsonfire-songs-muldjord", "fretsonfire-songs-sectoid")
EFFECTS_DEV = package("nexuiz-data", "openarena-data", "openarena-081-misc", "openarena-081-players",
                      "openarena-085-data", "openarena-088-data")
TALK = ("kws_in_sentence", "asr")
TABLE = [  # kind, side, place, which rows
    ("foreign", "dev", "asterisk-es", anything),
    ("foreign", "dev", "asterisk-prompts", anything),
    ("foreign", "dev", "fillets", language("nl")),
    ("foreign", "dev", "dsp20", language("zh", dev="dev")),
    ("foreign", "dev", "dev", language("ml", dev="dev")),
    ("foreign", "train", "festvox-ru", anything),
    ("foreign", "train", "asterisk-intl", anything),
    ("foreign", "train", "tuxpaint", lambda row: row["lang"][:2] not in ("", "en", "nl")),
    ("foreign", "train", "fillets", language("cs")),
    ("foreign", "train", "kerstin", anything),
    ("foreign", "train", "nathalie", anything),
    ("foreign", "train", "flemishguy", anything),
    ("foreign", "train", "dsp20", language("zh", dev="train")),
    ("foreign", "train", "dev", language("ml", "he", dev="train")),
    ("foreign", "train", "pool", language("ml")),
    ("foreign", "train", "drascula", language("es")),
    ("foreign", "train", "hedgewars", lambda row: row["lang"] not in ("", "en")),
    ("foreign", "train", "pinyin", anything),
    ("foreign", "train", "audio-cmn", anything),
    ("foreign", "train", "klettres", lambda row: row["lang"][:2] not in ("", "en", "nl")),
    ("english", "dev", "so762", split("dev")),
    ("english", "dev", "dev", lambda row: row["lang"] == "en" and row["split"] == "dev"
     and row["task"] in TALK),
    ("english", "dev", "queen", language("en")),
    ("english", "train", "so762", split("train")),
    ("english", "train", "dev", lambda row: row["lang"] == "en" and row["split"] == "train"
     and row["task"] in TALK),
    ("english", "train", "pool", lambda row: row["lang"] == "en"
     and row["task"] in (*TALK, "unlabelled")),
    ("english", "train", "libri251", anything),
    ("english", "train", "libri3", anything),
    ("english", "train", "kathleen", anything),
    ("english", "train", "steel-sky", language("en")),
    ("english", "train", "drascula", language("en")),
    ("english", "train", "hedgewars", language("en")),
    ("english", "train", "warzone", language("en")),
    ("noise", "dev", "berklee", berklee(True, False)),
    ("noise", "dev", "dev", split_and_task("dev", "event", "noise")),
    ("noise", "dev", "effects", EFFECTS_DEV),
    ("noise", "train", "berklee", berklee(False, False)),
    ("noise", "train", "dev", split_and_task("train", "event", "noise")),
    ("noise", "train", "pool", lambda row: not row["lang"]),
    ("noise", "train", "effects", other(EFFECTS_DEV)),
    ("music", "dev", "music", MUSIC_DEV),
    ("music", "dev", "berklee", berklee(True, True)),
    ("music", "train", "music", other(MUSIC_DEV)),
    ("music", "train", "berklee", berklee(False, True)),
]


def words(text):
    return re.findall(r"[a-z']+|\d", text.lower())


def may_be_command(row):
    if row["text"]:
        return bool(COMMANDS & set(words(row["text"])))
    return float(row["seconds"]) < SHORTEST_S


def wanted(folder, kind, chosen):
    seen = {}
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (row["ship"] == "yes" and chosen(row) and row["file_name"] not in seen
                    and not (kind == "english" and may_be_command(row))):
                seen[row["file_name"]] = row
    return seen.values()


def collect(places, kind, side):
    for own_kind, own_side, place, chosen in TABLE:
        if (own_kind, own_side) == (kind, side) and place in places:
            for row in wanted(places[place], kind, chosen):
                yield place, {**row, "file_name": f"{place}/{row['file_name']}", "label": kind,
                              "task": "hours", "split": side,
                              "speaker": row["speaker"] and f"{place}:{row['speaker']}"}


def write(places, kind, side, out):
    folder = out / f"{kind}-{side}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(collect(places, kind, side))
    for place in {place for place, _ in rows}:
        link = folder / place
        if not link.is_symlink():
            link.symlink_to(places[place])
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(row for _, row in rows)
    hours = sum(float(row["seconds"]) for _, row in rows) / 3600
    print(f"{folder.name:<14}{hours:6.2f} h {len(rows):6} recordings "
          f"{len({row['speaker'] for _, row in rows} - {''}):5} names; "
          + " ".join(sorted({place for place, _ in rows})))


def main():
    *places, out = sys.argv[1:]
    places = {name: pathlib.Path(folder).resolve()
              for name, folder in (place.split("=", 1) for place in places)}
    for kind in ("foreign", "english", "noise", "music"):
        for side in ("train", "dev"):
            write(places, kind, side, pathlib.Path(out))


if __name__ == "__main__":
    if len(sys.argv) < 3 or not all("=" in place for place in sys.argv[1:-1]):
        sys.exit(__doc__)
    main()
