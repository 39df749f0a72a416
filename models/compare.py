#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""Every objective trained alike, then judged by the same linear probes. Only Python's own library.

    compare.py train --data CORPUS --out RUNS --minutes 8 --seeds 1,2,3 --parallel 16
    compare.py supervised --labelled DIR --phones DIR --out RUNS --steps 600
    compare.py probe --runs RUNS --labelled DIR --phones DIR
    compare.py table --runs RUNS --json docs/objectives.json --markdown docs/objectives.md

train       one `auricle pretrain` per objective and seed: the same shape, the same recordings, the
            same minutes of CPU time, which are those of the clock on a core of its own and which
            neighbours don't use up; as many at once as there are cores. Writes
            RUNS/NAME-SEED.safetensors and RUNS/training.json. What is there already is left as it is.
supervised  the same encoder with the labels of each probe's train rows instead; of its evaluations on a
            held-out part of those rows the best is kept.
probe       `auricle eval` on every model there and on the rows to compare with (the encoder at random
            initialisation, its log-mel without an encoder). Writes RUNS/probes.json.
table       both pages, from training.json and probes.json.
"""
import argparse
import array
import concurrent.futures
import csv
import datetime
import json
import os
import queue
import shlex
import statistics
import subprocess
import sys
import threading
import time

# One encoder for all: about 0.35 M weights, a third of the bundled one, so that minutes are enough.
SHAPE = ["shape.conv=256x1,128x1", "shape.layers=1", "shape.dim=256", "shape.residual=0",
         "shape.running=1", "shape.running_frames=200", "shape.floor=3e-3"]
LOOP = ["loop.streams=32", "loop.frames=200", "loop.balance=1", "optimiser.warmup=100"]
# What stands beside the single objectives: weighted sums of them.
MIXTURES = {"joint": "simclr:1,cpc:0.5,apc:1,masked:0.25",
            "units": "wav2vec:1,hubert:1,masked:0.5,apc:0.5,simclr:0.5",
            "pair": "cpc:1,hubert:1"}
NOT_COMPARED = {"supervised"}  # labels: a row of its own

# column -> (task, further options of `auricle eval`, figure, unit, is more better?)
PROBES = {
    "kws_isolated": ("kws_isolated", [], "accuracy", True),
    "kws_digits_en": ("kws_digits_en", [], "accuracy", True),
    "emotion": ("emotion", [], "uar", True),
    "event": ("event", ["--source", "esc10"], "accuracy", True),
    "speaker_en": ("speaker_en", [], "eer", False),
    "phones": ("phones", ["--level", "frame", "--choose", "dev", "--test", "test"], "accuracy", True),
}
HEADINGS = {
    "kws_isolated": "kws_isolated accuracy", "kws_digits_en": "kws_digits_en accuracy",
    "emotion": "emotion UAR", "event": "event accuracy", "speaker_en": "speaker_en EER",
    "phones": "phones frame accuracy",
}


def fail(text):
    sys.exit("compare.py: " + text)


def read_json(path, otherwise):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return otherwise


def write_json(path, value):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
        file.write("\n")
    os.replace(path + ".tmp", path)


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown"


def environment():
    return dict(os.environ, OPENBLAS_NUM_THREADS="1")


# ---- train


def objectives(auricle):
    out = subprocess.run(auricle + ["pretrain", "--list-objectives", "--json"], check=True,
                         stdout=subprocess.PIPE, env=environment())
    names = [each["name"] for each in json.loads(out.stdout)]
    return {name: name for name in names if name not in NOT_COMPARED}


def recipe(objective, seed, minutes, extra):
    """The options that are the same on every machine; data and run folder are added to it."""
    options = ["--objective", objective, "--seed", str(seed), "--cpu-minutes", "%g" % minutes,
               "--workers", "1", "--loader-threads", "1", "--eval-every", "0",
               "--checkpoint-minutes", "0", "--only-shippable"]
    for setting in SHAPE + LOOP + extra:
        options += ["--set", setting]
    return options


def last_lines(path, count=3):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-count:]).strip()


def train_one(job, out):
    """One pretraining. Returns what is worth keeping of it."""
    name, command = job["name"], job["command"]
    began = time.time()
    with open(os.path.join(out, name + ".log"), "w", encoding="utf-8") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment(),
                              stdin=subprocess.DEVNULL)
    if done.returncode or not os.path.exists(os.path.join(out, name + ".safetensors")):
        print("%s failed: %s" % (name, last_lines(os.path.join(out, name + ".log"))), flush=True)
        return None
    last = evaluation = {}
    with open(os.path.join(out, name, "metrics.jsonl"), encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            last, evaluation = (event, evaluation) if event.get("event") == "step" else (last, event)
    checkpoint = os.path.join(out, name, "checkpoint.safetensors")
    if os.path.exists(checkpoint):
        os.remove(checkpoint)
    print("%s: %s steps, %.2f h heard, loss %s, %.0f s" % (
        name, last.get("step"), last.get("hours", 0), last.get("loss"), time.time() - began),
        flush=True)
    return {"steps": last.get("step"), "hours": last.get("hours"), "last": last,
            "held_out": evaluation}


def run_jobs(jobs, arguments):
    """All jobs, as many at once as asked for; training.json grows with each."""
    path = os.path.join(arguments.out, "training.json")
    training = read_json(path, {"runs": {}})
    cores = len(os.sched_getaffinity(0))
    todo = [job for job in jobs
            if not os.path.exists(os.path.join(arguments.out, job["name"] + ".safetensors"))]
    with concurrent.futures.ThreadPoolExecutor(min(arguments.parallel, cores)) as pool:
        results = pool.map(lambda job: (job, train_one(job, arguments.out)), todo)
        for job, result in results:
            if result:
                training["runs"][job["name"]] = dict(
                    job["about"], machine=processor(), cores=cores,
                    minutes=getattr(arguments, "minutes", None), **result)
                write_json(path, training)
    missing = [job["name"] for job in jobs if job["name"] not in training["runs"]]
    if missing:
        fail("not trained: " + " ".join(missing))


def job_of(arguments, name, seed, options, data):
    out = os.path.join(arguments.out, name)
    command = arguments.auricle + ["pretrain", "--quiet", "--run", out, "--out", out + ".safetensors"]
    for folder in data:
        command += ["--data", folder]
    return {"name": name, "command": command + options,
            "about": {"seed": seed, "command": "auricle pretrain " + shlex.join(options)}}


def train(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    known = {**objectives(arguments.auricle), **MIXTURES}
    if not arguments.teacher:
        known.pop("distill", None)
    wanted = arguments.objectives.split(",") if arguments.objectives else list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        fail("no objective %s; there are %s" % (unknown[0], ", ".join(known)))
    jobs = []
    for seed in arguments.seeds.split(","):
        for name in wanted:
            options = recipe(known[name], seed, arguments.minutes, arguments.set)
            if known[name] == "distill":
                for setting in arguments.teacher_set:
                    options += ["--set", setting]
            job = job_of(arguments, "%s-%s" % (name, seed), int(seed), options, arguments.data)
            if known[name] == "distill":
                job["command"] += ["--teacher", arguments.teacher]
            job["about"].update(row=name, objective=known[name])
            jobs.append(job)
    run_jobs(jobs, arguments)


# ---- supervised


def npy(path, rows):
    """rows: equally long lists of numbers, as float32."""
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    values = array.array("f", (x for row in rows for x in row))
    if sys.byteorder == "big":
        values.byteswap()
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        values.tofile(file)


def one_hot(kinds, label):
    return [float(kind == label) for kind in kinds]


def labels_of_clip(rows, kinds):
    return [one_hot(kinds, rows[0]["label"])]


def labels_of_frames(rows, kinds):
    """A row each 10 ms up to the last part's end."""
    frames = [one_hot(kinds, None) for _ in range(int(100 * float(rows[-1]["end"])) + 1)]
    for row in rows:
        for i in range(len(frames)):
            if float(row["start"]) <= (i + 0.5) / 100 < float(row["end"]):
                frames[i] = one_hot(kinds, row["label"])
    return frames


