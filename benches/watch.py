#!/usr/bin/env python3
"""Measures how long `rowsmith watch` takes from a saved query, or migration, to generated code.

    cargo build --release
    python3 benches/watch.py                      # 1000 queries, 20 edits
    python3 benches/watch.py --size 5000 --edits 40
    python3 benches/watch.py --migrations         # each edit is a new migration, with a column for a table in use

Standard library only; Python 3.9 or later, on Linux.

The project is that of `generate.py`. One query of it is edited again and again, half a second after the line that says
that all is done. Measured is the time from the rename that saves the file to that line, and the CPU time of rowsmith's own
process in between, without that of Postgres.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from project import write_project

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
READY = "watching;"
PAUSE = 0.5


def wait(process):
    """Waits for the line that says that everything is done; what was said before it."""
    said = []
    for line in process.stdout:
        if line.startswith(READY):
            return "".join(said)
        said.append(line)
    sys.exit(f"error: rowsmith ended\n{''.join(said)}")


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def edit(file, number):
    """Saves the file with another condition in its first query, as editors do: beside it, then in its place."""
    before = file.read_text()
    after = re.sub(r"WHERE id = @id\b.*?;", f"WHERE id = @id AND quantity <> {number};", before, count=1, flags=re.S)
    assert before != after, "there must be something to edit"
    beside = file.parent.parent / "saved"
    beside.write_text(after)
    return lambda: os.replace(beside, file)


def append(folder, file, number):
    """Saves another migration, which a query of the file shows."""
    beside = folder / "saved"
    beside.write_text(f"ALTER TABLE {file.stem} ADD COLUMN added_{number} text;\n")
    return lambda: os.replace(beside, folder / "migrations" / f"{9000 + number}_added.sql")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="queries (1000)")
    parser.add_argument("--edits", type=int, default=20, help="measured edits (20)")
    parser.add_argument("--migrations", action="store_true", help="append migrations")
    parser.add_argument("--rowsmith", default=ROOT / "target" / "release" / "rowsmith", help="the rowsmith to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as workspace:
        folder = Path(workspace) / "project"
        write_project(folder, options.size, configuration=(("sqlc.yaml", YAML),), marker=str(time.time_ns()))
        command = [options.rowsmith, "watch", "-f", folder / "sqlc.yaml"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            wait(process)
            file = min((folder / "queries").iterdir())
            generated = folder / "out" / f"{file.stem}.rs"
            times, cpus = [], []
            for number in range(options.edits + 1):
                time.sleep(PAUSE)
                if options.migrations:
                    save, expected = append(folder, file, number + 1), f"added_{number + 1}"
                else:
                    save, expected = edit(file, number + 1), f"quantity <> {number + 1}"
                used = cpu(process.pid)
                start = time.perf_counter()
                save()
                said = wait(process)
                times.append(time.perf_counter() - start)
                cpus.append(cpu(process.pid) - used)
                if expected not in generated.read_text():
                    sys.exit(f"error: the code does not follow the query\n{said}")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    # The first starts Postgres.
    for name, values in (("wall", times[1:]), ("cpu", cpus[1:])):
        print(f"{name:5} min {min(values) * 1e3:.0f} ms, median {statistics.median(values) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
