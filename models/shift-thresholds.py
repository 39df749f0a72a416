#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Moves the thresholds of a head's labels, which are part of the biases of its output.

    shift-thresholds.py HEAD OUT [--by ODDS] [--most WORD,...=ODDS]... [--raise LABEL,...=ODDS]...

Of a keyword head, --by lowers every word's threshold; then --most limits those of the words named. ODDS are log
odds, as in "log_odds_thresholds" of `auricle info HEAD`. Of any head, --raise makes the labels named harder to
believe by so many log odds. The card says what was done."""
import argparse
import json
import pathlib
import struct


def read(path):
    content = path.read_bytes()
    size, = struct.unpack_from("<Q", content)
    return json.loads(content[8:8 + size]), bytearray(content[8 + size:])


def write(path, header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(data))


def limits(given):
    """{label: odds} of LABEL,...=ODDS."""
    pairs = (one.rsplit("=", 1) for one in given)
    return {label: float(odds) for labels, odds in pairs for label in labels.split(",")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("head", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--by", type=float, default=0)
    parser.add_argument("--most", action="append", default=[])
    parser.add_argument("--raise", action="append", default=[], dest="raised")
    given = parser.parse_args()
    header, data = read(given.head)
    card = json.loads(header["__metadata__"]["auricle"])
    training = card["card"]["training"]
    thresholds, most, raised = training.get("log_odds_thresholds", {}), limits(given.most), limits(given.raised)
    place = header["output.bias"]["data_offsets"][0]
    for number, label in enumerate(card["labels"]):
        shift = -raised.get(label, 0)
        if label in thresholds:
            lower = min(thresholds[label] - given.by, most.get(label, float("inf"))) + raised.get(label, 0)
            shift = thresholds[label] - lower
            thresholds[label] = round(lower, 4)
        bias, = struct.unpack_from("<f", data, place + 4 * number)
        struct.pack_into("<f", data, place + 4 * number, bias + shift)
    if given.by or most:
        training["thresholds_lowered"] = {"by": given.by, "most": most}
    if raised:
        training["thresholds_raised"] = raised
    header["__metadata__"]["auricle"] = json.dumps(card)
    write(given.out, header, data)


if __name__ == "__main__":
    main()
