#!/usr/bin/env python3
"""Measures what `rowsmith generate` costs after a migration was appended, beside a run from scratch.

    cargo build --release
    python3 benches/migration.py                       # 1000 queries, 5 rounds
    python3 benches/migration.py --sizes 20,1000 --binary target/release/rowsmith --binary ~/old/rowsmith

Standard library only; Python 3.9 or later, on Linux.

The project is that of `generate.py`. In each round, each binary takes its turn with a project whose migrations nobody has seen:

    scratch     the first run of all
    query       one query was edited
    table       a migration was appended: a new table, which no query uses
    column      a migration was appended: a column for one of the tables, which some queries use
    edited      the last migration was edited: the column has another name

For each there are the wall time to the end, the time until the last file was written, and the CPU time of the tool with its
children, as the least of all rounds and as the median of the ratios to `scratch` within a round. A machine that does other work
makes wall times say little: then compare CPU times.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from project import NOUNS, write_project

ROOT = Path(__file__).resolve().parent.parent
YAML = """version: "2"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: out
"""
KINDS = ("wall", "files", "cpu")


def run(binary, folder):
    """Runs the tool; the wall time, the time until the last file was there, and the CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock, start = time.time_ns(), time.perf_counter()
    done = subprocess.run([binary, "generate"], cwd=folder, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"error: {binary} failed\n{done.stderr}")
    files = [file.stat().st_mtime_ns for file in [*(folder / "out").rglob("*"), folder / "rowsmith.snapshot"]]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "files": (max(files) - clock) / 1e9, "cpu": cpu}


def edit_query(folder):
    file = min((folder / "queries").iterdir())
    file.write_text(file.read_text().replace("WHERE id = @id\n", "WHERE id = @id AND id > 0\n", 1))
    text = file.read_text()
    file.write_text(text.replace("WHERE id = @id;", "WHERE id = @id AND id > 0;", 1))


def append(folder, number, text):
    (folder / "migrations" / f"{9000 + number}_added.sql").write_text(text)


STEPS = {
    "scratch": lambda folder: None,
    "query": edit_query,
    "table": lambda folder: append(folder, 1, "CREATE TABLE unused_by_all (id integer PRIMARY KEY, name text);\n"),
    "column": lambda folder: append(folder, 2, f"ALTER TABLE {NOUNS[0]}_1 ADD COLUMN nickname text;\n"),
    "edited": lambda folder: append(folder, 2, f"ALTER TABLE {NOUNS[0]}_1 ADD COLUMN given_name text;\n"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000", help="how many queries, with commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", action="append", help="may be given several times")
    options = parser.parse_args()
    binaries = [str(Path(binary).resolve()) for binary in options.binary or [ROOT / "target/release/rowsmith"]]
    for size in map(int, options.sizes.split(",")):
        found = {(binary, step): [] for binary in binaries for step in STEPS}
        for turn in range(options.rounds + 1):
            order = binaries[turn % len(binaries) :] + binaries[: turn % len(binaries)]
            for binary in order:
                with tempfile.TemporaryDirectory() as name:
                    folder = Path(name) / "project"
                    marker = os.urandom(8).hex()
                    write_project(folder, size, configuration=[("sqlc.yaml", YAML)], marker=marker)
                    for step, prepare in STEPS.items():
                        prepare(folder)
                        figures = run(binary, folder)
                        if turn > 0:
                            found[binary, step].append(figures)
        print(f"{size} queries, {options.rounds} rounds: the least, and the ratio to `scratch`")
        for binary in binaries:
            print(binary)
            for step in STEPS:
                line = f"  {step:8}"
                for kind in KINDS:
                    values = [figures[kind] for figures in found[binary, step]]
                    scratch = [figures[kind] for figures in found[binary, "scratch"]]
                    ratio = statistics.median(a / b for a, b in zip(values, scratch))
                    line += f"  {kind} {min(values) * 1e3:5.0f} ms {ratio:5.2f}"
                print(line)


if __name__ == "__main__":
    main()
