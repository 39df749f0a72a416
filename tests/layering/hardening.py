#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What is shipped is hardened: read from the ELF files. hardening.py FILE... Prints TAP."""
import pathlib
import re
import subprocess
import sys

ENDBR64 = b"\xf3\x0f\x1e\xfa"


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, path], capture_output=True, text=True,
                          check=True).stdout


def is_position_independent():
    return re.search(r"Type:\s+DYN", readelf("-h"))


def has_full_relro():
    return "GNU_RELRO" in readelf("-l") and re.search(r"BIND_NOW|FLAGS_1.*NOW", readelf("-d"))


def has_a_stack_without_code():
    return re.search(r"GNU_STACK.*\bRW\b", readelf("-l"))


def has_a_stack_protector():
    return "__stack_chk_fail" in readelf("--dyn-syms")


def checks_string_and_memory_functions():
    """_FORTIFY_SOURCE: calls became their checking variants, where the C library's are called."""
    symbols = readelf("--dyn-syms")
    return (re.search(r"UND __(?:\w*printf|mem\w+|str\w+)_chk", symbols)
            or not re.search(r"UND (?:v?sn?printf|v?f?printf|str\w*cpy|str\w*cat)@", symbols))


def marks_where_calls_may_land():
    """CET: each exported function begins with endbr64. Only x86 has it."""
    if "X86-64" not in readelf("-h"):
        return True
    code = pathlib.Path(path).read_bytes()
    exported = re.findall(r"^\s*\d+: ([0-9a-f]{16})\s+\d+ FUNC\s+GLOBAL DEFAULT\s+\d+ ",
                          readelf("--dyn-syms"), re.M)
    starts = [int(address, 16) for address in exported] # text is mapped where it is in the file
    return (code.count(ENDBR64) >= 10
            and all(code[start:start + 4] == ENDBR64 for start in starts))


CASES = [is_position_independent, has_full_relro, has_a_stack_without_code, has_a_stack_protector,
         checks_string_and_memory_functions, marks_where_calls_may_land]

print(f"1..{len(CASES) * len(sys.argv[1:])}")
number = failed = 0
for path in sys.argv[1:]:
    for case in CASES:
        number += 1
        wrong = not case()
        failed += wrong
        print(f"{'not ok' if wrong else 'ok'} {number} - {path.rsplit('/', 1)[-1]} "
              f"{case.__name__.replace('_', ' ')}")
sys.exit(1 if failed else 0)
