#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Sound from codes: a small VQ-VAE and its prior are learned from sounds made by formula; what they
make is reproducible, goes on from its prompt, heeds its label, and is no noise."""
import array
import atexit
import math
import pathlib
import shutil
import tempfile
import wave

from toolbox import auricle, expect, expect_failure, main, noise, save, write_table

HOME = pathlib.Path(tempfile.mkdtemp(prefix="auricle-generate-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
WORDS, MODEL = HOME / "words", HOME / "juke" / "model.safetensors"
DECODER, PRIOR = HOME / "juke" / "model.decoder.safetensors", HOME / "juke" / "model.prior.safetensors"
SMALL = ("loop.streams=8", "loop.frames=60", "loop.views=1", "loop.statistics=2", "loop.gap=0.3",
         "shape.mels=32", "shape.conv=32x3", "shape.dim=32", "shape.layers=1", "shape.residual=0",
         "optimiser.warmup=10", "optimiser.rate=5e-3", "jukebox.codes=32", "jukebox.channels=32",
         "jukebox.bands=24", "jukebox.width=16", "jukebox.streams=0.5", "distort.equaliser_db=0",
         "augment.noise_probability=0", "augment.reverb_probability=0",
         "augment.telephone_probability=0", "augment.speed_probability=0")


def sound(label, number):
    """Four syllables: "hum" is a buzz of low harmonics, "hiss" noise without its low half."""
    samples, before = [], 0.0
    for i, x in enumerate(noise(14400, 0.3, 100 * number + len(label))):
        place, hertz = i % 3600 / 3600, 110 + 4 * number
        if label == "hum":
            x = 0.1 * sum(math.sin(2 * math.pi * k * hertz * i / 16000) / k for k in range(1, 9))
        else:
            x, before = x - before, x
        samples.append(x * math.sin(math.pi * place) ** 2)
    return samples


def corpus(folder):
    folder.mkdir()
    rows = []
    for n in range(22):
        for label in ("hum", "hiss"):
            save(folder / f"{label}{n:02}.wav", [sound(label, n)])
            rows.append({"file_name": f"{label}{n:02}.wav", "label": label, "task": "kind"})
            rows.append({"file_name": f"{label}{n:02}.wav", "label": f"number{n}", "task": "number"})
    write_table(folder, rows)


def pretrain(run, *more):
    settings = [part for name in SMALL for part in ("--set", name)]
    return auricle("pretrain", "--data", WORDS, "--split", "", "--objective", "jukebox", "--run", run,
                   "--eval-every", 0, *settings, *more)


def generate(out, *more, model=MODEL):
    return auricle("generate", "--model", model, "--out", out, "--quiet", *more)


def samples_of(path):
    with wave.open(str(path)) as file:
        expect((file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2),
               "16 kHz, mono, 16 bit")
        return array.array("h", file.readframes(file.getnframes()))


def a_prior_costs_fewer_bits_than_frequencies(_):
    corpus(WORDS)
    result = pretrain(HOME / "juke", "--steps", 200)
    expect(result.status == 0 and DECODER.exists(), "pretrain leaves a decoder", result)
    result = auricle("prior", "--model", MODEL, "--data", WORDS, "--split", "", "--task", "kind", "--steps", 150,
                     "--streams", 16, "--window", 0.4, "--width", 24, "--hidden", 64, "--rate", 0.01,
                     "--json", "--quiet")
    expect(result.status == 0 and PRIOR.exists(), "prior", result)
    report = result.json()
    expect(report["labels"] == 2 and report["held_out"] == 2, f"what was read: {report}")
    bottom, top = report["levels"]
    expect(bottom["uniform"] == 5 and bottom["in_use"] > 6 and top["in_use"] > 6,
           f"codes are in use: {report}")
    expect(bottom["prior"] < 0.85 * bottom["unigram"] < bottom["uniform"], f"it predicts: {report}")


def a_file_of_several_rows_is_learned_once(folder):
    result = auricle("prior", "--model", MODEL, "--data", WORDS, "--steps", 1, "--out",
                     folder / "p.safetensors", "--json", "--quiet")
    report = result.json()
    expect(report["recordings"] + report["held_out"] == 44, f"of 88 rows the 44 files: {report}")


def the_same_seed_gives_the_same_bytes(folder):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        result = generate(folder / f"{name}.wav", "--seconds", 1.5, "--seed", seed)
        expect(result.status == 0, "generate", result)
    a, b, c = ((folder / f"{name}.wav").read_bytes() for name in "abc")
    expect(a == b, "one seed, one sound")
    expect(a != c, "another seed, another sound")
    expect(len(samples_of(folder / "a.wav")) == 24000, "as long as asked for")
    expect(sorted(p.name for p in folder.iterdir()) == ["a.wav", "b.wav", "c.wav"],
           "nothing else is left")


def a_prompt_is_gone_on_with(folder):
    prompt = ("--prompt", WORDS / "hum03.wav", "--seed", 5)
    expect(generate(folder / "again.wav", "--reconstruct", *prompt).status == 0, "reconstruct")
    result = generate(folder / "on.wav", "--seconds", 2, *prompt)
    expect(result.status == 0, "go on", result)
    again, on = samples_of(folder / "again.wav"), samples_of(folder / "on.wav")
    expect(len(on) == 32000 and 12000 < len(again) < 16000, "lengths")
    expect(on[:len(again)] == again, "it begins as its prompt's own codes sound")
    generate(folder / "other.wav", "--seconds", 2, "--prompt", WORDS / "hiss03.wav", "--seed", 5)
    expect(samples_of(folder / "other.wav")[:6000] != on[:6000], "another prompt, another beginning")
    generate(folder / "short.wav", "--seconds", 2, "--prompt-seconds", 0.2, *prompt)
    short = samples_of(folder / "short.wav")
    expect(short[:2000] == on[:2000] and short[6000:] != on[6000:], "a part of the prompt")


def what_is_made_again_is_like_it_and_no_noise(folder):
    prompt = WORDS / "hiss05.wav"
    result = generate(folder / "again.wav", "--reconstruct", "--prompt", WORDS / "long.wav",
                      "--check", WORDS / "long.wav", "--json")
    expect_failure(result, 1, "long.wav")
    result = generate(folder / "made.wav", "--seconds", 6, "--check", prompt, "--json")
    expect_failure(result, 1, "a second at least")
    with wave.open(str(folder / "long.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        for name in ("hum05.wav", "hiss05.wav", "hum06.wav"):
            file.writeframes(samples_of(WORDS / name).tobytes())
    result = generate(folder / "again.wav", "--reconstruct", "--prompt", folder / "long.wav",
                      "--check", folder / "long.wav", "--json")
    expect(result.status == 0, "check", result)
    made, real, white = (result.json()[name] for name in ("made", "real", "white_noise"))
    expect(made["spectral_distance"] < 0.5 * white["spectral_distance"], f"closer: {made} {white}")
    expect(real["spectral_distance"] == 0 and white["flatness"] > 0.5, f"yardsticks: {real} {white}")
    expect(made["flatness"] < 0.7 * white["flatness"], f"no noise: {made}")
    expect(made["level_spread_db"] > 4 > 1 > white["level_spread_db"], f"syllables: {made} {white}")


def a_label_makes_a_difference(folder):
    for label in ("hum", "hiss"):
        expect(generate(folder / f"{label}.wav", "--label", label, "--seconds", 1).status == 0, label)
    expect(samples_of(folder / "hum.wav") != samples_of(folder / "hiss.wav"), "another label")
    expect_failure(generate(folder / "no.wav", "--label", "polka"), 1, "polka", "hum", "hiss")


def wrong_usage_is_told(folder):
    expect_failure(generate(folder / "x.wav", "--prompt", WORDS / "hum00.wav", "--seconds", 0.5), 1,
                   "hum00.wav fills the 0.5 seconds", "--prompt-seconds")
    out = folder / "x.wav"
    expect_failure(auricle("generate", "--out", out), 2, "--model")
    expect_failure(auricle("generate", "--model", MODEL), 2, "--out")
    expect_failure(generate(out, "--reconstruct"), 2, "--prompt")
    expect_failure(generate(out, "--seconds", 0), 2, "seconds")
    expect_failure(generate(out, "--temperature", -1), 2, "temperature")
    expect_failure(generate(out, "--prompt", folder / "none.wav"), 1, "none.wav")
    expect_failure(generate(out, model=folder / "none.safetensors"), 1, "none.safetensors")
    expect_failure(auricle("prior", "--model", MODEL), 2, "--data")
    expect_failure(auricle("prior", "--data", WORDS), 2, "--model")
    expect(not out.exists(), "nothing was written")


def what_does_not_belong_together_is_refused(folder):
    result = pretrain(folder / "other", "--steps", 1, "--seed", 9)
    expect(result.status == 0, "another", result)
    other = folder / "other" / "model.decoder.safetensors"
    expect_failure(generate(folder / "x.wav", "--decoder", other), 1, "trained with encoder")
    model = folder / "other" / "model.safetensors"
    expect_failure(generate(folder / "x.wav", "--prior", PRIOR, model=model), 1, "codes of decoder")
    expect_failure(generate(folder / "x.wav", "--decoder", PRIOR), 1, "another kind")
    expect_failure(generate(folder / "x.wav", model=DECODER), 1, "another kind")


def damaged_files_are_refused(folder):
    for path, option in ((DECODER, "--decoder"), (PRIOR, "--prior")):
        whole, bad = path.read_bytes(), folder / "bad.safetensors"
        for cut in (7, 200, len(whole) // 2, len(whole) - 1):
            bad.write_bytes(whole[:cut])
            expect_failure(generate(folder / "x.wav", option, bad), 1, "bad.safetensors")
        for old, new in ((b'hidden\\":64', b'hidden\\":65'), (b'codes\\":32', b'codes\\":33'),
                         (b'channels\\":32', b'channels\\":99'), (b'width\\":', b'wdith\\":'),
                         (b'width\\":16', b'width\\":-6'), (b'labels\\":[', b'labels\\":[9')):
            if old in whole and not (old == b'labels\\":[' and path == DECODER):
                bad.write_bytes(whole.replace(old, new).ljust(len(whole))[:len(whole)]
                                if len(old) == len(new) else whole)
                if len(old) == len(new):
                    expect_failure(generate(folder / "x.wav", option, bad), 1, "bad.safetensors")
    expect(not (folder / "x.wav").exists(), "nothing was written")


def a_full_disk_leaves_nothing(folder):
    result = auricle("generate", "--model", MODEL, "--seconds", 2, "--out", folder / "x.wav",
                     "--quiet", limit_bytes=20000)
    expect_failure(result, 1, "x.wav")
    expect(not list(folder.iterdir()), "neither the file nor a part of it")


main([a_prior_costs_fewer_bits_than_frequencies, a_file_of_several_rows_is_learned_once,
      the_same_seed_gives_the_same_bytes,
      a_prompt_is_gone_on_with, what_is_made_again_is_like_it_and_no_noise,
      a_label_makes_a_difference, wrong_usage_is_told, what_does_not_belong_together_is_refused,
      damaged_files_are_refused, a_full_disk_leaves_nothing])
