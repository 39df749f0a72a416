#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""How many commands are heard when packets are lost: spoken commands as RTP packets of G.711 and of
Opus, some of them dropped, through GStreamer's jitter buffer and decoders into the bundled models.
What is heard without loss is 100 %. Real time: a round takes as long as the recording."""
import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DIGITS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
ALSA = pathlib.Path("/usr/share/sounds/alsa")
PACKAGES = "asterisk-core-sounds-en-wav alsa-utils gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
NAMES = "zero one two three four five six seven eight nine".split()
SAID = [(label, DIGITS / f"{n}.wav") for n, label in enumerate(NAMES)] + \
    [(side, ALSA / f"{place}_{side.title()}.wav") for place in ("Front", "Rear", "Side")
     for side in ("left", "right")]
PAUSE_S = 0.9
RAW = "audio/x-raw,format=S16LE,rate=16000,channels=1"
LOSSES = (1, 2, 5, 10, 20)  # % of packets
BURST = 4                   # packets of 20 ms, on average, where losses come in bursts
CODECS = {
    "G.711": ("audioresample ! audio/x-raw,rate=8000 ! mulawenc ! rtppcmupay min-ptime=20000000 "
              "max-ptime=20000000", 8000, "media=audio,clock-rate=8000,encoding-name=PCMU,payload=0",
              "rtppcmudepay ! mulawdec"),
    "G.711+spanplc": None,  # with GStreamer's concealment of lost packets
    "Opus": ("audioresample ! audio/x-raw,rate=48000 ! opusenc bitrate=24000 ! rtpopuspay", 48000,
             "media=audio,clock-rate=48000,encoding-name=OPUS,payload=96",
             "rtpopusdepay ! opusdec plc=true")}
CODECS["G.711+spanplc"] = (*CODECS["G.711"][:3], CODECS["G.711"][3] + " ! spanplc")


def launch(description, build=None):
    """A pipeline that runs; its text is on standard output."""
    environment = dict(os.environ, GST_DEBUG="0")
    if build:
        environment["GST_PLUGIN_PATH"] = str(build / "plugins")
    return subprocess.Popen(["gst-launch-1.0", "-q", *description.split()], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process):
    out, err = process.communicate()
    if process.returncode:
        sys.exit(f"loss: gst-launch-1.0 failed: {err.decode(errors='replace')[-600:]}\n"
                 f"Cure: apt-get install {PACKAGES}")
    return out


def make_recording(path):
    """The commands twice, a pause after each: (label, begin, end) in seconds."""
    absent = [str(p) for _, p in SAID if not p.exists()]
    if absent:
        sys.exit(f"loss: {absent[0]} is missing. Cure: apt-get install {PACKAGES}")
    pause = f"audiotestsrc wave=silence num-buffers=9 samplesperbuffer=1600 ! {RAW} ! c. "
    chain, at, said = pause, PAUSE_S, []
    for label, word in SAID * 2:
        chain += (f"filesrc location={word} ! wavparse ! audioconvert ! audioresample ! {RAW} ! c. {pause}")
        with wave.open(str(word)) as file:
            length = file.getnframes() / file.getframerate()
        said.append((label, at, at + length))
        at += length + PAUSE_S
    finish(launch(f"concat name=c ! {RAW} ! wavenc ! filesink location={path} {chain}"))
    return said


def packets(recording, codec):
    """The RTP packets of a recording: each comes with its length in two bytes before it."""
    encode = CODECS[codec][0]
    stream = finish(launch(f"filesrc location={recording} ! decodebin ! audioconvert ! {encode} "
                           "! rtpstreampay ! fdsink"))
    found, at = [], 0
    while at < len(stream):
        length = struct.unpack_from(">H", stream, at)[0]
        found.append(stream[at + 2:at + 2 + length])
        at += 2 + length
    return found


def lost(count, percent, bursts, seed):
    """The packets that do not arrive. In bursts: losses follow one another as in a chain of two states."""
    draw, share = random.Random(f"{percent} {bursts} {seed}"), percent / 100
    ends = 1 / BURST if bursts else 1 - share
    begins = ends * share / (1 - share)
    missing, is_lost = set(), False
    for n in range(count):
        is_lost = draw.random() < (1 - ends if is_lost else begins)
        if is_lost:
            missing.add(n)
    return missing


def write_capture(path, sent, rate, missing):
    """A capture file (pcap) of what arrives: Ethernet, IPv4, UDP, each packet at its RTP time."""
    first = struct.unpack_from(">I", sent[0], 4)[0]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n, packet in enumerate(sent):
            if n in missing:
                continue
            ticks = struct.unpack_from(">I", packet, 4)[0] - first & 0xffffffff
            microseconds = ticks * 1000000 // rate
            udp = struct.pack(">HHHH", 5004, 5004, 8 + len(packet), 0) + packet
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1",
                             b"\x7f\0\0\1") + udp
            frame = bytes(12) + b"\x08\0" + ip
            file.write(struct.pack("<IIII", microseconds // 1000000, microseconds % 1000000, len(frame),
                                   len(frame)) + frame)


def listen(capture, codec, arguments):
    """What is heard live. The queue takes the machine's load from the result: nothing comes too late."""
    _, _, caps, decode = CODECS[codec]
    threshold = f"threshold-on={arguments.threshold}" if arguments.threshold else ""
    return launch(f"filesrc location={capture} ! pcapparse ts-offset=0 caps=application/x-rtp,{caps} "
                  f"! identity sync=true ! rtpjitterbuffer latency=2000 do-lost=true ! {decode} "
                  "! audioconvert ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 "
                  f"! auricleencoder max-lag=0 model={arguments.models}/encoder.safetensors "
                  f"! auricleclassifier head={arguments.models}/commands.safetensors {threshold} "
                  "! auriclewriter ! fdsink", arguments.build)


