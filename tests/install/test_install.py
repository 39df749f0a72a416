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
SOURCE = pathlib.Path(os.environ["MESON_SOURCE_ROOT"])
DIGITS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
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


def write_digits(path):
    """A voice that counts, with a second of silence around each number."""
    pause, sound = bytes(16000), bytes(16000)
    for digit in range(1, 8):
        with wave.open(str(DIGITS / f"{digit}.wav")) as spoken:
            assert spoken.getparams()[:3] == (1, 2, 8000)
            sound += spoken.readframes(spoken.getnframes()) + pause
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sound)


def flags_for(package):
    """What pkg-config prints for a program that uses the installed library."""
    flags = []
    folder = installed("auricle.pc").parent
    # The .pc file names the prefix as if ROOT / "image" were "/".
    for command in ([package, f"--define-variable=prefix={program.parents[1]}"], ["sndfile"]):
        done = run("pkg-config", "--cflags", "--libs", *command,
                   env=dict(os.environ, PKG_CONFIG_PATH=str(folder)))
        assert done.returncode == 0, done.stderr
        flags += done.stdout.split()
    return flags


def run_example(name, *arguments, package="auricle"):
    built = run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", installed(f"{name}.c"), "-o", name,
                *flags_for(package))
    assert built.returncode == 0, built.stderr
    libraries = installed("auricle.pc").parents[1]
    return run(ROOT / name, *arguments, env=dict(ENVIRONMENT, LD_LIBRARY_PATH=str(libraries)))


def the_example_that_listens_hears_what_the_program_hears():
    write_digits(ROOT / "digits.wav")
    encoder, head = installed("encoder.safetensors"), installed("voice.safetensors")
    reference = run(program, "listen", "--json", "--model", encoder, "--head", head, "digits.wav")
    lines = [json.loads(line) for line in reference.stdout.splitlines()]
    labels = [line["label"] for line in lines if line.get("type", "event") == "event"]
    assert labels, reference
    for package in ("auricle", "auricle-train"):
        heard = run_example("listen", encoder, head, "digits.wav", package=package)
        assert [line.split()[-1] for line in heard.stdout.splitlines()] == labels, (heard, labels)
    wrong = run_example("listen", "no.safetensors", head, "digits.wav")
    assert wrong.returncode == 1 and "no.safetensors" in wrong.stderr, wrong


def the_example_that_embeds_tells_recordings_apart():
    write_digits(ROOT / "digits.wav")
    write_tone(ROOT / "tone.wav")
    done = run_example("embed", installed("encoder.safetensors"), "tone.wav", "digits.wav", "tone.wav")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t")[1:] for line in done.stdout.splitlines()]
    assert len(lines) == 3 and lines[0] == lines[2] != lines[1], done.stdout
    assert len(lines[0]) > 100 and all(math.isfinite(float(x)) for x in lines[0]), done.stdout


def the_readme_shows_the_example_as_it_is():
    code = (SOURCE / "examples/listen.c").read_text()
    assert code[code.index("#include"):] in (SOURCE / "README.md").read_text()


CASES = [the_plugin_loads_and_is_not_blacklisted, the_program_finds_its_libraries_and_models,
         a_pipeline_runs_with_the_installed_models, the_manual_names_every_command,
         the_shell_completes, every_header_is_there,
         the_example_that_listens_hears_what_the_program_hears,
         the_example_that_embeds_tells_recordings_apart, the_readme_shows_the_example_as_it_is]

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
