#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""This machine's speed: what frames and training steps cost, beside what the hardware could do at
most and, with --peers, beside ONNX Runtime and PyTorch in the same run. One core throughout; a few
minutes."""
import argparse
import json
import os
import pathlib
import subprocess

import peers
import targets
from racers import Racer, race

SHAPES = {"a1": "log-mel, GRU 256", "a2": "log-mel, 2 x GRU 256",
          "b256": "CPC's convolutions of 256, GRU 256",
          "shipped": "models/encoder-fp32.safetensors"}


class Bench:
    """The build at hand and what was measured of it."""

    def __init__(self, options):
        self.options, self.build = options, pathlib.Path(options.build).resolve()
        self.source = pathlib.Path(__file__).resolve().parents[2]
        self.folder = self.build / "tests" / "bench"
        self.program = self.build / "tools" / "auricle"
        self.models = {}  # (shape, "fp32" or "int8") -> file
        self.work = {}  # shape -> what pace says of it
        self.why = {}  # what can't be measured -> the reason
        self.floor, self.streams, self.rows, self.steps = {}, {}, [], []
        self.peer = self.torch = None
        self.machine = json.loads(self.auricle("info", "--machine", "--json"))
        if self.machine["blas_core_missed"]:  # as the program does by itself; PyTorch's is the same
            os.environ["OPENBLAS_CORETYPE"] = self.machine["blas_core_missed"]

    def auricle(self, *arguments):
        return subprocess.run([self.program, *arguments], check=True, capture_output=True,
                              text=True).stdout

    def has_amx(self):
        return "amx_int8" in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii")

    # ---- models

    def make_models(self):
        shapes = self.folder / "shapes"
        shapes.mkdir(exist_ok=True)
        subprocess.run([self.folder / "make_shapes", shapes], check=True)
        for shape in SHAPES:
            full, small = shapes / f"{shape}.safetensors", shapes / f"{shape}-int8.safetensors"
            if shape == "shipped":
                full = self.source / "models/encoder-fp32.safetensors"
            self.models[shape, "fp32"] = full
            try:
                self.auricle("quantize", full, "--out", small)
                self.models[shape, "int8"] = small
            except subprocess.CalledProcessError as reason:
                self.why["int8"] = (reason.stderr or "").strip()[-200:]
            racer = self.pace(shape, "fp32", 1)
            self.work[shape] = racer.facts
            racer.close()

    def export(self, shape, form, *options):
        path = self.folder / "shapes" / f"{shape}-{form}.onnx"
        self.auricle("export", self.models[shape, "fp32"], "--onnx", path, *options)
        return path

    def find_peers(self):
        if not self.options.peers:
            self.why.update(onnxruntime="races need --peers", torch="races need --peers")
            return
        self.peer, self.why["onnxruntime"] = peers.onnxruntime(self.source, self.build / "peers")
        self.torch, self.why["torch"] = peers.torch()

    # ---- measuring

    def pace(self, shape, precision, batch, what="encoder", kernels=None):
        environment = {"AURICLE_KERNELS": kernels} if kernels else {}
        return Racer([self.folder / "pace", self.models[shape, precision], batch, what],
                     **environment)

    def weight_bytes(self, shape, precision):
        return int(self.work[shape]["weights"]) * (4 if precision == "fp32" else 1)

    def measure_floor(self):
        sizes = sorted({self.weight_bytes(*model) for model in self.models})
        self.floor = json.loads(subprocess.run([self.folder / "floor", *map(str, sizes)],
                                               check=True, capture_output=True, text=True).stdout)

    def floor_us(self, shape, precision, kernels, batch):
        """A frame of one stream: its products at the peak, or the weights read once a call. None
        where the peak is not known."""
        peak = self.floor[kernels].get("fma_gflops" if precision == "fp32" else "gops")
        if not peak:
            return None
        weights = self.weight_bytes(shape, precision)
        reading = weights / self.floor["read_gbs"][str(weights)] / 1e3 / batch
        return max(reading, 2 * self.work[shape]["products"] / peak / 1e3)

    def measure_frames(self):
        for shape, precision in self.models:
            for kernels in self.machine["kernel_choices"]:
                if kernels == "portable":
                    continue
                for batch in (1, 32):
                    racer = self.pace(shape, precision, batch, kernels=kernels)
                    race([racer], self.options.rounds)
                    racer.close()
                    self.rows.append((shape, precision, kernels, batch, racer.median() / batch,
                                      racer.median("p99") / batch,
                                      self.floor_us(shape, precision, kernels, batch)))

    def measure_streams(self):
        """Whole frames from samples through the public API."""
        for shape, precision in self.models:
            racer = self.pace(shape, precision, 1, "stream")
            race([racer], self.options.rounds)
            racer.close()
            self.streams[shape, precision] = {
                "us": racer.median(), "p99": racer.median("p99"),
                "stream_bytes": racer.facts["stream_bytes"],
                "front_bytes": racer.facts["front_bytes"], "rss": racer.median("rss_bytes")}

    def measure_training(self):
        for shape in ("a1", "b256", "shipped"):
            racer = Racer([self.folder / "train_step", self.models[shape, "fp32"], 8, 128])
            race([racer], max(3, self.options.rounds // 2))
            racer.close()
            # forward, and twice as much backward
            work = 6 * self.work[shape]["products"] * 100 * racer.facts["seconds"]
            peak = max(numbers.get("fma_gflops", 0) for numbers in self.floor.values())
            self.steps.append((shape, racer.median(), work / peak / 1e3,
                               1e6 * racer.facts["seconds"] / racer.median()))

    # ---- showing

    def show_floor(self):
        peaks = [f"{name} {numbers['fma_gflops']:.0f} GFLOP/s" +
                 (f", {numbers['gops']:.0f} GOP/s of bytes" if "gops" in numbers else "")
                 for name, numbers in self.floor.items() if name != "read_gbs"]
        reads = [f"{int(size) / 1e6:.2f} MB at {rate:.0f} GB/s" for size, rate in
                 self.floor["read_gbs"].items()]
        print(f"one core at most: {'; '.join(peaks)}; reads {', '.join(reads)}")

    def show_frames(self):
        print("\nthe encoder alone, microseconds a frame and stream, B streams a call")
        print("shape    weights kernels     B      p50      p99    floor  of floor  streams a core")
        for shape, precision, kernels, batch, p50, p99, floor in self.rows:
            share = f"{floor:8.2f} {100 * floor / p50:7.0f} %" if floor else f"{'-':>8} {'-':>9}"
            print(f"{shape:8} {precision:7} {kernels:8} {batch:4} {p50:8.2f} {p99:8.2f} {share} "
                  f"{1e4 / p50:15.0f}")

    def show_streams(self):
        print("\nwhole frames from 16 kHz samples, one stream a call, the best kernels")
        print("shape    weights      p50      p99  streams a core  kB a stream  MB resident")
        for (shape, precision), row in self.streams.items():
            print(f"{shape:8} {precision:7} {row['us']:8.2f} {row['p99']:8.2f} "
                  f"{1e4 / row['us']:15.0f} {row['stream_bytes'] / 1e3:12.1f} "
                  f"{row['rss'] / 1e6:12.1f}")

    def show_training(self):
        core = os.environ.get("OPENBLAS_CORETYPE", "its own choice")
        print("\ntraining, CPC, 8 streams x 128 frames a step, one thread; OpenBLAS's kernels: "
              f"{core}")
        print("shape     ms a step  floor ms  of floor  seconds of sound a second")
        for shape, us, floor, speed in self.steps:
            print(f"{shape:8} {us / 1e3:10.1f} {floor / 1e3:9.1f} {100 * floor / us:7.0f} % "
                  f"{speed:26.0f}")

    def show(self):
        self.show_floor()
        self.show_frames()
        self.show_streams()
        self.show_training()
        print()
        for shape, meaning in SHAPES.items():
            print(f"{shape:8} {meaning}: {self.work[shape]['products'] / 1e6:.2f} million products "
                  "a frame")


def arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peers", action="store_true",
                        help="race ONNX Runtime (fetched with npm) and PyTorch too")
    parser.add_argument("--json", action="store_true", help="the targets P1-P10 as JSON, alone")
    parser.add_argument("--rounds", type=int, default=7, help="of each measurement (default 7)")
    return parser.parse_args()


def main():
    bench = Bench(arguments())
    bench.find_peers()
    bench.make_models()
    bench.measure_floor()
    bench.measure_streams()
    if not bench.options.json:
        bench.measure_frames()
        bench.measure_training()
        bench.show()
    races = targets.race_all(bench)
    met = targets.measure(bench, races)
    if bench.options.json:
        print(json.dumps(met, indent=2))
        return
    if races:
        targets.show_races(races)
    targets.show(met)


main()
