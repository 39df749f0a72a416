#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# The main job on a real recording: two people Auricle was not trained on say digits and directions;
# their recordings come from Debian's asterisk-core-sounds-en-wav and alsa-utils. They are strung
# together with pauses into one recording, which is then listened to twice: by a GStreamer pipeline
# and by the program. Both print the commands they hear with start, end, label and confidence.
#
# usage: demo.sh [BUILD-FOLDER]
#
set -e
. "$(dirname "$0")/common.sh"
build=${1:-$here/../build}
export GST_PLUGIN_PATH="$build/plugins"
digits=/usr/share/asterisk/sounds/en_US_f_Allison/digits
said="$digits/3.wav $digits/0.wav $digits/9.wav $digits/7.wav $digits/1.wav $digits/4.wav
    /usr/share/sounds/alsa/Front_Left.wav /usr/share/sounds/alsa/Side_Right.wav"
recording=$build/demo.wav

raw='audio/x-raw,format=S16LE,rate=16000,channels=1'
pause="audiotestsrc wave=silence num-buffers=9 samplesperbuffer=1600 ! $raw ! c."
chain="$pause"
for file in $said; do
    [ -r "$file" ] || {
        echo "demo: $file is missing. Cure: apt-get install asterisk-core-sounds-en-wav alsa-utils" >&2
        exit 1
    }
    chain="$chain filesrc location=$file ! wavparse ! audioconvert ! audioresample ! $raw ! c. $pause"
done
# shellcheck disable=SC2086 # words of a pipeline
gst-launch-1.0 -q concat name=c ! "$raw" ! wavenc ! filesink location="$recording.tmp" $chain
mv "$recording.tmp" "$recording"

threshold=0.02 # the head's own 0.5 is for hours in which few commands are said, and misses most digits
echo "said: three, zero, nine, seven, one, four, (front) left, (side) right   -> $recording"
echo
echo "The GStreamer pipeline hears:"
gst-launch-1.0 -q filesrc location="$recording" ! wavparse ! audioconvert ! \
    auricleencoder model="$models/encoder.safetensors" ! \
    auricleclassifier head="$models/commands.safetensors" threshold-on=$threshold ! \
    auriclewriter ! fdsink
echo
echo "auricle listen hears:"
"$build/tools/auricle" listen --model "$models/encoder.safetensors" \
    --head "$models/commands.safetensors" --threshold-on $threshold "$recording"
