#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Help, wrong usage, and files that are not what they should be."""
import json
import os
import pathlib
import re
import shutil
import struct

from toolbox import (ENCODER, MODELS, OTHER, auricle, corpus, expect, expect_failure, main, noise, read_npy,
                     save, save_float, word)

COMMANDS = ("listen", "fit", "eval", "embed", "export", "info", "bench", "plot", "pretrain", "prior", "generate")
SPEECH = pathlib.Path("/usr/share/sounds/alsa/Front_Left.wav")


def fit_head(folder, encoder=ENCODER):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle("fit", "--encoder", encoder, "--data", folder / "words", "--window", 60,
                     "--background", "silence", "--augment", 0, "--out", head)
    expect(result.status == 0, "fit", result)
    return head


def every_command_has_help(_):
    for command in COMMANDS:
        result = auricle(command, "--help")
        expect(result.status == 0 and "Examples:" in result.out and not result.err, command, result)
        expect(f"auricle {command}" in result.out, "its own name", result)
        expect(auricle(command, "-h").out == result.out, "-h is the same")
    result = auricle("--help")
    expect(result.status == 0 and all(c in result.out for c in COMMANDS), "overview", result)


def wrong_usage_names_the_word(_):
    for command in COMMANDS:
        expect_failure(auricle(command, "--nonsense"), 2, "--nonsense", command)
    expect_failure(auricle("sing"), 2, "sing")
    expect_failure(auricle("fit", "--data", "x", "--out", "y", "--window", "0"), 2, "--window 0")
    expect_failure(auricle("fit", "--data", "x", "--out", "y", "--window", "7", "--hop", "2"), 2,
                   "--window 7")
    expect_failure(auricle("fit", "--data", "x", "--out", "y", "--map", "angry"), 2, "angry")
    expect_failure(auricle("fit", "--out", "y"), 2, "--data")
    expect_failure(auricle("listen", "--channel", "left"), 2, "left")
    expect_failure(auricle("listen", "a.wav", "b.wav"), 2, "b.wav")
    expect_failure(auricle("embed", "a.wav"), 2, "--out")
    expect_failure(auricle("embed", "a.wav", "b.wav", "--out", "c.npy"), 2, "c.npy")
    expect_failure(auricle("info"), 2, "FILE")
    expect_failure(auricle("eval", "--head", "h", "--map", "x", "--data", "d"), 2, "--map x")
    expect_failure(auricle("bench", "--rate", "1000"), 2, "--rate 1000")


def missing_and_corrupt_files_are_named(folder):
    head = fit_head(folder)
    sound = folder / "a.wav"
    save(sound, [word("rise", 1)])
    corrupt = folder / "corrupt.safetensors"
    corrupt.write_bytes(pathlib.Path(ENCODER).read_bytes()[:5000])
    text = folder / "text.safetensors"
    text.write_text("hello, this is no model")
    listen = ("listen", sound, "--head", head, "--model")
    expect_failure(auricle(*listen, folder / "none.safetensors"), 1, "none.safetensors", "--model FILE")
    expect_failure(auricle(*listen, corrupt), 1, "corrupt.safetensors")
    expect_failure(auricle(*listen, text), 1, "text.safetensors")
    expect_failure(auricle(*listen, head), 1, "head.safetensors")  # a head is no encoder
    for command in (("info",), ("info", "--json")):
        expect_failure(auricle(*command, folder / "none.safetensors"), 1, "none.safetensors")
        expect_failure(auricle(*command, corrupt), 1, "corrupt.safetensors")
        expect_failure(auricle(*command, text), 1, "text.safetensors")
    listen = ("listen", sound, "--model", ENCODER, "--head")
    expect_failure(auricle(*listen, folder / "none.safetensors"), 1, "none.safetensors")
    expect_failure(auricle(*listen, ENCODER), 1, "encoder.safetensors")
    expect_failure(auricle("embed", "--model", corrupt, sound, "--out", folder / "e.npy"), 1,
                   "corrupt.safetensors")
    expect(not (folder / "e.npy").exists(), "nothing is left behind")


