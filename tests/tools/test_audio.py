# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The scripts of models/ that collect audio, on folders that a test makes."""
import csv
import os
import pathlib
import subprocess
import sys
from toolbox import expect, main

MODELS = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "models"
sys.path.insert(0, str(MODELS / "audio"))
sys.dont_write_bytecode = True
os.environ.setdefault("AUDIO_FFMPEG", "ffmpeg")
import convert  # pylint: disable=wrong-import-position
import people  # pylint: disable=wrong-import-position
from common import Part  # pylint: disable=wrong-import-position

COLUMNS = "file_name label speaker task split source lang seconds text ship".split()


def run(script, *arguments):
    done = subprocess.run([MODELS / script, *map(str, arguments)], capture_output=True, text=True,
                          timeout=100)
    expect(done.returncode == 0, f"{script}: {done.stderr[-600:]}")
    return done.stdout


def write(folder, rows):
    folder.mkdir(parents=True)
    with open(folder / "metadata.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        table.writerows({"ship": "yes", "split": "train", "seconds": "3.0", **row} for row in rows)
    for row in rows:
        (folder / row["file_name"]).write_bytes(b"")


def read(folder):
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_speaker_is_on_one_side_of_every_corpus(folder):
    for name in ("a", "b"):
        write(folder / name, [{"file_name": f"{i}.flac", "speaker": f"s{i % 40}",
                               "split": "dev" if i % 40 == 3 else "train"} for i in range(80)])
    write(folder / "known", [{"file_name": "x.flac", "speaker": f"s{i}"} for i in range(20)])
    for name in ("a", "b"):
        run("regroup-speakers.py", folder / name, folder / "out" / name, "--of", 2, "--known",
            folder / "known")
    sides = {(r["speaker"], r["split"]) for n in ("a", "b") for r in read(folder / "out" / n)}
    dev = {speaker for speaker, split in sides if split == "dev"}
    expect(len(sides) == 40, "each speaker has one side in both")
    expect("s3" in dev, "dev stays dev")
    expect(len(dev) > 5 and not dev & {f"s{i}" for i in range(20)} - {"s3"}, f"known train: {dev}")
    expect((folder / "out/a/0.flac").exists(), "the recordings are linked")


def hours_hold_no_command_word(folder):
    write(folder / "so762", [
        {"file_name": "go.flac", "text": "WE GO HOME", "lang": "en"},
        {"file_name": "talk.flac", "text": "gone upstairs", "lang": "en", "speaker": "p"},
        {"file_name": "dev.flac", "text": "WE CALL IT BEAR", "lang": "en", "split": "dev"},
        {"file_name": "no.flac", "text": "mine", "lang": "en", "ship": "no"}])
    write(folder / "queen", [
        {"file_name": "short.flac", "lang": "en", "seconds": "1.0"},
        {"file_name": "long.flac", "lang": "en", "seconds": "4.0"}])
    run("hours.py", f"so762={folder / 'so762'}", f"queen={folder / 'queen'}", folder / "hours")
    train, dev = read(folder / "hours/english-train"), read(folder / "hours/english-dev")
    expect([r["file_name"] for r in train] == ["so762/talk.flac"], str(train))
    expect([r["file_name"] for r in dev] == ["so762/dev.flac", "queen/long.flac"], str(dev))
    expect({r["label"] for r in train + dev} == {"english"}, "the label is the kind")
    expect({r["split"] for r in dev} == {"dev"} and train[0]["speaker"] == "so762:p", str(train))
    expect((folder / "hours/english-dev/queen/long.flac").exists(), "the folders are linked")


def every_part_has_a_planner(_):
    listed = run("fetch-audio.sh", "--list")
    table = [line.split("|") for line in (MODELS / "audio/parts.txt").read_text("utf-8").split("\n")
             if line and not line.startswith("#")]
    expect(len(table) > 40 and all(len(row) == 7 and all(row) for row in table), "seven fields")
    for name, *_ in table:
        convert.planner(name)
        expect(f"\n{name} " in listed, f"{name} is listed")


def held_out_people_are_not_trained_on(folder):
    top = folder / "pico/MLTK_keyworkSpotting/dataset"
    for word in ("go", "_unknown_", "_silence_"):
        (top / word).mkdir(parents=True)
    for number in range(60):
        name = f"{number:08x}_nohash_0.wav"
        (top / "go" / name).write_bytes(b"")
        (top / "_unknown_" / f"bird_{name}").write_bytes(b"")
    rows = list(people.plan_pico(Part("pico", "", "", str(folder))))
    sides = {(row["speaker"], row["split"]) for row in rows}
    expect(len(rows) == 120 and len(sides) == 60, f"{len(rows)} rows, {len(sides)} sides")
    counts = {split: sum(s == split for _, s in sides) for split in ("train", "dev", "test")}
    expect(counts["test"] > 10 and counts["dev"] > 0 and counts["train"] > 20, str(counts))
    expect({row["label"] for row in rows} == {"go", "unknown"}, "words that are no command")


main([a_speaker_is_on_one_side_of_every_corpus, hours_hold_no_command_word, every_part_has_a_planner,
      held_out_people_are_not_trained_on])
