#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Commands spoken into the microphone, one JSON line each as it ends.
#
# usage: voice-commands.sh [portaudiosrc's properties, e.g. device=default]
#
. "$(dirname "$0")/common.sh"
exec gst-launch-1.0 -q -e portaudiosrc "$@" ! audioconvert ! \
    auricleencoder model="$models/encoder.safetensors" ! \
    auricleclassifier head="$models/commands.safetensors" ! \
    auriclewriter ! fdsink
