#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""portaudiosrc against a virtual microphone. With --live, a benchmark: what is played is captured
whole, which needs a machine that keeps up with the sound. Prints TAP."""
import array
import json
import math
import os
import pathlib
import subprocess
import sys
import time

from virtual_microphone import Room, bursts, finish, missing

MODELS = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
RATE = 48000
TONE_HZ = 441


def tone(seconds, rate=RATE, hz=TONE_HZ):
    return [0.5 * math.sin(2 * math.pi * hz * i / rate) for i in range(int(seconds * rate))]


# Each case returns what is wrong, as lines.

def monitor_lists_the_microphone(room):
    run = subprocess.run(["gst-device-monitor-1.0", "Audio/Source"], env=room.environment,
                         capture_output=True, text=True, errors="replace", timeout=120)
    wanted = ["device.api = portaudio", "portaudiosrc device=default"]
    return [f"{line!r} is not in its output" for line in wanted if line not in run.stdout]


def what_is_played_is_captured_whole(room):
    path = room.folder / "heard.raw"
    process = room.launch(f"portaudiosrc ! audio/x-raw,format=S16LE,rate={RATE},channels=1 ! "
                          f"filesink location={path}")
    room.play(tone(3), RATE)
    took = finish(process)
    heard = array.array("h", path.read_bytes())
    loud = [i for i, s in enumerate(heard) if abs(s) > 1600]
    if not loud:
        return ["only silence was heard"]
    start, end = loud[0] + 960, loud[-1] - 960
    # a pure tone obeys x[n+1] + x[n-1] = 2 cos(w) x[n]; a lost or repeated sample breaks that
    turn = 2 * math.cos(2 * math.pi * TONE_HZ / RATE)
    breaks = sum(abs(heard[i + 1] + heard[i - 1] - turn * heard[i]) > 300
                 for i in range(start, end))
    wrong = []
    if end - start < 2.8 * RATE:
        wrong.append(f"{(end - start) / RATE:.2f} s of 3 s were heard")
    if breaks:
        wrong.append(f"the tone breaks at {breaks} samples")
    if took > 3:
        wrong.append(f"it took {took:.1f} s to stop")
    return wrong


def events_are_heard_live(room):
    path = room.folder / "events.ndjson"
    process = room.launch(
        f"portaudiosrc ! audioconvert ! auricleencoder model={MODELS}/encoder.safetensors ! "
        f"auricleclassifier head={MODELS}/head.safetensors ! auriclewriter ! "
        f"filesink location={path}")
    room.play(bursts(), 16000)
    finish(process)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    long = [e for e in events if e["type"] == "event" and e["end"] - e["start"] > 0.4]
    labels = [e["label"] for e in long]
    wrong = []
    if labels != ["noise", "tone", "noise", "tone"]:
        wrong.append(f"heard {labels}")
    for event in long:
        seconds = event["end"] - event["start"]
        if not 0.6 < seconds < 0.9:
            wrong.append(f"{event['label']} of 0.75 s seemed {seconds:.2f} s long")
    return wrong


def frames_lie_ten_milliseconds_apart(room):
    path = room.folder / "frames.ndjson"
    process = room.launch(
        f"portaudiosrc buffer-time=100000 latency-time=5000 ! audioconvert ! "
        f"auricleencoder model={MODELS}/encoder.safetensors ! auriclewriter frames=true ! "
        f"filesink location={path}")
    time.sleep(2)
    finish(process)
    starts = [round(json.loads(line)["start"] * 1e6) for line in path.read_text().splitlines()]
    steps = {b - a for a, b in zip(starts, starts[1:])}
    wrong = [] if len(starts) > 100 else [f"only {len(starts)} frames in 2 s"]
    if steps != {10000}:
        wrong.append(f"steps between frames: {sorted(steps)} us")
    return wrong


def a_microphone_that_goes_away_is_an_error(room):
    process = room.launch("portaudiosrc device=default ! fakesink")
    time.sleep(0.5)
    room.shut()
    try:
        process.said += process.communicate(timeout=100)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return ["the pipeline goes on, or hangs"]
    finally:
        room.open()
    wrong = []
    if 'Device "default" stopped delivering' not in process.said:
        wrong.append("the device is not named: " + process.said[-500:])
    if process.returncode == 0:
        wrong.append("exit status 0")
    return wrong


def expect_refusal(room, description, words):
    run = subprocess.run(["gst-launch-1.0", *description.split()], env=room.environment,
                         capture_output=True, text=True, errors="replace", timeout=100)
    said = run.stdout + run.stderr
    wrong = [f"{word!r} is not said: {said[-500:]}" for word in words if word not in said]
    return wrong + (["exit status 0"] if run.returncode == 0 else [])


def a_device_that_is_not_there_is_named(room):
    return expect_refusal(room, "portaudiosrc device=attic ! fakesink",
                          ['no capture device "attic"', '"default"'])


def no_microphone_is_said_with_the_cure(room):
    room.shut()
    try:
        return expect_refusal(room, "portaudiosrc ! fakesink",
                              ["There is no microphone", "arecord -l"])
    finally:
        room.open()


CASES = [monitor_lists_the_microphone, a_device_that_is_not_there_is_named,
         a_microphone_that_goes_away_is_an_error, no_microphone_is_said_with_the_cure]
if "--live" in sys.argv[1:]:
    CASES = [what_is_played_is_captured_whole, events_are_heard_live,
             frames_lie_ten_milliseconds_apart]


def main():
    packages = missing()
    if packages:
        print(f"1..0 # SKIP NO VIRTUAL MICROPHONE: apt-get install {' '.join(packages)}")
        print(f"portaudiosrc is not tested: install {' '.join(packages)}", file=sys.stderr)
        return 0
    print(f"1..{len(CASES)}")
    room = Room()
    failed = 0
    try:
        room.open()
        for number, case in enumerate(CASES, 1):
            wrong = case(room)
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {case.__name__.replace('_', ' ')}",
                  flush=True)
            for line in wrong:
                print("# " + line.replace("\n", "\n# "), flush=True)
    finally:
        room.clear()
    return 1 if failed else 0


sys.exit(main())
