#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The element tests and two whole pipelines once more under GStreamer's leaks tracer: nothing may be
alive at the end. Arguments: the test programs. Prints TAP."""
import os
import pathlib
import subprocess
import sys

MODELS = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
CHAIN = (f"auricleencoder model={MODELS}/encoder.safetensors post-messages=true ! "
         f"auriclepredictor ! tee name=t ! queue ! "
         f"auricleclassifier head={MODELS}/head.safetensors ! "
         f"auriclewriter frames=true ! fakesink t. ! queue ! "
         f"auricleclassifier head={MODELS}/slow.safetensors post-posteriors=true ! fakesink")
SOURCE = "audiotestsrc num-buffers=200 wave=ticks ! audio/x-raw,rate={},channels={} ! "


def leaks(command):
    environment = dict(os.environ, GST_TRACERS="leaks", GST_DEBUG="GST_TRACER:7",
                       GST_DEBUG_NO_COLOR="1")
    run = subprocess.run(command, env=environment, capture_output=True, text=True,
                         errors="replace", timeout=100)
    alive = [line.split("TRACE", 1)[-1].strip()[:300] for line in run.stderr.splitlines()
             if "object-alive, type-name" in line and "(gpointer)0x" in line]
    if run.returncode:
        alive.append(f"exit status {run.returncode}: {run.stdout[-400:]}")
    if "GST_TRACER" not in run.stderr:
        alive.append("the tracer did not run")
    return alive


def cases():
    for program in sys.argv[1:]:
        yield pathlib.Path(program).name, [program]
    for rate, channels in ((16000, 1), (44100, 2)):
        pipeline = SOURCE.format(rate, channels) + CHAIN
        yield f"pipeline at {rate} Hz", ["gst-launch-1.0", "-q", *pipeline.split()]


def main():
    listed = list(cases())
    failed = 0
    print(f"1..{len(listed)}")
    for number, (name, command) in enumerate(listed, 1):
        alive = leaks(command)
        failed += bool(alive)
        print(f"{'not ok' if alive else 'ok'} {number} - {name}", flush=True)
        for line in alive[:10]:
            print(f"# {line}")
    return 1 if failed else 0


sys.exit(main())
