#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The manual page and the shell completion, both made from what --help prints:
make_pages.py PROGRAM MODELS-FOLDER MANUAL COMPLETION"""
import os
import re
import subprocess
import sys

program, models, manual_path, completion_path = sys.argv[1:]
environment = dict(os.environ, AURICLE_MODELS=models, ASAN_OPTIONS="detect_leaks=0")


def printed(*arguments):
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True,
                          check=True).stdout


def quoted(text):
    """Text as troff takes it literally."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


OPTION = re.compile(r"^  (?:(-\w), |    )(--[\w-]+)(?: (\S+))?\s+(.*)$")

overview = printed("--help")
version = printed("--version").split()[1]
commands = dict(re.findall(r"^  (\w+) +(.+)$", overview.split("Commands:")[1].split("\n\n")[0], re.M))
pages = {name: printed(name, "--help") for name in commands}


def command_section(name):
    """One command: usage and text, then its options as a list, then its examples."""
    usage, _, rest = pages[name].partition("\n\n")
    text, _, rest = rest.partition("\nOptions:\n")
    options, _, rest = rest.partition("\n\n")
    out = [f".SH \"AURICLE {name.upper()}\"", ".B " + quoted(usage.removeprefix("Usage: ")), ".PP"]
    out.append(quoted(re.sub(r"\n\n+", "\n.PP\n", text.strip())).replace("\\&.PP", ".PP"))
    for line in options.splitlines():
        found = OPTION.match(line)
        if found:
            letter, long, argument, help_text = found.groups()
            names = ", ".join(rf"\fB{quoted(n)}\fR" for n in (letter, long) if n)
            out += [".TP", names + (rf" \fI{quoted(argument)}\fR" if argument else ""),
                    quoted(help_text)]
    examples = rest.partition("Examples:\n")[2].partition("\n\n")[0]
    if examples:
        out += [".PP", "Examples:", ".PP", ".nf", quoted(examples.rstrip()), ".fi"]
    return out


def manual():
    out = [f".TH AURICLE 1 \"\" \"auricle {version}\" \"User Commands\"", ".SH NAME",
           r"auricle \- learn to listen from unlabelled sound, then listen live", ".SH SYNOPSIS",
           r".B auricle", r".I COMMAND", r"[\fIOPTION\fR...]", ".SH COMMANDS"]
    for name, summary in commands.items():
        out += [".TP", f".B {name}", quoted(summary)]
    for name in commands:
        out += command_section(name)
    out += [".SH \"EXIT STATUS\"", "0 done, 1 failed, 2 wrong usage.", ".SH ENVIRONMENT", ".TP",
            ".B AURICLE_MODELS", f"The folder of the bundled models; {quoted(models)} without it.",
            ".TP", ".B AURICLE_KERNELS", "The name of the kernels to use instead of the fastest;",
            ".B auricle info", "lists them."]
    return "\n".join(out) + "\n"


COMPLETION = """# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
# bash completion for auricle; made from auricle --help
_auricle()
{{
    local word=${{COMP_WORDS[COMP_CWORD]}} options
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "{commands} --help --version" -- "$word")
        return
    fi
    case ${{COMP_WORDS[1]}} in
{cases}
    *) return ;;
    esac
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    *) compopt -o default ;;
    esac
}}
complete -F _auricle auricle
"""


def completion():
    cases = []
    for name, page in pages.items():
        options = [found.group(2) for found in map(OPTION.match, page.splitlines()) if found]
        cases.append(f"    {name}) options=\"{' '.join(options)}\" ;;")
    return COMPLETION.format(commands=" ".join(commands), cases="\n".join(cases))


with open(manual_path, "w", encoding="utf-8") as file:
    file.write(manual())
with open(completion_path, "w", encoding="utf-8") as file:
    file.write(completion())
