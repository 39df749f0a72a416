#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Installs the build into an empty folder and uses it from there. Prints TAP."""
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import wave

BUILD = os.environ["MESON_BUILD_ROOT"]
ROOT = pathlib.Path(tempfile.mkdtemp(prefix="auricle-install-"))


def run(*command, **more):
    return subprocess.run([str(part) for part in command], env=more.get("env", ENVIRONMENT),
                          cwd=ROOT, capture_output=True, text=True, timeout=250)


def installed(pattern):
    """The one installed file of this name."""
    found = [path for path in ROOT.rglob(pattern) if path.is_file()]
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def plain_environment():
    """Without the variables of the build: nothing but the plugin's folder is named to GStreamer."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AURICLE", "GST_", "LD_", "MESON", "OPENBLAS"))}
    return dict(kept, GST_REGISTRY=str(ROOT / "registry.bin"), HOME=str(ROOT))


def write_tone(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"".join(struct.pack("<h", int(3000 * math.sin(i / 5)))
                                  for i in range(32000)))


def the_plugin_loads_and_is_not_blacklisted():
    there = run("gst-inspect-1.0", "--exists", "auricleencoder")
    assert there.returncode == 0, there.stderr
    blacklisted = run("gst-inspect-1.0", "-b")
    assert "auricle" not in blacklisted.stdout, blacklisted.stdout
    details = run("gst-inspect-1.0", "auricleencoder").stdout
    assert str(plugin) in details, details


def the_program_finds_its_libraries_and_models():
    write_tone(ROOT / "tone.wav")
    heard = run(program, "listen", "tone.wav")
    assert heard.returncode == 0, heard.stderr
    card = run(program, "info", installed("commands.safetensors"))
    assert card.returncode == 0, card.stderr
    models = installed("encoder.safetensors").parent
    models.rename(models.with_name("elsewhere"))
    lost = run(program, "listen", "tone.wav")
    models.with_name("elsewhere").rename(models)
    assert lost.returncode == 1 and "encoder.safetensors" in lost.stderr, lost.stderr


def a_pipeline_runs_with_the_installed_models():
    done = run(installed("file-to-json.sh"), "tone.wav", "tone.json")
    assert done.returncode == 0, done.stderr
    for line in (ROOT / "tone.json").read_text().splitlines():
        json.loads(line)


def the_manual_names_every_command():
    text = installed("auricle.1").read_text()
    commands = run(program, "--help").stdout.split("Commands:")[1].split("\n\n")[0].split("\n")
    for line in filter(None, commands):
        assert f".SH \"AURICLE {line.split()[0].upper()}\"" in text, line
    assert BUILD not in text, "the manual names the build folder"


def the_shell_completes():
    script = ('source "$1"; COMP_WORDS=(auricle "$2" "$3"); COMP_CWORD=$4; _auricle 2>/dev/null; '
              'echo "${COMPREPLY[@]}"')
    path = installed("auricle.bash")
    command = run("bash", "-c", script, "bash", path, "pre", "", "1")
    assert command.stdout.split() == ["pretrain"], command
    option = run("bash", "-c", script, "bash", path, "listen", "--js", "2")
    assert option.stdout.split() == ["--json"], option


def every_header_is_there():
    names = {path.name for path in ROOT.rglob("include/auricle/*.h")}
    assert {"auricle.h", "stream.h", "pretrain.h"} <= names, names


CASES = [the_plugin_loads_and_is_not_blacklisted, the_program_finds_its_libraries_and_models,
         a_pipeline_runs_with_the_installed_models, the_manual_names_every_command,
         the_shell_completes, every_header_is_there]

ENVIRONMENT = plain_environment()
print(f"1..{len(CASES)}")
failed = 0
try:
    done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", ROOT / "image",
               env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    plugin, program = installed("libgstauricle.so"), installed("bin/auricle")
    ENVIRONMENT["GST_PLUGIN_PATH"] = str(plugin.parent)
    for number, case in enumerate(CASES, 1):
        try:
            case()
            print(f"ok {number} - {case.__name__.replace('_', ' ')}", flush=True)
        except AssertionError as reason:
            failed += 1
            print(f"not ok {number} - {case.__name__.replace('_', ' ')}")
            print("# " + str(reason).replace("\n", "\n# "), flush=True)
finally:
    shutil.rmtree(ROOT)
sys.exit(1 if failed else 0)
