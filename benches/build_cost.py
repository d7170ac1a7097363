#!/usr/bin/env python3
"""Measures what a clean debug build costs a crate that depends on rowsmith, and on other tools for the same purpose.

    python3 benches/build_cost.py                          # 3 runs of each
    python3 benches/build_cost.py --before v0.1.0 --runs 5 # and rowsmith as it was at that commit

Standard library only; needs cargo, git, and a network for the sources of the crates. Each crate is empty but for what it depends
on; an empty `main` and, where the tool is one for build scripts, an empty `build.rs`. The tools take turns. For each there are

    CPU         of `cargo build`, all processes together
    wall        its time
    packages    that are compiled
    C           whether the build has a C compiler run, which is when `cc` is among the packages

as medians, and the ratio to rowsmith's build script as the median of the ratios within a round.

Exit code: 0, or 2 when nothing could be measured.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from server import Failure, say

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = '[package]\nname = "measured"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n'
ENVIRONMENT = {**os.environ, "CARGO_INCREMENTAL": "0", "CARGO_TERM_QUIET": "true"}
# They change what a build costs.
for variable in ("CARGO_PROFILE_DEV_DEBUG", "CARGO_TARGET_DIR", "RUSTFLAGS", "RUSTC_WRAPPER"):
    ENVIRONMENT.pop(variable, None)

PEERS = {
    "sqlx with macros": (
        "dependencies",
        'sqlx = { version = "0.9", default-features = false, features = ["macros", "postgres", "runtime-tokio"] }',
    ),
    "diesel and diesel-async": (
        "dependencies",
        'diesel = { version = "2.3", default-features = false, features = ["postgres_backend"] }\n'
        'diesel-async = { version = "0.9", features = ["postgres"] }',
    ),
    "prost-build": ("build-dependencies", 'prost-build = "0.14"'),
}


def call(command, folder):
    """CPU seconds and seconds of a command and its children."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failure(f"exit code {process.returncode}: {' '.join(map(str, command))}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start


class Crate:
    """An empty crate with dependencies."""

    def __init__(self, name, folder, section, dependencies, lock=None):
        self.name = name
        self.folder = folder
        self.samples = []
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "main.rs").write_text("fn main() {}\n")
        if section == "build-dependencies":
            (folder / "build.rs").write_text("fn main() {}\n")
        (folder / "Cargo.toml").write_text(f"{PACKAGE}[{section}]\n{dependencies}\n")
        if lock:
            shutil.copy(lock, folder / "Cargo.lock")
        call(["cargo", "fetch"], folder)
        tree = ["cargo", "tree", "-e", "normal,build", "--prefix", "none", "--format", "{p}"]
        found = subprocess.run(tree, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout
        lines = {line.removesuffix(" (*)").removesuffix(" (proc-macro)") for line in found.splitlines() if line}
        self.packages = {" ".join(line.split()[:2]) for line in lines}
        self.packages = {package for package in self.packages if not package.startswith("measured ")}

    def measure(self):
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        return call(["cargo", "build"], self.folder)

    def runs_c(self):
        return any(package.startswith("cc ") for package in self.packages)


def rowsmith(path, features):
    return f'rowsmith = {{ path = "{path}", default-features = false, features = [{features}] }}'


def sources_at(commit, folder):
    """The sources as they were at a commit."""
    folder.mkdir()
    archive = subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x"], cwd=folder, stdin=archive.stdout, check=True)
    if archive.wait():
        raise Failure(f"there is no commit `{commit}`")
    return folder


def print_table(crates):
    print("| | CPU | wall | packages | C compiler |\n|---|--:|--:|--:|---|")
    for crate in crates:
        cells = []
        for which in (0, 1):
            values = [sample[which] for sample in crate.samples]
            ratios = [value / first[which] for value, first in zip(values, crates[0].samples)]
            cells.append(f"{statistics.median(ratios):.2f} ({statistics.median(values):.1f} s)")
        print(f"| {crate.name} | {' | '.join(cells)} | {len(crate.packages)} | {'yes' if crate.runs_c() else 'no'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="measured runs of each (3)")
    parser.add_argument("--before", metavar="COMMIT", help="also measure rowsmith as it was there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as workspace:
        workspace = Path(workspace)
        lock, section = ROOT / "Cargo.lock", "build-dependencies"
        crates = [
            Crate("rowsmith in a build script", workspace / "pure", section, rowsmith(ROOT, ""), lock),
            Crate("the same with `postgres`", workspace / "asking", section, rowsmith(ROOT, '"postgres"'), lock),
        ]
        if options.before:
            sources = sources_at(options.before, workspace / "sources")
            dependency = rowsmith(sources, "")
            name = f"rowsmith in a build script, {options.before}"
            crates.append(Crate(name, workspace / "before", section, dependency, sources / "Cargo.lock"))
        for number, (name, (section, dependencies)) in enumerate(PEERS.items()):
            try:
                crates.append(Crate(name, workspace / f"peer{number}", section, dependencies))
            except Failure as failure:
                say(f"skipped {name}: {failure}")
        for turn in range(options.runs):
            for crate in crates if turn % 2 else reversed(crates):
                crate.samples.append(crate.measure())
                say(f"{crate.name}: {crate.samples[-1][0]:.1f} s of CPU")
        print_table(crates)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, OSError) as failure:
        say(f"error: {failure}")
        sys.exit(2)
