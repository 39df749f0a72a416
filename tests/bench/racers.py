# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Programs that take turns on one core: see racer.h."""
import json
import os
import statistics
import subprocess

ROUND_US = 150e3  # of work in a round


class Racer:
    """A program in the racers' protocol, started and ready."""

    def __init__(self, command, **environment):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        self.count, self.answers = 1, []
        self.facts = self.line()
        self.count = max(5, min(1 << 19, int(ROUND_US / self.run()["p50"])))

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self.process.args))} ended without an answer")
        return json.loads(line)

    def run(self):
        self.process.stdin.write(f"{self.count}\n")
        self.process.stdin.flush()
        return self.line()

    def round(self):
        self.answers.append(self.run())

    def median(self, key="p50"):
        return statistics.median(answer[key] for answer in self.answers)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def race(racers, rounds):
    """All in turn, so that a slow spell of the machine slows all of them."""
    for _ in range(rounds):
        for racer in racers:
            racer.round()


def ratio(slow, fast):
    """How many times as long slow took: the median over the rounds."""
    return statistics.median(a["p50"] / b["p50"] for a, b in zip(slow.answers, fast.answers))
