#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""What gst-inspect-1.0 says of the plugin, against inspect.txt beside this file; `--write` renews
it. Prints TAP."""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "inspect.txt"
ELEMENTS = ["portaudiosrc", "auricleencoder", "auriclepredictor", "auricleclassifier",
            "auriclewriter"]
# of the base classes: theirs to change
INHERITED = {"name", "parent", "qos", "actual-buffer-time", "actual-latency-time", "blocksize",
             "buffer-time", "do-timestamp", "latency-time", "num-buffers", "provide-clock",
             "slave-method", "typefind", "automatic-eos"}


def inspect(registry, *arguments):
    environment = dict(os.environ, GST_REGISTRY=str(registry), GST_PLUGIN_SYSTEM_PATH="",
                       LC_ALL="C.UTF-8", NO_COLOR="1")
    return subprocess.run(["gst-inspect-1.0", "--no-colors", *arguments], env=environment,
                          capture_output=True, text=True, timeout=600)


def summary(registry):
    """Of each element: rank, class, description, pads, own properties with flags and defaults."""
    lines = []
    for element in ELEMENTS:
        text = inspect(registry, element).stdout
        lines.append(f"[{element}]")
        lines += re.findall(r"^  ((?:Rank|Long-name|Klass|Description) .*)$",
                            text[:text.index("Plugin Details:")], re.M)
        pads = re.search(r"^Pad Templates:\n(.*?)^\S", text, re.M | re.S)
        lines += [line.rstrip() for line in pads.group(1).splitlines() if line.strip()]
        body = text[text.index("Element Properties:"):]
        for name, rest in re.findall(r"^  ([\w-]+) +: (.*?)(?=^  [\w-]+ +: |\Z)", body,
                                     re.M | re.S):
            if name in INHERITED:
                continue
            parts = [" ".join(part.split()) for part in rest.splitlines() if part.strip()]
            lines.append(f"{name}: {parts[0]}")
            lines += [f"    {part}" for part in parts[1:]]
        lines.append("")
    return "\n".join(lines)


# Each case returns what is wrong, as lines.

def scanning_is_silent_and_nothing_is_refused(registry):
    scan = inspect(registry, "auricle")
    refused = inspect(registry, "-b")
    wrong = [f"stderr: {line}" for line in scan.stderr.splitlines() if line.strip()]
    if "Total count: 0 blacklisted files" not in refused.stdout:
        wrong.append(refused.stdout)
    return wrong


def the_plugin_bears_its_licence_and_features(registry):
    text = inspect(registry, "auricle").stdout
    wanted = [r"License +Apache 2.0", "portaudiodeviceprovider:", *[f"{e}:" for e in ELEMENTS]]
    return [f"{pattern} is not in it" for pattern in wanted if not re.search(pattern, text)]


def it_loads_no_blas(registry):
    path = re.search(r"Filename +(.*)", inspect(registry, "auricle").stdout).group(1)
    loaded = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return [line.strip() for line in loaded.splitlines() if re.search(r"blas|not found", line)]


def elements_look_as_promised(registry):
    diff = difflib.unified_diff(GOLDEN.read_text().splitlines(), summary(registry).splitlines(),
                                "promised", "found", lineterm="")
    return list(diff)


CASES = [scanning_is_silent_and_nothing_is_refused, the_plugin_bears_its_licence_and_features,
         it_loads_no_blas, elements_look_as_promised]


def main():
    with tempfile.TemporaryDirectory() as folder:
        registry = pathlib.Path(folder) / "registry.bin"
        if "--write" in sys.argv:
            GOLDEN.write_text(summary(registry))
            return 0
        print(f"1..{len(CASES)}")
        failed = 0
        for number, case in enumerate(CASES, 1):
            wrong = case(registry)
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} - {case.__name__.replace('_', ' ')}")
            for line in wrong:
                print("# " + line.replace("\n", "\n# "))
        return 1 if failed else 0


sys.exit(main())
