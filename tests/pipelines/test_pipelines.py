#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Every script in pipelines/, run as it stands on sound whose answer is known: bursts of noise and
tone for the small models of the plugin tests, which stand in for the trained ones. Then once more
with the bundled models on recorded speech: the demo's, whose words are known. Prints TAP."""
import array
import json
import os
import pathlib
import re
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
BUNDLED = ROOT / "models"
BUILD = pathlib.Path(os.environ["MESON_BUILD_ROOT"])
# what demo.sh strings together, and the packages it takes it from
DIGITS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
ALSA = pathlib.Path("/usr/share/sounds/alsa")
SAID = [("three", DIGITS / "3.wav"), ("zero", DIGITS / "0.wav"), ("nine", DIGITS / "9.wav"),
        ("seven", DIGITS / "7.wav"), ("one", DIGITS / "1.wav"), ("four", DIGITS / "4.wav"),
        ("left", ALSA / "Front_Left.wav"), ("right", ALSA / "Side_Right.wav")]
DEMO_PACKAGES = "asterisk-core-sounds-en-wav alsa-utils"
PAUSE_S = 0.9
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
                          errors="replace", timeout=600)


def lines_of(text, kind):
    return [line for line in map(json.loads, text.splitlines()) if line["type"] == kind]


def long_events(text, channel=0):
    return [e for e in lines_of(text, "event")
            if e["channel"] == channel and e["end"] - e["start"] > 0.4]


def compare(what, got, expected):
    return [] if got == expected else [f"{what}: {got}, expected {expected}"]


def near(what, got, expected):
    return [] if abs(got - expected) < 0.25 else \
        [f"{what} at {got:.2f} s, expected {expected:.2f} s"]


# Each case returns what is wrong, as lines.

def household_sounds(folder):
    got = run("household-sounds.sh", record(folder / "house.wav", [bursts()], 16000))
    events = long_events(got.stdout)
    wrong = compare("labels", [e["label"] for e in events], BURSTS)
    for event, start in zip(events, (0.75, 1.5, 3.0, 3.75)):
        wrong += near(event["label"], event["start"], start)
        wrong += near("end of " + event["label"], event["end"], start + 0.75)
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
        wrong += near(f"{party} party's tone", tones[0]["start"] if tones else 0, start)
    course = lines_of(got.stdout, "posteriors")
    for channel in (0, 1):
        starts = [line["start"] for line in course if line["channel"] == channel]
        wrong += compare(f"seconds of channel {channel}", starts,
                         list(range(len(starts))))
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
    wrong += compare("seconds", [int(line["start"]) for line in lines], list(range(6)))
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
                         capture_output=True, text=True, env=environment, timeout=600)
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
        said, complaints = script.communicate(timeout=1000)
    finally:
        room.clear()
    if "--live" in sys.argv[1:]:
        wrong = compare("labels", [e["label"] for e in long_events(said)], BURSTS)
        return wrong + ([complaints[-800:]] if wrong else [])
    got = subprocess.CompletedProcess([], script.returncode, said, complaints)
    return valid_lines("voice-commands", got, said, {"event"})


# --- the bundled models on recorded speech

def bundled_environment():
    return {k: v for k, v in os.environ.items() if k != "AURICLE_MODELS"}


def run_bundled(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          errors="replace", timeout=1000, env=bundled_environment())


def spoken():
    """(word, begin, end) in seconds of the demo's recording."""
    at = PAUSE_S
    for word, path in SAID:
        with wave.open(str(path)) as file:
            length = file.getnframes() / file.getframerate()
        yield word, at, at + length
        at += length + PAUSE_S


def demo_lists(text):
    """Events [(label, start, end, confidence)] of the demo's two halves."""
    first, second = text.split("auricle listen hears:")
    piped = [(e["label"], e["start"], e["end"], e["score"])
             for e in map(json.loads, re.findall(r"^{.*}$", first, re.M))
             if e["type"] == "event"]
    listened = [(label, clock(start), clock(end), float(confidence)) for start, end, label,
                confidence in re.findall(r"^(\S+) (\S+) (\S+) ([\d.]+)$", second, re.M)]
    return piped, listened


def clock(text):
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def same_events(what, one, other, confidence):
    differ = [f"{what}: {a} and {b}" for a, b in zip(one, other)
              if a[0] != b[0] or abs(a[1] - b[1]) > 0.001 or abs(a[2] - b[2]) > 0.001 or
              abs(a[3] - b[3]) > confidence]
    return differ + compare(f"{what}: number of events", len(one), len(other))


def demo(folder):
    got = run_bundled(PIPELINES / "demo.sh", BUILD)
    if got.returncode:
        return [f"exit status {got.returncode}", got.stderr[-800:]]
    piped, printed = demo_lists(got.stdout)
    told = run_bundled(BUILD / "tools" / "auricle", "listen", "--json",
                       "--model", BUNDLED / "encoder.safetensors",
                       "--head", BUNDLED / "commands.safetensors", "--threshold-on", "0.02",
                       BUILD / "demo.wav")
    listened = [(e["label"], e["start"], e["end"], e["score"])
                for e in map(json.loads, told.stdout.splitlines()) if e["type"] == "event"]
    wrong = compare("exit status of listen", told.returncode, 0)
    wrong += same_events("pipeline and listen --json", piped, listened, 1e-3)
    wrong += same_events("pipeline and the listen printed", piped, printed, 0.006)  # two digits
    right = [word for word, begin, end in spoken()
             if any(label == word and start < end + 0.3 and stop > begin - 0.3
                    for label, start, stop, _ in piped)]
    if 2 * len(right) < len(SAID):
        wrong.append(f"of {len(SAID)} words only {right} were heard: {piped}")
    return wrong


