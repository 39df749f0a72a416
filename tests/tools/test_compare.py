# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 the Auricle authors
"""models/compare.py from training to its page, on sounds made by formula."""
import json
import os
import pathlib
import subprocess
import sys
from toolbox import PROGRAM, corpus, expect, main, read_npy, write_table

COMPARE = pathlib.Path(os.environ["MESON_SOURCE_ROOT"]) / "models/compare.py"
sys.path.insert(0, str(COMPARE.parent))
sys.dont_write_bytecode = True
import compare  # pylint: disable=wrong-import-position

SMALL = ["loop.streams=4", "loop.frames=40", "loop.statistics=1", "loop.held_out=0",
         "loop.evaluation=1", "shape.conv=16x1", "shape.dim=16", "shape.mels=20"]


def run(*arguments):
    done = subprocess.run([sys.executable, "-B", COMPARE, "--auricle", PROGRAM, *map(str, arguments)],
                          capture_output=True, text=True, timeout=200)
    expect(done.returncode == 0, f"{arguments[0]}: {done.stdout[-600:]} {done.stderr[-600:]}")
    return done.stdout


def labelled(folder):
    rows = corpus(folder, each=12)
    for row in rows:
        row["task"] = "kws_isolated"
    write_table(folder, rows)


def trained_probed_and_tabled(folder):
    labelled(folder / "data")
    small = [x for setting in SMALL for x in ("--set", setting)]
    train = ("train", "--data", folder / "data", "--out", folder / "runs", "--minutes", "0.005", "--seeds",
             "1,2", "--objectives", "apc,vae", "--parallel", "2", *small)
    said = run(*train)
    expect(said.count("h heard") == 4, said)
    expect(run(*train) == "", "what is there is not trained again")
    probe = ("probe", "--runs", folder / "runs", "--labelled", folder / "data", "--columns", "kws_isolated")
    run(*probe)
    expect(run(*probe) == "", "nor probed again")
    page, table = folder / "objectives.md", folder / "objectives.json"
    run("table", "--runs", folder / "runs", "--json", table, "--markdown", page, "--date", "2000-01-01")
    rows = {row["row"]: row for row in json.loads(table.read_text())["rows"]}
    expect(set(rows) == {"apc", "vae", "random", "logmel"}, str(set(rows)))
    expect(rows["apc"]["seeds"] == [1, 2] and rows["apc"]["steps"] >= 1, str(rows["apc"]))
    figures = json.loads((folder / "runs/probes.json").read_text())
    both = [figures[name]["kws_isolated"]["accuracy"] for name in ("apc-1", "apc-2")]
    seen = rows["apc"]["probes"]["kws_isolated"]
    expect(seen["values"] == both and abs(seen["mean"] - sum(both) / 2) < 0.01, str(seen))
    expect(rows["apc"]["probes"]["phones"] is None, "a probe that was not run is no figure")
    text = page.read_text()
    expect("--seed 1" in text and str(folder) not in text, "the command, without this machine's paths")


def the_best_is_bold_and_less_error_is_better(_):
    def row(name, accuracy, eer):
        probes = dict.fromkeys(compare.PROBES)
        probes["event"] = compare.summary_of([accuracy])
        probes["speaker_en"] = compare.summary_of([eer, eer + 2])
        return {"row": name, "objective": name, "kind": "objective", "probes": probes, "hours": 1.0}
    rows = [row("a", 50.0, 10.0), row("b", 60.0, 20.0)]
    lines = "\n".join(compare.table_lines(rows))
    expect("**60.0**" in lines and "**11.0** ± 1.4" in lines and lines.count("**") == 4, lines)
    base = dict(row("random", 55.0, 15.0), kind="baseline")
    beaten = compare.against(rows + [base], "random")
    expect(beaten == {"a": 1, "b": 1}, str(beaten))


def labels_become_rows(folder):
    rows = [{"label": "a", "start": "0.000", "end": "0.025"}, {"label": "b", "start": "0.030", "end": "0.050"}]
    frames = compare.labels_of_frames(rows, ["a", "b"])
    expect(frames == [[1, 0], [1, 0], [0, 0], [0, 1], [0, 1], [0, 0]], str(frames))
    compare.npy(folder / "x.npy", frames)
    shape, values = read_npy(folder / "x.npy")
    expect(shape == (6, 2) and list(values) == [x for row in frames for x in row], "as written")


main([trained_probed_and_tabled, the_best_is_bold_and_less_error_is_better, labels_become_rows])
