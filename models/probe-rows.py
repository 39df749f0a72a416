#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""How much of a task is in rows of numbers, whoever made them: a linear probe for .npy files.

    probe-rows.py LABELLED TASK,... NAME=ROWS:HOP_S:FIRST_S ...

LABELLED/metadata.csv names files, labels, speakers and splits (train, dev), and start and end where
a label is of a part only. ROWS holds FILE.npy for LABELLED/FILE.flac, with a row each HOP_S seconds,
the first of the moment FIRST_S. The rows of a labelled part, and of the LATE seconds after it, become
their mean, deviation and maximum, standardised; multinomial logistic regression on train, its
regularisation chosen by speakers held out of train (300 rounds at most, for all alike); the accuracy
on dev in %. All names are compared
on the files that every one of them has. Needs Debian's python3-sklearn."""
import csv
import pathlib
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LATE = 0.2
STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1, 1]


def parse(text):
    name, place = text.split("=", 1)
    folder, hop, first = place.rsplit(":", 2)
    return name, pathlib.Path(folder), float(hop), float(first)


def file_of(folder, row):
    return folder / pathlib.PurePath(row["file_name"]).with_suffix(".npy")


def pooled(row, folder, hop, first):
    rows = np.load(file_of(folder, row))
    begin, end = float(row["start"] or 0), float(row["end"] or 1e9) + LATE
    moments = first + hop * np.arange(len(rows))
    part = rows[(moments >= begin) & (moments <= end)]
    if len(part) == 0:
        part = rows[[np.abs(moments - end).argmin()]]
    return np.concatenate([part.mean(0), part.std(0), part.max(0)])


def accuracy(rows, maker):
    parts = {s: [r for r in rows if r["split"] == s] for s in ("train", "dev")}
    x = {s: np.stack([pooled(r, *maker) for r in part]) for s, part in parts.items()}
    y = {s: [r["label"] for r in part] for s, part in parts.items()}
    speakers = [r["speaker"] for r in parts["train"]]
    probe = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
                         {"logisticregression__C": STRENGTHS},
                         cv=GroupKFold(min(5, len(set(speakers)))))
    probe.fit(x["train"], y["train"], groups=speakers)
    return 100 * probe.score(x["dev"], y["dev"]), len(y["train"]), len(y["dev"])


def main():
    labelled, tasks, makers = pathlib.Path(sys.argv[1]), sys.argv[2], [parse(a) for a in sys.argv[3:]]
    with open(labelled / "metadata.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    for task in tasks.split(","):
        rows = [r for r in table if r["task"] == task
                and all(file_of(folder, r).exists() for _, folder, _, _ in makers)]
        for name, *maker in makers:
            share, train, dev = accuracy(rows, maker)
            print(f"{task}  {name}  {share:.1f} %  ({train} train, {dev} dev)", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    main()
