#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Every C file is formatted as .clang-format says: format.py ROOT [FILE...]. Prints TAP.

Only version 14 (Debian 12) decides, because versions disagree on details. Without it the check is
skipped."""
import pathlib
import shutil
import subprocess
import sys

FOLDERS = ("engine", "examples", "include", "plugins", "service", "tests", "tools")


def formatter():
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path and "version 14." in subprocess.run([path, "--version"], capture_output=True,
                                                    text=True).stdout:
            return path
    return None


root = pathlib.Path(sys.argv[1])
program = formatter()
if not program:
    print("1..0 # SKIP no clang-format 14: apt-get install clang-format-14")
    sys.exit(0)
files = sys.argv[2:] or sorted(str(path) for folder in FOLDERS for path in (root / folder).rglob("*")
                               if path.suffix in (".c", ".h"))
check = subprocess.run([program, "--dry-run", "-Werror", *files], capture_output=True, text=True)
print("1..1")
print(f"{'not ok' if check.returncode else 'ok'} 1 - every C file is formatted")
if check.returncode:
    wrong = sorted({line.split(":")[0] for line in check.stderr.splitlines() if "error:" in line})
    print(f"# cure: {pathlib.Path(program).name} -i {' '.join(wrong)}")
sys.exit(1 if check.returncode else 0)
