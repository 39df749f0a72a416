#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The library's figures of merit beside other people's: scikit-learn, SciPy, NLTK and NIST's sclite.
usage: test_references.py LIBRARY; prints TAP."""
import ctypes
import math
import random
import re
import subprocess
import sys
import tempfile

import numpy
import sklearn.metrics
from nltk.translate import bleu_score

library = ctypes.CDLL(sys.argv[1])
double, integer = ctypes.c_double, ctypes.c_int


class Classification(ctypes.Structure):
    _fields_ = [("count", integer), ("accuracy", double), ("uar", double), ("macro_f1", double)]


class Edits(ctypes.Structure):
    _fields_ = [(name, integer) for name in
                ("references", "substitutions", "deletions", "insertions")]


class TextScores(ctypes.Structure):
    _fields_ = [("lines", integer), ("words", Edits), ("characters", Edits)] + [
        (name, double) for name in ("wer", "cer", "bleu", "rouge_1", "rouge_2", "rouge_l")]


def classification(truth, predicted, classes):
    result = Classification()
    assert library.auricle_metric_classification(
        (integer * len(truth))(*truth), (integer * len(truth))(*predicted), len(truth), classes,
        None, ctypes.byref(result), None) == 0
    return result


def of_scores(name, scores, same, *more):
    result = double()
    arguments = [numpy.array(scores, numpy.float32).ctypes.data_as(ctypes.c_void_p),
                 numpy.array(same, numpy.uint8).ctypes.data_as(ctypes.c_void_p),
                 ctypes.c_size_t(len(scores)), *more, ctypes.byref(result), None]
    assert getattr(library, name)(*arguments) == 0
    return result.value


def text_scores(reference, hypothesis):
    result = TextScores()
    lists = [(ctypes.c_char_p * len(lines))(*(line.encode() for line in lines))
             for lines in (reference, hypothesis)]
    assert library.auricle_metric_text(*lists, len(reference), ctypes.byref(result), None) == 0
    return result


def close(ours, theirs, tolerance=1e-6):
    assert math.isfinite(theirs), theirs
    assert abs(ours - theirs) <= tolerance, f"ours {ours}, theirs {theirs}"


draw = random.Random(7)
noise = numpy.random.default_rng(7)
VOCABULARY = "turn the light on off up down volume kitchen please now radio set to ten".split()


def sentences(count):
    """References, and hypotheses with words replaced, left out and put in."""
    references, hypotheses = [], []
    for _ in range(count):
        words = [draw.choice(VOCABULARY) for _ in range(draw.randint(4, 12))]
        guess = []
        for word in words:
            kind = draw.random()
            guess += [] if kind < 0.1 else [draw.choice(VOCABULARY)] if kind < 0.2 else \
                [word, draw.choice(VOCABULARY)] if kind < 0.3 else [word]
        references.append(" ".join(words))
        hypotheses.append(" ".join(guess))
    return references, hypotheses


def classification_agrees_with_scikit_learn():
    truth = [draw.randrange(5) for _ in range(400)]
    predicted = [t if draw.random() < 0.6 else draw.randrange(5) for t in truth]
    ours = classification(truth, predicted, 5)
    close(ours.accuracy, sklearn.metrics.accuracy_score(truth, predicted))
    close(ours.uar, sklearn.metrics.balanced_accuracy_score(truth, predicted))
    close(ours.macro_f1, sklearn.metrics.f1_score(truth, predicted, average="macro"))


def trials():
    same = noise.random(3000) < 0.2
    return (noise.normal(size=3000) + 1.5 * same).round(2), same  # rounded: many equal scores


def area_agrees_with_scikit_learn():
    scores, same = trials()
    close(of_scores("auricle_metric_roc_auc", scores, same),
          sklearn.metrics.roc_auc_score(same, scores))


def eer_and_min_dcf_agree_with_scikit_learns_curve():
    scores, same = trials()
    accepted, hit, _ = sklearn.metrics.roc_curve(same, scores, drop_intermediate=False)
    missed = 1 - hit
    crossing = numpy.argmin(abs(accepted - missed))
    close(of_scores("auricle_metric_eer", scores, same),
          (accepted[crossing] + missed[crossing]) / 2, 0.01)  # theirs is not interpolated
    for share in (0.01, 0.05, 0.5, 0.9):
        cost = (share * missed + (1 - share) * accepted).min() / min(share, 1 - share)
        close(of_scores("auricle_metric_min_dcf", scores, same, double(share)), cost)


def concordance_agrees_with_its_definition_in_numpy():
    x = noise.normal(size=500).astype(numpy.float32)
    y = (0.7 * x + 0.3 * noise.normal(size=500) + 0.2).astype(numpy.float32)
    a, b = x.astype(float), y.astype(float)
    theirs = 2 * numpy.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    result = double()
    assert library.auricle_metric_ccc(x.ctypes.data_as(ctypes.c_void_p),
                                      y.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(500),
                                      ctypes.byref(result), None) == 0
    close(result.value, theirs)


def word_errors_agree_with_sclite():
    references, hypotheses = sentences(40)
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in (("ref", references), ("hyp", hypotheses)):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                f.writelines(f"{line} (speaker_{i})\n" for i, line in enumerate(lines))
        report = subprocess.run(["sctk", "sclite", "-r", f"{folder}/ref", "-h", f"{folder}/hyp",
                                 "-i", "rm", "-o", "rsum", "stdout"], capture_output=True,
                                text=True, check=True).stdout
    row = re.search(r"\| Sum +\|(.*)\|", report).group(1)
    _, words, _, substitutions, deletions, insertions, errors, _ = map(int, re.findall(r"\d+", row))
    ours = text_scores(references, hypotheses)
    assert ours.words.references == words, (ours.words.references, words)
    # sclite weighs a substitution 4 and the others 3: the split can differ, and rarely the sum
    assert abs(ours.wer * words - errors) <= 1, (ours.wer * words, errors)
    assert ours.words.deletions - ours.words.insertions == deletions - insertions


def bleu_agrees_with_nltk():
    for count, share in ((30, 1), (1, 1), (3, 0.3)):
        references, hypotheses = sentences(count)
        hypotheses = [" ".join(h.split()[:max(4, int(len(h.split()) * share))])
                      for h in hypotheses]
        theirs = bleu_score.corpus_bleu([[r.split()] for r in references],
                                        [h.split() for h in hypotheses],
                                        smoothing_function=bleu_score.SmoothingFunction().method3)
        close(text_scores(references, hypotheses).bleu, theirs)


CASES = [classification_agrees_with_scikit_learn, area_agrees_with_scikit_learn,
         eer_and_min_dcf_agree_with_scikit_learns_curve,
         concordance_agrees_with_its_definition_in_numpy, word_errors_agree_with_sclite,
         bleu_agrees_with_nltk]
print(f"1..{len(CASES)}")
failed = 0
for number, case in enumerate(CASES, 1):
    try:
        case()
        print(f"ok {number} - {case.__name__.replace('_', ' ')}")
    except (AssertionError, AttributeError, ValueError, OSError, subprocess.SubprocessError) as error:
        failed += 1
        print(f"not ok {number} - {case.__name__.replace('_', ' ')}\n# {type(error).__name__}: {error}")
sys.exit(1 if failed else 0)
