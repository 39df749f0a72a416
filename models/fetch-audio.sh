#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Fetches the public audio that Auricle learns from and turns it into 16 kHz mono FLAC,
# with one metadata.csv a part. ATTRIBUTION.md says who made what and on which terms.
set -euo pipefail

readonly PROGRAM=${0##*/}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

parts_table() { grep -v '^#' "$here/audio/parts.txt"; }

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
  --list           list the parts with hours, download, licence, and origin
  --help           this text

needs: bash, python3, ffmpeg; for parts from Debian also apt-get and dpkg (no root beyond an
'apt-get update' now and then); for repositories git, for archives curl and tar or unzip.
synth-commands needs its speech programs installed; --list names them.

The disk holds one part's download at a time, and packages that a later part needs too.
Of some corpora a side is held out (split test): the project's final tests. auricle trains on
split train only, and bundled weights never met those speakers.

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
    said=$(AUDIO_LABELLED=$(IFS=$'\n'; echo "${labelled[*]}") python3 "$here/audio/convert.py" \
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

# Hours, download, licence, and contents of the named parts, and the sums.
list_parts() {
    parts_table | awk -F'|' -v wanted=" $* " '
        BEGIN { printf "%-17s%6s%7s  %s\n", "part", "hours", "MB", "licence; what a listener hears; from" }
        index(wanted, " " $1 " ") {
            printf "%-17s%6s%7s  %s; %s\n%32s%s\n", $1, $4, $5, $6, $7, "", $3
            hours += $4; mb += $5; parts++
        }
        END { printf "%d parts, %.0f hours, %.1f GB to download (what parts share counts twice)\n",
              parts, hours, mb / 1000 }'
}

main() {
    local keep=no part missing=()
    labelled=() parts=() out=
    while (($#)); do
        case $1 in
        --help | -h) usage; exit 0 ;;
        --list) list_parts "$(parts_table | cut -d"|" -f1 | tr "\n" " ")"; exit 0 ;;
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
    list_parts "${parts[@]}"
    mkdir -p "$out"
    out=$(cd "$out" && pwd)
    cache=$out/.cache
    mkdir -p "$cache/deb" "$cache/repo"
    export PYTHONDONTWRITEBYTECODE=1
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

main "$@"; exit