def events(process):
    """Of the first channel: opusdec plays mono as two that are equal."""
    lines = map(json.loads, finish(process).decode().splitlines())
    return [(line["label"], line["start"]) for line in lines
            if line["type"] == "event" and line["channel"] == 0]


def right(heard, said):
    """The events that name what is said while it is said, each command once."""
    kept = []
    for label, begin, end in said:
        kept += [e for e in heard if e[0] == label and begin - 0.3 < e[1] < end][:1]
    return kept


def found_again(wanted, heard):
    """How many of wanted are among heard, each once: the same label within 0.3 s."""
    left, count = list(heard), 0
    for label, start in wanted:
        match = [e for e in left if e[0] == label and abs(e[1] - start) < 0.3]
        if match:
            left.remove(min(match, key=lambda e: abs(e[1] - start)))
            count += 1
    return count


def conditions(arguments):
    yield 0, False, 0
    for percent in LOSSES:
        for bursts in (False, True):
            for seed in range(arguments.seeds):
                yield percent, bursts, seed


def race(codec, sent, folder, arguments):
    """Every condition of a codec at once: condition -> (packets lost, events)."""
    running, results = {}, {}
    waiting = list(conditions(arguments))
    while waiting:
        for key in waiting[:arguments.jobs]:
            missing = lost(len(sent), *key)
            capture = folder / f"{codec}-{'-'.join(map(str, key))}.pcap"
            write_capture(capture, sent, CODECS[codec][1], missing)
            running[key] = (len(missing), listen(capture, codec, arguments))
        waiting = waiting[arguments.jobs:]
        results.update({key: (count, events(process)) for key, (count, process) in running.items()})
        running.clear()
    return results


def report(codec, sent, results, said, arguments):
    """Rows of the table."""
    clean = results[0, False, 0][1]
    wanted = right(clean, said) if said else clean
    print(f"| {codec}, none | 0.0 % | {len(wanted)} of {len(wanted)}"
          f"{f' ({len(said)} said)' if said else ''} | {len(clean) - len(wanted)} |", flush=True)
    for percent in LOSSES:
        for bursts in (False, True):
            part = [results[percent, bursts, seed] for seed in range(arguments.seeds)]
            again = sum(found_again(wanted, heard) for _, heard in part)
            others = sum(len(heard) for _, heard in part) - again
            share = sum(count for count, _ in part) / (len(part) * len(sent))
            print(f"| {codec}, {percent} % {'in bursts' if bursts else 'at random'} | {100 * share:.1f} % "
                  f"| {again} of {len(part) * len(wanted)} ({100 * again / max(1, len(part) * len(wanted)):.0f} %) "
                  f"| {others} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="default: build")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "models", help="default: models")
    parser.add_argument("--recording", help="another recording (WAV or FLAC); default: commands from "
                        "Debian's packages, each twice")
    parser.add_argument("--threshold", type=float, default=0.1, help="threshold-on (default 0.1, as in pipelines/demo.sh); 0: the head's")
    parser.add_argument("--codec", choices=CODECS, action="append", help="default: all")
    parser.add_argument("--seeds", type=int, default=3, help="draws of each condition (default 3)")
    parser.add_argument("--jobs", type=int, default=16, help="pipelines at once (default 16)")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    print("| packets lost | measured | heard of what is heard without loss | other events |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        recording = arguments.recording or folder / "said.wav"
        said = None if arguments.recording else make_recording(recording)
        for codec in arguments.codec or CODECS:
            sent = packets(recording, codec)
            report(codec, sent, race(codec, sent, folder, arguments), said, arguments)


if __name__ == "__main__":
    main()
