# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What the tests of the program share: running it, TAP, sounds made by formula."""
import array
import csv
import json
import math
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import traceback
import wave

PROGRAM = os.environ["AURICLE_PROGRAM"]
MODELS = pathlib.Path(os.environ["AURICLE_TEST_ENCODERS"])
ENCODER, OTHER = str(MODELS / "encoder.safetensors"), str(MODELS / "other.safetensors")
RATE = 16000


class Result:
    def __init__(self, run):
        self.status, self.out, self.err = run.returncode, run.stdout, run.stderr

    def json(self):
        return json.loads(self.out)


def auricle(*arguments, limit_bytes=None, **environment):
    """Runs the program; limit_bytes: no file may grow beyond it, as on a full disk."""
    def limit():
        if limit_bytes is not None:
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    run = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, errors="replace",
                         env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                         preexec_fn=limit, timeout=120)
    return Result(run)


def expect(condition, what, result=None):
    if not condition:
        seen = f"; exit {result.status}, stdout {result.out[-600:]!r}, stderr {result.err[-600:]!r}" \
            if result else ""
        raise AssertionError(what + seen)


def expect_failure(result, status, *words):
    expect(result.status == status, f"exit status should be {status}", result)
    for word in words:
        expect(word in result.err, f"stderr should name {word!r}", result)
    # a slow machine shows progress, which is not a part of the reason
    lines = [line for line in result.err.splitlines() if not re.match(r" *[\d.]+ %", line)]
    expect(len(lines) <= 4, "one reason, not a page", result)


def main(tests):
    """tests: functions of a scratch folder; prints TAP, exits 1 when one failed."""
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(pathlib.Path(folder))
                print(f"ok {number} - {test.__name__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                for line in traceback.format_exc().splitlines():
                    print("# " + line)
                print(f"not ok {number} - {test.__name__}", flush=True)
    sys.exit(1 if failed else 0)


# ---- sounds

def save(path, channels, rate=RATE):
    """channels: lists of floats in [-1, 1], 16 bit."""
    samples = array.array("h", (int(max(-1, min(1, x)) * 32767) for frame in zip(*channels)
                                for x in frame))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def save_float(path, samples, rate=RATE):
    """32-bit float wav, which can hold what no sound holds."""
    data = struct.pack(f"<{len(samples)}f", *samples)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1,
                       rate, rate * 4, 4, 32, b"data", len(data))
    pathlib.Path(path).write_bytes(head + data)


def noise(count, level, seed):
    draw = random.Random(seed)
    return [level * draw.uniform(-1, 1) for _ in range(count)]


def word(label, seed, seconds=0.4):
    """"rise" sweeps up, "fall" sweeps down through the same band; "other" is a low hum."""
    draw = random.Random(seed)
    count = int(seconds * draw.uniform(0.9, 1.1) * RATE)
    low, high = 400 * draw.uniform(0.9, 1.1), 3000 * draw.uniform(0.9, 1.1)
    phase, samples = 0.0, []
    for i in range(count):
        place = i / count
        hertz = {"rise": low + (high - low) * place, "fall": high - (high - low) * place,
                 "other": 150 + 30 * draw.random()}[label]
        phase += 2 * math.pi * hertz / RATE
        samples.append(0.5 * math.sin(phase) * math.sin(math.pi * place) +
                       0.01 * draw.uniform(-1, 1))
    return noise(1600, 0.002, seed + 1) + samples + noise(2400, 0.002, seed + 2)


def corpus(folder, labels=("rise", "fall"), each=16, speakers=8, change=lambda label, n: label):
    """Two thirds of the speakers are train, the others dev; change: what metadata.csv claims."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for label in labels:
        for n in range(each):
            name = f"{label}{n:02}.wav"
            save(folder / name, [word(label, hash_of(name))])
            split = "train" if n % speakers < speakers * 2 // 3 else "dev"
            rows.append({"file_name": name, "label": change(label, n),
                         "speaker": f"s{n % speakers}", "task": "words", "split": split,
                         "source": "formula", "licence": "CC0", "ship": "yes"})
    write_table(folder, rows)
    return rows


def write_table(folder, rows):
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)


def hash_of(text):
    value = 0
    for letter in text:
        value = (value * 131 + ord(letter)) % 1000003
    return value


def read_npy(path):
    """(rows, columns), numbers"""
    data = pathlib.Path(path).read_bytes()
    expect(data[:8] == b"\x93NUMPY\x01\x00", "the magic of npy 1.0")
    length = data[8] | data[9] << 8
    expect((10 + length) % 64 == 0 and data[9 + length:10 + length] == b"\n", "padded to 64")
    header = eval(data[10:10 + length], {}, {})  # a dictionary, as the format defines it
    expect(header["descr"] == "<f4" and not header["fortran_order"], "rows of float32")
    rows, columns = header["shape"]
    expect(len(data) == 10 + length + 4 * rows * columns, "as many numbers as the header says")
    return (rows, columns), array.array("f", data[10 + length:])
