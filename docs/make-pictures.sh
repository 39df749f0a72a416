#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Draws surprise.png beside this script: Debian's speaker-test sounds (package alsa-utils), one
# after another, with noise between them, and how much each surprised the bundled encoder.
#   ./run build && docs/make-pictures.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
sound=$(mktemp --suffix=.wav)
trap 'rm -f "$sound"' EXIT
python3 - "$sound" <<'JOIN'
import sys
import wave

with wave.open(sys.argv[1], "wb") as out:
    for name in ("Front_Center", "Front_Left", "Front_Right", "Noise", "Rear_Left", "Side_Right"):
        with wave.open(f"/usr/share/sounds/alsa/{name}.wav") as one:
            if not out.getnframes():
                out.setparams(one.getparams())
            rate, width = one.getframerate(), one.getsampwidth() * one.getnchannels()
            shortened = rate * 7 // 10 if name == "Noise" else one.getnframes()
            out.writeframes(one.readframes(shortened) + bytes(width * (rate // 5)))
JOIN
../build/tools/auricle plot sound "$sound" --title "Six recordings, one of them noise" \
    --width 800 --out surprise.png