def label_folder(arguments, column):
    """Links to the train recordings of a probe, each with its labels as rows of numbers beside it."""
    task, options, _, _ = PROBES[column]
    source = options[options.index("--source") + 1] if "--source" in options else None
    data, out = probe_data(arguments, column), os.path.join(arguments.out, "labels-" + column)
    files = {}
    with open(os.path.join(data, "metadata.csv"), newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if row["task"] == task and row["split"] == "train" and source in (None, row["source"]):
                files.setdefault(row["file_name"], []).append(row)
    if not files:
        fail("%s has no train rows of %s" % (data, task))
    kinds = sorted({row["label"] for rows in files.values() for row in rows})
    speakers = {row["speaker"] for rows in files.values() for row in rows}
    whole = column != "speaker_en" and len(speakers) >= 8  # people, not files, are held out
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "metadata.csv"), "w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(("file_name", "speaker"))
        for number, (name, rows) in enumerate(files.items()):
            link = "%05d%s" % (number, os.path.splitext(name)[1])
            if not os.path.lexists(os.path.join(out, link)):
                os.symlink(os.path.abspath(os.path.join(data, name)), os.path.join(out, link))
            take = labels_of_frames if column == "phones" else labels_of_clip
            npy(os.path.join(out, "%05d.npy" % number), take(rows, kinds))
            writer.writerow((link, rows[0]["speaker"] if whole else ""))
    return out


