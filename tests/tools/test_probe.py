# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Probes that judge frames: which frames are judged, and by which label."""
import math
import random
from toolbox import ENCODER, RATE, auricle, corpus, expect, expect_failure, main, noise, save, write_table

HERTZ = {"low": 400, "high": 2500, "hush": 0}
STEP = 4


def spelling(folder, split, seed, rows, shift, hertz):
    """A recording of segments that follow on one another, with unlabelled noise before and after."""
    draw = random.Random(seed)
    samples = noise(2000, 0.01, seed)
    for n in range(14):
        label = draw.choice([each for each in hertz if not rows or each != rows[-1]["label"]])
        count = draw.randrange(1600, 3200)
        start = len(samples) / RATE
        samples += [x + 0.3 * math.sin(2 * math.pi * hertz[label] * i / RATE)
                    for i, x in enumerate(noise(count, 0.01, seed + n + 1))]
        rows.append({"file_name": f"{split}{seed}.wav", "label": label, "speaker": f"s{seed}",
                     "task": "tones", "split": split, "start": f"{start + shift:.6f}",
                     "end": f"{len(samples) / RATE + shift:.6f}"})
    save(folder / f"{split}{seed}.wav", [samples + noise(4000, 0.01, seed + 99)])


def spellings(folder, shift=0.0, hertz=HERTZ):
    rows = []
    for seed, split in enumerate(("train", "train", "train", "dev", "test"), 1):
        spelling(folder, split, seed, rows, shift, hertz)
    write_table(folder, rows)
    return rows


def frames_of(rows, split):
    """Frames of 10 ms whose middle lies in a labelled part."""
    inside = 0
    for row in rows:
        if row["split"] == split:
            inside += sum(float(row["start"]) <= (i + 0.5) / 100 < float(row["end"])
                          for i in range(1000))
    return inside


def probe(folder, *more):
    return auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", folder, "--task", "tones",
                   "--level", "frame", "--test", "test", "--train-step", STEP, "--json", *more)


def each_labelled_frame_is_judged_once(folder):
    rows = spellings(folder)
    result = probe(folder, "--choose", "dev")
    expect(result.status == 0, "status 0", result)
    seen = result.json()
    expect(seen["n"] == frames_of(rows, "test"), f"{frames_of(rows, 'test')} frames of test", result)
    expect(seen["n_train"] == -(-frames_of(rows, "train") // STEP), "every 4th of train's", result)
    expect(sorted(seen["labels"]) == sorted(HERTZ), "three labels", result)
    expect(seen["accuracy"] > 0.85, "a tone is told from another in the frame itself", result)


def labels_hold_for_their_own_time(folder):
    (folder / "right").mkdir()
    (folder / "late").mkdir()
    spellings(folder / "right")
    rows = spellings(folder / "late")
    right = probe(folder / "right", "--choose", "dev").json()["accuracy"]
    for row in rows:  # of test alone: what was learned is right, where it is looked for is not
        if row["split"] == "test":
            for edge in ("start", "end"):
                row[edge] = f"{float(row[edge]) + 0.08:.6f}"
    write_table(folder / "late", rows)
    late = probe(folder / "late", "--choose", "dev").json()["accuracy"]
    expect(late < right - 0.25, f"80 ms late: {late} should be far below {right}")


def the_split_to_choose_on_decides(folder):
    rows = spellings(folder, hertz={"low": 400, "high": 404, "hush": 402})  # told apart by large weights alone
    for row in rows:
        if row["split"] == "dev":  # never right, so all are equal
            row["label"] = "unheard"
    write_table(folder, rows)
    on_train = probe(folder, "--choose", "train", "--test", "train", "--train-step", 1).json()
    on_dev = probe(folder, "--choose", "dev", "--test", "train", "--train-step", 1).json()
    expect(on_train["l2"] == 1e-4, f"the loosest on what is fitted: {on_train}")
    expect(on_dev["l2"] == 1e-2, f"the tightest of equals: {on_dev}")
    expect(on_train["accuracy"] > on_dev["accuracy"] + 0.04, f"large weights help: {on_train} {on_dev}")
    expect_failure(probe(folder, "--choose", "nowhere"), 1, "nowhere")


def clips_can_be_chosen_on_a_split_too(folder):
    corpus(folder, each=24)
    result = auricle("eval", "--encoder", ENCODER, "--task", "words", "--json", "--data", folder,
                     "--choose", "dev")
    expect(result.status == 0 and result.json()["accuracy"] > 0.80, "better than a coin", result)


def wrong_use_is_told(folder):
    expect_failure(probe(folder, "--level", "phone"), 2, "--level phone")


main([each_labelled_frame_is_judged_once, labels_hold_for_their_own_time,
      the_split_to_choose_on_decides, clips_can_be_chosen_on_a_split_too, wrong_use_is_told])
