#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What `auricle pretrain` says of its objectives and settings, and that it takes what it says."""
import os
import pathlib
import re

from toolbox import auricle, expect, expect_failure, main

SOURCES = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "engine/ssl"
DEFINED = re.compile(r'^const struct objective objective_\w+ = \{\s*\.name = "(\w+)"', re.MULTILINE)


def listed():
    result = auricle("pretrain", "--list-objectives", "--json")
    expect(result.status == 0 and not result.err, "the list", result)
    return result.json()


def check_setting(where, setting):
    expect(set(setting) == {"name", "help", "default", "low", "high", "whole"}, where)
    numbers = [setting[k] for k in ("low", "default", "high")]
    kind = int if setting["whole"] else float
    expect(all(isinstance(n, kind) for n in numbers), f"{where}: {numbers} are {kind}")
    expect(numbers == sorted(numbers) and numbers[0] < numbers[2], f"{where}: {numbers}")
    expect(len(setting["help"]) >= 5, f"{where}: says what it is")


def every_objective_is_listed_with_its_settings(_):
    objectives = listed()
    names = [o["name"] for o in objectives]
    defined = {n for f in SOURCES.glob("*.c") for n in DEFINED.findall(f.read_text())}
    expect(len(defined) >= 9 and sorted(names) == sorted(defined), f"{names}, defined are {defined}")
    for objective in objectives:
        name = objective["name"]
        expect(len(objective["summary"]) > 10 and re.search(r"\d{4}", objective["source"]), name)
        expect(isinstance(objective["two_views"], bool), name)
        expect(isinstance(objective["logmel_only"], bool), name)
        expect(objective["teacher"] == (name in ("distill", "labels", "supervised")), name)
        settings = [s["name"] for s in objective["settings"]]
        expect(settings and len(set(settings)) == len(settings), f"{name}: {settings}")
        for setting in objective["settings"]:
            check_setting(f"{name}.{setting['name']}", setting)


def other_settings_are_listed_by_group(_):
    result = auricle("pretrain", "--list-settings", "--json")
    expect(result.status == 0 and not result.err, "the list", result)
    groups = result.json()
    expect({"loop", "optimiser", "augment", "shape", "distort"} <= set(groups), str(list(groups)))
    for group, settings in groups.items():
        for setting in settings:
            check_setting(f"{group}.{setting['name']}", setting)


def what_is_listed_is_what_is_taken(folder):
    for objective in listed():
        name, given = objective["name"], []
        for s in objective["settings"]:
            given += ["--set", f"{name}.{s['name']}={s['default']}"]
        command = ["pretrain", "--objective", name, "--data", folder / "nowhere", "--run",
                   folder / "run", *given]
        expect_failure(auricle(*command), 1, "nowhere")  # the settings were fine
        above = objective["settings"][0]
        expect_failure(auricle(*command, "--set", f"{name}.{above['name']}={above['high'] + 1}"), 1,
                       f"{name}.{above['name']}", f"to {above['high']:g}")


def the_waveform_front_end_goes_with_the_others(folder):
    for objective in listed():
        result = auricle("pretrain", "--objective", objective["name"], "--data", folder / "nowhere",
                         "--run", folder / "run", "--set", "shape.front_end=waveform")
        if objective["logmel_only"]:
            expect_failure(result, 1, objective["name"] + " ", "waveform")
        else:
            expect_failure(result, 1, "nowhere")


def a_running_mean_and_its_time_constant_go_together(folder):
    command = ["pretrain", "--data", folder / "nowhere", "--run", folder / "run", "--set"]
    expect_failure(auricle(*command, "shape.running=1"), 1, "shape.running=1", "shape.running_frames=0", "200")
    expect_failure(auricle(*command, "shape.running_frames=200"), 1, "shape.running_frames=200",
                   "set shape.running=1")
    expect_failure(auricle(*command, "shape.running=1", "--set", "shape.running_frames=200"), 1, "nowhere")


if __name__ == "__main__":
    main([every_objective_is_listed_with_its_settings, other_settings_are_listed_by_group,
          what_is_listed_is_what_is_taken, the_waveform_front_end_goes_with_the_others,
          a_running_mean_and_its_time_constant_go_together])