def supervised(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    jobs = []
    for column in arguments.columns.split(",") if arguments.columns else PROBES:
        options = ["--objective", "supervised", "--seed", "1", "--steps", str(arguments.steps),
                   "--workers", "1", "--loader-threads", "1", "--eval-every", "25", "--keep-best",
                   "--checkpoint-minutes", "0", "--split", ""]
        extra = ["loop.held_out=15"] + arguments.set
        if column == "phones":
            extra += ["supervised.pool=0", "teacher.hop_s=0.01"]
        for setting in SHAPE + LOOP + extra:
            options += ["--set", setting]
        job = job_of(arguments, "supervised-" + column, 1, options, [label_folder(arguments, column)])
        job["about"]["supervised"] = column
        jobs.append(job)
    run_jobs(jobs, arguments)


# ---- probe


def probe_data(arguments, column):
    return arguments.phones if column == "phones" else arguments.labelled


def probe_one(arguments, name, encoder, column, seed):
    task, options, figure, _ = PROBES[column]
    command = arguments.auricle + ["eval", "--quiet", "--json", "--seed", str(seed), "--encoder",
                                   encoder, "--data", probe_data(arguments, column), "--task", task]
    began = time.time()
    done = subprocess.run(command + options, stdout=subprocess.PIPE, env=environment())
    if done.returncode:
        fail("%s on %s failed" % (column, encoder))
    answer = json.loads(done.stdout)
    for share in ("accuracy", "uar", "macro_f1", "eer", "eer_lda"):
        if share in answer:
            answer[share] = round(100 * answer[share], 4)  # the table is in %
    print("%s %s: %.2f (%.0f s)" % (name, column, answer[figure], time.time() - began), flush=True)
    keep = ("n", "n_train", "accuracy", "uar", "macro_f1", "eer", "eer_lda", "l2")
    return dict({key: answer[key] for key in keep if key in answer}, value=answer[figure])


def encoders_to_probe(arguments):
    """(name of the result, what `--encoder` gets, seed)"""
    training = read_json(os.path.join(arguments.runs, "training.json"), {"runs": {}})
    listed = [(name, os.path.join(arguments.runs, name + ".safetensors"), 1)
              for name in sorted(training["runs"])]
    if not listed:
        fail("no models in " + arguments.runs)
    like = next((path for name, path, _ in listed if name == "apc-1"), listed[0][1])
    for seed in (1, 2, 3):
        listed.append(("random-%d" % seed, "random:" + like, seed))
    listed.append(("logmel", "logmel:" + like, 1))
    if arguments.bundled:
        listed.append(("bundled", arguments.bundled, 1))
    return listed


def probe(arguments):
    path = os.path.join(arguments.runs, "probes.json")
    results = read_json(path, {})
    columns = arguments.columns.split(",") if arguments.columns else list(PROBES)
    todo = queue.SimpleQueue()
    for name, encoder, seed in encoders_to_probe(arguments):
        for column in columns:
            alone = name.startswith("supervised-") and name != "supervised-" + column
            if column not in results.get(name, {}) and not alone:
                todo.put((name, encoder, column, seed))

    one_writer = threading.Lock()

    def work():
        while True:
            try:
                name, encoder, column, seed = todo.get_nowait()
            except queue.Empty:
                return
            answer = probe_one(arguments, name, encoder, column, seed)
            with one_writer:
                results.setdefault(name, {})[column] = answer
                write_json(path, results)

    if arguments.parallel == 1:
        work()
        return
    with concurrent.futures.ThreadPoolExecutor(arguments.parallel) as pool:
        for worker in [pool.submit(work) for _ in range(arguments.parallel)]:
            worker.result()


# ---- table


def row_values(results, names, column):
    return [results[name][column]["value"] for name in names if column in results.get(name, {})]


def summary_of(values):
    if not values:
        return None
    return {"mean": round(statistics.mean(values), 2), "values": values,
            "deviation": round(statistics.stdev(values), 2) if len(values) > 1 else None}


def make_rows(training, results):
    groups = {}
    for name, run in training["runs"].items():
        if "row" in run:
            groups.setdefault(run["row"], []).append(name)
    rows = []
    for row, names in groups.items():
        runs = [training["runs"][name] for name in sorted(names)]
        rows.append({"row": row, "objective": runs[0]["objective"], "kind": "objective",
                     "seeds": [run["seed"] for run in runs],
                     "steps": round(statistics.mean(run["steps"] for run in runs)),
                     "hours": round(statistics.mean(run["hours"] for run in runs), 1),
                     "probes": {c: summary_of(row_values(results, names, c)) for c in PROBES}})
    randoms = [name for name in results if name.startswith("random-")]
    for row, kind, names in (("random", "baseline", randoms), ("logmel", "baseline", ["logmel"]),
                             ("bundled", "reference", ["bundled"])):
        if any(name in results for name in names):
            rows.append({"row": row, "kind": kind,
                         "probes": {c: summary_of(row_values(results, names, c)) for c in PROBES}})
    if any(name.startswith("supervised-") for name in results):
        rows.append({"row": "supervised", "kind": "baseline",
                     "probes": {c: summary_of(row_values(results, ["supervised-" + c], c))
                                for c in PROBES}})
    return rows


def ranks(rows, column):
    """{row: place} among the objectives, 1 = best."""
    having = [r for r in rows if r["kind"] == "objective" and r["probes"][column]]
    having.sort(key=lambda r: r["probes"][column]["mean"], reverse=PROBES[column][3])
    return {r["row"]: place for place, r in enumerate(having, 1)}


def cell(summary, best):
    if not summary:
        return "–"
    text = "%.1f" % summary["mean"]
    if best:
        text = "**%s**" % text
    return text + (" ± %.1f" % summary["deviation"] if summary["deviation"] is not None else "")


TITLES = {"random": "the encoder at random initialisation", "logmel": "log-mel, no encoder",
          "supervised": "supervised from scratch", "bundled": "the bundled encoder (larger, longer)"}


def table_lines(rows):
    places = {column: ranks(rows, column) for column in PROBES}
    for row in rows:
        of = [places[column][row["row"]] for column in PROBES if row["row"] in places[column]]
        row["mean_rank"] = round(statistics.mean(of), 2) if of else None
    lines = ["| objective | " + " | ".join(HEADINGS[c] for c in PROBES) + " | mean rank | hours heard |",
             "|---|" + "--:|" * (len(PROBES) + 2)]
    ordered = sorted((r for r in rows if r["kind"] == "objective"), key=lambda r: r["mean_rank"] or 99)
    for row in ordered + [r for r in rows if r["kind"] != "objective"]:
        title = TITLES.get(row["row"], "`%s`" % row["row"])
        if row["kind"] == "objective" and row["objective"] != row["row"]:
            title += " (`%s`)" % row["objective"]
        best = [places[c].get(row["row"]) == 1 for c in PROBES]
        cells = [cell(row["probes"][c], b) for c, b in zip(PROBES, best)]
        rank = "%.1f" % row["mean_rank"] if row["mean_rank"] else ""
        hours = "%.1f" % row["hours"] if "hours" in row else ""
        lines.append("| %s | %s | %s | %s |" % (title, " | ".join(cells), rank, hours))
    return lines


def against(rows, name):
    """For each objective: on how many probes it beats this row."""
    base = next((r for r in rows if r["row"] == name), None)
    beaten = {}
    for row in rows:
        if row["kind"] != "objective" or not base:
            continue
        beaten[row["row"]] = 0
        for column, (_, _, _, more) in PROBES.items():
            mine, theirs = row["probes"][column], base["probes"][column]
            if mine and theirs:
                beaten[row["row"]] += (mine["mean"] > theirs["mean"]) == more \
                    and mine["mean"] != theirs["mean"]
    return beaten


def shared(runs, key):
    values = sorted({str(run.get(key)) for run in runs})
    return ", ".join(values)


def given(run, beside=()):
    """The settings of a training that neither all have nor those beside it."""
    words = shlex.split(run["command"])
    settings = [word for flag, word in zip(words, words[1:]) if flag == "--set"]
    return [word for word in settings if word not in SHAPE + LOOP and word not in beside]


def command_lines(training):
    """What made the page, in the words of a shell."""
    runs = [run for run in training["runs"].values() if "row" in run]
    labelled = [run for run in training["runs"].values() if "supervised" in run]
    first = next(run for run in runs if run["row"] == run["objective"] != "distill")
    common = "".join(" --set " + word for word in given(first))
    lines = ["    " + first["command"].replace(first["objective"], "NAME", 1), "",
             "is what each training was, with `--data` and `--run`. In full:", ""]
    for taught in (False, True):
        group = [run for run in runs if (run["objective"] == "distill") == taught]
        seeds = sorted({run["seed"] for run in group})
        again = sorted({run["row"] for run in group if run["seed"] != seeds[0]})
        one = "    models/compare.py train --data CORPUS --out RUNS --minutes %s%s" % (shared(runs, "minutes"), common)
        if taught and group:
            teacher = "".join(" --teacher-set " + word for word in given(group[0], given(first)))
            lines += [one + " --seeds %s \\" % ",".join(str(seed) for seed in seeds),
                      "        --objectives distill --teacher ROWS" + teacher]
        elif group:
            lines.append(one + " --seeds %d" % seeds[0])
            if again:
                lines += [one + " --seeds %s \\" % ",".join(str(seed) for seed in seeds[1:]),
                          "        --objectives " + ",".join(again)]
    lines.append("    models/cut-phones.py FESTVOX-RU LABELS PHONES")
    if labelled:
        lines.append("    models/compare.py supervised --labelled LABELLED --phones PHONES --out RUNS --steps %s%s"
                     % (shared(labelled, "steps"), common))
    return lines + ["    models/compare.py probe --runs RUNS --labelled LABELLED --phones PHONES --bundled ENCODER",
                    "    models/compare.py table --runs RUNS"]


def what_it_says(path):
    """The section of the page that a person writes: kept as it is."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return ""
    _, heading, rest = text.partition("## What it says\n")
    return (heading + "\n" + rest.split("\n## ")[0].strip("\n") + "\n") if heading else ""


def page(rows, training, date, data, says):
    runs = [run for run in training["runs"].values() if "row" in run]
    random, logmel = against(rows, "random"), against(rows, "logmel")
    beats = ["| `%s` | %d | %d |" % (name, random[name], logmel[name])
             for name in sorted(random, key=lambda n: (-random[n], -logmel.get(n, 0), n))
             if logmel] if random else []
    return "\n".join([
        "# The objectives compared", "",
        "Made %s by `models/compare.py table`; the numbers with every seed are in `objectives.json`."
        % date, "",
        "Every row is the same encoder trained on the same recordings for the same time on one core: %s "
        "minutes of CPU time, %s (%s cores). An objective that needs a second view or a second "
        "pass pays for it out of those minutes: the last column says how much sound it heard in them. %s"
        % (shared(runs, "minutes"), shared(runs, "machine"), shared(runs, "cores"), data), "",
        "Probes are linear, on frozen frames: clips by mean, deviation and maximum, phones frame by frame "
        "with no look ahead. Shares in %; EER: less is better; ± is the standard deviation over seeds. "
        "Bold: the best objective of a column.", ""] + table_lines(rows) + ["",
        "## How many of the six probes it wins", "",
        "| objective | against random initialisation | against log-mel |", "|---|--:|--:|"] + beats
        + [""] + ([says] if says else []) + ["## The commands", ""] + command_lines(training) + ["",
        "A training by the clock ends after as many steps as fit: another machine gives other steps, and "
        "figures that differ by about the ± above.", ""])


def table(arguments):
    training = read_json(os.path.join(arguments.runs, "training.json"), None)
    results = read_json(os.path.join(arguments.runs, "probes.json"), None)
    if not training or not results:
        fail("%s holds no training.json and probes.json: run train and probe first" % arguments.runs)
    rows = make_rows(training, results)
    text = page(rows, training, arguments.date, arguments.about, what_it_says(arguments.markdown))
    write_json(arguments.json, {
        "date": arguments.date, "data": arguments.about, "rows": rows,
        "probes": {c: {"task": t, "options": o, "figure": f, "more_is_better": m}
                   for c, (t, o, f, m) in PROBES.items()},
        "trainings": {name: {k: v for k, v in run.items() if k not in ("last", "held_out")}
                      for name, run in training["runs"].items()}})
    with open(arguments.markdown, "w", encoding="utf-8") as file:
        file.write(text)
    print("\n".join(table_lines(rows)))


# ---- the command line


def parse(argv):
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--auricle", default=os.path.join(here, "../build/tools/auricle"),
                        help="the program, in words of a shell")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("train")
    one.add_argument("--data", action="append", required=True, metavar="DIR")
    one.add_argument("--out", required=True, metavar="DIR")
    one.add_argument("--minutes", type=float, default=8, help="of CPU time each")
    one.add_argument("--seeds", default="1", metavar="1,2,...")
    one.add_argument("--objectives", metavar="NAME,...", help="default: all of them, and the mixtures")
    one.add_argument("--parallel", type=int, default=os.cpu_count())
    one.add_argument("--teacher", metavar="DIR", help="rows that distill learns from, made by "
                     "`auricle embed --below` or teacher-openwakeword.mjs")
    one.add_argument("--teacher-set", action="append", default=[], metavar="GROUP.NAME=VALUE",
                     help="for distill alone")
    one.add_argument("--set", action="append", default=[], metavar="GROUP.NAME=VALUE")
    four = commands.add_parser("supervised")
    four.add_argument("--labelled", required=True, metavar="DIR")
    four.add_argument("--phones", metavar="DIR", help="made by cut-phones.py")
    four.add_argument("--out", required=True, metavar="DIR")
    four.add_argument("--steps", type=int, default=600)
    four.add_argument("--columns", metavar="NAME,...")
    four.add_argument("--parallel", type=int, default=os.cpu_count())
    four.add_argument("--set", action="append", default=[], metavar="GROUP.NAME=VALUE")
    two = commands.add_parser("probe")
    two.add_argument("--runs", required=True, metavar="DIR")
    two.add_argument("--labelled", required=True, metavar="DIR")
    two.add_argument("--phones", metavar="DIR", help="made by cut-phones.py")
    two.add_argument("--bundled", metavar="FILE", help="this encoder as a row, too")
    two.add_argument("--columns", metavar="NAME,...")
    two.add_argument("--parallel", type=int, default=os.cpu_count())
    three = commands.add_parser("table")
    three.add_argument("--runs", required=True, metavar="DIR")
    three.add_argument("--json", default=os.path.join(here, "../docs/objectives.json"))
    three.add_argument("--markdown", default=os.path.join(here, "../docs/objectives.md"))
    three.add_argument("--date", default=datetime.date.today().isoformat())
    three.add_argument("--about", default="", help="a sentence on the recordings, for the page")
    arguments = parser.parse_args(argv)
    arguments.auricle = shlex.split(arguments.auricle)
    return arguments


def main(argv):
    arguments = parse(argv)
    {"train": train, "supervised": supervised, "probe": probe, "table": table}[arguments.command](arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