def a_head_of_another_encoder_is_refused(folder):
    head = fit_head(folder, OTHER)
    save(folder / "a.wav", [word("rise", 1)])
    result = auricle("listen", folder / "a.wav", "--model", ENCODER, "--head", head)
    expect_failure(result, 1, "head.safetensors", "encoder", "fit it anew")
    expect_failure(auricle("eval", "--encoder", ENCODER, "--head", head, "--data",
                           folder / "words"), 1, "head.safetensors")


def samples_that_are_no_sound_are_refused(folder):
    head = fit_head(folder)
    samples = noise(16000, 0.1, 3)
    for name, bad in (("nan", float("nan")), ("huge", 20000.0)):
        path = folder / f"{name}.wav"
        save_float(path, samples[:8000] + [bad] + samples[8000:])
        listen = auricle("listen", path, "--model", ENCODER, "--head", head)
        expect_failure(listen, 1, f"{name}.wav", "sample ", " s) is ")
        embed = auricle("embed", path, "--model", ENCODER, "--out", folder / "e.npy")
        expect_failure(embed, 1, f"{name}.wav")
        expect(not (folder / "e.npy").exists() and not list(folder.glob("*.part")),
               "nothing is left behind", embed)


def unreadable_recordings_are_named(folder):
    head = fit_head(folder)
    (folder / "no.wav").write_text("no sound")
    for path, word_ in ((folder / "no.wav", "no.wav"), (folder / "absent.wav", "absent.wav")):
        expect_failure(auricle("listen", path, "--model", ENCODER, "--head", head), 1, word_)
        expect_failure(auricle("embed", path, "--model", ENCODER, "--out", folder / "e.npy"), 1,
                       word_)


def a_failed_beginning_is_said(folder):
    head = fit_head(folder)
    save(folder / "a.wav", [word("rise", 1)])
    save(folder / "fast.wav", [noise(4000, 0.1, 1)], rate=400000)
    listen = ("listen", "--model", ENCODER, "--head", head)
    expect_failure(auricle(*listen, folder / "fast.wav"), 1, "fast.wav", "400000")
    expect_failure(auricle(*listen, folder / "a.wav", "--threshold-on", 0.5, "--threshold-off",
                           0.99), 1, "a.wav", "threshold")
    expect_failure(auricle(*listen, folder / "a.wav", "--channel", 0, "--channel", 1), 1,
                   "channel 1 does not exist")


def damaged_recordings_are_no_success(folder):
    head = fit_head(folder)
    whole = (MODELS / "tone.flac").read_bytes()
    listen = ("listen", "--model", ENCODER, "--head", head, "--raw")
    heard = auricle(*listen, MODELS / "tone.flac")
    expect(heard.status == 0, "the whole recording", heard)
    # cut off; and rubbish in the midst of it, which the decoder skips
    cut, rubbish = folder / "cut.flac", folder / "rubbish.flac"
    cut.write_bytes(whole[:len(whole) // 2])
    middle = len(whole) // 2
    rubbish.write_bytes(whole[:middle] + bytes(range(200)) * 2 + whole[middle + 400:])
    for path in (cut, rubbish):
        result = auricle(*listen, path)
        expect_failure(result, 1, path.name, "2.048 s")
        expect(0 < len(result.out.splitlines()) <= len(heard.out.splitlines()), "what was heard",
               result)
        result = auricle("embed", path, "--model", ENCODER, "--out", folder / "e.npy")
        expect_failure(result, 1, path.name, "2.048 s")
        expect(not (folder / "e.npy").exists(), "nothing is left behind", result)


def absurd_shapes_are_refused(folder):
    header = {"__metadata__": {"auricle": json.dumps({"kind": "head", "format": 1})},
              "w": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 4]}}
    text = json.dumps(header).encode()
    path = folder / "absurd.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    expect_failure(auricle("info", path, "--json"), 1, "absurd.safetensors", "tensor 'w'")
    header["w"]["shape"] = [-1]
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    expect_failure(auricle("info", path), 1, "absurd.safetensors", "tensor 'w'")


