#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Adds up meson's JUnit logs: summary.py LOG... prints what failed, then 'N passed, N failed'."""
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
for log in sys.argv[1:]:
    try:
        suites = list(tree.parse(log).getroot().iter("testsuite"))
    except (OSError, tree.ParseError) as reason:
        print(f"failed: {log}: {reason}")
        failed += 1
        continue
    for suite in suites:
        bad_before = failed
        for case in suite.findall("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed: {suite.get('name')}: {case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
                print(f"skipped: {suite.get('name')}: {case.get('name')}")
            else:
                passed += 1
        # a TAP program that crashed or was killed after its last 'ok'
        if failed == bad_before and int(suite.get("errors") or 0) + int(suite.get("failures") or 0):
            failed += 1
            print(f"failed: {suite.get('name')}: ended badly")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
