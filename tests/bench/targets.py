# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The targets P1-P10. Each is {"what", "value", "target", "met"}; one of several parts is met when
all are, the others stand under "also". What can't be measured here has met null and a why. Ratios
are of one run: all racers of a race in turn, the median over the rounds of peer / Auricle."""
import os
import re
import statistics
import subprocess

from racers import Racer, race, ratio

FLOAT = ("parts", "gru")  # forms of an export: recurrent layers as plain operators, as ONNX's GRU
PIPELINE = ("audiotestsrc is-live=true num-buffers=500 samplesperbuffer=160 wave=pink-noise ! "
            "audio/x-raw,rate=16000,channels=1 ! "
            "auricleencoder model={models}/encoder.safetensors ! auricleclassifier "
            "head={models}/commands.safetensors ! fakesink sync=true")


def part(what, value, target, why=None, less=False, **facts):
    if value is None:
        return {"what": what, "value": None, "target": target, "met": None, "why": why, **facts}
    met = value <= target if less else value >= target
    return {"what": what, "value": round(value, 3), "target": target, "met": met, **facts}


def whole(*parts):
    """One target of its parts."""
    first, also = dict(parts[0]), [dict(p) for p in parts[1:]]
    if also:
        verdicts = [p["met"] for p in parts]
        met = False if False in verdicts else None if None in verdicts else True
        first.update(met=met, also=also)
        if first["met"] is None and "why" not in first:
            first["why"] = next(p["why"] for p in also if p["met"] is None)
    return first


# ---- ONNX Runtime

class Race:
    """Ours and the peer's forms of one shape and batch."""

    def __init__(self, bench, shape, batch, exports):
        self.ours = {p: bench.pace(shape, p, batch) for p in ("fp32", "int8")
                     if (shape, p) in bench.models}
        self.peers = {form: Racer([bench.peer, path, batch]) for form, path in exports.items()}
        self.name, racers = f"{shape} B={batch}", [*self.ours.values(), *self.peers.values()]
        self.batch = batch
        race(racers, bench.options.rounds)
        for racer in racers:
            racer.close()

    def ratio(self, precision, *forms):
        """Of the fastest of the peer's forms to ours."""
        if precision not in self.ours:
            return None
        return ratio(min((self.peers[form] for form in forms), key=Racer.median),
                     self.ours[precision])

    def us(self):
        """A frame and stream."""
        return {**{f"auricle {p}": round(r.median() / self.batch, 2) for p, r in self.ours.items()},
                **{f"onnxruntime {f}": round(r.median() / self.batch, 2)
                   for f, r in self.peers.items()}}


def race_all(bench):
    """(shape, batch) -> Race; empty without the peer."""
    if not bench.peer:
        return {}
    exports = {shape: {"parts": bench.export(shape, "parts"),
                       "gru": bench.export(shape, "gru", "--gru-operator"),
                       "int8": bench.export(shape, "int8", "--int8")}
               for shape in ("a1", "a2", "b256", "shipped")}
    return {(shape, batch): Race(bench, shape, batch, exports[shape])
            for shape in exports for batch in (1, 32)}


def against_onnxruntime(bench, races):
    def compare(what, shape, batch, precision, forms, target, **facts):
        why = bench.why.get("onnxruntime") or bench.why.get("int8")
        one = races.get((shape, batch))
        return part(what, one.ratio(precision, *forms) if one else None, target, why, **facts)

    wide = "v4" in bench.floor
    frame = bench.streams.get(("a1", "int8"))
    return {
        "P1": whole(compare("A1 B=1 fp32: ONNX Runtime fp32 / Auricle", "a1", 1, "fp32", FLOAT,
                            2 if wide else 1.6)),
        "P2": whole(compare("A1 B=1 int8: best ONNX Runtime / Auricle", "a1", 1, "int8",
                            (*FLOAT, "int8"), 6),
                    part("A1 B=1 int8, whole frame with log-mel, us", frame and frame["us"], 4,
                         bench.why.get("int8"), less=True)),
        "P3": whole(compare("A2 B=1 int8: ONNX Runtime fp32 / Auricle", "a2", 1, "int8", FLOAT,
                            12)),
        "P5": whole(compare("B256 B=1 int8: ONNX Runtime fp32 / Auricle", "b256", 1, "int8", FLOAT,
                            8),
                    compare("B256 B=1 int8: ONNX Runtime int8 / Auricle", "b256", 1, "int8",
                            ("int8",), 2.5)),
        "P6": whole(compare("B256 B=32 int8 AMX: ONNX Runtime int8 / Auricle", "b256", 32, "int8",
                            ("int8",), 2)) if bench.has_amx() else
        whole(part("B256 B=32 int8 AMX: ONNX Runtime int8 / Auricle", None, 2, "no AMX here")),
    }


def show_races(races):
    print("\nagainst ONNX Runtime, microseconds a frame and stream, the encoder alone")
    for one in races.values():
        print(f"{one.name:13} " + ", ".join(f"{name} {us}" for name, us in one.us().items()))
        forms = {"fp32": FLOAT, "int8": ("int8",)}
        print(" " * 14 + ", ".join(f"{p}: {one.ratio(p, *forms[p]):.2f}x" for p in one.ours))


