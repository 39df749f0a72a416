#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Lowers the thresholds of a keyword head's words, which stand in the biases of its output.

    lower-thresholds.py HEAD OUT [--by ODDS] [--most WORD,...=ODDS]...

--by lowers every word's threshold; then --most limits those of the words named. ODDS are log odds, as in
"log_odds_thresholds" of `auricle info HEAD`. The card says what was done."""
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("head", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--by", type=float, default=0)
    parser.add_argument("--most", action="append", default=[])
    given = parser.parse_args()
    header, data = read(given.head)
    card = json.loads(header["__metadata__"]["auricle"])
    training = card["card"]["training"]
    thresholds, most = training["log_odds_thresholds"], {}
    for limit in given.most:
        words, odds = limit.split("=")
        most.update({word: float(odds) for word in words.split(",")})
    place = header["output.bias"]["data_offsets"][0]
    for number, word in enumerate(card["labels"]):
        if word not in thresholds:
            continue
        lower = min(thresholds[word] - given.by, most.get(word, float("inf")))
        bias, = struct.unpack_from("<f", data, place + 4 * number)
        struct.pack_into("<f", data, place + 4 * number, bias + thresholds[word] - lower)
        thresholds[word] = round(lower, 4)
    training["thresholds_lowered"] = {"by": given.by, "most": most}
    header["__metadata__"]["auricle"] = json.dumps(card)
    write(given.out, header, data)


if __name__ == "__main__":
    main()
