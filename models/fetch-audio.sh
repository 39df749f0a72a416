#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Fetches the public audio that Auricle learns from and turns it into 16 kHz mono FLAC,
# with one metadata.csv a part. ATTRIBUTION.md says who made what and on which terms.
set -euo pipefail

readonly PROGRAM=${0##*/}

# part | kind: deb, synth, git, url | what it is made from | what a listener hears
parts_table() {
    cat <<'EOF'
festvox-ru|deb|festvox-ru|one Russian reader, sentences with text, 99 min
asterisk-intl|deb|asterisk-core-sounds-fr-g722 asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722|telephone prompts, three professional speakers, 72 min
asterisk-prompts|deb|asterisk-prompt-es-co asterisk-prompt-fr-armelle asterisk-prompt-it-menardi-wav|telephone prompts, three more people, 8 kHz, 49 min
asterisk-en|deb|asterisk-core-sounds-en-g722|held out (split test): English prompts, digits, letters, 25 min
asterisk-es|deb|asterisk-core-sounds-es-g722|held out (split test): Spanish, the same person as asterisk-en, 30 min
alsa-voices|deb|alsa-utils|held out (split test): a person saying left, right, front, center
tuxpaint|deb|tuxpaint-stamps-default|spoken descriptions, twelve languages, text, 185 min
fillets|deb|fillets-ng-data fillets-ng-data-cs fillets-ng-data-nl|acted Czech and Dutch dialogue, text
klettres|deb|klettres-data|letters and syllables, many languages
ktuberling|deb|ktuberling-data|words, many languages
gcin|deb|gcin-voice|Mandarin syllables, two speakers
queen|deb|flight-of-the-amazon-queen|acted English adventure game
steel-sky|deb|beneath-a-steel-sky|acted English adventure game, 11 kHz
drascula|deb|drascula drascula-spanish|acted English and Spanish adventure game, 11 kHz
hedgewars|deb|hedgewars-data|taunts, several languages
nexuiz|deb|nexuiz-data|announcers, taunts, screams
openarena|deb|openarena-data openarena-081-misc openarena-081-players openarena-085-data openarena-088-data|announcers, taunts, screams
warzone|deb|warzone2100-data|radio messages, taunts
trigger-rally|deb|trigger-rally-data|three co-drivers: left, right, easy, hard
synth-commands|synth|espeak-ng flite festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts|20 command words and 60 others, synthetic speech
music|deb|asterisk-moh-opsound-wav wesnoth-1.16-music warzone2100-music supertux-data widelands-data drascula-music fillets-ng-data hedgewars-data fretsonfire-songs-sectoid fretsonfire-songs-muldjord|a minute from each of many tracks
effects|deb|sonic-pi-samples sound-theme-freedesktop oxygen-sounds supertux-data widelands-data hedgewars-data nexuiz-data openarena-data openarena-081-misc openarena-081-players openarena-085-data openarena-088-data warzone2100-data|sound effects, class by file name
zeroad|deb|0ad-data|effects, music, voices in Greek, Latin, Persian; a download of 1.4 GB
wuw|git|https://github.com/wake-up-word/wuw-corpus-ii|five wake words on the telephone, 8 kHz
fsdd|git|https://github.com/Jakobovski/free-spoken-digit-dataset|English digits, six people, 8 kHz
speech-commands|url|http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz|35 English words, many people, 2.3 GB
alnum|git|https://github.com/Sakshee5/alphanumeric-audio-dataset|spelt names, numbers, addresses
ovos|git|https://github.com/OpenVoiceOS/ovos-ww-community-dataset|wake words, noises
esc10|git|https://github.com/karolpiczak/ESC-10|ten classes of everyday sound
donateacry|git|https://github.com/gveres/donateacry-corpus|crying babies, 8 kHz
audio-cmn|git|https://github.com/hugolpz/audio-cmn|Mandarin words and syllables, two speakers
msc|git|https://github.com/smc/msc|Malayalam sentences
yesno|url|https://www.openslr.org/resources/1/waves_yesno.tar.gz|Hebrew yes and no, 8 kHz
emodb|url|http://emodb.bilderbar.info/download/download.zip|German acted emotion
ravdess|url|https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip|acted emotion, NON-COMMERCIAL: evaluate only; fetched only when named
EOF
}

usage() {
    cat <<EOF
usage: $PROGRAM [OPTION...] OUT_DIR [PART...]

Writes OUT_DIR/PART/**/*.flac (16 kHz, mono, 16 bit) and OUT_DIR/PART/metadata.csv, and one line
for each finished part to OUT_DIR/READY. A finished part is skipped, an interrupted one goes on
where it stopped. Without PART: every part but ravdess, whose licence allows evaluation only.

options:
  --labelled DIR   take the public corpora from DIR/metadata.csv and the files it names (any
                   sound format) instead of the network; may be given more than once
  --keep           keep what was downloaded (OUT_DIR/.cache) after a part is finished
  --list           list the parts and where they come from
  --help           this text

needs: bash, python3, ffmpeg; for parts from Debian also apt-get and dpkg (no root beyond an
'apt-get update' now and then); for repositories git, for archives curl and tar or unzip.
synth-commands needs its speech programs installed; --list names them.

examples:
  $PROGRAM corpus                                 # everything that can be reached
  $PROGRAM corpus festvox-ru asterisk-en          # these two
  $PROGRAM --labelled ~/labelled corpus wuw fsdd  # corpora from a local copy

exit status: 0 all parts are there; 1 some could not be made (each is named); 2 wrong use.
EOF
}

complain() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
need() { # TOOL DEBIAN_PACKAGE
    command -v "$1" >/dev/null || { complain "'$1' is missing; cure: apt-get install $2"; return 1; }
}
field() { parts_table | awk -F'|' -v part="$1" -v n="$2" '$1 == part { print $n }'; }

# The Debian package, unpacked into the cache. Its name in $1.
fetch_deb() {
    local package=$1 home=$cache/deb/$1 deb
    [[ -e $home.done ]] && return
    need apt-get apt && need dpkg dpkg || return 1
    rm -rf "$home" "$home.tmp"
    mkdir -p "$home.tmp"
    if ! (cd "$home.tmp" && apt-get download -q "$package") >"$cache/apt.log" 2>&1; then
        complain "package $package could not be downloaded: $(grep -m1 '^E:' "$cache/apt.log" || tail -n1 "$cache/apt.log")"
        complain "cure: run 'apt-get update' as root, then 'apt-cache policy $package' must list it (Debian 12, main)"
        return 1
    fi
    deb=$(find "$home.tmp" -name '*.deb' -print -quit)
    if ! dpkg -x "$deb" "$home"; then
        complain "package $package could not be unpacked into $home; is the disk full? (df -h $out)"
        return 1
    fi
    rm -rf "$home.tmp"
    : >"$home.done"
}

# A public repository or archive, into the cache. Part in $1, address in $2.
fetch_public() {
    local part=$1 address=$2 home=$cache/repo/$1 archive
    [[ -e $home.done ]] && return
    rm -rf "$home" "$home.tmp"
    mkdir -p "$cache/repo"
    if [[ $(field "$part" 2) == git ]]; then
        need git git || return 1
        if ! GIT_TERMINAL_PROMPT=0 git -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=60 \
            clone -q --depth 1 "$address" "$home.tmp" 2>"$cache/git.log"; then
            complain "part $part: $address cannot be reached: $(tail -n1 "$cache/git.log")"
            return 1
        fi
    else
        need curl curl || return 1
        archive=$cache/repo/${address##*/}
        if ! curl -fsSL --connect-timeout 30 --speed-limit 1000 --speed-time 60 --retry 2 -C - \
            -o "$archive.part" "$address" 2>"$cache/curl.log"; then
            complain "part $part: $address cannot be reached: $(tail -n1 "$cache/curl.log")"
            return 1
        fi
        mkdir -p "$home.tmp"
        case $archive in
        *.zip) need unzip unzip && unzip -q "$archive.part" -d "$home.tmp" ;;
        *) need tar tar && tar -xzf "$archive.part" -C "$home.tmp" ;;
        esac || {
            rm -f "$archive.part"
            complain "part $part: what came from $address could not be unpacked; try again"
            return 1
        }
        rm -f "$archive.part"
    fi
    mv "$home.tmp" "$home"
    : >"$home.done"
}

