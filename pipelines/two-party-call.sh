#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# A recorded call with one party in each channel (8 kHz is enough): arousal over time, per party,
# as JSON lines: stretches ("event") and the course of it every second ("posteriors").
#
# usage: two-party-call.sh RECORDING
#
. "$(dirname "$0")/common.sh"
need_file "$@"
exec gst-launch-1.0 -q filesrc location="$1" $decode,channels=2 ! \
    auricleencoder model="$models/encoder.safetensors" ! \
    auricleclassifier head="$models/arousal.safetensors" ! \
    auriclewriter posteriors=true interval=1000000000 ! fdsink
