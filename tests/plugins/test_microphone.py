#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""portaudiosrc against a virtual microphone: a PulseAudio server of this test's own plays into a null
sink whose monitor is, through ALSA's pulse plugin, PortAudio's default device. Prints TAP."""
import array
import json
import math
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MODELS = pathlib.Path(os.environ["AURICLE_TEST_MODELS"])
NEEDED = {"pulseaudio": "pulseaudio", "pacat": "pulseaudio-utils",
          "gst-launch-1.0": "gstreamer1.0-tools"}
RATE = 48000
TONE_HZ = 441

SERVER = """
load-module module-native-protocol-unix
load-module module-null-sink sink_name=speaker norewinds=1
set-default-sink speaker
set-default-source speaker.monitor
"""
ASOUND = """
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


def missing():
    packages = [package for program, package in NEEDED.items() if not shutil.which(program)]
    if not any(pathlib.Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        packages.append("libasound2-plugins")
    return packages


class Room:
    """A home, a sound server and processes that end with the test."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="auricle-mic-"))
        (self.folder / "run").mkdir(mode=0o700)
        (self.folder / ".asoundrc").write_text(ASOUND)
        (self.folder / "server.pa").write_text(SERVER)
        (self.folder / "client.conf").write_text("autospawn = no\n")
        self.environment = dict(
            os.environ, HOME=str(self.folder), XDG_RUNTIME_DIR=str(self.folder / "run"),
            PULSE_RUNTIME_PATH=str(self.folder / "run" / "pulse"),
            PULSE_CLIENTCONFIG=str(self.folder / "client.conf"), JACK_NO_START_SERVER="1",
            LC_ALL="C.UTF-8")
        for name in ("PULSE_SERVER", "PULSE_SINK", "PULSE_SOURCE", "LD_PRELOAD"):
            self.environment.pop(name, None)
        self.server = None

    def open(self):
        self.server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
             "-F", str(self.folder / "server.pa")],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            answer = subprocess.run(["pactl", "info"], env=self.environment, capture_output=True)
            if answer.returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("the sound server did not start")

    def shut(self):
        if self.server:
            self.server.terminate()
            self.server.wait(10)
            self.server = None

    def play(self, samples, rate):
        path = self.folder / "play.raw"
        path.write_bytes(array.array("h", [int(32767 * s) for s in samples]).tobytes())
        subprocess.run(["pacat", "--playback", "--format=s16le", f"--rate={rate}", "--channels=1",
                        str(path)], env=self.environment, check=True, timeout=60)

    def launch(self, description):
        """A running pipeline, returned when its clock runs."""
        process = subprocess.Popen(["gst-launch-1.0", "-e", *description.split()],
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace")
        process.said = ""
        for line in process.stdout:
            process.said += line
            if "New clock" in line:
                break
        return process

    def clear(self):
        self.shut()
        shutil.rmtree(self.folder, ignore_errors=True)


def finish(process, seconds=10):
    """How long it took to stop after Ctrl-C."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.said += process.communicate(timeout=seconds)[0]
    return time.monotonic() - start


def tone(seconds, rate=RATE, hz=TONE_HZ):
    return [0.5 * math.sin(2 * math.pi * hz * i / rate) for i in range(int(seconds * rate))]


def bursts():
    """As the models were taught: silence, noise, tone at 16 kHz, twice."""
    draw = random.Random(1)
    part = 12000
    once = ([0.0] * part + [draw.uniform(-0.4, 0.4) for _ in range(part)] +
            [0.5 * math.sin(0.2 * i) for i in range(part)])
    return once + once + [0.0] * part


# Each case returns what is wrong, as lines.

def monitor_lists_the_microphone(room):
    run = subprocess.run(["gst-device-monitor-1.0", "Audio/Source"], env=room.environment,
                         capture_output=True, text=True, errors="replace", timeout=30)
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
    long = [e for e in events if e["end_ns"] - e["start_ns"] > 0.4e9]
    labels = [e["label"] for e in long]
    wrong = []
    if labels != ["noise", "tone", "noise", "tone"]:
        wrong.append(f"heard {labels}")
    for event in long:
        seconds = (event["end_ns"] - event["start_ns"]) / 1e9
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
    starts = [json.loads(line)["start_ns"] for line in path.read_text().splitlines()]
    steps = {b - a for a, b in zip(starts, starts[1:])}
    wrong = [] if len(starts) > 100 else [f"only {len(starts)} frames in 2 s"]
    if steps != {10000000}:
        wrong.append(f"steps between frames: {sorted(steps)} ns")
    return wrong


def a_microphone_that_goes_away_is_an_error(room):
    process = room.launch("portaudiosrc device=default ! fakesink")
    time.sleep(0.5)
    room.shut()
    start = time.monotonic()
    try:
        process.said += process.communicate(timeout=15)[0]
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
    if time.monotonic() - start > 8:
        wrong.append("it took more than 8 s")
    return wrong


def expect_refusal(room, description, words):
    run = subprocess.run(["gst-launch-1.0", *description.split()], env=room.environment,
                         capture_output=True, text=True, errors="replace", timeout=20)
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


CASES = [monitor_lists_the_microphone, what_is_played_is_captured_whole, events_are_heard_live,
         frames_lie_ten_milliseconds_apart, a_device_that_is_not_there_is_named,
         a_microphone_that_goes_away_is_an_error, no_microphone_is_said_with_the_cure]


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
