#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What the program prints: JSON of docs/events.md, outputs that cannot be written, closed descriptors,
signals and narrow terminals."""
import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import time

from toolbox import ENCODER, PROGRAM, auricle, corpus, expect, main, noise, save, word

ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
SMALL = ("--set", "shape.dim=16", "--set", "shape.layers=1", "--set", "shape.conv=16x1", "--set",
         "loop.streams=2", "--set", "loop.frames=40", "--set", "loop.statistics=1")


def fit_head(folder, *more):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60,
                     "--background", "silence", "--augment", 1, "--out", head, *more)
    expect(result.status == 0, "fit", result)
    return head, result


def shell(command, **more):
    """The exit status and standard error of a command line of bash; $A is the program."""
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120,
                         env={**ENVIRONMENT, "A": PROGRAM, "E": ENCODER, **more})
    return run.returncode, run.stderr


def strict(text):
    """JSON without NaN or Infinity, which Python would take."""
    def refuse(word_):
        raise AssertionError(f"{word_} is not JSON")
    return json.loads(text, parse_constant=refuse)


def listen_writes_the_schema(folder):
    head, _ = fit_head(folder)
    sound = folder / "said.wav"
    said = noise(8000, 0.002, 1)
    for n, label in enumerate(("rise", "fall", "fall", "rise")):
        said += word(label, 2000 + n) + noise(12000, 0.002, 5 + n)
    save(sound, [said, noise(len(said), 0.002, 9)])
    result = auricle("listen", sound, "--model", ENCODER, "--head", head, "--json", "--quiet")
    lines = [strict(line) for line in result.out.splitlines()]
    common = {"schema", "type", "channel", "start", "end", "stream", "head", "label", "score"}
    for line in lines:
        expect(set(line) == common | {"decided"}, f"the keys of the schema: {line}")
        expect(line["schema"] == 1 and line["stream"] == str(sound) and line["channel"] in (0, 1),
               f"{line}")
        expect(0 <= line["score"] <= 1 and line["decided"] > line["start"], f"{line}")
        expect((line["end"] is None) == (line["type"] == "event-start"), f"{line}")
    ended = [e for e in lines if e["type"] == "event" and e["channel"] == 0]
    expect([e["label"] for e in ended] == ["rise", "fall", "fall", "rise"], f"heard {lines}", result)
    for event in ended:
        start = [e for e in lines if e["type"] == "event-start" and e["start"] == event["start"]
                 and e["label"] == event["label"] and e["channel"] == 0]
        expect(len(start) == 1 and start[0]["score"] <= event["score"], f"{event} begins: {lines}")
    raw = auricle("listen", sound, "--model", ENCODER, "--head", head, "--json", "--raw")
    for line in map(strict, raw.out.splitlines()):
        expect(set(line) == common | {"posteriors"} and line["type"] == "posteriors", f"{line}")
        expect(abs(sum(line["posteriors"].values()) - 1) < 1e-4, f"shares: {line}")
        expect(line["posteriors"][line["label"]] == line["score"], f"the likeliest: {line}")
        expect(0 <= line["start"] < line["end"], f"{line}")


def output_that_cannot_be_written_is_a_failure(folder):
    head, _ = fit_head(folder)
    save(folder / "said.wav", [noise(16000, 0.002, 1) + word("rise", 3) + noise(16000, 0.002, 2)])
    variables = {"H": str(head), "S": str(folder / "said.wav"), "D": str(folder / "words")}
    for command in ("$A --help", "$A --version", "$A listen --help", "$A info $E", "$A info $E --json",
                    "$A info --machine", "$A pretrain --list-settings", "$A pretrain --list-objectives",
                    "$A listen $S --model $E --head $H", "$A listen $S --model $E --head $H --json",
                    "$A bench --model $E --head $H --seconds 0.05 --json",
                    "$A eval -q --encoder $E --head $H --data $D --json"):
        for where in ("> /dev/full", ">&-"):
            status, said = shell(f"{command} {where}", **variables)
            expect(status == 1 and "standard output cannot be written" in said,
                   f"{command} {where}: exit {status}, {said!r}")
        status, said = shell(f"{command} > /dev/null", **variables)
        expect(status == 0, f"{command}: exit {status}, {said!r}")


def closed_descriptors_are_not_given_to_files(folder):
    corpus(folder / "words")
    for n, closed in enumerate(("2>&-", ">&- 2>&-", "<&- >&- 2>&-", "<&-")):
        run = folder / f"run{n}"
        status, _ = shell(f"$A pretrain --data {folder}/words --run {run} --steps 20 {' '.join(SMALL)} "
                          f"{closed}")
        expect(status == 0, f"{closed}: exit {status}")
        lines = (run / "metrics.jsonl").read_text().splitlines()
        expect(lines and all(strict(line)["step"] > 0 for line in lines), f"{closed}: {lines[:3]}")


def a_hangup_leaves_a_checkpoint(folder):
    corpus(folder / "words")
    for number, ignored in ((signal.SIGHUP, False), (signal.SIGTERM, False), (signal.SIGHUP, True)):
        run = folder / f"run{number}{ignored}"
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
        process = subprocess.Popen([PROGRAM, "pretrain", "--data", folder / "words", "--run", run,
                                    "--steps", "100000000", *SMALL], preexec_fn=ignore,
                                   stderr=subprocess.PIPE, text=True)
        while not (run / "metrics.jsonl").exists() or not (run / "metrics.jsonl").stat().st_size:
            expect(process.poll() is None, "it trains")
            time.sleep(0.05)
        process.send_signal(number)
        if ignored:  # as after nohup: it goes on
            time.sleep(0.2)
            expect(process.poll() is None, "an ignored SIGHUP changes nothing")
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        expect(process.returncode == 0 and (run / "checkpoint.safetensors").exists(),
               f"{number}: exit {process.returncode}, {said[-300:]}")


def the_progress_line_fits_the_terminal(folder):
    corpus(folder / "words")
    for columns in (100, 30, 12, 3):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, "pretrain", "--data", folder / "words", "--run",
                                    folder / f"run{columns}", "--steps", "20", *SMALL],
                                   stderr=theirs, stdout=subprocess.DEVNULL)
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        expect(process.wait(60) == 0, f"{columns} columns")
        bars = [b for b in re.findall(r"\x1b\[K(\[[^\r\n]*)", seen.decode())]
        expect(bars, f"{columns} columns: a bar: {seen[-300:]}")
        expect(max(map(len, bars)) < columns, f"{columns} columns: {bars[-1]!r}")


def a_command_line_can_be_run_again(folder):
    """What a card keeps is text that a shell takes, whatever the bytes of a name."""
    corpus(folder / "words")
    for name in ("plain", "with blank", "it's", os.fsdecode(b"caf\xe9"), os.fsdecode(b"a'b\\c\xff"),
                 "caf\u00e9"):
        out = folder / name
        result = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60,
                         "--augment", 0, "--out", out, "--json")
        expect(result.status == 0 and strict(result.out)["out"], ascii(name), result)
        command = auricle("info", out, "--json").json()["card"]["command"]
        words = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True).stdout
        expect(words.split(b"\0")[-3] == os.fsencode(out), f"{command} names {os.fsencode(out)}")


main([listen_writes_the_schema, output_that_cannot_be_written_is_a_failure,
      closed_descriptors_are_not_given_to_files, a_hangup_leaves_a_checkpoint,
      the_progress_line_fits_the_terminal, a_command_line_can_be_run_again])
