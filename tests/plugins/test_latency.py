#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What GStreamer's latency tracer reports about the analysers: they add nothing to the latency of the
path, and each passes on every buffer. With --pace, a benchmark: a buffer is through all of them in
under a millisecond (with the tests' small model). Prints TAP."""
import os
import pathlib
import re
import statistics
import subprocess
import sys

MODELS = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
BUFFERS = 200
ELEMENTS = ["auricleencoder0", "auriclepredictor0", "auricleclassifier0"]
PIPELINE = (f"audiotestsrc is-live=true num-buffers={BUFFERS} samplesperbuffer=160 wave=ticks ! "
            "audio/x-raw,rate=16000,channels=1 ! "
            f"auricleencoder model={MODELS}/encoder.safetensors ! auriclepredictor ! "
            f"auricleclassifier head={MODELS}/head.safetensors ! fakesink sync=true")
LIMIT_NS = 1000000


def trace():
    environment = dict(os.environ, GST_TRACERS="latency(flags=element+reported)",
                       GST_DEBUG="GST_TRACER:7", GST_DEBUG_NO_COLOR="1")
    run = subprocess.run(["gst-launch-1.0", "-q", *PIPELINE.split()], env=environment,
                         capture_output=True, text=True, errors="replace", timeout=600)
    return run.stderr


def numbers(log, record, element, field):
    """Values of a field in the records of one element."""
    pattern = re.compile(rf" {record}, .*element=\(string\){element},.* {field}=\(guint64\)(\d+)")
    return [int(match.group(1)) for match in pattern.finditer(log)]


# Each case returns what is wrong, as lines.

def they_pass_on_every_buffer(log):
    counts = {name: len(numbers(log, "element-latency", name, "time")) for name in ELEMENTS}
    return [f"{name} passed on {count} buffers of {BUFFERS}" for name, count in counts.items()
            if count != BUFFERS]


def they_pass_a_buffer_on_at_once(log):
    times = [numbers(log, "element-latency", name, "time") for name in ELEMENTS]
    total = sum(statistics.median(values) for values in times)
    print(f"# {total / 1e6:.3f} ms in all three elements")
    return [] if total <= LIMIT_NS else [f"more than {LIMIT_NS / 1e6:g} ms"]


def they_report_to_add_nothing(log):
    source = numbers(log, "element-reported-latency", "audiotestsrc0", "min")
    wrong = [] if source and source[-1] == 10000000 else [f"the source reports {source}"]
    for name in ELEMENTS:
        for bound in ("min", "max"):
            reported = numbers(log, "element-reported-latency", name, bound)
            if not reported or any(reported):
                wrong.append(f"{name} reports {bound} {reported}")
    return wrong


CASES = [they_pass_on_every_buffer, they_report_to_add_nothing]
if "--pace" in sys.argv[1:]:
    CASES.append(they_pass_a_buffer_on_at_once)


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
