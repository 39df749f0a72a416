# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Lists what one part holds, converts it, writes its metadata.csv. Standard library and ffmpeg only."""
import csv
import hashlib
import os
import re
import subprocess
import sys

import corpora
import games
import people
import sounds
import synthetic
import voices
from common import COLUMNS, Part, die

FFMPEG = os.environ["AUDIO_FFMPEG"].split()
MIN_SECONDS = 0.15          # shorter than one hop of context: nothing to learn from
MIN_FLAC_BYTES_PER_SECOND = 300  # digital silence packs below this, quiet rooms do not
BATCH = 24                  # inputs per ffmpeg: starting it costs more than a short clip


def flac_seconds(path):
    """STREAMINFO holds rate and sample count; no decoder needed."""
    with open(path, "rb") as f:
        head = f.read(26)
    if len(head) < 26 or head[:4] != b"fLaC":
        return 0.0
    bits = int.from_bytes(head[18:26], "big")
    rate, samples = bits >> 44, bits & ((1 << 36) - 1)
    return samples / rate if rate else 0.0


def run_ffmpeg(rows, folder):
    """Several clips through one ffmpeg. Returns input rates, or None when any clip failed."""
    command = list(FFMPEG)
    for row in rows:
        command += row["_before"] + ["-i", row["_src"]]
    for i, row in enumerate(rows):
        out = os.path.join(folder, row["file_name"])
        os.makedirs(os.path.dirname(out), exist_ok=True)
        command += ["-map", "%d:a:0" % i, "-map_metadata", "-1", "-ac", "1", "-ar", "16000",
                    "-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "5",
                    "-metadata_header_padding", "0", "-f", "flac", out + ".part"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode:
        return None
    log = done.stderr.decode("utf-8", "replace")
    rates = {}
    for index, rate in re.findall(r"Stream #(\d+):\d+.*?: Audio: .*?(\d+) Hz", log.split("Stream mapping")[0]):
        rates.setdefault(int(index), rate)
    for row in rows:
        out = os.path.join(folder, row["file_name"])
        os.replace(out + ".part", out)
    return [rates.get(i, "") for i in range(len(rows))]


def convert(rows, folder):
    """Writes the FLACs that are missing. Returns {file_name: (seconds, input rate)} of those that hold
    sound, the names ffmpeg could not read, and how many were silent or too short."""
    known = {}                                   # rates of an earlier, interrupted run
    notes = os.path.join(folder, ".rates")
    if os.path.exists(notes):
        with open(notes, encoding="utf-8") as f:
            known = dict(line.rstrip("\n").split("\t") for line in f if line.endswith("\n"))
    failed = []
    todo = [r for r in rows if not (r["file_name"] in known
                                    and os.path.exists(os.path.join(folder, r["file_name"])))]
    with open(notes, "a", encoding="utf-8") as log:
        for at in range(0, len(todo), BATCH):
            if len(failed) >= 2 * BATCH and len(failed) * 2 > at:
                break                            # a wrong option, not a wrong file: main() stops
            batch = todo[at:at + BATCH]
            rates = run_ffmpeg(batch, folder)
            if rates is None:                    # one of them is bad: which?
                singles = [(row, run_ffmpeg([row], folder)) for row in batch]
                failed += [row["file_name"] for row, rate in singles if rate is None]
                done = [(row, rate[0]) for row, rate in singles if rate is not None]
            else:
                done = list(zip(batch, rates))
            for row, rate in done:
                known[row["file_name"]] = rate
                log.write("%s\t%s\n" % (row["file_name"], rate))
            log.flush()
    sound, empty = {}, 0
    for row in rows:
        path = os.path.join(folder, row["file_name"])
        if row["file_name"] not in known or row["file_name"] in failed:
            if os.path.exists(path + ".part"):
                os.remove(path + ".part")
            continue
        seconds = flac_seconds(path)
        packed = os.path.getsize(path) - 90      # less the header
        if seconds == 0 or not row.get("_keep") and (seconds < MIN_SECONDS or
                                                     packed < MIN_FLAC_BYTES_PER_SECOND * seconds):
            empty += 1
            os.remove(path)
        else:
            sound[row["file_name"]] = seconds, row.get("rate") or known[row["file_name"]]
    return sound, failed, empty


REPEATED = ("effects", "openarena", "zeroad")     # games share clips under several names


def without_repeats(rows):
    seen, kept = set(), []
    for row in rows:
        with open(row["_src"], "rb") as f:
            digest = hashlib.sha256(f.read()).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(row)
    return kept


def planner(name):
    function = "plan_" + name.replace("-", "_")
    return next(getattr(module, function) for module in (voices, games, synthetic, sounds, corpora, people)
                if hasattr(module, function))


def main():
    name, folder, debs, scratch, repos = sys.argv[1:6]
    part = Part(name, debs, scratch, repos)
    rows = list(planner(name)(part))
    if not rows:
        die("part %s: its sources hold no audio where it is expected; their layout has changed, or "
            "they came only in part. Remove .cache and try again." % name)
    if name in REPEATED:
        rows = without_repeats(rows)
    first = {}                                   # a file may serve several tasks, one row each
    for row in rows:
        first.setdefault(row["file_name"], row)
    sound, failed, empty = convert(list(first.values()), folder)
    if failed:
        print("fetch-audio: part %s: ffmpeg could not read %d of %d clips, e.g. %s"
              % (name, len(failed), len(first), failed[0]), file=sys.stderr)
    if len(failed) * 20 > len(first):
        die("part %s: more than one clip in twenty failed; nothing was finished" % name)
    with open(os.path.join(folder, "metadata.csv.part"), "w", newline="", encoding="utf-8") as f:
        table = csv.DictWriter(f, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for row in rows:
            if row["file_name"] in sound and (row is first[row["file_name"]]
                                              or row["task"] != first[row["file_name"]]["task"]):
                seconds, rate = sound[row["file_name"]]
                table.writerow({**row, "seconds": "%.3f" % seconds, "rate": rate})
    os.replace(os.path.join(folder, "metadata.csv.part"), os.path.join(folder, "metadata.csv"))
    os.remove(os.path.join(folder, ".rates"))
    print("%d clips, %.1f minutes, %d silent or too short left out"
          % (len(sound), sum(s for s, _ in sound.values()) / 60, empty))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        die("interrupted; the same command goes on from here")
