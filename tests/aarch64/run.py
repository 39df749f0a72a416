#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The kernels and the live layers built for aarch64 and run there, or on what QEMU makes of it: the
same checks as natively. Prints TAP; without the cross compiler, says so and skips."""
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
TESTS = ["unit/test_kernels", "unit/test_packed", "unit/test_int8", "unit/test_packed_int8",
         "unit/test_spectrum"]
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wno-sign-conversion", "-Werror", "-ffp-contract=fast",
         "-DWITHOUT_KISS_FFT",
         "-fno-math-errno", '-DAURICLE_VERSION="0"', "-I", ROOT / "tests/aarch64", "-I", ROOT / "include",
         "-I", ROOT / "engine"]
LIVE_KERNELS = ["body.c", "choose.c", "int8.c", "int8_trial.c", "power_spectrum.c"]


def engine_sources():
    for room in ("base", "nn"):
        yield from sorted((ROOT / "engine" / room).glob("*.c"))
    yield from (ROOT / "engine/kernels" / name for name in LIVE_KERNELS)


def compile_one(path, folder):
    made = folder / (path.parent.name + "-" + path.stem + ".o")
    body = path.name == "body.c"  # what is measured is built as it is shipped, the rest quickly
    extra = ["-O3", "-DKERNEL_VARIANT=portable", '-DKERNEL_NAME="portable"'] if body else ["-O1"]
    return made, subprocess.run([COMPILER, *FLAGS, *extra, "-c", path, "-o", made],
                                capture_output=True, text=True)


def build(folder):
    """-> objects of the engine, {test: object}; ends the program where something won't compile."""
    tests = {name: ROOT / "tests" / (name + ".c") for name in TESTS}
    sources = sorted(engine_sources(), key=lambda path: path.name != "body.c")  # the longest first
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        made = list(workers.map(lambda path: compile_one(path, folder),
                                [*sources, *tests.values()]))
    for path, result in made:
        if result.returncode:
            sys.exit(f"Bail out! {path.stem}: {result.stderr[:2000]}")
    objects = [path for path, _ in made]
    return objects[:len(sources)], dict(zip(tests, objects[len(sources):]))


def run(test, test_object, objects, folder):
    program = folder / pathlib.Path(test).name
    linked = subprocess.run([COMPILER, "-static", test_object, *objects, "-lm", "-lpthread", "-o",
                             program], capture_output=True, text=True)
    if linked.returncode:
        return linked.returncode, linked.stderr
    result = subprocess.run([EMULATOR, program], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def main():
    for program, package in ((COMPILER, "gcc-aarch64-linux-gnu"), (EMULATOR, "qemu-user")):
        if not shutil.which(program):
            print(f"1..0 # SKIP no {program}: apt-get install {package}")
            return 0
    failed = 0
    print(f"1..{len(TESTS)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        objects, tests = build(folder)
        for number, (name, test_object) in enumerate(tests.items(), 1):
            status, said = run(name, test_object, objects, folder)
            failed += status != 0
            print(f"{'ok' if status == 0 else 'not ok'} {number} - {name} on aarch64", flush=True)
            for line in said.splitlines()[-20:]:
                print("#", line.lstrip("# "))
    return 1 if failed else 0


sys.exit(main())