def a_failing_half_fails_the_demo(folder):
    """The program's half is made to succeed; the pipeline's has no model."""
    build = folder / "half"
    (build / "tools").mkdir(parents=True)
    (build / "plugins").symlink_to(BUILD / "plugins")
    listens = build / "tools" / "auricle"
    listens.write_text("#!/bin/sh\nexit 0\n")
    listens.chmod(0o755)
    empty = dict(os.environ, AURICLE_MODELS=str(build))
    got = subprocess.run([str(PIPELINES / "demo.sh"), str(build)], capture_output=True, text=True,
                         errors="replace", env=empty, timeout=600)
    wrong = [] if got.returncode else ["exit status 0"]
    return wrong + ([] if "commands.safetensors" in got.stderr else [got.stderr[-500:]])


def valid_lines(name, got, text, types):
    wrong = compare(f"{name}: exit status", got.returncode, 0)
    try:
        lines = [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        return wrong + [f"{name}: {error}: {text[:300]}"]
    wrong += compare(f"{name}: kinds of lines", {line["type"] for line in lines} - types - {"event-start", "gap"},
                     set())
    for line in lines:
        if line["type"] != "event-start" and not 0 <= line["start"] < line["end"] <= 60:
            wrong.append(f"{name}: {line}")
        if not 0 <= line.get("score", 0) <= 1:
            wrong.append(f"{name}: {line}")
    return wrong + ([f"{name}: {got.stderr[-500:]}"] if wrong else [])


def every_pipeline_runs_with_the_bundled_models(folder):
    words, output = DIGITS / "3.wav", folder / "bundled.ndjson"
    house = run_bundled(PIPELINES / "household-sounds.sh", words)
    call = run_bundled(PIPELINES / "two-party-call.sh", words)
    surprised = run_bundled(PIPELINES / "surprise.sh", words)
    filed = run_bundled(PIPELINES / "file-to-json.sh", ALSA / "Front_Left.wav", output)
    written = output.read_text() if output.exists() else ""
    wrong = valid_lines("household-sounds", house, house.stdout, {"event"})
    wrong += valid_lines("two-party-call", call, call.stdout, {"event", "posteriors"})
    wrong += valid_lines("surprise", surprised, surprised.stdout, {"surprise"})
    wrong += valid_lines("file-to-json", filed, written, {"event", "surprise"})
    for name, text, kind in (("two-party-call", call.stdout, "posteriors"),
                             ("surprise", surprised.stdout, "surprise"),
                             ("file-to-json", written, "surprise")):
        if f'"type":"{kind}"' not in text:
            wrong.append(f"{name} says nothing: {text[:300]}")
    return wrong


def voice_commands_with_the_bundled_models(_folder):
    room = Room()
    room.environment.pop("AURICLE_MODELS", None)
    try:
        room.open()
        script = subprocess.Popen([str(PIPELINES / "voice-commands.sh"), "device=default"],
                                  env=room.environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, errors="replace")
        time.sleep(2)
        for _, path in SAID[:3]:
            with wave.open(str(path)) as file:
                samples = array.array("h", file.readframes(file.getnframes()))
                room.play([s / 32768 for s in samples], file.getframerate())
        time.sleep(1)
        script.send_signal(signal.SIGINT)
        said, complaints = script.communicate(timeout=1000)
    finally:
        room.clear()
    got = subprocess.CompletedProcess([], script.returncode, said, complaints)
    return valid_lines("voice-commands", got, said, {"event"})


CASES = [household_sounds, two_party_call, file_to_json, surprise, a_missing_recording_is_named,
         a_missing_model_is_named, voice_commands, demo, a_failing_half_fails_the_demo,
         every_pipeline_runs_with_the_bundled_models, voice_commands_with_the_bundled_models]
LIVE = (voice_commands, voice_commands_with_the_bundled_models)
TRAINED = (demo, every_pipeline_runs_with_the_bundled_models,
           voice_commands_with_the_bundled_models)
RECORDED = (*TRAINED, a_failing_half_fails_the_demo)


def every_pipeline_has_a_case():
    scripts = {p.stem.replace("-", "_") for p in PIPELINES.glob("*.sh")} - {"common"}
    return [f"{name} has no test" for name in scripts - {case.__name__ for case in CASES}]


def reason_to_skip(case):
    packages = missing()
    if case in LIVE and packages:
        return f"NO VIRTUAL MICROPHONE: apt-get install {' '.join(packages)}"
    if case in RECORDED and not all(path.exists() for _, path in SAID):
        return f"NO RECORDINGS: apt-get install {DEMO_PACKAGES}"
    if case in TRAINED and not (BUNDLED / "commands.safetensors").exists():
        return "NO TRAINED MODELS: models/make.sh makes them"
    return None


def report(number, name, wrong):
    print(f"{'not ok' if wrong else 'ok'} {number} - {name.replace('_', ' ')}", flush=True)
    for line in wrong:
        print("# " + line.replace("\n", "\n# "), flush=True)
    return bool(wrong)


def main():
    failed = 0
    print(f"1..{len(CASES) + 1}")
    with tempfile.TemporaryDirectory() as name:
        folder = prepare(pathlib.Path(name))
        for number, case in enumerate(CASES, 1):
            reason = reason_to_skip(case)
            if reason:
                print(f"ok {number} - # SKIP {reason}")
                print(f"{case.__name__} is not tested: {reason}", file=sys.stderr)
                continue
            failed += report(number, case.__name__, case(folder))
    failed += report(len(CASES) + 1, "every_pipeline_has_a_case", every_pipeline_has_a_case())
    return 1 if failed else 0


sys.exit(main())