def pipes_and_folders_are_no_files(folder):
    os.mkfifo(folder / "pipe")
    expect_failure(auricle("info", folder / "pipe"), 1, "pipe", "regular file")
    expect_failure(auricle("info", "/dev/null"), 1, "/dev/null", "regular file")
    expect_failure(auricle("info", folder), 1, str(folder), "is a folder")
    expect_failure(auricle("plot", "curves", folder / "pipe", "--out", folder / "p.png"), 1, "pipe")
    expect_failure(auricle("eval", "--encoder", folder / "pipe", "--data", folder, "--task", "words"),
                   1, "pipe")


def pretraining_says_what_it_does_with_start_and_end(_):
    text = auricle("pretrain", "--help").out
    expect("Data:" in text and "start and end" in text, "what rows of a file mean")


def a_list_is_closed_on_failure(folder):
    corpus(folder / "words")
    result = auricle("eval", "--encoder", ENCODER, "--encoder", folder / "none.safetensors",
                     "--data", folder / "words", "--task", "words", "--json", "--quiet")
    expect_failure(result, 1, "none.safetensors")
    expect(len(result.json()) == 1, "the row that could be measured", result)


def people_are_listened_to(folder):
    expect(SPEECH.exists(), "alsa-utils is installed by the set-up")
    head = fit_head(folder)
    result = auricle("listen", SPEECH, "--model", ENCODER, "--head", head)
    expect(result.status == 0 and "listened 0:00:01" in result.err, "a person", result)
    raw = auricle("listen", SPEECH, "--model", ENCODER, "--head", head, "--raw")
    expect(raw.status == 0 and len(raw.out.splitlines()) > 10, "decisions", raw)


def embeddings_are_npy(folder):
    files = sorted(SPEECH.parent.glob("Front_*.wav"))
    result = auricle("embed", *files, "--model", ENCODER, "--out", folder / "frames")
    expect(result.status == 0, "embed", result)
    for file in files:
        (rows, columns), numbers = read_npy(folder / "frames" / (file.stem + ".npy"))
        expect(columns == 48 and 100 < rows < 200, f"{rows} x {columns}")
        expect(all(x - x == 0 for x in numbers), "finite")
    result = auricle("embed", *files, "--model", ENCODER, "--pooled", "--out", folder / "all.npy")
    expect(result.status == 0, "embed --pooled", result)
    (rows, columns), pooled = read_npy(folder / "all.npy")
    expect((rows, columns) == (len(files), 3 * 48), "a row per recording")
    (count, _), frames = read_npy(folder / "frames" / (files[0].stem + ".npy"))
    mean = sum(frames[0::48]) / count
    expect(abs(mean - pooled[0]) < 1e-4, "the mean of the first number")
    expect(abs(max(frames[0::48]) - pooled[96]) < 1e-6, "its maximum")
    shutil.copytree(folder / "frames", folder / "kept")
    twins = folder / "twins"
    twins.mkdir()
    shutil.copy(files[0], twins)
    expect_failure(auricle("embed", files[0], twins / files[0].name, "--model", ENCODER, "--out",
                           folder / "kept"), 1, files[0].stem)


def a_full_disk_keeps_what_was_there(folder):
    path = folder / "e.npy"
    path.write_bytes(b"old")
    result = auricle("embed", SPEECH, "--model", ENCODER, "--out", path, limit_bytes=4096)
    expect_failure(result, 1, "e.npy")
    expect(path.read_bytes() == b"old", "the old file is kept", result)
    expect(not list(folder.glob("*.part")), "nothing is left behind", result)


def info_refuses_a_head_that_does_not_open(folder):
    head = fit_head(folder)
    whole = head.read_bytes()
    nan = struct.pack("<f", float("nan"))
    for name, damaged, reason in (("cut", whole[:-100], "data"), ("doubled", whole + whole, "no tensor"),
                                  ("nan", whole[:-4] + nan, "is nan")):
        path = folder / f"{name}.safetensors"
        path.write_bytes(damaged)
        expect_failure(auricle("info", path), 1, f"{name}.safetensors", reason)
        expect_failure(auricle("info", path, "--json"), 1, f"{name}.safetensors", reason)


