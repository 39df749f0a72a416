#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""The direction of knowledge in docs/architecture.md, as a test: who may include whom, what the
libraries export and load. Prints TAP."""
import pathlib
import re
import subprocess
import sys

ROOT, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])

ROOMS = {
    "base": [],
    "kernels": ["base"],
    "signal": ["base", "kernels"],
    "nn": ["base", "kernels"],
    "model": ["base", "kernels", "signal", "nn"],
    "stream": ["base", "kernels", "signal", "nn", "model"],
    "metric": ["base"],
    "data": ["base", "kernels", "signal"],
    "learn": ["base", "kernels", "nn"],
    "ssl": ["base", "kernels", "signal", "nn", "model", "learn"],
    "pretrain": ["base", "kernels", "signal", "nn", "model", "data", "learn", "ssl"],
    "probe": ["base", "kernels", "signal", "nn", "model", "stream", "metric", "data", "learn"],
    "heads": ["base", "kernels", "signal", "nn", "model", "stream", "metric", "data", "learn"],
    "generate": ["base", "kernels", "signal", "nn", "model", "stream", "data", "learn", "ssl"],
    "export": ["base", "kernels", "signal", "nn", "model", "stream", "data"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return [m.group(2) for m in INCLUDE.finditer(path.read_text())]


def sources(folder):
    return sorted(p for p in (ROOT / folder).rglob("*") if p.suffix in (".c", ".h"))


def engine_knows_only_lower_rooms():
    wrong = []
    for room, lower in ROOMS.items():
        for path in sources(f"engine/{room}"):
            for name in includes(path):
                other = name.split("/")[0]
                if other in ROOMS and other != room and other not in lower:
                    wrong.append(f"{path.relative_to(ROOT)} includes {name}")
                if name.startswith(("gst/", "glib", "portaudio")):
                    wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    return wrong


def every_engine_room_is_listed():
    return [str(p.name) for p in (ROOT / "engine").iterdir() if p.is_dir() and p.name not in ROOMS]


def a_file_name_has_one_meaning():
    """Two source files of one name would be two subjects of one name, or one subject in two rooms."""
    places = {}
    for folder in ("engine", "plugins", "tools"):
        for path in sources(folder):
            if path.suffix == ".c":
                places.setdefault(path.name, []).append(str(path.relative_to(ROOT)))
    return [" and ".join(paths) for paths in places.values() if len(paths) > 1]


def a_struct_name_has_one_meaning():
    """In the engine a struct or enum tag is defined once: private ones of two rooms may not share a name."""
    places = {}
    for path in sources("engine"):
        for match in re.finditer(r"^(?:static )?(struct|enum|union) (\w+) \{", path.read_text(), re.M):
            room = path.relative_to(ROOT / "engine").parts[0]
            places.setdefault(match.group(2), {}).setdefault(room, str(path.relative_to(ROOT)))
    return [f"{name}: {' and '.join(rooms.values())}" for name, rooms in places.items() if len(rooms) > 1]


def symbols():
    """(file of each defined name, names that each file needs), from the engine's object files."""
    defined, needed = {}, {}
    for path in sorted((BUILD / "engine").glob("libengine-*.a.p/*.o")):
        listing = subprocess.run(["nm", str(path)], capture_output=True, text=True, check=True).stdout
        for kind, name in (line.split()[-2:] for line in listing.splitlines()):
            if kind in "TDRBCV":
                defined[name] = path.stem
            elif kind == "U":
                needed.setdefault(path.stem, set()).add(name)
    return defined, needed


def strongly_connected(graph):
    """Tarjan 1972: the sets of nodes that reach one another."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            found.append(stack[at:])
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def files_call_in_no_circle():
    """Where a file needs a second one, the second needs the first neither directly nor through others."""
    defined, needed = symbols()
    if len(defined) < 200:
        return [f"only {len(defined)} symbols found in {BUILD}/engine"]
    graph = {file: {defined[name] for name in names if name in defined} - {file}
             for file, names in needed.items()}
    return [" <-> ".join(sorted(circle)) for circle in strongly_connected(graph) if len(circle) > 1]


def outside_sees_only_the_promise():
    wrong = []
    for folder in ("plugins", "tools", "include"):
        for path in sources(folder):
            wrong += [f"{path.relative_to(ROOT)} includes {name}" for name in includes(path)
                      if name.split("/")[0] in ROOMS]
    return wrong


def public_headers_are_plain():
    bad = re.compile(r"glib|gst/|cblas|openblas|jansson|sndfile")
    return [f"{p.relative_to(ROOT)} includes {n}" for p in sources("include") for n in includes(p)
            if bad.search(n)]


def public_headers_compile_alone():
    wrong = []
    for path in sources("include"):
        for language, standard in (("c", "c11"), ("c++", "c++17")):
            command = ["cc", "-x", language, f"-std={standard}", "-Wall", "-Wextra", "-Werror",
                       "-fsyntax-only", "-I", str(ROOT / "include"), str(path)]
            if language == "c++":
                command[0] = "c++"
            else:
                command.insert(5, "-pedantic")
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode and "pragma once" not in run.stderr:
                wrong.append(f"{path.relative_to(ROOT)} as {language}: {run.stderr.strip()[:300]}")
    return wrong


def libraries_export_only_their_prefix():
    wrong = []
    for library in ("engine/libauricle.so.0", "engine/libauricle-train.so.0"):
        listing = subprocess.run(["nm", "-D", "--defined-only", str(BUILD / library)],
                                 capture_output=True, text=True, check=True).stdout
        names = [line.split()[-1] for line in listing.splitlines()]
        if not names:
            wrong.append(f"{library} exports nothing")
        wrong += [f"{library} exports {name}" for name in names
                  if not name.startswith("auricle_") and not name.startswith(("_init", "_fini"))
                  and "asan" not in name and "ubsan" not in name]
    return wrong


def live_library_loads_no_blas():
    listing = subprocess.run(["readelf", "-d", str(BUILD / "engine/libauricle.so.0")],
                             capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED.*\[(.+?)\]", listing)
    return [f"libauricle.so.0 loads {name}" for name in needed
            if re.search(r"blas|sndfile|glib|gst|portaudio", name)]


CASES = [every_engine_room_is_listed, a_file_name_has_one_meaning, a_struct_name_has_one_meaning,
         files_call_in_no_circle, engine_knows_only_lower_rooms, outside_sees_only_the_promise,
         public_headers_are_plain, public_headers_compile_alone, libraries_export_only_their_prefix,
         live_library_loads_no_blas]

print(f"1..{len(CASES)}")
failed = 0
for number, case in enumerate(CASES, 1):
    wrong = case()
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {number} - {case.__name__.replace('_', ' ')}")
    for line in wrong:
        print(f"# {line}")
sys.exit(1 if failed else 0)
