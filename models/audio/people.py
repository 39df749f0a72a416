# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Public repositories that hold recordings of many people, of readers, and of sounds.

No person is on two sides. The side "test" is what the project keeps for its own final tests: auricle
trains on "train" only. Bundled weights were made from the train side; dev may be enlarged by
regroup-speakers.py."""
import hashlib
import json
import os
import re

from common import clip, stem, walk
from corpora import corpus, split_of


def number_of(name):
    return int(hashlib.sha1(name.encode()).hexdigest(), 16)


def in_hashed_order(names):
    return sorted(set(names), key=number_of)


def read_lines(*path):
    with open(os.path.join(*path), encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def read_table(*path):
    return dict(line.split(None, 1) for line in read_lines(*path))


# ---- Speech Commands: the same person may be in both parts and is on the same side

def split_of_speech_commands(speaker):
    number = number_of(speaker)
    return "test" if number % 3 == 0 else "dev" if number % 12 == 1 else "train"


def speech_commands(part, home, pattern, task, label_of):
    """pattern gives word, speaker and take of a path below home."""
    for path in walk(home, ".wav"):
        match = re.fullmatch(pattern, os.path.relpath(path, home))
        if match:
            word, speaker, take = match.group("word"), match.group("speaker"), match.group("take")
            yield clip(path, "%s_%s_%s" % (word, speaker, take), "sc" + speaker, part.name, "en",
                       label_of(match), task, word, split_of_speech_commands(speaker), licence="-")


@corpus("CC BY 4.0")
def plan_pico(part, home):
    top = home + "/MLTK_keyworkSpotting/dataset"
    yield from speech_commands(
        part, top, r"(?P<folder>_unknown_)/(?P<word>[a-z]+)_(?P<speaker>[0-9a-f]{8})_nohash_"
        r"(?P<take>\d+)(\.wav)+", "kws_commands_sc", lambda match: "unknown")
    yield from speech_commands(
        part, top, r"(?P<word>[a-z]+)/(?P<speaker>[0-9a-f]{8})_nohash_(?P<take>\d+)(\.wav)+",
        "kws_commands_sc", lambda match: match["word"])
    for path in walk(top + "/_silence_", ".wav"):
        yield clip(path, "silence_" + stem(path), "", part.name, "", "silence", "kws_commands_sc",
                   split=split_of_speech_commands(stem(path)), licence="-")


@corpus("CC BY 4.0 (Speech Commands; the repository is silent on it)")
def plan_mlclass(part, home):
    yield from speech_commands(
        part, home + "/videos/cnn-audio/data", r"(?P<word>bed|cat|happy)/(?P<speaker>[0-9a-f]{8})"
        r"_nohash_(?P<take>\d+)\.wav", "kws_words_sc", lambda match: match["word"])


# ---- words and sentences of many people

@corpus("free, also commercially (README)")
def plan_so762(part, home):
    age, gender, text, speaker, path = (read_table(home, "train", name) for name in (
        "spk2age", "spk2gender", "text", "utt2spk", "wav.scp"))
    dev = in_hashed_order(speaker.values())[::10]
    for name, who in speaker.items():
        yield clip(os.path.join(home, path[name]), "so" + name, "so" + who, part.name, "en",
                   text[name], "asr_en_l2", text[name], "dev" if who in dev else "train",
                   session="age=%s;gender=%s" % (age[who], gender[who]), licence="-")


DSP_WORDS = ("数字 语音 语言 识别 中国 总工 北京 背景 上海 商行 复旦 饭店 "
             "speech speaker signal process print open close project").split()


@corpus("MIT")
def plan_dsp20(part, home):
    paths = walk(home + "/speech_data", ".wav")
    people = in_hashed_order(os.path.basename(os.path.dirname(path)) for path in paths)
    for path in paths:
        rank = people.index(os.path.basename(os.path.dirname(path)))
        match = re.fullmatch(r"\d+-(\d\d)-(\d\d)", stem(path))
        if match:
            word, take = DSP_WORDS[int(match[1])], match[2]
            yield clip(path, "dsp%02d_%s_%s" % (rank + 1, match[1], take), "dsp%02d" % (rank + 1),
                       part.name, "en" if word.isascii() else "zh", word, "kws_words_dsp", word,
                       "test" if rank < 8 else "dev" if rank < 12 else "train", licence="-")


@corpus("free for any purpose (BSD-2)")
def plan_an4(part, home):
    said = {}
    for line in read_lines(home, "etc/an4_train.transcription"):
        text, name = re.fullmatch(r"(.*?)\s*\(([\w-]+)\)\s*", line).groups()
        said[name] = re.sub(r"</?s>", "", text)
    paths = [path.strip() for path in read_lines(home, "etc/an4_train.fileids")]
    people = in_hashed_order(path.split("/")[1] for path in paths)
    for path in paths:
        _, who, name = path.split("/")
        rank = people.index(who)
        yield clip(os.path.join(home, "wav", path + ".wav"), name, "an%02d" % (rank + 1), part.name,
                   "en", said[name].strip(), "asr_an4", said[name],
                   "dev" if rank < len(people) // 10 else "train", licence="-")


@corpus("CC BY 4.0")
def plan_libri251(part, home):
    for path in walk(home + "/audio_data/librispeech_train-clean-100", ".flac"):
        yield clip(path, stem(path), "ls" + stem(path).split("-")[0], part.name, "en",
                   task="unlabelled", licence="-")


@corpus("CC BY 4.0")
def plan_libri3(part, home):
    said, top = {}, home + "/audio/LibriSpeechSamples/train-clean-100"
    for table in walk(top, ".trans.txt"):
        if not os.path.basename(table).startswith("._"):    # what a Mac adds
            said.update(read_table(table))
    for path in walk(top, ".flac"):
        if stem(path) in said:
            yield clip(path, stem(path), "ls" + stem(path).split("-")[0], part.name, "en",
                       said[stem(path)], "asr_libri", said[stem(path)], licence="-")


@corpus("CC BY 4.0")
def plan_custom(part, home):
    for path in walk(home + "/custom_keywords", ".wav"):
        phrase = os.path.basename(os.path.dirname(path))
        yield clip(path, phrase + "/" + stem(path), "", part.name, "en", phrase, "kws_custom",
                   phrase.replace("_", " "), licence="-")


# ---- one reader each

def reader(name, lang, table, folder):
    @corpus("CC0 1.0")
    def plan(part, home):
        for line in read_lines(home, table):
            utterance, text = line.split("|", 1)
            for ending in (".flac", ".wav"):
                path = os.path.join(home, folder, utterance + ending)
                if os.path.exists(path):
                    yield clip(path, utterance, name, part.name, lang, text, "asr_" + lang, text,
                               licence="-")
                    break
    return plan


plan_kerstin = reader("kerstin", "de", "verified/metadata.csv", "verified")
plan_nathalie = reader("nathalie", "nl", "verified/metadata.csv", "verified")
plan_flemishguy = reader("flemishguy", "nl", "metadata.csv", "wavs")


@corpus("CC0 1.0")
def plan_kathleen(part, home):
    for path in walk(home + "/data", ".wav"):
        text = " ".join(read_lines(os.path.splitext(path)[0] + ".txt"))
        yield clip(path, stem(path), "kathleen", part.name, "en", text, "asr_en", text, licence="-")


@corpus("public domain")
def plan_pinyin(part, home):
    for path in walk(home + "/mp3", ".mp3"):
        yield clip(path, stem(path), "pinyin", part.name, "zh", text=stem(path), task="unlabelled",
                   licence="-")


# ---- sounds

SOUNDS = {name: name for name in (
    "balloon bell bottle chain drill gong guitar metal piano plastic rubber shaker synth theremin "
    "train water whistle wood").split()}
SOUNDS.update(coin="coin|pennies", cymbal="cymb[ao]l", door="(?<!out)door", drum="drum|conga|tabla",
              engine="engine|motor", glass="glass(?!y)", paper="paper|cardboard", voice="malevoice",
              scrape="scrap[ei]", squeak="squea[kl]", tearing="tearing|ripping",
              trashcan="trash_?can|garbage_?can")


@corpus("CC BY 3.0")
def plan_berklee(part, home):
    for path in walk(home + "/berklee", ".mp3"):
        name = re.match(r"\D*", stem(path).lower()).group().strip("_- ")     # without the take
        fitting = [label for label, words in SOUNDS.items() if re.search(words, name)]
        label = fitting[0] if len(fitting) == 1 else ""
        yield clip(path, stem(path), name, part.name, "", label,
                   "sounds_berklee" if label else "unlabelled", stem(path), split_of(name),
                   licence="-")


@corpus("Apache-2.0")
def plan_drinks(part, home):
    with open(home + "/data/label/label.json", encoding="utf-8") as file:
        meant = json.load(file)
    for path in walk(home + "/data/speech/clean", ".wav"):
        about = meant.get(os.path.basename(path), {}).get("slots", {})
        yield clip(path, stem(path), "", part.name, "en", task="unlabelled",
                   session=";".join("%s=%s" % (k, v.strip()) for k, v in sorted(about.items())),
                   licence="-")
