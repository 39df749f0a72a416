# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""auricle quantize: encoders in fewer bits, heads that go with them, what it cost."""
import json
import pathlib
import struct

from toolbox import (ENCODER, OTHER, auricle, corpus, expect, expect_failure, main, noise, save,
                     word)


def header_of(path):
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length])


def quantize(out, *arguments, encoder=ENCODER):
    result = auricle("quantize", encoder, "--out", out, "--quiet", "--json", *arguments)
    expect(result.status == 0, "quantize", result)
    return result.json()


def matrices_become_small(folder):
    before = auricle("info", ENCODER, "--json").json()
    for kind, dtype, share in (("int8", "I8", 0.5), ("fp16", "F16", 0.7)):
        out = folder / f"{kind}.safetensors"
        report = quantize(out, "--type", kind)
        header, about = header_of(out), auricle("info", out, "--json").json()
        expect(report["bytes"] < share * report["bytes_before"], f"{report}")
        expect(report["bytes"] == about["weight_bytes"] and about["weight_type"] == kind, "info")
        expect(about["origin_hash"] == before["content_hash"] != about["content_hash"], "origin")
        expect(before["weight_type"] == "fp32", "what it was")
        expect(header["context.0.weight_hh"]["dtype"] == dtype, "the recurrent matrix")
        expect(header["latent.0.bias"]["dtype"] == "F32", "a bias stays")
        cost = about["card"]["quantized"]
        expect(cost["type"] == kind and "auricle quantize" in cost["command"] and
               abs(cost["context_error"] - report["context_error"]) < 1e-5 < cost["context_error"],
               f"the card says what it cost: {cost}")
        expect(about["card"]["licence"] == before["card"]["licence"], "the rest of the card stays")
        expect(report["context_error"] < (0.03 if kind == "int8" else 0.001), f"{report}")
        expect(f"weights                      {kind}, " in auricle("info", out).out, "as text")
    expect(not list(folder.glob("*.part")), "nothing is left behind")


def results_before_and_after_stand_on_the_card(folder):
    corpus(folder / "data")
    sound, head, out = folder / "speech.wav", folder / "head", folder / "small.safetensors"
    save(sound, [noise(8000, 0.01, 1) + word("rise", 2) + word("fall", 3)])
    fitted = auricle("fit", "--encoder", ENCODER, "--data", folder / "data", "--task", "words",
                     "--window", 40, "--augment", 0, "--out", head, "--quiet")
    expect(fitted.status == 0, "fit", fitted)
    report = quantize(out, "--data", folder / "data", "--task", "words", "--head", head, "--audio",
                      sound)
    expect([r["name"] for r in report["results"]] == ["words", str(head)], f"{report}")
    for row in report["results"]:
        expect(row["measure"] == "UAR" and row["n"] > 0, f"{row}")
        expect(row["before"] >= 0.5 and abs(row["after"] - row["before"]) <= 0.2, f"{row}")
    cost = auricle("info", out, "--json").json()["card"]["quantized"]
    expect(all(abs(on_card["after"] - 100 * row["after"]) < 1e-3
               for on_card, row in zip(cost["results"], report["results"])), "card, in %")
    expect(1 < report["heard_s"] < 2.2, f"the recording was heard: {report}")
    listened = auricle("listen", sound, "--model", out, "--head", head)
    expect(listened.status == 0, "a head of the fp32 encoder listens through the int8 one", listened)
    foreign = folder / "foreign.safetensors"
    quantize(foreign, encoder=OTHER)
    expect_failure(auricle("listen", sound, "--model", foreign, "--head", head), 1, "fitted on")


def what_cannot_be_is_said(folder):
    small, out = folder / "small.safetensors", folder / "out.safetensors"
    quantize(small)
    out.write_bytes(b"old")
    for result, status, words in (
            (auricle("quantize", small, "--out", out), 1, ["int8 already"]),
            (auricle("quantize", ENCODER, "--out", out, "--audio", folder / "no.wav"), 1, ["no.wav"]),
            (auricle("quantize", folder / "no.safetensors", "--out", out), 1, ["no.safetensors"]),
            (auricle("quantize", ENCODER, "--out", out, "--type", "int4"), 2, ["int4"]),
            (auricle("quantize", ENCODER), 2, ["--out"]),
            (auricle("quantize", "--out", out), 2, ["ENCODER"]),
            (auricle("quantize", ENCODER, "--out", out, "--task", "words"), 2, ["--data"]),
            (auricle("quantize", ENCODER, "--out", out, "--data", folder), 2, ["--task"]),
            (auricle("quantize", ENCODER, "--out", out, limit_bytes=2048), 1, ["out.safetensors"]),
            (auricle("export", small, "--onnx", folder / "x.onnx"), 1, ["int8"])):
        expect_failure(result, status, *words)
        expect(out.read_bytes() == b"old", "the old file is kept", result)
    expect(not list(folder.glob("*.part")), "nothing is left behind")


main([matrices_become_small, results_before_and_after_stand_on_the_card, what_cannot_be_is_said])
