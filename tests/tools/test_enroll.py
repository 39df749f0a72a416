#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""fit --speakers, enroll and forget, on voices made by formula: each speaker has its own formants."""
import json
import math
import os
import stat
import sys

from toolbox import (ENCODER, RATE, auricle, corpus, expect, expect_failure, hash_of, main, noise, save, write_table)


def voice(speaker, seed, seconds=4):
    """A second of syllables again and again: a buzz whose two formants and pitch belong to the speaker."""
    pitch = 90 + 23 * (speaker % 7)
    formants = 300 + 90 * (speaker * 5 % 11), 1200 + 140 * (speaker * 3 % 13)
    tones = [(2 * math.pi * k * pitch / RATE, 0.08 * math.exp(-abs(k * pitch - f) / 150))
             for f in formants for k in range(max(1, int((f - 200) / pitch)), int((f + 200) / pitch))]
    second = []
    for i in range(RATE):
        loud = 0.5 * (1 + math.sin(4 * math.pi * i / RATE + seed % 7))
        second.append(loud * sum(level * math.sin(angle * i) for angle, level in tones))
    return [x + y for x, y in zip(second * seconds, noise(seconds * RATE, 0.02, seed))]


def people(folder, speakers=14, each=3):
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for speaker in range(speakers):
        for n in range(each):
            name = f"s{speaker:02}-{n}.wav"
            save(folder / name, [voice(speaker, hash_of(name))])
            rows.append({"file_name": name, "label": "", "speaker": f"s{speaker:02}", "task": "talk",
                         "split": "dev" if speaker >= 10 else "train"})
    write_table(folder, rows)


def fit(folder):
    people(folder / "people")
    head = folder / "speakers.safetensors"
    result = auricle("fit", "--speakers", "--encoder", ENCODER, "--data", folder / "people", "--window", 100,
                     "--hop", 20, "--augment", 1, "--name", "speakers", "--out", head, "--json", "--quiet")
    expect(result.status == 0, "fit succeeds", result)
    return head, result.json()


def speakers_are_learned_enrolled_heard_and_forgotten(folder):
    head, report = fit(folder)
    expect(report["eer"] < 0.25, f"dev speakers are told apart: {report}")
    mine = folder / "mine.safetensors"
    mine.write_bytes(head.read_bytes())
    for speaker, name in ((10, "anna"), (11, "ben")):
        clip = folder / "people" / f"s{speaker:02}-0.wav"
        result = auricle("enroll", "--speaker", name, "--file", mine, "--model", ENCODER, clip, "--json")
        expect(result.status == 0 and result.json()["speech_s"] > 3, "enrolled", result)
    again = auricle("enroll", "--speaker", "anna", "--file", mine, "--model", ENCODER,
                    folder / "people" / "s10-1.wav")
    expect_failure(again, 1, "'anna' is enrolled already")
    for speaker, name, other in ((10, "anna", "ben"), (11, "ben", "anna")):
        for n in (1, 2):  # other recordings of the two
            heard = auricle("listen", folder / "people" / f"s{speaker:02}-{n}.wav", "--head", mine, "--model", ENCODER,
                            "--raw", "--json", "--quiet")
            last = json.loads(heard.out.splitlines()[-1])["posteriors"]
            expect(last[name] > 2 * last[other], f"{name} is likelier than {other}: {last}")
    expect(auricle("forget", "anna", "--file", mine, "--model", ENCODER).status == 0, "forgotten")
    expect_failure(auricle("forget", "anna", "--file", mine, "--model", ENCODER), 1, "'anna' is not enrolled", "ben")
    left = auricle("info", mine).out
    expect("anna" not in left and "ben" in left, f"only ben is left: {left}")


def the_users_own_file_is_private(folder):
    head, _ = fit(folder)
    models = folder / "models"
    models.mkdir()
    (models / "encoder.safetensors").symlink_to(ENCODER)
    (models / "speakers.safetensors").symlink_to(head)
    result = auricle("enroll", "--speaker", "anna", folder / "people" / "s10-0.wav",
                     AURICLE_MODELS=str(models), XDG_DATA_HOME=str(folder / "home"), AURICLE_SPEAKERS="")
    expect(result.status == 0, "enrolled", result)
    made = folder / "home" / "auricle" / "speakers.safetensors"
    expect(stat.S_IMODE(os.stat(made).st_mode) == 0o600, "only its owner reads it")
    expect(stat.S_IMODE(os.stat(made.parent).st_mode) == 0o700, "and its folder")


def wrong_use_is_explained(folder):
    clip = folder / "a.wav"
    save(clip, [voice(1, 1)])
    expect_failure(auricle("enroll", clip), 2, "--speaker")
    expect_failure(auricle("enroll", "--speaker", "anna"), 2, "--microphone")
    expect_failure(auricle("forget"), 2, "name one speaker")
    corpus(folder / "words")
    alone = auricle("fit", "--speakers", "--encoder", ENCODER, "--data", folder / "words", "--window", 100, "--hop",
                    20, "--out", folder / "x.safetensors", "--quiet")
    expect_failure(alone, 1, "speakers")
    expect(not (folder / "x.safetensors").exists(), "nothing was written")


if __name__ == "__main__":
    sys.exit(main([speakers_are_learned_enrolled_heard_and_forgotten, the_users_own_file_is_private,
                   wrong_use_is_explained]))