# True when a --labelled folder has rows of this source.
in_labelled() {
    local folder
    for folder in "${labelled[@]}"; do
        python3 - "$folder/metadata.csv" "$1" <<'EOF' && return
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as f:
    sys.exit(not any(row["source"] == sys.argv[2] for row in csv.DictReader(f)))
EOF
    done
    return 1
}

make_part() {
    local part=$1 sources package said staging=$out/.$1.partial
    sources=$(field "$part" 3)
    case $(field "$part" 2) in
    deb) for package in $sources; do fetch_deb "$package" || return 1; done ;;
    synth) need espeak-ng espeak-ng && need flite flite && need festival festival || return 1 ;;
    *) in_labelled "$part" || fetch_public "$part" "$sources" || return 1 ;;
    esac
    mkdir -p "$staging" "$cache/scratch/$part"
    said=$(AUDIO_LABELLED=$(IFS=$'\n'; echo "${labelled[*]}") python3 "$converter" \
        "$part" "$staging" "$cache/deb" "$cache/scratch/$part" "$cache/repo") || return 1
    [[ ! -e $out/$part ]] || mv "$out/$part" "$out/.$part.old.$$"   # unfinished by hand: keep it
    mv "$staging" "$out/$part" || return 1
    printf '%s %s: %s\n' "$(date +%H:%M)" "$part" "$said" | tee -a "$out/READY"
    rm -rf "${cache:?}/scratch/$part"
}

