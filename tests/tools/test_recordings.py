#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Recordings as people have them: damaged, joined, with headers that lie, at any rate, through pipes,
with names of any bytes. All are heard to the end at the right times, or the reason is printed."""
import json
import os
import pathlib
import shutil
import struct
import subprocess

from toolbox import (ENCODER, MODELS, PROGRAM, RATE, Result, auricle, corpus, expect, expect_failure, main,
                     noise, read_npy, save, word, write_table)

SECONDS = 8  # of sound.*, see make_encoders.c


def frames(path, folder, status=0, *words):
    """The log-mel frames of a recording [frames][mels]; what cannot be read whole has none."""
    out = folder / "frames.npy"
    out.unlink(missing_ok=True)
    result = auricle("embed", path, "--model", ENCODER, "--features", "--out", out)
    if status:
        expect_failure(result, status, *words)
        return None
    expect(result.status == 0, f"{path}", result)
    (rows, columns), numbers = read_npy(out)
    return [numbers[i * columns:(i + 1) * columns] for i in range(rows)]


def seconds(path, *more, stdin=None):
    """What listen reports: exit status, seconds, standard error."""
    run = subprocess.run([PROGRAM, "listen", str(path), "--model", ENCODER, "--head", str(head_file),
                          *more], stdin=stdin, capture_output=True, text=True, errors="replace",
                         timeout=60)
    listened = [line.split()[1].rstrip(",") for line in run.stderr.splitlines()
                if line.startswith("listened")]
    hours, minutes, rest = listened[0].split(":") if listened else (0, 0, 0)
    return run.returncode, 3600 * int(hours) + 60 * int(minutes) + float(rest), run.stderr


head_file = None


def a_head_to_listen_with(folder):
    global head_file
    corpus(folder / "words")
    head_file = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"auricle-head-{os.getpid()}"
    result = auricle("fit", "--encoder", ENCODER, "--data", folder / "words", "--window", 60,
                     "--background", "silence", "--augment", 0, "--out", head_file)
    expect(result.status == 0, "fit", result)


def heard(path, length, status=0, *words, slack=0.11, **more):
    code, got, said = seconds(path, **more)
    expect(code == status and abs(got - length) < slack and all(w in said for w in words),
           f"{path}: exit {code}, {got} s instead of {length}, {said!r}")


def near(one, other, first, last):
    """Whether frames first..last are the same in both."""
    worst = max(abs(a - b) for i in range(first, last) for a, b in zip(one[i], other[i]))
    return worst < 0.05


# ---- headers that lie

def pcm():
    return (MODELS / "sound.wav").read_bytes()[44:]


def wav(path, data, riff_size, data_size, after=b""):
    path.write_bytes(b"RIFF" + struct.pack("<I", riff_size) + b"WAVEfmt " +
                     struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) + b"data" +
                     struct.pack("<I", data_size) + data + after)
    return path


def rf64(path, data, data_size):
    path.write_bytes(b"RF64\xff\xff\xff\xffWAVEds64" +
                     struct.pack("<IQQQI", 28, len(data) + 72, data_size, len(data) // 2, 0) + b"fmt " +
                     struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) + b"data\xff\xff\xff\xff" +
                     data)
    return path


def a_wav_without_a_size_is_read_to_the_end(folder):
    data, path = pcm(), folder / "a.wav"
    whole = frames(MODELS / "sound.wav", folder)
    for riff, size in ((0, 0), (len(data) + 36, 0), (2**32 - 1, 2**32 - 1), (0x7FFFF024, 0x7FFFF000),
                       (2**31 - 1, 2**31 - 1)):
        heard(wav(path, data, riff, size), SECONDS)
        expect(frames(path, folder) == whole, f"{riff} {size}: the same frames")
    for size in (0, 2**64 - 1, len(data)):
        heard(rf64(path, data, size), SECONDS)
        expect(frames(path, folder) == whole, f"RF64 {size}: the same frames")
    # an empty recording stays empty
    heard(wav(path, b"", 36, 0), 0)
    heard(wav(path, b"", 36 + 12, 0, b"LIST\x04\0\0\0INFO"), 0)


def a_wav_cut_off_is_reported(folder):
    data, path = pcm(), folder / "a.wav"
    wav(path, data[:len(data) // 2], len(data) + 36, len(data))
    heard(path, SECONDS / 2, 1, "a.wav", "4.000 s", "8.000 s")
    rf64(path, data[:len(data) // 2], len(data))
    heard(path, SECONDS / 2, 1, "a.wav", "8.000 s")
    wav(path, data, len(data) + 36 + 44, len(data) + 44)  # sloppy, not cut
    heard(path, SECONDS)


# ---- damage

def damaged(path, name, at, count, what=bytes):
    whole = (MODELS / name).read_bytes()
    middle = int(at * len(whole))
    path.write_bytes(whole[:middle] + what(count) + whole[middle + count:])
    return path


def a_damaged_ogg_keeps_its_times(folder):
    for name in ("sound.ogg", "sound.opus"):
        whole = frames(MODELS / name, folder)
        expect(abs(len(whole) - 100 * SECONDS) < 5, f"{name}: {len(whole)} frames")
        for what in (bytes, lambda n: bytes(range(1, 251)) * (n // 250)):
            path = damaged(folder / name, name, 0.6, 250, what)
            heard(path, SECONDS, 1, name, "damaged at", "replaced by silence")
            frames(path, folder, 1, name, "damaged at")
        raw = [json.loads(line) for line in auricle("listen", path, "--model", ENCODER, "--head",
                                                   head_file, "--raw", "--json").out.splitlines()]
        expect(abs(raw[-1]["end"] - SECONDS) < 0.2, f"{name}: decisions to the end: {raw[-1]}")


def damage_keeps_the_times_of_what_follows(folder):
    """The decisions over the beeps after the damage are what they are without it."""
    def decisions(path):
        result = auricle("listen", path, "--model", ENCODER, "--head", head_file, "--raw", "--json")
        return [json.loads(line) for line in result.out.splitlines()]
    for name, slack in (("sound.ogg", 0.02), ("sound.opus", 0.02), ("sound.mp3", 0.15),
                        ("sound.flac", 0.02)):
        whole, path = decisions(MODELS / name), damaged(folder / name, name, 0.55, 300)
        broken = decisions(path)
        expect(len(whole) == len(broken), f"{name}: {len(broken)} decisions, not {len(whole)}")
        away = max(abs(a["score"] - b["score"]) for a, b in zip(whole[-25:], broken[-25:]))
        expect(away < slack, f"{name}: the last 2 s differ by {away}")


def a_damaged_mp3_is_read_on(folder):
    for count in (100, 500, 3000):
        path = damaged(folder / "a.mp3", "sound.mp3", 0.5, count)
        heard(path, SECONDS, 1, "a.mp3", "damaged at", slack=0.2)
    whole = (MODELS / "sound.mp3").read_bytes()
    path = folder / "cut.mp3"
    path.write_bytes(whole[:len(whole) // 2])
    heard(path, SECONDS / 2, 1, "cut.mp3", "cut off", slack=0.4)
    path.write_bytes(with_length(whole)[:len(whole) // 2])
    heard(path, SECONDS / 2, 1, "cut.mp3", "cut off", "7.9", slack=0.4)


def a_damaged_flac_is_read_on(folder):
    """What is whole is read bit for bit, at its place; what is not is silence, and is named."""
    path = folder / "a.flac"
    whole = frames(MODELS / "sound.flac", folder)
    for at, count, what in ((0.3, 1, lambda n: b"\x55" * n), (0.5, 300, bytes), (0.5, 5000, bytes),
                            (0.7, 300, lambda n: bytes(range(1, 251)) * (n // 250))):
        damaged(path, "sound.flac", at, count, what)
        heard(path, SECONDS, 1, "a.flac", "damaged at", "replaced by silence")
        frames(path, folder, 1, "a.flac", "damaged at")
    # bytes that were lost, not overwritten; two places
    data = (MODELS / "sound.flac").read_bytes()
    path.write_bytes(data[:len(data) // 3] + data[len(data) // 3 + 700:len(data) * 2 // 3] +
                     data[len(data) * 2 // 3 + 20:])
    heard(path, SECONDS, 1, "a.flac", "damaged at", "and at 1 more places")
    # a tag behind the last frame is no damage
    path.write_bytes(data + b"TAG" + bytes(125))
    heard(path, SECONDS)
    expect(frames(path, folder) == whole, "the same frames before a tag")


def a_cut_off_ogg_is_reported(folder):
    for name in ("sound.ogg", "sound.opus", "sound.flac"):
        whole = (MODELS / name).read_bytes()
        path = folder / name
        path.write_bytes(whole[:len(whole) * 2 // 3])
        code, got, said = seconds(path)
        expect(code == 1 and 0.5 < got < SECONDS - 1 and "cut off" in said, f"{name}: {got} {said}")


# ---- joined files

def with_length(mp3):
    """An MP3 whose first frame states its length, as most encoders write it (Info)."""
    frame = bytearray(mp3[:mp3.find(mp3[:2], 4)])
    frame[4:] = bytes(len(frame) - 4)
    frame[13:21] = b"Info" + struct.pack(">I", 1)  # after the side information of one channel, MPEG-2
    frame[21:25] = struct.pack(">I", SECONDS * RATE // 576 + 1)
    expect(len(frame) > 25, "room in a frame")
    return bytes(frame) + mp3


def without_length(mp3):
    return mp3[mp3.find(mp3[:2], 4):] if b"Xing" in mp3[:200] or b"Info" in mp3[:200] else mp3


def an_mp3_without_a_length_is_read_to_the_end(folder):
    for name in ("vbr.mp3", "sound.mp3"):
        path = folder / name
        path.write_bytes(without_length((MODELS / name).read_bytes()))
        expect(b"Info" not in path.read_bytes() and b"Xing" not in path.read_bytes(), "no length")
        heard(path, SECONDS, slack=0.2)
        expect(abs(len(frames(path, folder)) - 100 * SECONDS) < 20, name)
        path.write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + path.read_bytes() + b"TAG" + bytes(125))
        heard(path, SECONDS, slack=0.2)


def joined_files_are_read_to_the_end(folder):
    for name in ("sound.ogg", "sound.opus", "sound.mp3", "vbr.mp3"):
        once = (MODELS / name).read_bytes()
        path = folder / name
        for times in (2, 3):
            path.write_bytes(once * times)
            heard(path, times * SECONDS, slack=0.2 * times)
        whole = frames(MODELS / name, folder)
        both = frames(path, folder)
        expect(near(whole, both, 0, 700), f"{name}: the first is as before")
        path.write_bytes(with_length(without_length(once)) * 2 if "mp3" in name else once * 2)
        heard(path, 2 * SECONDS, slack=0.4)
    # the second of another kind is named
    path = folder / "mixed.ogg"
    path.write_bytes((MODELS / "sound.ogg").read_bytes() + (MODELS / "sound.opus").read_bytes())
    heard(path, 2 * SECONDS)
    # after a tag
    path = folder / "tagged.mp3"
    path.write_bytes((MODELS / "sound.mp3").read_bytes() + b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) +
                     (MODELS / "sound.mp3").read_bytes())
    heard(path, 2 * SECONDS, slack=0.3)


# ---- places

def rows_of_a_recording_that_cannot_seek(folder):
    for name in ("sound-gsm.wav", "sound-gsm.aiff", "sound.mp3", "vbr.mp3", "sound.ogg", "sound.opus",
                 "sound.flac", "sound.wav"):
        data = folder / name.replace(".", "-")
        data.mkdir()
        shutil.copy(MODELS / name, data)
        write_table(data, [{"file_name": name, "label": label, "split": split, "task": "k", "start": start,
                            "end": start + 0.9} for split in ("train", "dev")
                           for label, start in (("noise", 0.1), ("noise", 1), ("beep", 2.9), ("beep", 5),
                                                ("beep", 6.9))])
        result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", data, "--task", "k", "--json")
        expect(result.status == 0 and result.json()["skipped"] == 0 and result.json()["n"] == 5, name,
               result)
        expect(result.json()["accuracy"] == 1, f"{name}: noise is not a beep", result)
        write_table(data, [{"file_name": name, "label": "a", "split": s, "task": "k", "start": t,
                            "end": t + 1} for s in ("train", "dev") for t in (1, 20)])
        result = auricle("eval", "--encoder", "logmel:" + ENCODER, "--data", data, "--task", "k")
        expect("no audio at 20.000 s" in result.err, name, result)


# ---- rates, pipes, batches, names

def any_rate_is_listened_to(folder):
    for rate in (4000, 6000, 8000, 44100, 48000, 96000, 192000):
        path = folder / f"{rate}.wav"
        save(path, [noise(rate, 0.1, 1), noise(rate, 0.1, 2)], rate=rate)
        heard(path, 1, slack=0.03)
        expect(abs(len(frames(path, folder)) - 100) < 4, f"{rate}")
        result = auricle("plot", "sound", path, "--model", ENCODER, "--out", folder / "p.png")
        expect(result.status == 0, f"plot {rate}", result)
    for rate in (3999, 400000):
        save(folder / "odd.wav", [noise(rate // 4, 0.1, 1)], rate=rate)
        result = auricle("listen", folder / "odd.wav", "--model", ENCODER, "--head", head_file)
        expect_failure(result, 1, "odd.wav", str(rate))


def a_head_hears_the_recordings_it_learned_from(folder):
    rate = 96000
    for label in ("rise", "fall"):
        for n in range(10):
            low = word(label, 100 + n)
            save(folder / f"{label}{n}.wav", [[x for x in low for _ in range(rate // RATE)]], rate=rate)
    write_table(folder, [{"file_name": f"{label}{n}.wav", "label": label, "split": "dev" if n > 6 else "train"}
                         for label in ("rise", "fall") for n in range(10)])
    head = folder / "head"
    result = auricle("fit", "--encoder", ENCODER, "--data", folder, "--window", 60, "--background",
                     "silence", "--augment", 0, "--out", head)
    expect(result.status == 0, "fit", result)
    result = auricle("listen", folder / "rise8.wav", "--model", ENCODER, "--head", head)
    expect(result.status == 0 and "listened" in result.err, "listen", result)


def through_a_pipe(path, *expected):
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as pipe:
        heard("-", *expected, stdin=pipe.stdout, slack=0.2)


def sound_is_heard_while_it_comes(folder):
    """A recorder's WAV without a size: a second after another, the pipe stays open."""
    wav(folder / "a.wav", b"", 0, 0)
    listener = subprocess.Popen([PROGRAM, "listen", "-", "--model", ENCODER, "--head", head_file, "--raw",
                                 "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
    listener.stdin.write((folder / "a.wav").read_bytes() + pcm()[:4 * 2 * RATE])
    listener.stdin.flush()
    line = json.loads(listener.stdout.readline())  # before the end of the sound
    expect(line["type"] == "posteriors", f"{line}")
    listener.stdin.close()
    rest = listener.stdout.read().splitlines()
    expect(listener.wait(60) == 0 and abs(json.loads(rest[-1])["end"] - 4) < 0.2, f"to the end: {rest[-1:]}")


def standard_input_is_a_recording(folder):
    for name in ("sound.wav", "sound.flac", "sound.ogg", "sound.mp3", "sound.opus"):
        with open(MODELS / name, "rb") as file:
            heard("-", SECONDS, stdin=file, slack=0.2)
    for name in ("sound.wav", "sound.flac", "sound.ogg", "sound.mp3", "sound.opus", "vbr.mp3"):
        through_a_pipe(MODELS / name, SECONDS)
    data, path = pcm(), folder / "a.wav"
    for size in (0, 2**32 - 1, len(data)):
        through_a_pipe(wav(path, data, size, size), SECONDS)
    through_a_pipe(wav(path, b"", 36, 0), 0)
    through_a_pipe(wav(path, b"", 36 + 12, 0, b"LIST\x04\0\0\0INFO"), 0)
    through_a_pipe(damaged(folder / "a.flac", "sound.flac", 0.5, 300), SECONDS, 1, "damaged at")
    with open(MODELS / "sound.wav", "rb") as file:
        run = subprocess.run([PROGRAM, "embed", "-", "--model", ENCODER, "--out", folder / "o"], stdin=file,
                             capture_output=True, text=True)
    expect(run.returncode == 0 and (folder / "o/stdin.npy").exists(), "embed -", Result(run))
    with open(MODELS / "sound.wav", "rb") as file:
        run = subprocess.run([PROGRAM, "plot", "sound", "-", "--model", ENCODER, "--out", folder / "p.svg"],
                             stdin=file, capture_output=True, text=True)
    expect(run.returncode == 0 and (folder / "p.svg").exists(), "plot sound -", Result(run))
    run = subprocess.run([PROGRAM, "listen", "-", "--model", ENCODER, "--head", head_file],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)
    expect_failure(Result(run), 1, "auricle listen")


def one_bad_file_does_not_stop_the_others(folder):
    for n in range(4):
        save(folder / f"{n}.wav", [noise(8000, 0.1, n)])
    (folder / "bad.wav").write_text("junk")
    files = [folder / "bad.wav", *(folder / f"{n}.wav" for n in range(3)), folder / "absent.wav",
             folder / "3.wav"]
    result = auricle("embed", *files, "--model", ENCODER, "--out", folder / "rows")
    expect_failure(result, 1, "bad.wav", "absent.wav", "2 of 6")
    expect(sorted(p.name for p in (folder / "rows").iterdir()) == [f"{n}.npy" for n in range(4)],
           "four are written, and nothing else", result)
    result = auricle("embed", *files, "--pooled", "--model", ENCODER, "--out", folder / "all.npy")
    expect_failure(result, 1, "bad.wav", "absent.wav")
    (rows, columns), numbers = read_npy(folder / "all.npy")
    missing = [numbers[i * columns] != numbers[i * columns] for i in range(rows)]
    expect(missing == [True, False, False, False, True, False], f"{missing}")
    result = auricle("embed", folder / "bad.wav", folder / "absent.wav", "--pooled", "--model", ENCODER,
                     "--out", folder / "none.npy")
    expect_failure(result, 1, "2 of 2")
    expect(not (folder / "none.npy").exists(), "nothing to write", result)


def names_are_bytes(folder):
    for name in (b"caf\xe9.wav", b"caf\xc3\xa9.wav", b"a b.wav"):
        path = folder / os.fsdecode(name)
        save(path, [noise(16000, 0.1, 1)])
        for command in (("plot", "sound", path, "--out", folder / "x.png"),
                        ("plot", "sound", path, "--out", str(path) + ".svg"),
                        ("plot", "sound", path, "--title", os.fsdecode(name), "--out", folder / "y.svg"),
                        ("embed", path, "--out", folder / "rows")):
            result = auricle(*command, "--model", ENCODER)
            expect(result.status == 0, ascii(command), result)
        result = auricle("listen", path, "--model", ENCODER, "--head", head_file, "--json", "--raw")
        expect(result.status == 0 and json.loads(result.out.splitlines()[0])["stream"], ascii(name), result)
    for option, value in (("--as", b"caf\xe9=x"), ("--labels", b"caf\xe9"), ("--map", b"a=caf\xe9")):
        result = auricle("fit", "--encoder", ENCODER, "--data", folder, option, os.fsdecode(value), "--out",
                         folder / "h")
        expect_failure(result, 2, option, "UTF-8")


try:
    main([a_head_to_listen_with, a_wav_without_a_size_is_read_to_the_end, a_wav_cut_off_is_reported,
          a_damaged_ogg_keeps_its_times, damage_keeps_the_times_of_what_follows,
          a_damaged_mp3_is_read_on, a_damaged_flac_is_read_on,
          a_cut_off_ogg_is_reported, an_mp3_without_a_length_is_read_to_the_end,
          joined_files_are_read_to_the_end, rows_of_a_recording_that_cannot_seek, any_rate_is_listened_to,
          a_head_hears_the_recordings_it_learned_from, standard_input_is_a_recording,
          sound_is_heard_while_it_comes,
          one_bad_file_does_not_stop_the_others, names_are_bytes])
finally:
    if head_file:
        head_file.unlink(missing_ok=True)
