#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""auricle listen at a virtual microphone. With --live, a benchmark: what is said is heard, which needs
a machine that keeps up with the sound. Prints TAP."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "plugins"))
from toolbox import ENCODER, PROGRAM, auricle, corpus, expect, expect_failure, main, noise, save, word
from virtual_microphone import Room, missing

room = Room()


def start(*arguments, **environment):
    """auricle listen, returned once the microphone runs."""
    process = subprocess.Popen([PROGRAM, "listen", *map(str, arguments)], env={**room.environment, **environment},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.said = process.stderr.readline()
    expect(process.said.startswith("listening to"), f"it said: {process.said}")
    return process


def stop(process):
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)
    return out, process.said + err


def fit_head(folder):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60,
                     "--background", "silence", "--augment", 1, "--out", head)
    expect(result.status == 0, "fit", result)
    return head


def ended(lines):
    """The events that have ended."""
    return [event for event in map(json.loads, lines.splitlines()) if event["type"] == "event"]


def what_is_said_is_heard(folder):
    head = fit_head(folder)
    sound = noise(8000, 0.002, 1)
    for n, label in enumerate(("rise", "fall", "fall", "rise")):
        sound += word(label, 2000 + n) + noise(12000, 0.002, 5 + n)
    save(folder / "said.wav", [sound])
    process = start("--model", ENCODER, "--head", head, "--json")
    began = time.monotonic()
    room.play(sound, 16000)
    out, said = stop(process)
    expect(process.returncode == 0 and "listened 0:00:0" in said, f"Ctrl-C: {said}")
    live = ended(out)
    file = ended(auricle("listen", folder / "said.wav", "--model", ENCODER, "--head", head, "--json").out)
    expect([e["label"] for e in live] == ["rise", "fall", "fall", "rise"], f"heard {live}")
    shift = live[0]["start"] - file[0]["start"]
    expect(0 <= shift < time.monotonic() - began, f"begins {shift} s late")
    for heard, played in zip(live, file):
        expect(abs(heard["start"] - played["start"] - shift) < 0.15, f"{heard} for {played}")


def devices_are_listed(_):
    run = subprocess.run([PROGRAM, "listen", "--list-devices"], env=room.environment, text=True,
                         capture_output=True, timeout=120)
    expect(run.returncode == 0 and "default" in run.stdout, run.stdout + run.stderr)
    expect(not run.stderr, "the sound system's own messages are kept quiet: " + run.stderr)


def a_device_that_is_not_there_is_named(folder):
    head = fit_head(folder)
    run = auricle("listen", "--model", ENCODER, "--head", head, "--device", "attic",
                  **room.environment)
    expect_failure(run, 1, "attic", "--list-devices")
    run = auricle("listen", "--model", ENCODER, "--head", head, "--device", "4711", **room.environment)
    expect_failure(run, 1, "no device 4711", "--list-devices")
    expect_failure(auricle("listen", "--device", "", **room.environment), 2, "--device is empty")


def lost_sound_is_counted_and_heard_as_silence(folder):
    """The device says once that it discarded sound; by its clock that were two seconds."""
    process = start("--model", ENCODER, "--head", fit_head(folder), "--json",
                    LD_PRELOAD=os.environ["AURICLE_LOSE_SOUND"])
    hang = threading.Timer(60, process.kill)
    hang.start()
    gap = json.loads(process.stdout.readline() or "{}")
    hang.cancel()
    out, err = stop(process)
    expect(gap.get("type") == "gap" and gap["heard_as"] == "silence" and gap["gaps"] == 1, f"{gap}")
    expect(1.9 < gap["lost"] < 2.5 and abs(gap["end"] - gap["start"] - gap["lost"]) < 0.001, f"{gap}")
    expect("sound lost in 1 gap" in err, err + out)


def a_microphone_that_goes_away_ends_it(folder):
    process = start("--model", ENCODER, "--head", fit_head(folder))
    time.sleep(0.5)
    room.shut()
    try:
        out, err = process.communicate(timeout=100)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError("it goes on, or hangs") from None
    finally:
        room.open()
    expect(process.returncode == 1 and "default" in err and "unplugged" in err, out + err)


def no_microphone_is_said_with_the_cure(folder):
    head = fit_head(folder)
    room.shut()
    try:
        for command in (("--model", ENCODER, "--head", head), ("--list-devices",)):
            expect_failure(auricle("listen", *command, **room.environment), 1,
                           "there is no microphone", "auricle listen FILE")
    finally:
        room.open()


if missing():
    print(f"1..0 # SKIP NO VIRTUAL MICROPHONE: apt-get install {' '.join(missing())}")
    sys.exit(0)
try:
    room.open()
    if "--live" in sys.argv[1:]:
        main([what_is_said_is_heard])
    else:
        main([devices_are_listed, a_device_that_is_not_there_is_named, lost_sound_is_counted_and_heard_as_silence,
              a_microphone_that_goes_away_ends_it, no_microphone_is_said_with_the_cure])
finally:
    room.clear()