def info_tells_what_is_inside(folder):
    head = fit_head(folder)
    encoder, of_head = auricle("info", ENCODER, "--json"), auricle("info", head, "--json")
    expect(encoder.status == 0 and of_head.status == 0, "info", encoder)
    about = encoder.json()
    expect(about["kind"] == "encoder" and about["card"]["licence"] == "CC0-1.0", "its card")
    size = struct.unpack("<Q", pathlib.Path(ENCODER).read_bytes()[:8])[0]
    expect(about["bytes"] == 8 + size + 4 * about["parameters"], "every number is counted")
    expect(of_head.json()["encoder_hash"] == about["content_hash"], "the head is bound to it")
    expect("input.mean" in auricle("info", head).out, "tensors are listed")
    machine = auricle("info", "--machine", "--json").json()
    expect(machine["kernels"] in machine["kernel_choices"], "the kernels in use")
    expect(("v4-amx" in machine["kernel_choices"]) == (machine["no_amx"] is None), "AMX, or why not")
    expect(not machine["bf16"] or machine["bf16"].startswith(("AMX", "AVX512-BF16")), "bf16")
    said = pathlib.Path("/proc/cpuinfo").read_text()
    expect(machine["processors"] == len(re.findall(r"^processor\b", said, re.M)), "processors")
    expect(set(machine["features"]) <= set(said.split()), "no instructions that are not there")
    expect(all(cache["bytes"] > 0 and cache["level"] > 0 for cache in machine["caches"]), "caches")
    portable = auricle("info", "--machine", "--json", AURICLE_KERNELS="portable").json()
    expect(portable["kernels"] == "portable", "as the environment wishes")


def bench_measures(folder):
    head = fit_head(folder)
    result = auricle("bench", "--model", ENCODER, "--head", head, "--seconds", "0.3", "--json")
    expect(result.status == 0, "bench", result)
    report = result.json()
    expect(report["frames"] > 100 and report["streams_per_core"] > 1, "frames were timed", result)
    for name in ("encoder_us", "head_us", "predictors_us"):
        expect(0 <= report[name]["p50"] <= report[name]["p99"], name, result)


def blas_cores(*arguments, **environment):
    """OpenBLAS's own word: which CPU's kernels it chose, at every start of the program."""
    run = auricle(*arguments, OPENBLAS_VERBOSE="2", **environment)
    return re.findall(r"^Core: (\S+)$", run.out + run.err, re.M)


def what_learns_has_the_right_blas(_):
    os.environ.pop("OPENBLAS_CORETYPE", None)
    missed = auricle("info", "--machine", "--json").json()["blas_core_missed"]
    for command in ("pretrain", "fit", "eval"):
        cores = blas_cores(command, "--help")
        expect(len(cores) == (2 if missed else 1), f"{command} starts anew at most once: {cores}")
        expect(not missed or cores[-1].upper() == missed, f"{command} with the right core: {cores}")
    expect(len(blas_cores("listen", "--help")) == 1, "what does not learn starts once")
    mine = blas_cores("fit", "--help", OPENBLAS_CORETYPE="Prescott")
    expect(mine == ["Prescott"], f"the user's choice stays: {mine}")


main([every_command_has_help, wrong_usage_names_the_word, missing_and_corrupt_files_are_named,
      a_head_of_another_encoder_is_refused, samples_that_are_no_sound_are_refused,
      unreadable_recordings_are_named, a_failed_beginning_is_said,
      damaged_recordings_are_no_success, absurd_shapes_are_refused,
      pipes_and_folders_are_no_files, pretraining_says_what_it_does_with_start_and_end,
      a_list_is_closed_on_failure, people_are_listened_to,
      embeddings_are_npy, a_full_disk_keeps_what_was_there, info_tells_what_is_inside,
      info_refuses_a_head_that_does_not_open,
      bench_measures, what_learns_has_the_right_blas])
