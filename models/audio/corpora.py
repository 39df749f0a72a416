# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The public corpora: from their own homes, or out of --labelled folders."""
import csv
import os
import re

from common import COLUMNS, clip, die, draw, plain_name, stem, walk


def labelled(part, source):
    """Rows of one source out of folders that hold a metadata.csv; None when there are none."""
    rows = []
    for home in filter(None, os.environ.get("AUDIO_LABELLED", "").splitlines()):
        with open(os.path.join(home, "metadata.csv"), newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                if row["source"] != source:
                    continue
                path = os.path.join(home, row["file_name"])
                if not os.path.exists(path):
                    die("part %s: %s names %s, which is not there" % (part.name, home, row["file_name"]))
                out = {k: v for k, v in row.items() if k in COLUMNS and k != "seconds"}
                out.update(file_name=plain_name(os.path.splitext(row["file_name"])[0]) + ".flac",
                           _src=path, _before=[], _keep=True)
                rows.append(out)
    return rows or None


def corpus(licence, ship="yes"):
    """A planner of cloned files that gives way to --labelled rows of the same source."""
    def wrap(planner):
        def plan(part):
            rows = labelled(part, part.name)
            if rows is None:
                home = os.path.join(part.repos, part.name)
                if not os.path.isdir(home):
                    die("part %s: not fetched, and no --labelled folder holds it" % part.name)
                rows = ({**row, "licence": licence, "ship": ship} for row in planner(part, home))
            yield from rows
        return plan
    return wrap


def split_of(speaker):
    return "dev" if draw("split", speaker) < 0.2 else "train"


def person(path, out, speaker, part, lang, **more):
    return clip(path, out, speaker, part.name, lang, split=split_of(speaker), licence="-", **more)


@corpus("CC BY-SA 4.0")
def plan_wuw(part, home):
    words = dict(zip(("001", "002", "003", "004", "005"),
                     ("operator", "think_engine", "onword", "wildfire", "voyager")))
    said = {}
    with open(home + "/WUWII_Transcriptions.txt", encoding="utf-8", errors="replace") as lines:
        for line in lines:      # date|time|gender|dialect|phone|call|utterance|file|start|end|words
            fields = [f.strip() for f in line.split("|")]
            if len(fields) >= 11 and fields[7].endswith(".ulaw"):
                said[fields[7][:-5]] = fields[8], fields[9], fields[10]
    for path in walk(home + "/calls", ".ulaw"):
        match = re.fullmatch(r"WUWII(\d+)_(\d{3})", stem(path))
        if not match or match.group(2) == "000" or int(match.group(2)) > 10:   # 000: people's names
            continue
        call, number = match.groups()
        alone = number in words
        label = words["%03d" % (int(number) if alone else int(number) - 5)]
        start, end, text = said.get(stem(path), ("", "", ""))
        row = person(path, call + "/" + number, "wuw-call-" + call, part, "en", label=label, text=text,
                     task="kws_isolated" if alone else "kws_in_sentence",
                     before=("-f", "mulaw", "-ar", "8000"), session=call, start=start, end=end)
        yield row
        if not alone and text:
            yield {**row, "task": "asr", "label": text}


@corpus("CC BY-SA 4.0")
def plan_fsdd(part, home):
    for path in walk(home + "/recordings", ".wav"):
        digit, speaker, take = stem(path).split("_")
        yield person(path, stem(path), "fsdd-" + speaker, part, "en", label=digit, task="kws_digits_en",
                     session=take)


@corpus("CC BY 4.0")
def plan_speech_commands(part, home):
    lists = {}
    for name, split in (("validation_list.txt", "dev"), ("testing_list.txt", "test")):
        with open(os.path.join(home, name), encoding="utf-8") as lines:
            lists.update((line.strip(), split) for line in lines)
    for path in walk(home, ".wav"):
        word, name = os.path.relpath(path, home).split(os.sep)
        if word == "_background_noise_":
            yield clip(path, "noise/" + stem(path), "", part.name, "", "background", "noise", licence="-")
        else:
            yield clip(path, word + "/" + stem(path), "sc" + name.split("_")[0], part.name, "en", word,
                       "kws_commands_en", word, lists.get(word + "/" + name, "train"), licence="-")


@corpus("MIT")
def plan_alnum(part, home):
    for path in walk(home + "/audio_data", ".wav", ".m4a", ".mp3"):
        if not path.endswith(".wav") and os.path.exists(os.path.splitext(path)[0] + ".wav"):
            continue            # the same recording twice
        kind = os.path.basename(os.path.dirname(path))
        yield person(path, kind + "/" + stem(path), "alnum-" + stem(path), part, "en", task="speaker_en",
                     label=stem(path), session=kind)


@corpus("public domain (waivers in the repository's licenses/)")
def plan_ovos(part, home):
    for path in walk(home, ".wav"):
        inside = os.path.relpath(path, home).split(os.sep)
        if inside[0] == "wake-words" and len(inside) > 3:
            who = re.match(r"\d+|pt_speaker[A-Z]|\D*", stem(path)).group()
            yield person(path, "/".join(inside)[:-4], "ovos-" + who, part,
                         inside[1], label=inside[2], task="kws_wake_ovos")
        elif inside[0] == "not-wake-words":
            noise = "noises" in inside
            yield person(path, "/".join(inside)[:-4], "ovos-" + inside[-2], part, "",
                         label=inside[-2] if noise else "not_wake",
                         task="noise" if noise else "kws_wake_ovos")


@corpus("CC BY 3.0 (clips CC0 and CC BY; see the corpus' README)")
def plan_esc10(part, home):
    names = dict(zip(("001", "002", "003", "004", "005", "006", "007", "008", "009", "010"),
                     "dog rain sea_waves crying_baby clock_tick sneezing helicopter chainsaw rooster "
                     "crackling_fire".split()))
    for path in walk(home, ".ogg"):
        label, fold = names[os.path.basename(os.path.dirname(path))[:3]], stem(path)[0]
        yield clip(path, label + "/" + stem(path), "fold" + fold, part.name, "", label, "event", fold=fold,
                   split={"4": "dev", "5": "test"}.get(fold, "train"), licence="-")


@corpus("ODbL 1.0 / DbCL 1.0")
def plan_donateacry(part, home):
    for path in walk(home, ".wav", ".3gp", ".caf"):
        app = stem(path)[:36]
        if re.fullmatch("[0-9a-fA-F-]{36}", app):
            yield person(path, stem(path), "app-" + app[:8].lower(), part, "", label="crying_baby",
                         task="event", text="reason=" + stem(path).rsplit("-", 1)[-1])


@corpus("CC BY-SA 4.0 (LICENSE; its README says 3.0)")
def plan_msc(part, home):
    with open(home + "/sentences.tsv", newline="", encoding="utf-8") as f:
        text = {r["id"]: r.get("sentence") or r.get("text") or "" for r in csv.DictReader(f, delimiter="\t")}
    with open(home + "/speech.tsv", newline="", encoding="utf-8") as f:
        for r in csv.DictReader(f, delimiter="\t"):
            path = os.path.join(home, r["fileName"])
            if os.path.exists(path):
                said = text.get(r["sentence"], "")
                yield person(path, stem(path), "msc-" + r["user"][:8], part, "ml", label=said, text=said,
                             task="asr_ml")


@corpus("CC BY-SA (version not stated)")
def plan_audio_cmn(part, home):
    for folder, speaker in (("hsk", "yue-tan"), ("syllabs", "chen-wang")):
        for path in walk(home + "/64k/" + folder, ".mp3"):
            said = stem(path)[4:].strip("_")
            yield clip(path, folder + "/" + stem(path)[4:], "cmn-" + speaker, part.name, "zh", said,
                       text=said, licence="-")


@corpus("see openslr.org SLR1")
def plan_yesno(part, home):
    for path in walk(home, ".wav"):
        said = " ".join("yes" if d == "1" else "no" for d in stem(path).split("_"))
        yield clip(path, stem(path), "yesno-1", part.name, "he", said, "asr_yesno", said,
                   "dev" if draw(stem(path)) < 0.25 else "train", licence="-")


@corpus("freely available; a data card of its custodians lists CC0, not verified here", "unclear")
def plan_emodb(part, home):
    names = {"W": "angry", "F": "happy", "N": "neutral", "T": "sad", "L": "bored", "E": "disgust", "A": "fearful"}
    for path in walk(home, ".wav"):
        if re.fullmatch(r"\d\d[ab]\d\d[WFNTLEA][a-z]?", stem(path)):
            yield person(path, stem(path), "emodb-" + stem(path)[:2], part, "de", label=names[stem(path)[5]],
                         task="emotion_de")


@corpus("CC BY-NC-SA 4.0", "no")          # evaluate only
def plan_ravdess(part, home):
    names = "- neutral calm happy sad angry fearful disgust surprised".split()
    said = "- Kids are talking by the door|Dogs are sitting by the door".replace("- ", "|").split("|")
    for path in walk(home, ".wav"):
        fields = stem(path).split("-")
        if len(fields) == 7 and fields[:2] == ["03", "01"]:
            yield person(path, stem(path), "ravdess-" + fields[6], part, "en", label=names[int(fields[2])],
                         text=said[int(fields[4])], task="emotion")
