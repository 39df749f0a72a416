# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Synthetic speech: command words and others by the free programs of Debian."""
import array
import glob
import os
import re
import subprocess
import sys
import wave

from common import clip, die, draw, stem

COMMANDS = ("zero one two three four five six seven eight nine yes no up down left right on off "
            "stop go").split()
OTHER_WORDS = ("about again always animal apple because bed before bird book bottle brother car cat "
               "chair child city coffee color computer dinner dog door every family father finger "
               "garden happy hello house island kitchen learn letter light little marvin money "
               "morning mother music number open paper people picture question radio river school "
               "sheila sister summer table tree visual water window winter wonder yellow").split()
ACCENTS = ("en-us en-us en-us-nyc en-gb en-gb-x-rp en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd "
           "en-029").split()
# the variants that sound like a person; those not installed are left out
VARIANTS = ("f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt2 klatt3 klatt4 adam Alex Alicia Andrea "
            "Andy Annie antonio aunty belinda benjamin boris caleb david Denis Diogo ed edward Gene "
            "grandma grandpa gustave Henrique Hugo iven iven2 Jacky john kaukovalta Lee linda marcelo "
            "Marco Mario max Michael michel miguel mike Nguyen norbert pablo paul pedro quincy rob "
            "robert sandro shelby steph steph2 Tweaky victor zac anika whisper whisperf").split()
SYNTH_LICENCE = {"espeak-ng": "GPL-3.0-or-later (program; its output is free)",
                 "flite": "BSD-like (CMU Flite)", "festival": "BSD-like (Festival)"}


def trim(path, speed):
    """Cuts silence to 0.1 s either side (40 dB below the loudest frame) and relabels the rate, which
    shifts pitch and pace together. Rewrites the file once."""
    with wave.open(path, "rb") as w:
        rate, channels = w.getframerate(), w.getnchannels()
        samples = array.array("h", w.readframes(w.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    samples = samples[::channels]
    hop, pad = rate // 100, rate // 10
    energy = [sum(s * s for s in samples[i:i + hop]) for i in range(0, len(samples) - hop, hop)]
    if not energy or max(energy) == 0:
        return False
    loud = [i for i, e in enumerate(energy) if e > max(energy) * 1e-4]
    first, last = loud[0] * hop - pad, (loud[-1] + 1) * hop + pad
    quiet = array.array("h", [0])
    samples = quiet * max(0, -first) + samples[max(0, first):last] + quiet * max(0, last - len(samples))
    with wave.open(path + ".part", "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(round(rate * speed))
        w.writeframes(samples.tobytes())
    os.replace(path + ".part", path)
    return True


def installed_voices():
    """What can speak here: (engine, voice) pairs."""
    found = []
    listed = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True).stdout
    have = set(re.findall(r"!v/(\S+)", listed))
    accents = set(re.findall(r"\n *\d+ +(\S+)", subprocess.run(["espeak-ng", "--voices=en"],
                                                            capture_output=True, text=True).stdout))
    variants = [v for v in VARIANTS if v in have]
    accents = [a for a in ACCENTS if a in accents] or ["en"]
    flite = subprocess.run(["flite", "-lv"], capture_output=True, text=True).stdout.split(":")[-1].split()
    festival = [v for v in ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
                if glob.glob("/usr/share/festival/voices/*/" + v)]
    found = {"espeak-ng": (accents, variants),
             "flite": [v for v in ("kal", "kal16", "awb", "rms", "slt") if v in flite],
             "festival": festival}
    for engine, voices in found.items():
        if not voices or not voices[0]:
            die("part synth-commands: %s has no voice; install the packages espeak-ng flite festival "
                "festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts" % engine)
    return found


def plan_synth_commands(part):
    voices = installed_voices()
    accents, variants = voices["espeak-ng"]
    wishes, scheme = [], []      # (path, word, engine:voice, speed, settings, command or None)
    for word in COMMANDS + OTHER_WORDS:
        many = word in COMMANDS
        for i in range(150 if many else 40):
            voice = accents[int(draw(word, i, "a") * len(accents))]
            if draw(word, i, "plain") > 0.04:
                voice += "+" + variants[int(draw(word, i, "v") * len(variants))]
            pace, pitch = 105 + int(115 * draw(word, i, "s")), 20 + int(60 * draw(word, i, "p"))
            path = part.temp("espeak/%s_%03d.wav" % (word, i))
            wishes.append((path, word, "espeak-ng:" + voice, 1.0, "s%dp%d" % (pace, pitch),
                           ["espeak-ng", "-v", voice, "-s", str(pace), "-p", str(pitch), "-w", path, word]))
        for voice in voices["flite"]:
            for i in range(10 if many else 2):
                stretch = 0.75 + 0.7 * draw(word, voice, i, "s")
                speed = 0.88 + 0.24 * draw(word, voice, i, "p")
                path = part.temp("flite/%s_%s_%02d.wav" % (word, voice, i))
                wishes.append((path, word, "flite:" + voice, speed, "d%.2fr%.2f" % (stretch, speed),
                               ["flite", "-voice", voice, "--setf", "duration_stretch=%.3f" % stretch,
                                "-t", word, "-o", path]))
        for voice in voices["festival"]:
            for i in range(8 if many else 2):
                stretch = 0.75 + 0.7 * draw(word, voice, i, "s")
                speed = 0.88 + 0.24 * draw(word, voice, i, "p")
                path = part.temp("festival/%s_%s_%02d.wav" % (word, voice, i))
                wishes.append((path, word, "festival:" + voice, speed, "d%.2fr%.2f" % (stretch, speed), None))
                if not os.path.exists(path + ".ok"):
                    scheme.append('(say voice_%s %.3f "%s" "%s")' % (voice, stretch, word, path))
    if scheme:
        script = part.temp("say.scm")
        with open(script, "w", encoding="utf-8") as f:
            f.write("(define (say voice stretch word file)\n  (voice)\n"
                    "  (Parameter.set 'Duration_Stretch stretch)\n"
                    "  (utt.save.wave (utt.synth (eval (list 'Utterance 'Text word))) file 'riff))\n")
            f.write("\n".join(sorted(scheme)) + "\n")
        done = subprocess.run(["festival", "-b", script], capture_output=True, text=True)
        if done.returncode:
            die("part synth-commands: festival stopped: " + (done.stderr or done.stdout).strip()[-200:])
    for path, word, voice, speed, settings, command in wishes:
        if not os.path.exists(path + ".ok"):
            if command and subprocess.run(command, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL).returncode:
                die("part synth-commands: this failed: " + " ".join(command))
            if not trim(path, speed):
                continue
            open(path + ".ok", "w").close()
        engine, name = voice.split(":")
        held_out = name in ("slt", "rms", "cmu_us_slt_arctic_hts")  # one person reads all of slt
        yield clip(path, "%s/%s" % (word, re.sub("_(?=\\d+$)", "-", voice.replace(":", "_"))
                                    + "_" + stem(path).rsplit("_", 1)[1]),
                   voice, engine, "en", word if word in COMMANDS else "unknown", "commands_synth", word,
                   "dev" if held_out else "train", licence=SYNTH_LICENCE[engine], session=settings)
