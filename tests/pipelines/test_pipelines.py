#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Every script in pipelines/, run as it stands on sound whose answer is known: bursts of noise and
tone for the small models of the plugin tests, which stand in for the trained ones. Prints TAP."""
import array
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave

ROOT = pathlib.Path(os.environ["MESON_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests" / "plugins"))
from virtual_microphone import Room, bursts, missing  # noqa: E402

SMALL = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
PIPELINES = ROOT / "pipelines"
BURSTS = ["noise", "tone", "noise", "tone"]  # 0.75 s each, after 0.75 s of silence, twice


def prepare(folder):
    models = folder / "models"
    models.mkdir()
    shutil.copy(SMALL / "encoder.safetensors", models)
    for name in ("commands", "sounds", "arousal"):
        shutil.copy(SMALL / "head.safetensors", models / f"{name}.safetensors")
    os.environ["AURICLE_MODELS"] = str(models)
    return folder


def record(path, channels, rate):
    """bursts() are made at 16 kHz; another rate is every second sample of them."""
    step = 16000 // rate
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        mixed = [int(32767 * sample) for frame in zip(*(c[::step] for c in channels))
                 for sample in frame]
        file.writeframes(array.array("h", mixed).tobytes())
    return str(path)


def run(script, *arguments):
    return subprocess.run([str(PIPELINES / script), *arguments], capture_output=True, text=True,
                          errors="replace", timeout=60)


def lines_of(text, kind):
    return [line for line in map(json.loads, text.splitlines()) if line["type"] == kind]


def long_events(text, channel=0):
    return [e for e in lines_of(text, "event")
            if e["channel"] == channel and e["end_ns"] - e["start_ns"] > 0.4e9]


def compare(what, got, expected):
    return [] if got == expected else [f"{what}: {got}, expected {expected}"]


def near(what, got_ns, expected_s):
    return [] if abs(got_ns / 1e9 - expected_s) < 0.25 else \
        [f"{what} at {got_ns / 1e9:.2f} s, expected {expected_s:.2f} s"]


# Each case returns what is wrong, as lines.

def household_sounds(folder):
    got = run("household-sounds.sh", record(folder / "house.wav", [bursts()], 16000))
    events = long_events(got.stdout)
    wrong = compare("labels", [e["label"] for e in events], BURSTS)
    for event, start in zip(events, (0.75, 1.5, 3.0, 3.75)):
        wrong += near(event["label"], event["start_ns"], start)
        wrong += near("end of " + event["label"], event["end_ns"], start + 0.75)
    return wrong + compare("exit status", got.returncode, 0) + compare("stderr", got.stderr, "")


def two_party_call(folder):
    one = bursts()
    other = [0.0] * 24000 + one[:-24000]  # 1.5 s later
    got = run("two-party-call.sh", record(folder / "call.wav", [one, other], 8000))
    first, second = long_events(got.stdout, 0), long_events(got.stdout, 1)
    wrong = compare("exit status", got.returncode, 0)
    if not first or not second:
        return wrong + [f"{len(first)} and {len(second)} events; {got.stderr[-500:]}"]
    # noise without its upper half is foreign to these small models; the tone they know
    for party, events, start in (("first", first, 1.5), ("second", second, 3.0)):
        tones = [e for e in events if e["label"] == "tone"]
        wrong += near(f"{party} party's tone", tones[0]["start_ns"] if tones else 0, start)
    course = lines_of(got.stdout, "posteriors")
    for channel in (0, 1):
        starts = [line["start_ns"] for line in course if line["channel"] == channel]
        wrong += compare(f"seconds of channel {channel}", starts,
                         [s * 10 ** 9 for s in range(len(starts))])
        wrong += compare("seconds in all", len(starts), 6)
    return wrong


def file_to_json(folder):
    output = folder / "heard.ndjson"
    recording = record(folder / "file.wav", [bursts(), bursts()], 16000)
    got = run("file-to-json.sh", recording, str(output))
    text = output.read_text()
    # two heads: every event twice, in each of two channels
    return (compare("exit status", got.returncode, 0) +
            compare("channel 0", [e["label"] for e in long_events(text, 0)][::2], BURSTS) +
            compare("channel 1", [e["label"] for e in long_events(text, 1)][1::2], BURSTS) +
            compare("surprise", len(lines_of(text, "surprise")), 2 * 53))


def surprise(folder):
    got = run("surprise.sh", record(folder / "surprise.wav", [bursts()], 16000))
    lines = lines_of(got.stdout, "surprise")
    wrong = compare("exit status", got.returncode, 0)
    wrong += compare("seconds", [line["start_ns"] // 10 ** 9 for line in lines], list(range(6)))
    if wrong:
        return wrong
    peaks = [line["surprise_max"] for line in lines]
    return [] if max(peaks) > 2 * abs(peaks[0]) + 0.1 else [f"nothing surprised: {peaks}"]


def a_missing_recording_is_named(folder):
    wrong = []
    for script in ("household-sounds.sh", "two-party-call.sh", "file-to-json.sh", "surprise.sh"):
        got = run(script, "/nowhere/call.wav", str(folder / "x"))
        wrong += compare(script, got.returncode, 2)
        if "/nowhere/call.wav" not in got.stderr or "usage: " + script not in got.stderr:
            wrong.append(f"{script} says {got.stderr!r}")
    return wrong


def a_missing_model_is_named(folder):
    environment = dict(os.environ, AURICLE_MODELS=str(folder))
    got = subprocess.run([str(PIPELINES / "surprise.sh"), str(folder / "surprise.wav")],
                         capture_output=True, text=True, env=environment, timeout=60)
    wrong = [] if got.returncode else ["exit status 0"]
    return wrong + ([] if "encoder.safetensors" in got.stderr else [got.stderr])


def voice_commands(_folder):
    room = Room()
    try:
        room.open()
        script = subprocess.Popen([str(PIPELINES / "voice-commands.sh"), "device=default"],
                                  env=room.environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, errors="replace")
        time.sleep(2)
        room.play(bursts(), 16000)
        script.send_signal(signal.SIGINT)
        said, complaints = script.communicate(timeout=10)
    finally:
        room.clear()
    wrong = compare("labels", [e["label"] for e in long_events(said)], BURSTS)
    return wrong + ([] if not wrong else [complaints[-800:]])


CASES = [household_sounds, two_party_call, file_to_json, surprise, a_missing_recording_is_named,
         a_missing_model_is_named, voice_commands]


def every_pipeline_has_a_case():
    scripts = {p.stem.replace("-", "_") for p in PIPELINES.glob("*.sh")} - {"common"}
    return [f"{name} has no test" for name in scripts - {case.__name__ for case in CASES}]


def report(number, name, wrong):
    print(f"{'not ok' if wrong else 'ok'} {number} - {name.replace('_', ' ')}", flush=True)
    for line in wrong:
        print("# " + line.replace("\n", "\n# "), flush=True)
    return bool(wrong)


def main():
    failed = 0
    packages = missing()
    print(f"1..{len(CASES) + 1}")
    with tempfile.TemporaryDirectory() as name:
        folder = prepare(pathlib.Path(name))
        for number, case in enumerate(CASES, 1):
            if case is voice_commands and packages:
                print(f"ok {number} - # SKIP NO VIRTUAL MICROPHONE: apt-get install "
                      f"{' '.join(packages)}")
                continue
            failed += report(number, case.__name__, case(folder))
    failed += report(len(CASES) + 1, "every_pipeline_has_a_case", every_pipeline_has_a_case())
    return 1 if failed else 0


sys.exit(main())