# Downloads that no part still needs.
clean_cache() {
    local line part kind sources package waiting=" "
    while IFS='|' read -r part kind sources _; do
        [[ -e $out/$part/metadata.csv || $kind != deb || " ${parts[*]} " != *" $part "* ]] || waiting+="$sources "
        [[ ! -e $out/$part/metadata.csv ]] || rm -rf "$cache/repo/$part" "$cache/repo/$part.done"
    done < <(parts_table)
    for line in "$cache"/deb/*.done; do
        package=$(basename "$line" .done)
        [[ ! -e $line || $waiting == *" $package "* ]] || rm -rf "$cache/deb/$package" "$line"
    done
}

main() {
    local keep=no part missing=()
    labelled=() parts=() out=
    while (($#)); do
        case $1 in
        --help | -h) usage; exit 0 ;;
        --list) parts_table | awk -F'|' '{ printf "%-17s %s\n%-17s   from: %s\n", $1, $4, "", $3 }'; exit 0 ;;
        --keep) keep=yes ;;
        --labelled)
            [[ $# -ge 2 && -f $2/metadata.csv ]] || { complain "--labelled needs a folder with a metadata.csv, got '${2-}'"; exit 2; }
            labelled+=("$(cd "$2" && pwd)")
            shift ;;
        -*) complain "unknown option '$1'; see --help"; exit 2 ;;
        *) if [[ -z $out ]]; then out=$1; else parts+=("$1"); fi ;;
        esac
        shift
    done
    [[ -n $out ]] || { usage >&2; exit 2; }
    for part in "${parts[@]}"; do
        [[ -n $(field "$part" 1) ]] || { complain "no part is named '$part'; --list names them"; exit 2; }
    done
    ((${#parts[@]})) || mapfile -t parts < <(parts_table | cut -d'|' -f1 | grep -vx ravdess)
    need python3 python3 && need ffmpeg ffmpeg || exit 1
    mkdir -p "$out"
    out=$(cd "$out" && pwd)
    cache=$out/.cache
    mkdir -p "$cache/deb" "$cache/repo"
    converter=$cache/convert.py
    python_program >"$converter"
    export AUDIO_FFMPEG="ffmpeg -hide_banner -nostdin -y -threads 1 -filter_threads 1"
    trap 'exit 130' INT TERM
    for part in "${parts[@]}"; do
        if [[ -e $out/$part/metadata.csv ]]; then
            echo "$part is there already"
        elif ! make_part "$part"; then
            missing+=("$part")
        fi
        [[ $keep == yes ]] || clean_cache
    done
    if ((${#missing[@]})); then
        complain "not made: ${missing[*]} (see above); the other $((${#parts[@]} - ${#missing[@]})) parts are in $out"
        exit 1
    fi
}

# The part lists and the conversion, in Python (standard library only).
python_program() {
    cat <<'PYTHON'
"""Lists what one part holds, converts it, writes its metadata.csv. Standard library and ffmpeg only."""
import array, csv, glob, hashlib, os, re, shutil, struct, subprocess, sys, wave, zipfile

COLUMNS = ("file_name label speaker task split source lang seconds text licence ship "
           "session start end fold rate").split()
FFMPEG = os.environ["AUDIO_FFMPEG"].split()
MIN_SECONDS = 0.15          # shorter than one hop of context: nothing to learn from
MIN_FLAC_BYTES_PER_SECOND = 300  # digital silence packs below this, quiet rooms do not
BATCH = 24                  # inputs per ffmpeg: starting it costs more than a short clip

GPL2, GPL2P, BYSA3, BY3 = "GPL-2.0-only", "GPL-2.0-or-later", "CC BY-SA 3.0", "CC BY 3.0"
LICENCE = {
    "festvox-ru": "BSD-like (festvox-ru)", "alsa-utils": GPL2,
    "asterisk-core-sounds-en-g722": BYSA3, "asterisk-core-sounds-es-g722": BYSA3,
    "asterisk-core-sounds-fr-g722": BYSA3, "asterisk-core-sounds-it-g722": "CC BY 3.0",
    "asterisk-core-sounds-ru-g722": BY3, "asterisk-prompt-es-co": GPL2,
    "asterisk-prompt-fr-armelle": "BSD-like (Gutierrez 2006)",
    "asterisk-prompt-it-menardi-wav": "CC BY-SA 3.0 IT",
    "tuxpaint-stamps-default": GPL2, "fillets-ng-data-cs": GPL2, "fillets-ng-data-nl": GPL2,
    "fillets-ng-data": GPL2, "klettres-data": GPL2P, "ktuberling-data": GPL2P,
    "flight-of-the-amazon-queen": "Flight of the Amazon Queen licence (free, attribution)",
    "beneath-a-steel-sky": "Beneath a Steel Sky licence (free, attribution)",
    "drascula": "Drascula licence (free, attribution)",
    "drascula-spanish": "Drascula licence (free, attribution)",
    "drascula-music": "Drascula licence (free, attribution)",
    "hedgewars-data": "GFDL-1.3", "nexuiz-data": GPL2P, "warzone2100-data": GPL2P,
    "trigger-rally-data": GPL2P, "openarena-data": GPL2P, "openarena-081-misc": GPL2P,
    "openarena-081-players": GPL2P, "openarena-085-data": GPL2P, "openarena-088-data": GPL2P,
    "0ad-data": BYSA3,
}


class Part:
    """Where a planner finds its packages and may write scratch files."""

    def __init__(self, name, debs, scratch, repos):
        self.name, self.debs, self.scratch, self.repos = name, debs, scratch, repos

    def deb(self, package, *path):
        return os.path.join(self.debs, package, *path)

    def temp(self, name):
        path = os.path.join(self.scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path


def die(message):
    sys.exit("fetch-audio: " + message)


def walk(top, *endings):
    """Files below top, sorted, so that two runs list the same clips in the same order."""
    found = []
    for folder, _, names in os.walk(top):
        found += [os.path.join(folder, n) for n in names if n.lower().endswith(endings)]
    return sorted(found)


def plain_name(path):
    """Folders and file stem in ASCII; other letters become their code point."""
    path = "".join(c if re.match(r"[\w./+-]", c, re.A) else "_" if ord(c) < 128 else "u%04x" % ord(c)
                   for c in path)
    return re.sub(r"_+", "_", path)


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def clip(src, out, speaker, source, lang, label="", task="speech", text="", split="train",
         ship="yes", licence=None, before=(), seconds_max=None, rate="", **more):
    """One clip: `before` are ffmpeg's input options, `seconds_max` cuts."""
    row = dict(label=label, speaker=speaker, task=task, split=split, source=source, lang=lang,
               text=" ".join(text.split()), ship=ship, licence=licence or LICENCE[source], rate=rate)
    row.update(more)
    row["file_name"] = plain_name(out) + ".flac"
    row["_src"], row["_before"] = src, list(before)
    if seconds_max:
        row["_before"] += ["-t", str(seconds_max)]
    return row


# --- planners: one generator a part ------------------------------------------------------------

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


def slice_of(path, start, size):
    """ffmpeg reads a stretch of an archive in place."""
    return "subfile,,start,%d,end,%d,,:%s" % (start, start + size, path)


def plan_queen(part):
    """queen.1c: "QTBL", version, compression, count (big endian); then name, bundle, offset, size."""
    archive = part.deb("flight-of-the-amazon-queen",
                       "usr/share/scummvm/flight-of-the-amazon-queen/queen.1c")
    with open(archive, "rb") as f:
        if f.read(4) != b"QTBL":
            die("part queen: %s does not begin with QTBL" % archive)
        f.seek(13)
        count = struct.unpack(">H", f.read(2))[0]
        for name, _, start, size in struct.iter_unpack(">12sBII", f.read(21 * count)):
            name = name.split(b"\0")[0].decode("ascii")
            if not name.endswith(".SB") or size < 400:
                continue
            effect = re.match(r"(\d\dSSSSSS|\w{4}SSSS)\.SB", name)
            joe = re.match(r"JOE|.{6}J", name)
            speaker = "" if effect else "queen-joe" if joe else "queen-" + name[:3].lower()
            yield clip(slice_of(archive, start, size), name[:-3].lower(), speaker,
                       "flight-of-the-amazon-queen", "" if effect else "en",
                       task="effect" if effect else "speech", before=("-f", "mp3"))


def rnc_codes(bits):
    """One Huffman table of an RNC stream: {(length, code): value}, codes least significant bit first."""
    lengths = [bits(4) for _ in range(bits(5))]
    table, code = {}, 0
    for length in range(1, 17):
        for value, own in enumerate(lengths):
            if own == length:
                table[length, int(format(code >> (16 - length), "0%db" % length)[::-1], 2)] = value
                code += 1 << (16 - length)
    return table, sorted({length for length, _ in table})


def rnc_unpack(packed):
    """RNC ProPack, method 1: blocks of literals and copies under three Huffman tables; literals lie as
    whole bytes between the 16-bit words of the bit stream."""
    size, blocks = int.from_bytes(packed[4:8], "big"), packed[17]
    at, held, count = 18, 0, 0
    out = bytearray()

    def bits(n):
        nonlocal at, held, count
        if count < n:
            held |= int.from_bytes(packed[at:at + 2], "little") << count
            at, count = at + 2, count + 16
        value = held & ((1 << n) - 1)
        held, count = held >> n, count - n
        return value

    def value_of(table):
        codes, lengths = table
        peek = held | int.from_bytes(packed[at:at + 2], "little") << count
        for length in lengths:
            value = codes.get((length, peek & ((1 << length) - 1)))
            if value is not None:
                bits(length)
                return value if value < 2 else 1 << (value - 1) | bits(value - 1)
        raise ValueError("no such code")

    bits(2)
    for _ in range(blocks):
        literals, offsets, sizes = rnc_codes(bits), rnc_codes(bits), rnc_codes(bits)
        for left in range(bits(16), 0, -1):
            n = value_of(literals)
            out += packed[at:at + n]
            at += n
            if left > 1:
                back, n = value_of(offsets) + 1, value_of(sizes) + 2
                while n > 0:
                    chunk = out[-back:len(out) - back + n] if n < back else out[-back:]
                    out += chunk
                    n -= len(chunk)
    if len(out) != size:
        raise ValueError("%d bytes instead of %d" % (len(out), size))
    return bytes(out)


def plan_steel_sky(part):
    """sky.dnr: count, then number (16 bits), offset, size (24 each). Files from 50000 on are lines: a
    header of 22 bytes and u8 samples at 11025 Hz, RNC-packed. Pictures lie among them."""
    home = part.deb("beneath-a-steel-sky", "usr/share/scummvm/beneath-a-steel-sky")
    with open(home + "/sky.dnr", "rb") as f:
        table = f.read()[4:]
    with open(home + "/sky.dsk", "rb") as disk:
        for entry in (table[i:i + 8] for i in range(0, len(table) - 7, 8)):
            number, start = int.from_bytes(entry[:2], "little"), int.from_bytes(entry[2:5], "little")
            size = int.from_bytes(entry[5:8], "little")
            if not 50000 <= number < 60000 or size >> 23:
                continue
            disk.seek((start & 0x7fffff) << 4 if start >> 23 else start)
            packed = disk.read(size & 0x3fffff)[22:]
            if packed[:4] != b"RNC\1":
                continue
            samples = rnc_unpack(packed)
            if abs(sum(samples) / len(samples) - 128) > 4:
                continue                       # a picture: speech swings about 128
            raw = part.temp("%d.u8" % number)
            with open(raw, "wb") as f:
                f.write(samples)
            yield clip(raw, "sky-%d" % number, "steel-sky-cast", "beneath-a-steel-sky", "en",
                       rate="11025", before=("-f", "u8", "-ar", "11025"))


def plan_drascula(part):
    for package, lang in (("drascula", "en"), ("drascula-spanish", "es")):
        for path in walk(part.deb(package, "usr/share/scummvm/drascula", lang), ".als"):
            who = re.match(r"[A-Za-z]*", stem(path)).group().lower() or "hero"
            effect = who == "s"
            yield clip(path, "%s/%s" % (lang, stem(path).lower()),
                       "" if effect else "drascula-%s-%s" % (lang, who), package, "" if effect else lang,
                       task="effect" if effect else "speech", rate="11025",
                       before=("-f", "u8", "-ar", "11025"))


def plan_hedgewars(part):
    home = part.deb("hedgewars-data", "usr/share/games/hedgewars/Data/Sounds/voices")
    for path in walk(home, ".ogg"):
        voice = os.path.basename(os.path.dirname(path))
        lang = voice.partition("_")[2] or "en"
        yield clip(path, "%s/%s" % (voice, stem(path)), "hedgewars-" + voice.lower(),
                   "hedgewars-data", lang, stem(path).lower())


def unzip(part, package, archive, *wanted):
    """Extracts the sounds whose path begins with one of `wanted`; yields (path, name inside)."""
    path = part.deb(package, archive)
    with zipfile.ZipFile(path) as z:
        for name in sorted(z.namelist()):
            if name.lower().endswith((".ogg", ".wav", ".opus", ".mp3", ".oga", ".flac")) \
               and re.match("|".join(wanted), name):
                out = part.temp(package + "/" + plain_name(os.path.basename(archive)) + "/" + name)
                if not os.path.exists(out):
                    with z.open(name) as source, open(out + ".part", "wb") as sink:
                        shutil.copyfileobj(source, sink)
                    os.replace(out + ".part", out)
                yield out, name


NEXUIZ = ("nexuiz-data", "usr/share/games/nexuiz/data/data.pk3")


def plan_nexuiz(part):
    for path, name in unzip(part, *NEXUIZ, "sound/announcer/", "sound/player/", "sound/tutorial/"):
        folders = name.split("/")
        vocal = folders[-2] == "player" or folders[2] == "torus" or len(folders) < 5 and folders[1] == "player"
        speaker = "nexuiz-" + (folders[2] if folders[1] != "tutorial" else "tutorial")
        yield clip(path, name[6:-4], speaker, NEXUIZ[0], "en", stem(path).lower(),
                   "vocal" if vocal else "speech")


OPENARENA = [("openarena-data", "pak0"), ("openarena-081-misc", "pak6-misc"),
             ("openarena-081-players", "pak2-players"), ("openarena-085-data", "pak6-patch085"),
             ("openarena-088-data", "pak6-patch088")]


def plan_openarena(part):
    for package, pak in OPENARENA:
        archive = "usr/share/games/openarena/baseoa/%s.pk3" % pak
        for path, name in unzip(part, package, archive, "sound/feedback/", "sound/teamplay/",
                                r"sound/player/(?!footsteps)\w+/"):
            folders = name.split("/")
            vocal = folders[1] == "player" and stem(path) != "taunt" and folders[2] != "announcer"
            speaker = "openarena-" + (folders[2] if folders[1] == "player" else "announcer")
            yield clip(path, pak + "/" + name[6:-4], speaker, package, "en", stem(path).lower(),
                       "vocal" if vocal else "speech")


WARZONE = ("warzone2100-data", "usr/share/games/warzone2100/base.wz")


def plan_warzone(part):
    for path, name in unzip(part, *WARZONE, "audio/(memressp|tutorial|extra|vtoltalk|taunts|countdown|"
                            "nexus|coltive|trnsppil|proxmessages)/"):
        folders = name.split("/")
        speaker = "warzone-" + (folders[2] if folders[1] == "taunts" else folders[1])
        yield clip(path, name[6:-4], speaker, WARZONE[0], "en", stem(path).lower())


def plan_trigger_rally(part):
    for path, name in unzip(part, "trigger-rally-data", "usr/share/games/trigger-rally/data.zip",
                            "sounds/codriver/"):
        said = re.sub(r"(?<=[a-z])(?=[A-Z\d])", " ", stem(path)).lower()
        yield clip(path, name[16:-4], "rally-" + name.split("/")[2], "trigger-rally-data", "en",
                   said, text=said)


COMMANDS = ("zero one two three four five six seven eight nine yes no up down left right on off "
            "stop go").split()
OTHER_WORDS = ("about again always animal apple because bed before bird book bottle brother car cat "
               "chair child city coffee color computer dinner dog door every family father finger "
               "garden happy hello house island kitchen learn letter light little marvin money "
               "morning mother music number open paper people picture question radio river school "
               "sheila sister summer table tree visual water window winter wonder yellow").split()
ACCENTS = ("en-us en-us en-us-nyc en-gb en-gb-x-rp en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd "
           "en-029").split()
# the variants that sound like a person; those not installed are left out
VARIANTS = ("f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt2 klatt3 klatt4 adam Alex Alicia Andrea "
            "Andy Annie antonio aunty belinda benjamin boris caleb david Denis Diogo ed edward Gene "
            "grandma grandpa gustave Henrique Hugo iven iven2 Jacky john kaukovalta Lee linda marcelo "
            "Marco Mario max Michael michel miguel mike Nguyen norbert pablo paul pedro quincy rob "
            "robert sandro shelby steph steph2 Tweaky victor zac anika whisper whisperf").split()
SYNTH_LICENCE = {"espeak-ng": "GPL-3.0-or-later (program; its output is free)",
                 "flite": "BSD-like (CMU Flite)", "festival": "BSD-like (Festival)"}


def draw(*key):
    """A repeatable number in [0,1) for this key: the same corpus on every machine."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, key)).encode()).digest()[:6], "big") / 2 ** 48


def trim(path, speed):
    """Cuts silence to 0.1 s either side (40 dB below the loudest frame) and relabels the rate, which
    shifts pitch and pace together. Rewrites the file once."""
    with wave.open(path, "rb") as w:
        rate, channels = w.getframerate(), w.getnchannels()
        samples = array.array("h", w.readframes(w.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    samples = samples[::channels]
    hop, pad = rate // 100, rate // 10
    energy = [sum(s * s for s in samples[i:i + hop]) for i in range(0, len(samples) - hop, hop)]
    if not energy or max(energy) == 0:
        return False
    loud = [i for i, e in enumerate(energy) if e > max(energy) * 1e-4]
    first, last = loud[0] * hop - pad, (loud[-1] + 1) * hop + pad
    quiet = array.array("h", [0])
    samples = quiet * max(0, -first) + samples[max(0, first):last] + quiet * max(0, last - len(samples))
    with wave.open(path + ".part", "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(round(rate * speed))
        w.writeframes(samples.tobytes())
    os.replace(path + ".part", path)
    return True


def installed_voices():
    """What can speak here: (engine, voice) pairs."""
    found = []
    listed = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True).stdout
    have = set(re.findall(r"!v/(\S+)", listed))
    accents = set(re.findall(r"\n *\d+ +(\S+)", subprocess.run(["espeak-ng", "--voices=en"],
                                                            capture_output=True, text=True).stdout))
    variants = [v for v in VARIANTS if v in have]
    accents = [a for a in ACCENTS if a in accents] or ["en"]
    flite = subprocess.run(["flite", "-lv"], capture_output=True, text=True).stdout.split(":")[-1].split()
    festival = [v for v in ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
                if glob.glob("/usr/share/festival/voices/*/" + v)]
    found = {"espeak-ng": (accents, variants),
             "flite": [v for v in ("kal", "kal16", "awb", "rms", "slt") if v in flite],
             "festival": festival}
    for engine, voices in found.items():
        if not voices or not voices[0]:
            die("part synth-commands: %s has no voice; install the packages espeak-ng flite festival "
                "festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts" % engine)
    return found


def plan_synth_commands(part):
    voices = installed_voices()
    accents, variants = voices["espeak-ng"]
    wishes, scheme = [], []      # (path, word, engine:voice, speed, settings, command or None)
    for word in COMMANDS + OTHER_WORDS:
        many = word in COMMANDS
        for i in range(150 if many else 40):
            voice = accents[int(draw(word, i, "a") * len(accents))]
            if draw(word, i, "plain") > 0.04:
                voice += "+" + variants[int(draw(word, i, "v") * len(variants))]
            pace, pitch = 105 + int(115 * draw(word, i, "s")), 20 + int(60 * draw(word, i, "p"))
            path = part.temp("espeak/%s_%03d.wav" % (word, i))
            wishes.append((path, word, "espeak-ng:" + voice, 1.0, "s%dp%d" % (pace, pitch),
                           ["espeak-ng", "-v", voice, "-s", str(pace), "-p", str(pitch), "-w", path, word]))
        for voice in voices["flite"]:
            for i in range(10 if many else 2):
                stretch = 0.75 + 0.7 * draw(word, voice, i, "s")
                speed = 0.88 + 0.24 * draw(word, voice, i, "p")
                path = part.temp("flite/%s_%s_%02d.wav" % (word, voice, i))
                wishes.append((path, word, "flite:" + voice, speed, "d%.2fr%.2f" % (stretch, speed),
                               ["flite", "-voice", voice, "--setf", "duration_stretch=%.3f" % stretch,
                                "-t", word, "-o", path]))
        for voice in voices["festival"]:
            for i in range(8 if many else 2):
                stretch = 0.75 + 0.7 * draw(word, voice, i, "s")
                speed = 0.88 + 0.24 * draw(word, voice, i, "p")
                path = part.temp("festival/%s_%s_%02d.wav" % (word, voice, i))
                wishes.append((path, word, "festival:" + voice, speed, "d%.2fr%.2f" % (stretch, speed), None))
                if not os.path.exists(path + ".ok"):
                    scheme.append('(say voice_%s %.3f "%s" "%s")' % (voice, stretch, word, path))
    if scheme:
        script = part.temp("say.scm")
        with open(script, "w", encoding="utf-8") as f:
            f.write("(define (say voice stretch word file)\n  (voice)\n"
                    "  (Parameter.set 'Duration_Stretch stretch)\n"
                    "  (utt.save.wave (utt.synth (eval (list 'Utterance 'Text word))) file 'riff))\n")
            f.write("\n".join(sorted(scheme)) + "\n")
        done = subprocess.run(["festival", "-b", script], capture_output=True, text=True)
        if done.returncode:
            die("part synth-commands: festival stopped: " + (done.stderr or done.stdout).strip()[-200:])
    for path, word, voice, speed, settings, command in wishes:
        if not os.path.exists(path + ".ok"):
            if command and subprocess.run(command, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL).returncode:
                die("part synth-commands: this failed: " + " ".join(command))
            if not trim(path, speed):
                continue
            open(path + ".ok", "w").close()
        engine, name = voice.split(":")
        held_out = name in ("slt", "rms", "cmu_us_slt_arctic_hts")  # one person reads all of slt
        yield clip(path, "%s/%s" % (word, re.sub("_(?=\\d+$)", "-", voice.replace(":", "_"))
                                    + "_" + stem(path).rsplit("_", 1)[1]),
                   voice, engine, "en", word if word in COMMANDS else "unknown", "commands_synth", word,
                   "dev" if held_out else "train", licence=SYNTH_LICENCE[engine], session=settings)


MUSIC_SECONDS = 75
MUSIC = [("asterisk-moh-opsound-wav", "usr/share/asterisk/moh", "CC BY-SA 3.0", 5),
         ("wesnoth-1.16-music", "usr/share/games/wesnoth/1.16/data/core/music", GPL2P, 40),
         ("warzone2100-music", "usr/share/games/warzone2100/music", GPL2P, 30),
         ("supertux-data", "usr/share/games/supertux2/music", GPL2P, 40),
         ("widelands-data", "usr/share/games/widelands/data/music", GPL2P, 30),
         ("drascula-music", "usr/share/scummvm/drascula/audio", None, 30),
         ("fillets-ng-data", "usr/share/games/fillets-ng/music", None, 15),
         ("hedgewars-data", "usr/share/games/hedgewars/Data/Music", None, 26),
         ("fretsonfire-songs-sectoid", "usr/share/games/fretsonfire/data/songs", "MIT", 12),
         ("fretsonfire-songs-muldjord", "usr/share/games/fretsonfire/data/songs", BYSA3, 12)]
SOUND_FILES = (".ogg", ".oga", ".wav", ".opus", ".flac", ".mp3")


def plan_music(part):
    """A minute or so from each of many tracks, at most five hours in all."""
    for package, folder, licence, most in MUSIC:
        home = part.deb(package, folder)
        tracks = walk(home, *SOUND_FILES)
        step = max(1.0, len(tracks) / most)
        for i in range(min(most, len(tracks))):
            track = tracks[int(i * step)]
            yield clip(track, package + "/" + os.path.relpath(track, home).rsplit(".", 1)[0], "", package,
                       "", task="music", licence=licence, before=("-ss", "8"), seconds_max=MUSIC_SECONDS)


EFFECTS = [("sonic-pi-samples", "usr/share/sonic-pi/samples", "CC0-1.0"),
           ("sound-theme-freedesktop", "usr/share/sounds/freedesktop/stereo", "CC BY-SA 3.0, CC BY 3.0, GPL-2.0"),
           ("oxygen-sounds", "usr/share/sounds", "LGPL-3.0-or-later"),
           ("supertux-data", "usr/share/games/supertux2/sounds", "GPL-3.0-or-later"),
           ("widelands-data", "usr/share/games/widelands/data", GPL2P),
           ("hedgewars-data", "usr/share/games/hedgewars/Data/Sounds", None)]
EFFECT_CLASSES = [("footsteps", "footstep|singlestep|steps?[_\\d]|^step|walk"), ("explosion", "explo|expl\\d|bang|blast|boom"),
                  ("gunshot", "gun|shot|rifle|cannon|fire\\d?_?shot|mg_|machine"), ("water", "water|splash|swim|river|sea"),
                  ("fire", "fire(?!work)|flame|burn"), ("engine", "engine|motor|jet|plane|vehicle|tank|truck"),
                  ("bird", "bird|crow|duck|gull|owl|chick|rooster|eagle"), ("dog", "dog|wolf|bark"),
                  ("door", "door|gate"), ("rain", "rain(?!b)"), ("thunder", "thunder|lightning"), ("wind", "wind(?!ow)"),
                  ("bell", "bell"), ("alarm", "alarm|siren"), ("saw", "saw"), ("hammer", "hammer|smith"),
                  ("click", "click|button|switch"), ("drum", "drum|snare|tom_|^bd_|kick"), ("laser", "laser|beam|plasma"),
                  ("sheep", "sheep"), ("cow", "cow"), ("horse", "horse"), ("cat", "^cat")]


def effect_class(name):
    for label, pattern in EFFECT_CLASSES:
        if re.search(pattern, name.lower()):
            return label
    return ""


def plan_effects(part):
    def effect(path, package, inside, licence=None):
        return clip(path, package + "/" + inside.rsplit(".", 1)[0], "", package, "", effect_class(stem(path)),
                    "effect", licence=licence, seconds_max=20, text=stem(path))

    for package, folder, licence in EFFECTS:
        home = part.deb(package, folder)
        for path in walk(home, *SOUND_FILES):
            inside = os.path.relpath(path, home)
            # a person's voice (that of alsa-voices), other parts' clips, music
            if not re.match("audio-channel|voices/|music/|ride_of_the", inside):
                yield effect(path, package, inside, licence)
    for path, name in unzip(part, *NEXUIZ, "sound/(?!announcer|player|tutorial)"):
        yield effect(path, NEXUIZ[0], name[6:])
    for package, pak in OPENARENA:
        for path, name in unzip(part, package, "usr/share/games/openarena/baseoa/%s.pk3" % pak,
                                "sound/(?!feedback|teamplay|player/(?!footsteps))"):
            yield effect(path, package, pak + "/" + name[6:])
    for path, name in unzip(part, *WARZONE, "audio/sfx/"):
        yield effect(path, WARZONE[0], name[6:])


def plan_zeroad(part):
    """0 A.D.: soldiers and citizens in old languages, effects, and some of its music."""
    archive = ("0ad-data", "usr/share/games/0ad/mods/public/public.zip")
    languages = {"greek": "grc", "latin": "la", "persian": "fa", "napatan": "egy"}
    tracks = 0
    for path, name in unzip(part, *archive, "audio/"):
        inside = name[6:].rsplit(".", 1)[0]
        kind, _, rest = inside.partition("/")
        if kind == "music":
            tracks += 1
            if tracks <= 24:
                yield clip(path, inside, "", archive[0], "", task="music", before=("-ss", "8"),
                           seconds_max=MUSIC_SECONDS)
        elif kind == "voice":
            people = rest.split("/")[0]
            who = "f" if re.search("female|woman|women", rest.lower()) else "m"
            yield clip(path, inside, "zeroad-%s-%s" % (people, who), archive[0],
                       languages.get(people, ""), stem(path))
        else:
            yield clip(path, inside, "", archive[0], "", effect_class(rest), "effect", stem(path),
                       seconds_max=20)


# --- the public corpora: from their own homes, or out of --labelled folders -----------------------
# A repository is laid out as its authors left it; splits here go by speaker, one in five to dev.

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



# --- conversion ----------------------------------------------------------------------------------

def flac_seconds(path):
    """STREAMINFO holds rate and sample count; no decoder needed."""
    with open(path, "rb") as f:
        head = f.read(26)
    if len(head) < 26 or head[:4] != b"fLaC":
        return 0.0
    bits = int.from_bytes(head[18:26], "big")
    rate, samples = bits >> 44, bits & ((1 << 36) - 1)
    return samples / rate if rate else 0.0


def run_ffmpeg(rows, folder):
    """Several clips through one ffmpeg. Returns input rates, or None when any clip failed."""
    command = list(FFMPEG)
    for row in rows:
        command += row["_before"] + ["-i", row["_src"]]
    for i, row in enumerate(rows):
        out = os.path.join(folder, row["file_name"])
        os.makedirs(os.path.dirname(out), exist_ok=True)
        command += ["-map", "%d:a:0" % i, "-map_metadata", "-1", "-ac", "1", "-ar", "16000",
                    "-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "5",
                    "-metadata_header_padding", "0", "-f", "flac", out + ".part"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode:
        return None
    log = done.stderr.decode("utf-8", "replace")
    rates = {}
    for index, rate in re.findall(r"Stream #(\d+):\d+.*?: Audio: .*?(\d+) Hz", log.split("Stream mapping")[0]):
        rates.setdefault(int(index), rate)
    for row in rows:
        out = os.path.join(folder, row["file_name"])
        os.replace(out + ".part", out)
    return [rates.get(i, "") for i in range(len(rows))]


def convert(rows, folder):
    """Writes the FLACs that are missing. Returns {file_name: (seconds, input rate)} of those that hold
    sound, the names ffmpeg could not read, and how many were silent or too short."""
    known = {}                                   # rates of an earlier, interrupted run
    notes = os.path.join(folder, ".rates")
    if os.path.exists(notes):
        with open(notes, encoding="utf-8") as f:
            known = dict(line.rstrip("\n").split("\t") for line in f if line.endswith("\n"))
    failed = []
    todo = [r for r in rows if not (r["file_name"] in known
                                    and os.path.exists(os.path.join(folder, r["file_name"])))]
    with open(notes, "a", encoding="utf-8") as log:
        for at in range(0, len(todo), BATCH):
            if len(failed) >= 2 * BATCH and len(failed) * 2 > at:
                break                            # a wrong option, not a wrong file: main() stops
            batch = todo[at:at + BATCH]
            rates = run_ffmpeg(batch, folder)
            if rates is None:                    # one of them is bad: which?
                singles = [(row, run_ffmpeg([row], folder)) for row in batch]
                failed += [row["file_name"] for row, rate in singles if rate is None]
                done = [(row, rate[0]) for row, rate in singles if rate is not None]
            else:
                done = list(zip(batch, rates))
            for row, rate in done:
                known[row["file_name"]] = rate
                log.write("%s\t%s\n" % (row["file_name"], rate))
            log.flush()
    sound, empty = {}, 0
    for row in rows:
        path = os.path.join(folder, row["file_name"])
        if row["file_name"] not in known or row["file_name"] in failed:
            if os.path.exists(path + ".part"):
                os.remove(path + ".part")
            continue
        seconds = flac_seconds(path)
        packed = os.path.getsize(path) - 90      # less the header
        if seconds == 0 or not row.get("_keep") and (seconds < MIN_SECONDS or
                                                     packed < MIN_FLAC_BYTES_PER_SECOND * seconds):
            empty += 1
            os.remove(path)
        else:
            sound[row["file_name"]] = seconds, row.get("rate") or known[row["file_name"]]
    return sound, failed, empty


REPEATED = ("effects", "openarena", "zeroad")     # games share clips under several names


def without_repeats(rows):
    seen, kept = set(), []
    for row in rows:
        with open(row["_src"], "rb") as f:
            digest = hashlib.sha256(f.read()).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(row)
    return kept


def main():
    name, folder, debs, scratch, repos = sys.argv[1:6]
    part = Part(name, debs, scratch, repos)
    rows = list(globals()["plan_" + name.replace("-", "_")](part))
    if not rows:
        die("part %s: its sources hold no audio where it is expected; their layout has changed, or "
            "they came only in part. Remove .cache and try again." % name)
    if name in REPEATED:
        rows = without_repeats(rows)
    first = {}                                   # a file may serve several tasks, one row each
    for row in rows:
        first.setdefault(row["file_name"], row)
    sound, failed, empty = convert(list(first.values()), folder)
    if failed:
        print("fetch-audio: part %s: ffmpeg could not read %d of %d clips, e.g. %s"
              % (name, len(failed), len(first), failed[0]), file=sys.stderr)
    if len(failed) * 20 > len(first):
        die("part %s: more than one clip in twenty failed; nothing was finished" % name)
    with open(os.path.join(folder, "metadata.csv.part"), "w", newline="", encoding="utf-8") as f:
        table = csv.DictWriter(f, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for row in rows:
            if row["file_name"] in sound and (row is first[row["file_name"]]
                                              or row["task"] != first[row["file_name"]]["task"]):
                seconds, rate = sound[row["file_name"]]
                table.writerow({**row, "seconds": "%.3f" % seconds, "rate": rate})
    os.replace(os.path.join(folder, "metadata.csv.part"), os.path.join(folder, "metadata.csv"))
    os.remove(os.path.join(folder, ".rates"))
    print("%d clips, %.1f minutes, %d silent or too short left out"
          % (len(sound), sum(s for s, _ in sound.values()) / 60, empty))


try:
    main()
except KeyboardInterrupt:
    die("interrupted; the same command goes on from here")
PYTHON
}

main "$@"; exit
