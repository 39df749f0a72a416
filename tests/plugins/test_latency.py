#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What GStreamer's latency tracer says of the analysers: they report to add nothing to the path, and
a buffer is through all of them in under a millisecond (with the tests' small model). Prints TAP."""
import os
import pathlib
import re
import statistics
import subprocess
import sys

MODELS = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
ELEMENTS = ["auricleencoder0", "auriclepredictor0", "auricleclassifier0"]
PIPELINE = ("audiotestsrc is-live=true num-buffers=200 samplesperbuffer=160 wave=ticks ! "
            "audio/x-raw,rate=16000,channels=1 ! "
            f"auricleencoder model={MODELS}/encoder.safetensors ! auriclepredictor ! "
            f"auricleclassifier head={MODELS}/head.safetensors ! fakesink sync=true")
LIMIT_NS = 1000000


def trace():
    environment = dict(os.environ, GST_TRACERS="latency(flags=element+reported)",
                       GST_DEBUG="GST_TRACER:7", GST_DEBUG_NO_COLOR="1")
    run = subprocess.run(["gst-launch-1.0", "-q", *PIPELINE.split()], env=environment,
                         capture_output=True, text=True, errors="replace", timeout=60)
    return run.stderr


def numbers(log, record, element, field):
    """Values of a field in the records of one element."""
    pattern = re.compile(rf" {record}, .*element=\(string\){element},.* {field}=\(guint64\)(\d+)")
    return [int(match.group(1)) for match in pattern.finditer(log)]


# Each case returns what is wrong, as lines.

def they_pass_a_buffer_on_at_once(log):
    times = {name: numbers(log, "element-latency", name, "time") for name in ELEMENTS}
    silent = [f"no record of {name}" for name, values in times.items() if len(values) < 100]
    if silent:
        return silent
    total = sum(statistics.median(values) for values in times.values())
    return [] if total <= LIMIT_NS else [f"{total / 1e6:.2f} ms together"]


def they_report_to_add_nothing(log):
    source = numbers(log, "element-reported-latency", "audiotestsrc0", "min")
    wrong = [] if source and source[-1] == 10000000 else [f"the source reports {source}"]
    for name in ELEMENTS:
        for bound in ("min", "max"):
            reported = numbers(log, "element-reported-latency", name, bound)
            if not reported or any(reported):
                wrong.append(f"{name} reports {bound} {reported}")
    return wrong


CASES = [they_pass_a_buffer_on_at_once, they_report_to_add_nothing]


def main():
    log = trace()
    failed = 0
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        wrong = case(log)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {case.__name__.replace('_', ' ')}")
        for line in wrong:
            print(f"# {line}")
    return 1 if failed else 0


sys.exit(main())
