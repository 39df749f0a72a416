# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""A sound server of a test's own: what is played into its null sink is heard, through the sink's
monitor and ALSA's pulse plugin, from PortAudio's default device."""
import array
import math
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

NEEDED = {"pulseaudio": "pulseaudio", "pacat": "pulseaudio-utils",
          "gst-launch-1.0": "gstreamer1.0-tools"}

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
        for _ in range(600):
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
                        str(path)], env=self.environment, check=True, timeout=600)

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


def bursts():
    """As the models were taught: silence, noise, tone at 16 kHz, twice."""
    draw = random.Random(1)
    part = 12000
    once = ([0.0] * part + [draw.uniform(-0.4, 0.4) for _ in range(part)] +
            [0.5 * math.sin(0.2 * i) for i in range(part)])
    return once + once + [0.0] * part
