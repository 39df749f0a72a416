#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# How surprising a recording is to the encoder's own predictors, one JSON line per channel and
# second; no labels, no head.
#
# usage: surprise.sh RECORDING
#
. "$(dirname "$0")/common.sh"
need_file "$@"
exec gst-launch-1.0 -q filesrc location="$1" $decode ! \
    auricleencoder model="$models/encoder.safetensors" ! auriclepredictor ! \
    auriclewriter interval=1000000000 ! fdsink
