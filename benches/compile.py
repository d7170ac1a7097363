#!/usr/bin/env python3
"""Measures how long generated code takes to compile, and how long it is: rowsmith's, and Cornucopia's where it is installed.

    cargo build --release
    python3 benches/compile.py                                      # 1000 queries, 3 runs of each
    cargo install cornucopia --version ^1 && python3 benches/compile.py --size 1000 --runs 5

Standard library only; needs cargo, and Postgres' binaries or a `--server`. Generates code for the project of
`benches/generate.py`, each tool from the same SQL, and makes a library of it. Everything it depends on is compiled before,
and is not counted. The tools take turns. For each there are

    check     CPU of `cargo check`, all processes together
    build     CPU of `cargo build`, without optimization and not incremental
    memory    the largest process of that build
    lines     of Rust, and for each query

as medians, and the ratio to rowsmith as the median of the ratios within a round. A library has the machine code of what is
not generic only: what Cornucopia generates is, over the client, and is compiled again where it is used, which is not counted.

Exit code: 0, or 2 when nothing could be measured.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from generate import RUST, Cornucopia, find
from project import write_project
from server import Failure, open_server, say

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = '[package]\nname = "compiled"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n'
ENVIRONMENT = dict(os.environ, CARGO_INCREMENTAL="0", CARGO_TERM_QUIET="true")


def run(command, folder, stdout=None):
    """CPU seconds and peak memory in bytes of a command and its children."""
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=stdout)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failure(f"exit code {process.returncode}: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Library:
    """A crate of what a tool has generated."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.lines = sum(len(file.read_text().splitlines()) for file in (folder / "src").rglob("*.rs"))
        self.samples = []

    def measure(self, target):
        """One round; the first compiles what it depends on, too."""
        sample = {}
        for command in ("check", "build"):
            os.utime(self.folder / "src" / "lib.rs")
            sample[command], sample["memory"] = run(["cargo", command, "--target-dir", target], self.folder)
        return sample


def generated_by_rowsmith(program, size, folder):
    write_project(folder, size, configuration=[("sqlc.yaml", RUST.replace("out: out", "out: src/db"))])
    run([program, "generate", "-f", folder / "sqlc.yaml"], folder, subprocess.DEVNULL)
    # The file's head says what it needs.
    needs = re.findall(r"^//     (.+)$", (folder / "src" / "db" / "mod.rs").read_text(), re.M)
    (folder / "Cargo.toml").write_text(MANIFEST + "\n".join(needs) + "\n")
    (folder / "src" / "lib.rs").write_text("#[rustfmt::skip]\npub mod db;\n")
    return Library("rowsmith", folder)


def generated_by_cornucopia(program, size, folder, server):
    tool = Cornucopia("cornucopia", program, server)
    tool.prepare(folder, size, 0)
    run(tool.command(folder), folder)
    manifest = folder / "out" / "Cargo.toml"
    manifest.write_text(manifest.read_text() + "\n[workspace]\n")
    return Library("Cornucopia", folder / "out")


def print_table(libraries, size):
    print("| | check, CPU | build, CPU | memory | lines | lines a query |\n|---|--:|--:|--:|--:|--:|")
    for library in libraries:
        cells = []
        for key, unit, factor in (("check", "s", 1), ("build", "s", 1), ("memory", "MB", 1e-6)):
            values = [sample[key] for sample in library.samples]
            ratios = [value / sample[key] for value, sample in zip(values, libraries[0].samples)]
            cells.append(f"{statistics.median(ratios):.2f} ({statistics.median(values) * factor:.1f} {unit})")
        print(f"| {library.name} | {' | '.join(cells)} | {library.lines} | {library.lines / size:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=1000, help="number of queries (1000)")
    parser.add_argument("--runs", type=int, default=3, help="measured runs of each (3)")
    parser.add_argument("--rowsmith", metavar="PATH", help="the rowsmith to measure")
    parser.add_argument("--cornucopia", metavar="PATH", help="the cornucopia to measure")
    parser.add_argument("--server", metavar="URI", help="a Postgres server for Cornucopia")
    options = parser.parse_args()
    rowsmith = find(options.rowsmith, "rowsmith", str(ROOT / "target" / "release" / "rowsmith"))
    cornucopia = find(options.cornucopia, "cornucopia")
    if not rowsmith:
        raise Failure("build rowsmith first (`cargo build --release`), or say where it is with `--rowsmith`")
    with tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as workspace, open_server(options.server) as server:
        workspace = Path(workspace)
        libraries = [generated_by_rowsmith(rowsmith, options.size, workspace / "rowsmith")]
        if cornucopia and server:
            libraries.append(generated_by_cornucopia(cornucopia, options.size, workspace / "cornucopia", server))
        else:
            say("skipped Cornucopia: " + ("it needs a server" if cornucopia else "not installed"))
        for turn in range(options.runs + 1):
            for library in libraries if turn % 2 else reversed(libraries):
                sample = library.measure(workspace / "target")
                if turn:
                    library.samples.append(sample)
        print_table(libraries, options.size)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, OSError) as failure:
        say(f"error: {failure}")
        sys.exit(2)
