#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Sounds of a house in a recording, or live without one; one JSON line each as it ends.
#
# usage: household-sounds.sh [RECORDING]
#
. "$(dirname "$0")/common.sh"
[ $# -eq 0 ] || need_file "$@"
if [ $# -eq 0 ]; then
    set -- portaudiosrc ! audioconvert ! "audio/x-raw,channels=1"
else
    set -- filesrc location="$1" $decode,channels=1
fi
exec gst-launch-1.0 -q -e "$@" ! \
    auricleencoder model="$models/encoder.safetensors" ! \
    auricleclassifier head="$models/sounds.safetensors" ! \
    auriclewriter ! fdsink
