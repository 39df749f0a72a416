#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Folders of runs on full disks, of two trainings at once and after a kill; tables of labels as people
write them."""
import json
import signal
import subprocess
import time

from toolbox import ENCODER, PROGRAM, auricle, corpus, expect, expect_failure, main

SMALL = ("--set", "shape.dim=16", "--set", "shape.layers=1", "--set", "shape.conv=16x1", "--set",
         "loop.streams=2", "--set", "loop.frames=40", "--set", "loop.statistics=1")


def pretrain(folder, run, *more, **options):
    return auricle("pretrain", "--data", folder / "words", "--run", run, *SMALL, *more, **options)


def a_full_disk_is_reported_once(folder):
    corpus(folder / "words")
    run = folder / "run"
    result = pretrain(folder, run, "--steps", 200, "--checkpoint-minutes", 0, limit_bytes=3000)
    expect(result.err.count("metrics.jsonl cannot be written") == 1, "one warning", result)
    lines = (run / "metrics.jsonl").read_text()
    expect(lines.endswith("\n") and len(lines) <= 3000, "no piece of a line")
    expect([json.loads(line)["step"] for line in lines.splitlines()][:2] == [10, 20], lines[:200])
    result = auricle("plot", "curves", run, "--out", folder / "c.svg")
    expect(result.status == 0, "what was written is drawn", result)
    with open(run / "metrics.jsonl", "a", encoding="utf-8") as file:
        file.write('{"event": "step", "st')
    result = auricle("plot", "curves", run, "--out", folder / "c.svg")
    expect(result.status == 0, "a torn last line is passed over", result)


def a_run_has_one_training(folder):
    corpus(folder / "words")
    run = folder / "run"
    first = subprocess.Popen([PROGRAM, "pretrain", "--data", folder / "words", "--run", run, "--steps",
                              "100000000", "-q", *SMALL])
    try:
        while not (run / "metrics.jsonl").exists():
            expect(first.poll() is None, "the first trains")
            time.sleep(0.05)
        for more in ((), ("--resume",)):
            expect_failure(pretrain(folder, run, "--steps", 20, *more), 1, str(run), "another training")
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(60)
    for name in ("checkpoint.safetensors.tmp-99", "metrics.jsonl.tmp-1", "mine.tmp-2", "checkpoint.safetensors.tmp-x"):
        (run / name).write_text("left")
    result = pretrain(folder, run, "--steps", 100000000, "--stop-after", 1, "--resume")
    expect(result.status == 0, "the lock ends with its process", result)
    left = sorted(p.name for p in run.iterdir() if ".tmp" in p.name)
    expect(left == ["checkpoint.safetensors.tmp-x", "mine.tmp-2"], f"only what a training left: {left}")


def fit(folder, data):
    return auricle("fit", "--encoder", ENCODER, "--data", data, "--window", 60, "--augment", 0, "--out",
                   folder / "head", "--json")


def tables_are_read_as_people_write_them(folder):
    corpus(folder / "words")
    table = folder / "words/metadata.csv"
    text = table.read_text()
    windows = fit(folder, folder / "words").json()["windows"]
    objects = [dict(zip(text.splitlines()[0].split(","), line.split(","))) for line in text.splitlines()[1:]]
    for name, changed in (("blanks", text.replace(",", ", ")), ("carriage returns", text.replace("\n", "\r")),
                          ("windows", text.replace("\n", "\r\n"))):
        table.write_bytes(changed.encode())
        result = fit(folder, folder / "words")
        expect(result.status == 0 and result.json()["windows"] == windows, name, result)
    table.unlink()
    (folder / "words/metadata.jsonl").write_text("\n".join(map(json.dumps, objects)) + "\n\n")
    result = fit(folder, folder / "words")
    expect(result.status == 0 and result.json()["windows"] == windows, "metadata.jsonl", result)
    (folder / "words/metadata.jsonl").write_text('{"file_name": "rise00.wav"}\nnonsense\n')
    expect_failure(fit(folder, folder / "words"), 1, "metadata.jsonl", "line 2")


def a_folder_per_label_is_enough(folder):
    rows = corpus(folder / "words")
    (folder / "words/metadata.csv").unlink()
    for row in rows:
        place = folder / "words" / row["label"]
        place.mkdir(exist_ok=True)
        (folder / "words" / row["file_name"]).rename(place / row["file_name"])
    result = fit(folder, folder / "words")
    expect(result.status == 0 and result.json()["train_recordings"] > 0, "fit", result)


def a_table_without_a_split_is_divided(folder):
    """fit and eval keep the same recordings for dev, whether a table or folders name the labels."""
    rows = corpus(folder / "words", each=32, speakers=32)
    table = folder / "words/metadata.csv"
    for columns in (("file_name", "label"), ("file_name", "label", "speaker")):
        table.write_text("\n".join([",".join(columns)] + [",".join(row[c] for c in columns) for row in rows]))
        result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", folder / "words", "--json")
        expect(result.status == 0, f"{columns}", result)
        n = result.json()["n"]
        expect(0 < n < 20 and result.json()["n_train"] == len(rows) - n, f"{columns}: {n} of {len(rows)}", result)
        expect("speaker" in columns or not result.json()["shared_speakers"], "speakers are not shared", result)
        fitted = fit(folder, folder / "words").json()
        expect(fitted["train_recordings"] == len(rows) - n, f"fit: {fitted}")
    table.unlink()
    for row in rows:
        place = folder / "words" / row["label"]
        place.mkdir(exist_ok=True)
        (folder / "words" / row["file_name"]).rename(place / row["file_name"])
    result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", folder / "words", "--json")
    expect(result.status == 0 and result.json()["n"] > 0 and result.json()["accuracy"] > 0.5, "folders", result)
    # a split that only some rows state
    (folder / "words").rename(folder / "mixed")
    table = folder / "mixed/metadata.csv"
    table.write_text("file_name,label,split\n" + "".join(
        f"{row['label']}/{row['file_name']},{row['label']},{'dev' if n % 4 == 0 else ''}\n"
        for n, row in enumerate(rows)))
    result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", folder / "mixed", "--json")
    expect(result.status == 0 and result.json()["n"] >= len(rows) // 4, "some rows state dev", result)


def rows_without_a_label_are_counted(folder):
    rows = corpus(folder / "words")
    table = folder / "words/metadata.csv"
    text = table.read_text().replace("rise00.wav,rise,", "rise00.wav,,").replace("fall03.wav,fall,", "fall03.wav, ,")
    table.write_text(text)
    result = fit(folder, folder / "words")
    expect(result.status == 0 and result.json()["skipped"] == 2, "two", result)
    expect("without a label" in result.err and ("rise00" in result.err or "fall03" in result.err), "named", result)
    result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", folder / "words", "--task", "words",
                     "--json")
    expect(result.json()["skipped"] == 2 and result.json()["n"] + result.json()["n_train"] == len(rows) - 2,
           "eval", result)
    expect("no label" in result.err, "eval names one", result)
    # all of them
    table.write_text("\n".join(text.splitlines()[:1] + [line.replace(",rise,", ",,").replace(",fall,", ",,")
                                                     for line in text.splitlines()[1:]]))
    result = fit(folder, folder / "words")
    expect(result.status == 1 and "classes" in result.err, "none has a label", result)
    # a row that another split or task takes away is not missed
    table.write_text(text.replace("rise00.wav,,s0,words,train", "rise00.wav,,s0,words,later"))
    expect(fit(folder, folder / "words").json()["skipped"] == 1, "of another split")


def a_start_without_an_end_is_counted(folder):
    rows = corpus(folder / "words")
    table = folder / "words/metadata.csv"
    for place, reason in (("0.1,", "no end"), ("0.3,0.1", "ends before")):
        table.write_text("file_name,label,start,end\n" + "".join(
            f"{row['file_name']},{row['label']},{place if n == 3 else ','}\n" for n, row in enumerate(rows)))
        result = fit(folder, folder / "words")
        expect(result.status == 0 and result.json()["skipped"] == 1, place, result)
        expect(reason in result.err and rows[3]["file_name"] in result.err, place, result)


def a_table_without_labels_names_its_columns(folder):
    corpus(folder / "words")
    table = folder / "words/metadata.csv"
    text = table.read_text()
    table.write_text(text.replace(",label,", ",class,"))
    expect_failure(fit(folder, folder / "words"), 1, "'label'", "'class'", "'file_name'")
    table.write_text(text.replace("file_name", "file", 1))
    expect_failure(fit(folder, folder / "words"), 1, "'file_name'", "'file'")


main([a_full_disk_is_reported_once, a_run_has_one_training, tables_are_read_as_people_write_them,
      a_folder_per_label_is_enough, a_table_without_a_split_is_divided,
      rows_without_a_label_are_counted, a_start_without_an_end_is_counted, a_table_without_labels_names_its_columns])
