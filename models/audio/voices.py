# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Speech of Debian packages: readers, prompts, spoken descriptions, letters."""
import os
import re

from common import clip, stem, walk


def plan_festvox_ru(part):
    home = part.deb("festvox-ru", "usr/share/festival/voices/russian/msu_ru_nsh_clunits")
    with open(home + "/etc/txt.done.data", encoding="utf-8") as lines:
        text = dict(re.match(r'\(\s*(\S+)\s+"(.*)"\s*\)', l).groups() for l in lines if '"' in l)
    for number, wav in enumerate(walk(home + "/wav", ".wav"), 1):
        said = text.get(stem(wav), "").replace("+", "")    # "+" marks stress
        split = "train" if number <= 500 else "dev" if number <= 560 else "test"  # cut-phones.py's
        yield clip(wav, stem(wav), "festvox-ru-nsh", "festvox-ru", "ru", text=said, task="asr_ru",
                   split=split)


DIGIT_NAMES = "zero one two three four five six seven eight nine".split()


def prompts(part, package, lang, speaker, before=(), split="train"):
    """Asterisk's prompt trees: digits/7, letters/b, phonetic/b_p, vm-goodbye."""
    home = part.deb(package, "usr/share/asterisk/sounds")
    for path in walk(home, ".g722", ".gsm", ".wav"):
        inside = os.path.relpath(path, home).split(os.sep)[1:]
        if "silence" in inside:
            continue
        name = os.path.splitext("/".join(inside))[0]
        text = ""
        if lang == "en" and inside[0] == "digits" and stem(path).isdigit() and len(stem(path)) == 1:
            text = DIGIT_NAMES[int(stem(path))]
        yield clip(path, lang + "-" + speaker + "/" + name, speaker, package, lang, label=name,
                   task="prompt", text=text, split=split, before=before)


G722 = ("-f", "g722")   # always 16 kHz; a rate here makes ffmpeg refuse the file


def plan_asterisk_intl(part):
    for lang, speaker in (("fr", "june-wallack"), ("it", "carlo-flora"), ("ru", "ivrvoice-ru")):
        yield from prompts(part, "asterisk-core-sounds-%s-g722" % lang, lang, speaker, G722)


def plan_asterisk_prompts(part):
    yield from prompts(part, "asterisk-prompt-es-co", "es", "july-jimenez", ("-f", "gsm"))
    yield from prompts(part, "asterisk-prompt-fr-armelle", "fr", "armelle-desjardins", ("-f", "gsm"))
    yield from prompts(part, "asterisk-prompt-it-menardi-wav", "it", "paola-dal-zot")


def plan_asterisk_en(part):
    yield from prompts(part, "asterisk-core-sounds-en-g722", "en", "allison-smith", G722, "test")


def plan_asterisk_es(part):   # the same person as asterisk-en: training on it would not be unseen
    yield from prompts(part, "asterisk-core-sounds-es-g722", "es", "allison-smith", G722, "test")


def plan_alsa_voices(part):
    for wav in walk(part.deb("alsa-utils", "usr/share/sounds/alsa"), ".wav"):
        if stem(wav) == "Noise":
            continue
        text = stem(wav).replace("_", " ").lower()
        yield clip(wav, stem(wav).lower(), "alsa", "alsa-utils", "en", text.split()[-1],
                   "prompt", text, "test")

STAMPS = "usr/share/tuxpaint/stamps"


def stamp_texts(path):
    """Tux Paint's NAME.txt: English on the first line, then xx.utf8=... lines."""
    texts = {}
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            texts["en"] = lines.readline().strip()
            for line in lines:
                match = re.match(r"(\w+)\.utf8=(.*)", line)
                if match:
                    texts[match.group(1)] = match.group(2).strip()
    except OSError:
        pass
    return texts


def plan_tuxpaint(part):
    home = part.deb("tuxpaint-stamps-default", STAMPS)
    for path in walk(home, ".ogg"):
        name = os.path.relpath(path, home)[:-4].replace(".ogg", "")
        match = re.match(r"(.*)_desc(?:_([a-z]{2,3}(?:_\w+)?))?$", name)
        letter = match or re.match(r"(symbols/.*?)(?:_(en_GB|zh_tw|[a-z]{2}))?$", name)
        if not letter:          # what the thing itself sounds like: a dog, a saw, a cello
            yield clip(path, "sound/" + name, "", "tuxpaint-stamps-default", "", stem(path), "effect")
            continue
        lang = letter.group(2) or "en"
        texts = stamp_texts(os.path.join(home, letter.group(1) + ".txt"))
        text = texts.get(lang, texts.get("en", "") if lang.startswith("en") else "")
        yield clip(path, name, "tuxpaint-" + lang, "tuxpaint-stamps-default", lang,
                   os.path.basename(letter.group(1)), text=text)


def plan_fillets(part):
    scripts = part.deb("fillets-ng-data", "usr/share/games/fillets-ng/script")
    for lang in ("cs", "nl"):
        texts = {}
        for lua in walk(scripts, "dialogs_%s.lua" % lang):
            with open(lua, encoding="utf-8", errors="replace") as f:
                level = os.path.basename(os.path.dirname(lua))
                for key, said in re.findall(r'dialogId\("([^"]+)".*?dialogStr\("((?:[^"\\]|\\.)*)"\)',
                                            f.read(), re.S):
                    texts[level, key] = said.replace("\\", "")
        package = "fillets-ng-data-" + lang
        home = part.deb(package, "usr/share/games/fillets-ng/sound")
        for path in walk(home, ".ogg"):
            level = os.path.relpath(path, home).split(os.sep)[0]
            who = re.search(r"-([mv])(?:[-\d]|$)", stem(path))   # m: the small fish, v: the big one
            speaker = "fillets-%s-%s" % (lang, who.group(1) if who else "other")
            yield clip(path, "%s/%s/%s" % (lang, level, stem(path)), speaker, package, lang,
                       text=texts.get((level, stem(path)), ""))


def plan_klettres(part):
    home = part.deb("klettres-data", "usr/share/klettres")
    for path in walk(home, ".ogg"):
        lang, kind, _ = os.path.relpath(path, home).split(os.sep)
        codes = re.fullmatch(r"(?:U([0-9A-Fa-f]{4}))+", stem(path))
        said = "".join(chr(int(c, 16)) for c in re.findall("U(.{4})", stem(path))) if codes else stem(path)
        yield clip(path, "%s/%s/%s" % (lang, kind, stem(path)), "klettres-" + lang, "klettres-data",
                   lang, said, text=said)


def plan_ktuberling(part):
    home = part.deb("ktuberling-data", "usr/share/ktuberling/sounds")
    for path in walk(home, ".ogg", ".wav", ".opus"):
        lang = os.path.relpath(path, home).split(os.sep)[0]
        if lang == "nn":        # sounds synthetic
            continue
        yield clip(path, "%s/%s" % (lang, stem(path)), "ktuberling-" + lang, "ktuberling-data",
                   lang.split("@")[0], stem(path))


def plan_gcin(part):
    home = part.deb("gcin-voice", "usr/share/gcin-voice/ogg")
    people = {"3": ("gcin-liu", "GPL-3.0 or LGPL-3.0"), "5": ("gcin-chu-lo", "CC BY 3.0")}
    for path in walk(home, ".ogg"):
        syllable = os.path.basename(os.path.dirname(path))
        speaker, licence = people.get(stem(path), ("gcin-other", "GPL-3.0 or LGPL-3.0"))
        yield clip(path, syllable + "/" + stem(path), speaker, "gcin-voice", "zh", syllable,
                   text=syllable, licence=licence)
