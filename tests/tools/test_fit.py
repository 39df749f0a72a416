#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Heads: fitted on sounds made by formula, they must tell them apart in a stream; what was labelled
regardless of the sound must not be learnable."""
from toolbox import (ENCODER, auricle, corpus, expect, expect_failure, hash_of, main, noise, save,
                     word, write_table)

FIT = ("fit", "--encoder", ENCODER, "--window", 60, "--background", "silence", "--augment", 1)


def accuracy(folder, head, *more):
    result = auricle("eval", "--encoder", ENCODER, "--head", head, "--data", folder, "--json", *more)
    expect(result.status == 0, "eval --head", result)
    return result.json()


def words_are_told_apart_in_a_stream(folder):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle(*FIT, "--data", folder / "words", "--out", head, "--json")
    expect(result.status == 0, "fit", result)
    report = accuracy(folder / "words", head)
    expect(report["accuracy"] >= 0.9 and report["recall"] >= 0.9, f"on dev: {report}")
    expect(report["n"] == 12 and report["events"] == 12, f"every word is an event: {report}")
    # one long recording with words at known times, two channels: one has words, one has not
    line, times = noise(16000, 0.002, 9), []
    for n, label in enumerate(("rise", "fall", "rise")):
        times.append((len(line) / 16000 + 0.1, label))
        line += word(label, 1000 + n) + noise(12000, 0.002, 10 + n)
    save(folder / "both.wav", [line, noise(len(line), 0.002, 77)])
    result = auricle("listen", folder / "both.wav", "--model", ENCODER, "--head", head)
    expect(result.status == 0, "listen", result)
    heard = [line.split() for line in result.out.splitlines()]
    expect([e[2] for e in heard] == ["rise", "fall", "rise"], "labels in order", result)
    for (start, _), event in zip(times, heard):
        hours, minutes, seconds = event[0].split(":")
        at = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
        expect(abs(at - start) < 0.4 and event[4:] == ["channel", "0"],
               f"said at {start:.2f}, heard {event}")
    alone = auricle("listen", folder / "both.wav", "--channel", 1, "--model", ENCODER, "--head", head)
    expect(alone.status == 0 and not alone.out, "nothing is on the other channel", alone)


def labels_without_reason_are_not_learnable(folder):
    # as many of either sound bear either label: nothing but the noise in them could be learnt
    corpus(folder / "words", each=24, change=lambda label, n: ("rise", "fall")[n % 2])
    rows = corpus(folder / "truth", each=24)
    head = folder / "head.safetensors"
    result = auricle(*FIT, "--data", folder / "words", "--out", head)
    expect(result.status == 0, "fit", result)
    report = accuracy(folder / "truth", head)
    expect(report["accuracy"] < 0.75, f"learnt from noise: {report} of {len(rows)}")


def a_hidden_layer_and_frames_learn_too(folder):
    corpus(folder / "words")
    # chance is 0.33; a frame alone remembers little through sixteen random units
    for more, bound in ((("--hidden", 16), 0.75), (("--frame",), 0.55)):
        head = folder / "head.safetensors"
        result = auricle(*FIT, *more, "--data", folder / "words", "--out", head, "--json")
        expect(result.status == 0 and result.json()["window_uar"] > bound, str(more), result)


def what_lasts_is_told_by_its_mean(folder):
    (folder / "hums").mkdir()
    rows = []
    for n in range(18):
        label = ("low", "high")[n % 2]
        name = f"{label}{n}.wav"
        save(folder / "hums" / name,
             [[x + y for x, y in zip(noise(32000, 0.2 if label == "low" else 0.01, n),
                                     (word("other", n, 2.5) * 2)[:32000])]])
        rows.append({"file_name": name, "label": label + "-raw", "speaker": f"s{n // 2}",
                     "task": "hum", "split": "dev" if n >= 12 else "train"})
    write_table(folder / "hums", rows)
    head, maps = folder / "head.safetensors", ("--map", "low-raw=low,hum:high-raw=high")
    result = auricle("fit", "--encoder", ENCODER, "--data", folder / "hums", "--steady", *maps,
                     "--augment", 0, "--out", head)
    expect(result.status == 0, "fit --steady", result)
    report = accuracy(folder / "hums", head, *maps)
    expect(report["steady"] and report["uar"] == 1, f"two hums: {report}")
    expect(report["labels"] == ["high", "low"], f"labels as mapped: {report}")
    result = auricle("eval", "--encoder", ENCODER, "--head", head, "--hours",
                     folder / "hums" / "low0.wav", "--json")
    expect(result.status == 0 and abs(result.json()["kinds"][0]["hours"] * 3600 - 2) < 0.1,
           "hours", result)


def a_keyword_head_is_trained_on_streams(folder):
    corpus(folder / "words", each=24)
    (folder / "hours").mkdir()
    rows = []
    for n in range(24):
        save(folder / "hours" / f"{n}.wav", [noise(64000, 0.002 * (1 + n % 5), 300 + n)])
        rows.append({"file_name": f"{n}.wav", "label": "", "speaker": f"h{n}", "seconds": 4})
    write_table(folder / "hours", rows)
    head, keyword = folder / "head.safetensors", ("fit", "--encoder", ENCODER, "--keyword",
                                                  "--hidden", 24, "--hop", 3, "--window", 40,
                                                  "--background", "other", "--augment", 8,
                                                  "--data", folder / "words")
    expect_failure(auricle(*keyword, "--out", head), 1, "--hours")
    expect_failure(auricle(*keyword, "--hours", folder / "hours", "--hidden", 0, "--out", head), 1,
                   "hidden is 0")
    recalls, alarms, thresholds = [], [], []
    for wanted in (3600, 1):
        result = auricle(*keyword, "--hours", folder / "hours", "--false-alarms", wanted,
                         "--out", head)
        expect(result.status == 0 and "false alarms in" in result.err, "fit --keyword", result)
        report = auricle("eval", "--encoder", ENCODER, "--head", head, "--data",
                         folder / "words", "--hours", folder / "hours", "--json").json()
        recalls.append(report["words"]["recall"])
        alarms.append(report["kinds"][0]["false_alarms"])
        card = auricle("info", head, "--json").json()
        thresholds.append(card["card"]["training"]["log_odds_thresholds"])
    expect(card["head_kind"] == "keyword" and set(thresholds[1]) == {"rise", "fall"}, str(card))
    expect(recalls[0] > 0.2, f"words are heard: {recalls}")  # the encoder is random
    expect(all(thresholds[1][word_] >= thresholds[0][word_] for word_ in thresholds[1]) and
           alarms[1] <= alarms[0] and recalls[1] <= recalls[0],
           f"fewer false alarms wanted, no lower threshold: {thresholds}, {alarms}, {recalls}")


def hours_and_words_are_reported_as_recorded(folder):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle(*FIT, "--data", folder / "words", "--out", head)
    expect(result.status == 0, "fit", result)
    # a kind of sound: noise with two words in it, one of which the text says
    (folder / "talk").mkdir()
    rows = []
    for n, (label, text) in enumerate((("rise", "prices rise, again"), ("fall", "waterfall"))):
        line = noise(16000, 0.002, 50 + n) + word(label, 2000 + n) + noise(16000, 0.002, 60 + n)
        save(folder / "talk" / f"{n}.wav", [line])
        rows.append({"file_name": f"{n}.wav", "label": "", "speaker": f"t{n}", "text": text})
    write_table(folder / "talk", rows)
    save(folder / "silence.wav", [[0.0] * 32000])
    result = auricle("eval", "--encoder", ENCODER, "--head", head, "--data", folder / "words",
                     "--hours", folder / "talk", "--hours", folder / "silence.wav",
                     "--hours", f"fall={folder / 'talk'}", "--json")
    expect(result.status == 0, "eval --hours", result)
    talk, silence, falls = result.json()["kinds"]
    expect(falls["kind"] == "talk" and falls["false_alarms"] == 0 and falls["said"] == 2,
           f"a kind that is said to hold a label: {falls}")
    expect(talk["kind"] == "talk" and talk["recordings"] == 2, f"a folder is a kind: {talk}")
    expect(talk["false_alarms"] == 1 and talk["by_label"] == {"fall": 1} and talk["said"] == 1,
           f"a word in the text is no false alarm, part of one is: {talk}")
    expect(abs(talk["false_alarms_per_hour"] - 1 / talk["hours"]) < 0.01, f"an hour: {talk}")
    expect(silence["false_alarms"] == 0 and silence["interval"][1] > 1000,
           f"two seconds without an alarm prove little: {silence}")
    words = result.json()["words"]
    expect(words["recall"] == 1 and words["by_word"]["rise"]["said"] == 6, f"words: {words}")
    expect(-0.3 < words["delay_p50_s"] <= words["delay_p95_s"] < 1, f"delays: {words}")
    points = [p["recall"] for p in result.json()["points"][1:]]
    expect(len(points) == 16 and points == sorted(points, reverse=True), f"the curve: {points}")
    quiet = auricle("eval", "--encoder", ENCODER, "--head", head, "--data", folder / "words",
                    "--gain-db", -78, "--json").json()["words"]
    expect(quiet["recall"] < 0.5, f"what is as quiet as the encoder's floor is not heard: {quiet}")
    drowned = auricle("eval", "--encoder", ENCODER, "--head", head, "--data", folder / "words",
                      "--babble", folder / "words", "--babble-snr", -20, "--json").json()["words"]
    expect(drowned["recall"] < 1, f"other voices ten times as loud: {drowned}")


def the_same_seed_gives_the_same_bytes(folder):
    corpus(folder / "words", each=8)
    heads = [folder / f"{n}.safetensors" for n in (1, 2, 3)]
    for head, seed, hidden in zip(heads, (5, 5, 6), (8, 8, 8)):
        result = auricle(*FIT, "--data", folder / "words", "--seed", seed, "--hidden", hidden,
                         "--out", head, "--licence", "CC0-1.0", "--not-for", "Songs.")
        expect(result.status == 0, "fit", result)
    weights = [auricle("info", head, "--json").json() for head in heads]
    data = [head.read_bytes()[-4 * weights[0]["parameters"]:] for head in heads]
    expect(data[0] == data[1], "one seed, one head")
    expect(data[0] != data[2], "another seed, another")
    card = weights[0]["card"]
    expect(card["not_fit_for"] == "Songs.", f"what it is not for: {card}")
    expect(card["licence"] == "CC0-1.0" and card["training"]["seed"] == 5, f"the card: {card}")
    expect(card["data"][0]["licence"] == "CC0" and card["data"][0]["recordings"] == 10, str(card))
    expect("auricle fit" in card["command"] and card["results"]["dev_recordings"] == 6, str(card))


def bad_rows_are_skipped_counted_and_named(folder):
    rows = corpus(folder / "words")
    (folder / "words" / "rise00.wav").write_text("this is no sound")
    rows.append({**rows[0], "file_name": "absent.wav"})
    write_table(folder / "words", rows)
    result = auricle(*FIT, "--data", folder / "words", "--out", folder / "head.safetensors",
                     "--json")
    expect(result.status == 0 and result.json()["skipped"] == 2, "two are skipped", result)
    expect("rise00.wav" in result.err and "absent.wav" in result.err, "and named", result)


def nothing_to_learn_from_is_an_error(folder):
    (folder / "empty").mkdir()
    corpus(folder / "words")
    out = ("--out", folder / "head.safetensors")
    expect_failure(auricle(*FIT, "--data", folder / "empty", *out), 1, "empty")
    expect_failure(auricle(*FIT, "--data", folder / "nowhere", *out), 1, "nowhere")
    expect_failure(auricle(*FIT, "--data", folder / "words", "--task", "songs", *out), 1, "songs")
    expect_failure(auricle(*FIT, "--data", folder / "words", "--labels", "rise,sing", *out), 1,
                   "sing")
    expect_failure(auricle(*FIT, "--data", folder / "words", "--train", "exam", *out), 1, "exam")
    expect(not (folder / "head.safetensors").exists(), "no head is written")


def what_cannot_be_written_is_said_at_once(folder):
    for out, word_ in ((folder / "none" / "head.safetensors", "none"), (folder, "is a folder")):
        result = auricle(*FIT, "--data", folder / "nowhere", "--out", out)
        expect_failure(result, 1, "cannot write", word_)  # before the recordings are looked for


def unreadable_dev_recordings_are_an_error(folder):
    rows = corpus(folder / "words", each=8)
    dev = [row["file_name"] for row in rows if row["split"] == "dev"]
    for name in dev:
        (folder / "words" / name).write_text("this is no sound")
    result = auricle(*FIT, "--data", folder / "words", "--out", folder / "head.safetensors",
                     "--quiet")
    expect_failure(result, 1, f"none of {len(dev)} recordings of split 'dev'", ".wav")


def a_full_disk_keeps_the_old_head(folder):
    corpus(folder / "words", each=8)
    head = folder / "head.safetensors"
    head.write_bytes(b"old")
    result = auricle(*FIT, "--data", folder / "words", "--out", head, limit_bytes=1000)
    expect_failure(result, 1, "head.safetensors")
    expect(head.read_bytes() == b"old", "the old head is kept", result)


def probes_beat_chance_and_warn_of_shared_speakers(folder):
    rows = corpus(folder / "words", each=24)
    probe = ("eval", "--encoder", ENCODER, "--task", "words", "--json", "--data", folder / "words")
    result = auricle(*probe)
    expect(result.status == 0 and result.json()["accuracy"] > 0.8, "better than a coin", result)
    expect("speakers" not in result.err and result.json()["shared_speakers"] == 0, "disjoint", result)
    for row in rows:
        row["speaker"] = f"s{hash_of(row['file_name']) % 2}"
    write_table(folder / "words", rows)
    result = auricle(*probe)
    expect(result.json()["shared_speakers"] == 2 and "warning: 2 speakers" in result.err,
           "the warning", result)


main([words_are_told_apart_in_a_stream, a_keyword_head_is_trained_on_streams,
      hours_and_words_are_reported_as_recorded,
      labels_without_reason_are_not_learnable,
      a_hidden_layer_and_frames_learn_too, what_lasts_is_told_by_its_mean,
      the_same_seed_gives_the_same_bytes, bad_rows_are_skipped_counted_and_named,
      nothing_to_learn_from_is_an_error, what_cannot_be_written_is_said_at_once,
      unreadable_dev_recordings_are_an_error, a_full_disk_keeps_the_old_head,
      probes_beat_chance_and_warn_of_shared_speakers])
