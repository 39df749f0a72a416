#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""`auricle plot`: the pictures show what was there, in the right place; what can't be drawn is said.
Pictures are 800 pixels wide here, so that a pixel is a point of the layout."""
import json
import math
import struct
import xml.etree.ElementTree
import zlib

from toolbox import ENCODER, RATE, auricle, corpus, expect, expect_failure, main, noise, save, word

BLUE, ORANGE = (0, 115, 179), (214, 94, 0)
SPECTROGRAM = (58, 30, 680, 190)  # left, top, width, height


def read_png(path):
    """Rows of (r, g, b); 8-bit RGB, not interlaced, as cairo writes."""
    data = path.read_bytes()
    expect(data[:8] == b"\x89PNG\r\n\x1a\n", "a PNG")
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", body[:10])
            expect((depth, colours) == (8, 2), "RGB of 8 bits")
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    return [list(zip(row[::3], row[1::3], row[2::3]))
            for row in unfilter(zlib.decompress(packed), width * 3, height)]


def unfilter(raw, stride, height):
    """PNG specification, section 9.2."""
    before, rows = bytes(stride), []
    for y in range(height):
        start = y * (stride + 1)
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        if kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, before))
        elif kind:
            for i in range(stride):
                left, up = row[i - 3] if i >= 3 else 0, before[i]
                if kind == 1:
                    guess = left
                elif kind == 3:
                    guess = (left + up) // 2
                else:
                    corner = before[i - 3] if i >= 3 else 0
                    to_left, to_up = abs(up - corner), abs(left - corner)
                    to_corner = abs(left + up - 2 * corner)
                    guess = left if to_left <= min(to_up, to_corner) else \
                        up if to_up <= to_corner else corner
                row[i] = (row[i] + guess) & 255
        rows.append(row)
        before = row
    return rows


def places(rows, colour, slack=6):
    """(x, y) of the pixels of a colour."""
    return [(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row)
            if all(abs(a - b) <= slack for a, b in zip(pixel, colour))]


def mean(values):
    values = list(values)
    expect(values, "there is something of it")
    return sum(values) / len(values)


def draw(folder, *arguments):
    picture = folder / "picture.png"
    result = auricle("plot", *arguments, "--out", picture, "--width", 800)
    expect(result.status == 0 and not list(folder.glob("*.part")), "drawn", result)
    rows = read_png(picture)
    expect(len(rows[0]) == 800, "as wide as asked for")
    return rows


# ---- curves

def write_run(folder, losses, evaluations=(), **numbers):
    folder.mkdir()
    lines = [{"event": "step", "step": 10 * (i + 1), "hours": 0.1 * (i + 1), "loss": loss, **numbers}
             for i, loss in enumerate(losses)]
    lines += [{"event": "evaluation", "step": 100 * (i + 1), "hours": i + 1, "loss": loss,
               "cpc.accuracy": 0.1 * i, "cpc.chance": 0.01}
              for i, loss in enumerate(evaluations)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def curves_fall_where_the_loss_falls(folder):
    write_run(folder / "down", [10 - 0.3 * i for i in range(30)])
    write_run(folder / "up", [1 + 0.3 * i for i in range(30)])
    rows = draw(folder, "curves", folder / "down", f"{folder}/up/", "--show", "loss")
    for colour, falls in ((BLUE, True), (ORANGE, False)):
        found = [p for p in places(rows, colour) if p[1] > 34]  # below the legend
        left, right = mean(y for x, y in found if x < 200), mean(y for x, y in found if x > 650)
        expect((right - left > 80) == falls and abs(right - left) > 80, f"{left} to {right}")


def each_number_of_an_evaluation_has_a_chart(folder):
    write_run(folder / "run", [5, 4, 3], [3.5, 2.5], **{"cpc.accuracy": 0.5, "cpc.chance": 0.01})
    with_one = draw(folder, "curves", folder / "run")
    expect(len([p for p in places(with_one, BLUE) if p[1] > 320]) > 20, "its indicator beneath")
    write_run(folder / "more", [5, 4, 3], rest=1.0, **{f"n.{i}": 1.0 * i for i in range(9)})
    expect(len(draw(folder, "curves", folder / "more")) > len(with_one) + 200, "rows for ten more")
    expect(len(draw(folder, "curves", folder / "more", "--show", "n.3", "--hours")) == len(with_one),
           "only what is asked for")


def runs_that_cannot_be_drawn_are_named(folder):
    out = ("--out", folder / "no.png")
    write_run(folder / "empty", [])
    expect_failure(auricle("plot", "curves", folder / "empty", *out), 1, "empty", "no steps yet")
    expect_failure(auricle("plot", "curves", folder / "none", *out), 1, "none", "--run")
    write_run(folder / "good", [2, 1])
    expect_failure(auricle("plot", "curves", folder / "good", "--show", "rank", *out), 1, "rank")
    with (folder / "good/metrics.jsonl").open("a") as file:
        file.write('{"event": "st\n')
    expect_failure(auricle("plot", "curves", folder / "good", *out), 1, "line 3")
    expect(not (folder / "no.png").exists(), "nothing is left behind")


# ---- sound

def tones(seconds, *hertz):
    count = int(seconds * RATE)
    return [0.5 * math.sin(6.283185307 * f * i / RATE) for f in hertz for i in range(count)]


def brightest_khz(rows, first, last):
    """Of columns [first, last) of the spectrogram."""
    left, top, _, height = SPECTROGRAM
    light = [sum(sum(rows[y][x]) for x in range(left + first, left + last))
             for y in range(top + 2, top + height - 2)]
    return 8 * (1 - (2.5 + light.index(max(light))) / height)


def a_tone_is_where_its_frequency_and_time_are(folder):
    save(folder / "tones.wav", [tones(1.5, 1000, 3000)])
    rows = draw(folder, "sound", folder / "tones.wav", "--model", ENCODER)
    expect(abs(brightest_khz(rows, 20, 320) - 1) < 0.1, "1 kHz in the first half")
    expect(abs(brightest_khz(rows, 360, 660) - 3) < 0.1, "3 kHz in the second")


def surprise_is_drawn_when_there_is_some(folder):
    left, top, _, height = SPECTROGRAM
    below = top + height + 14
    save(folder / "long.wav", [noise(3 * RATE, 0.1, 1)])
    found = places(draw(folder, "sound", folder / "long.wav", "--model", ENCODER), ORANGE, 40)
    xs = [x for x, y in found if y > below]
    expect(max(xs) - min(xs) > 380 and min(xs) > left + 200, "two thirds: one second is warm-up")
    save(folder / "short.wav", [noise(RATE // 2, 0.1, 1)])
    rows = draw(folder, "sound", folder / "short.wav", "--model", ENCODER)
    expect(not [p for p in places(rows, ORANGE, 40) if p[1] > below], "none of half a second")


def events_are_drawn_where_they_were_heard(folder):
    corpus(folder / "words")
    head = folder / "head.safetensors"
    result = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60,
                     "--background", "silence", "--augment", 0, "--out", head)
    expect(result.status == 0, "fit", result)
    sound = folder / "word.wav"
    save(sound, [noise(RATE, 0.002, 1) + word("rise", 3) + noise(RATE, 0.002, 2)])
    heard = auricle("listen", sound, "--model", ENCODER, "--head", head, "--json")
    events = [e for e in map(json.loads, heard.out.splitlines()) if e["type"] == "event"]
    ends = [(e["start"], e["end"]) for e in events]
    rows = draw(folder, "sound", sound, "--model", ENCODER, "--head", head)
    left, top, width, height = SPECTROGRAM
    lane = rows[top + height + 14 + 12]
    drawn = [x - left for x in range(left + 1, left + width - 1)
             if max(lane[x]) - min(lane[x]) > 30]
    expect(ends and drawn, f"an event is heard: {events}", heard)
    seconds = 2 + len(word("rise", 3)) / RATE
    expect(abs(min(drawn) - width * ends[0][0] / seconds) < 4, f"{ends} from {min(drawn)}")
    expect(abs(max(drawn) - width * ends[-1][1] / seconds) < 4, f"{ends} to {max(drawn)}")


def sounds_that_cannot_be_drawn_are_named(folder):
    out = ("--out", folder / "no.svg")
    save(folder / "empty.wav", [[]])
    expect_failure(auricle("plot", "sound", folder / "empty.wav", *out), 1, "empty.wav")
    expect_failure(auricle("plot", "sound", folder / "none.wav", *out), 1, "none.wav")
    save(folder / "a.wav", [tones(0.2, 500)])
    expect_failure(auricle("plot", "sound", folder / "a.wav", "--model", folder / "x", *out), 1,
                   "--model FILE")
    expect_failure(auricle("plot", "sound", folder / "a.wav", "--model", ENCODER, "--head",
                           folder / "h", *out), 1, "--head FILE")
    expect(not list(folder.glob("no.*")), "nothing is left behind")


# ---- map

def a_map_has_a_colour_for_each_label(folder):
    corpus(folder / "words", ("rise", "other"), each=12)
    every = ("map", "--data", folder / "words", "--task", "words", "--model", ENCODER, "-q")
    rows = draw(folder, *every)
    inside = [[p for p in places(rows, mixed(colour)) if 60 < p[0] < 560]
              for colour in (BLUE, ORANGE)]
    apart = math.dist(*((mean(x for x, _ in found), mean(y for _, y in found)) for found in inside))
    expect(apart > 60, f"a sweep and a hum are {apart} points apart")
    few = draw(folder, *every, "--most", 3)
    expect(len([p for p in places(few, mixed(BLUE)) if p[0] < 560]) < len(inside[0]) / 2, "--most")
    expect_failure(auricle("plot", "map", "--data", folder / "words", "--task", "songs", "--model",
                           ENCODER, "--out", folder / "no.png"), 1, "words")


def mixed(colour):
    """Four fifths of it on white."""
    return tuple(round(0.8 * c + 0.2 * 255) for c in colour)


# ---- files and usage

def an_svg_is_one(folder):
    save(folder / "a.wav", [tones(0.5, 500)])
    picture = folder / "a.svg"
    result = auricle("plot", "sound", folder / "a.wav", "--model", ENCODER, "--out", picture)
    expect(result.status == 0, "drawn", result)
    root = xml.etree.ElementTree.parse(picture).getroot()
    expect(root.tag.endswith("svg") and root.get("width") == "800pt", str(root.attrib))


def a_full_disk_leaves_the_old_picture(folder):
    write_run(folder / "run", [5, 4, 3])
    picture = folder / "old.png"
    picture.write_text("old")
    result = auricle("plot", "curves", folder / "run", "--out", picture, limit_bytes=2000)
    expect_failure(result, 1, "old.png")
    expect(picture.read_text() == "old" and not list(folder.glob("*.part")), "as it was")
    expect_failure(auricle("plot", "curves", folder / "run", "--out", folder / "no/where.png"), 1,
                   "where.png")


def wrong_usage_names_the_word(folder):
    out = ("--out", folder / "a.png")
    expect_failure(auricle("plot", *out), 2, "curves, map or sound")
    expect_failure(auricle("plot", "faces", *out), 2, "faces")
    expect_failure(auricle("plot", "curves", *out), 2, "RUN")
    expect_failure(auricle("plot", "sound", *out), 2, "FILE")
    expect_failure(auricle("plot", "map", *out), 2, "--data")
    expect_failure(auricle("plot", "curves", "x"), 2, "--out")
    expect_failure(auricle("plot", "curves", "x", "--out", "a.jpg"), 2, "a.jpg", ".png or .svg")


if __name__ == "__main__":
    main([curves_fall_where_the_loss_falls, each_number_of_an_evaluation_has_a_chart,
          runs_that_cannot_be_drawn_are_named, a_tone_is_where_its_frequency_and_time_are,
          surprise_is_drawn_when_there_is_some, events_are_drawn_where_they_were_heard,
          sounds_that_cannot_be_drawn_are_named, a_map_has_a_colour_for_each_label, an_svg_is_one,
          a_full_disk_leaves_the_old_picture, wrong_usage_names_the_word])
