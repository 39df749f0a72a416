#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# Everything heard in a recording, by several heads on one encoder, into a file of JSON lines.
#
# usage: file-to-json.sh RECORDING OUTPUT.ndjson
#
. "$(dirname "$0")/common.sh"
need_file "$@"
exec gst-launch-1.0 -q filesrc location="$1" $decode ! \
    auricleencoder model="$models/encoder.safetensors" ! \
    auriclepredictor ! \
    auricleclassifier head="$models/commands.safetensors" ! \
    auricleclassifier head="$models/sounds.safetensors" ! \
    auriclewriter ! filesink location="${2:?name the output file}"