# ---- the others

def many_streams(bench):
    amx = bench.has_amx()
    what = "A1 B=32 int8 with log-mel, streams a core"
    if ("a1", "int8") not in bench.models:
        return part(what, None, 5500 if amx else 4000, bench.why.get("int8"))
    racer = bench.pace("a1", "int8", 32, "whole")
    race([racer], bench.options.rounds)
    racer.close()
    return part(what, 1e4 * 32 / racer.median(), 5500 if amx else 4000)


def start_bf16(command):
    """The racer in bfloat16, None where the CPU has none."""
    try:
        return Racer([*command, 1, "bf16"])
    except RuntimeError:
        return None


def training(bench):
    """P7, and P8 in the same races."""
    parts, in_bf16 = [], []
    for shape, target in (("a1", 1.5), ("b256", 2)):
        what = f"a step of CPC, {shape}, B=8: PyTorch / Auricle, one thread each"
        what_bf16 = f"the same in bf16, {shape}: PyTorch fp32 / Auricle"
        if not bench.torch:
            parts.append(part(what, None, target, bench.why["torch"]))
            in_bf16.append(part(what_bf16, None, 4, bench.why["torch"]))
            continue
        command = [bench.folder / "train_step", bench.models[shape, "fp32"], 8, 128]
        ours, half = Racer(command), start_bf16(command)
        peer = Racer([bench.torch, bench.source / "tests/bench/peer_torch.py",
                      bench.models[shape, "fp32"], 8, 128])
        racers = [racer for racer in (ours, half, peer) if racer]
        race(racers, max(3, bench.options.rounds // 2))
        for racer in racers:
            racer.close()
        ms = {"auricle": round(ours.median() / 1e3, 1), "pytorch": round(peer.median() / 1e3, 1)}
        parts.append(part(what, ratio(peer, ours), target, ms=dict(ms)))
        if half:
            ms["auricle"] = round(half.median() / 1e3, 1)
            in_bf16.append(part(what_bf16, ratio(peer, half), 4, ms=dict(ms)))
        else:
            in_bf16.append(part(what_bf16, None, 4, "this CPU has neither AVX512-BF16 nor AMX"))
    return whole(*parts), whole(*in_bf16)


def latency(bench):
    """Time a 10 ms buffer spends in encoder and classifier of a live pipeline, by the tracer."""
    what = "added beside the 10 ms hop, encoder and commands head live, median ms"
    environment = {**os.environ, "GST_PLUGIN_PATH": str(bench.build / "plugins"),
                   "GST_REGISTRY": str(bench.folder / "registry.bin"), "GST_DEBUG_NO_COLOR": "1",
                   "GST_DEBUG": "GST_TRACER:7", "GST_TRACERS": "latency(flags=element)"}
    pipeline = PIPELINE.format(models=bench.source / "models").split()
    try:
        log = subprocess.run(["gst-launch-1.0", "-q", *pipeline], env=environment, check=True,
                             capture_output=True, text=True, timeout=60).stderr
    except (OSError, subprocess.SubprocessError) as reason:
        return part(what, None, 1, f"gst-launch-1.0: {reason}")
    times = {}
    for name, ns in re.findall(r"element-latency.*?element=\(string\)(auricle[a-z]+).*?"
                               r"time=\(guint64\)(\d+)", log):
        times.setdefault(name, []).append(int(ns) / 1e6)
    if len(times) < 2:
        return part(what, None, 1, "the tracer said nothing of the elements")
    sums = sorted(sum(both) for both in zip(*times.values()))
    return part(what, statistics.median(sums), 1, less=True,
                p99_ms=round(sums[int(0.99 * (len(sums) - 1))], 3))


def memory(bench):
    precision = "int8" if ("a1", "int8") in bench.streams else "fp32"
    row = bench.streams["a1", precision]
    kept = row["stream_bytes"] - row["front_bytes"]
    return whole(part("A1, a stream's state beside the front end's samples, KiB", kept / 1024, 8,
                      less=True, all_bytes=row["stream_bytes"]),
                 part("A1, resident, MB", row["rss"] / 1e6, 25, less=True))


def measure(bench, races):
    met = against_onnxruntime(bench, races)
    in_float, in_bf16 = training(bench)
    met.update(P4=whole(many_streams(bench)), P7=in_float, P8=in_bf16,
               P9=whole(latency(bench)), P10=memory(bench))
    return {name: met[name] for name in sorted(met, key=lambda name: int(name[1:]))}


def show(met):
    print(f"\n{'':4} {'value':>8} {'target':>8}  met")
    for name, one in met.items():
        for item in (one, *one.get("also", [])):
            value = "-" if item["value"] is None else f"{item['value']:.2f}"
            said = {True: "yes", False: "no", None: "-"}[item["met"]]
            reason = f" ({item['why']})" if item["met"] is None else ""
            print(f"{name:4} {value:>8} {item['target']:>8}  {said:3} {item['what']}{reason}")
            name = ""
