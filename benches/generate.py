#!/usr/bin/env python3
"""Measures `rowsmith generate` beside other generators, on made-up projects of several sizes.

    cargo build --release
    python3 benches/generate.py                             # 10, 100 and 1000 queries, 5 runs of each
    python3 benches/generate.py --sizes 1000,5000 --runs 9 --sqlc ~/go/bin/sqlc --json > generate.json

Standard library only; Python 3.9 or later on Linux (elsewhere memory and CPU include the tool's own children).

A project of Q queries has Q/10 tables of 12 columns, a migration and a query file for each: select by key, select by
keys, list with a filter and a limit, join, LEFT JOIN, aggregate, insert and upsert with RETURNING, update, delete.
Every tool gets the same SQL in its own notation.

What runs, each where it is installed (a line on stderr says what is missing):

    rowsmith             from scratch: a new folder, migrations never seen before, no snapshot, no output. What rowsmith
                         keeps between projects, such as an initialised cluster, stays.
    rowsmith, one edit   the same project again and again, one query of it changed before each run
    rowsmith, unchanged  the same project again, nothing changed
    sqlc                 static analysis, Go output
    sqlc, database       the same with a database that has the schema already; rowsmith and cornucopia load it each time
    cornucopia           `fresh`: a new database on a running server
    scythe               static analysis, tokio-postgres output

The server for sqlc and cornucopia is `--server`, where databases of our own are created and dropped, or a private
cluster that is started in a temporary folder when Postgres' binaries are found.

The tools take turns: one round of all is a warm-up, then come `--runs` rounds, each starting with another tool. For
each tool and size the table has

    wall      from the start of the process to its end
    cpu       user + system of the tool's own process
    all cpu   the same with the child processes it waited for: a Postgres of its own, the rustfmt that cornucopia runs;
              a server that was running before is in neither
    memory    the largest resident set of the tool's own process, children such as Postgres left out; sampled every
              2 ms where the system's own figure includes them
    lines     of the generated files

as min / median, and the ratio to `rowsmith` as the median of the ratios within a round, so that a machine that gets
slower halfway does not count against the tool that was late. Compare ratios, not times of different machines.

Exit code: 0, or 1 when rowsmith itself failed, or 2 when nothing could be measured.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from project import cornucopia_query, scythe_query, sqlc_query, write_project
from server import Failure, open_server, say

ROOT = Path(__file__).resolve().parent.parent
BASELINE = "rowsmith"

# ----------------------------------------------------------------------------------------------------------------------
# The contenders

SQLC_YAML = 'version: "2"\nsql:\n  - engine: postgresql\n    schema: migrations\n    queries: queries\n'
RUST = SQLC_YAML + "    gen:\n      rust:\n        out: out\n"
GO = SQLC_YAML + "    gen:\n      go:\n        package: db\n        out: out\n        sql_package: pgx/v5\n"
SCYTHE_TOML = """[scythe]
version = "1"

[[sql]]
name = "main"
engine = "postgresql"
schema = ["migrations/*.sql"]
queries = ["queries/*.sql"]

[[sql.gen]]
backend = "rust-tokio-postgres"
output = "out"
"""


class Contender:
    """A tool and how it is used: `new` says to start each run from a new folder."""

    new = True
    query = staticmethod(sqlc_query)
    configuration = ()

    def __init__(self, name, program, server=None):
        self.name = name
        self.program = program
        self.server = server

    def prepare(self, folder, size, turn):
        """Brings the folder into the state that a run starts from; not measured."""
        if self.new and folder.exists():
            shutil.rmtree(folder)
        if not folder.exists():
            marker = f"{self.name} {turn} {time.time_ns()}"
            write_project(folder, size, self.query, self.configuration, marker)

    def command(self, folder):
        """What to run, in the folder."""
        return [self.program, "generate"]


class Rowsmith(Contender):
    configuration = (("sqlc.yaml", RUST),)

    def command(self, folder):
        return [self.program, "generate", "-f", str(folder / "sqlc.yaml")]


class RowsmithUnchanged(Rowsmith):
    new = False


class RowsmithEdited(RowsmithUnchanged):
    def prepare(self, folder, size, turn):
        super().prepare(folder, size, turn)
        file = min((folder / "queries").iterdir())
        before = file.read_text()
        after = re.sub(r"WHERE id = @id\b.*?;", f"WHERE id = @id AND quantity <> {turn};", before, count=1, flags=re.S)
        assert turn == 0 or before != after, "there must be something to edit"
        file.write_text(after)


class Sqlc(Contender):
    configuration = (("sqlc.yaml", GO),)


class SqlcDatabase(Sqlc):
    def prepare(self, folder, size, turn):
        database = f"    database:\n      uri: {json.dumps(self.server.loaded(size))}\n"
        self.configuration = (("sqlc.yaml", GO + database),)
        super().prepare(folder, size, turn)


class Cornucopia(Contender):
    query = staticmethod(cornucopia_query)

    def command(self, folder):
        migrations = sorted(map(str, (folder / "migrations").iterdir()))
        uri = self.server.uri()
        # It appends a path to a URI without options, even where there is one already.
        uri += "" if "?" in uri else "?application_name=cornucopia"
        options = ["--url", uri, "--queries-path", "queries", "--destination", "out"]
        return [self.program, "fresh", *migrations, *options]


class Scythe(Contender):
    query = staticmethod(scythe_query)
    configuration = (("scythe.toml", SCYTHE_TOML),)


# ----------------------------------------------------------------------------------------------------------------------
# The measurement

def measure(command, folder, timeout):
    """Runs a command to its end; wall, cpu and all_cpu in seconds, memory in bytes."""
    with tempfile.TemporaryFile() as output:
        # The child starts with our own peak as its ru_maxrss, so a value above this one is its own.
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            sampled, timed_out = watch(process.pid, start + timeout)
            wall = time.perf_counter() - start
            children = reaped_children(process.pid)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace").strip()
            why = f"stopped after {timeout:g} s" if timed_out else f"exit code {process.returncode}"
            raise Failure(f"{why}: {' '.join(command)}\n{text[-4000:]}".rstrip())

    all_cpu = usage.ru_utime + usage.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    exact = children is None or (not children.faults and usage.ru_maxrss > floor)
    return {
        "wall": wall,
        "cpu": all_cpu - (children.cpu if children else 0),
        "all_cpu": all_cpu,
        "memory": usage.ru_maxrss * unit if exact else sampled,
    }


def watch(pid, deadline):
    """Waits for the end of a process; its peak memory as last seen, and whether it had to be stopped."""
    if not hasattr(os, "pidfd_open"):
        return 0, False
    peak, timed_out = 0, False
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ended = False
        while not ended:
            with contextlib.suppress(OSError, TypeError):  # An ended process has no such line.
                text = Path(f"/proc/{pid}/status").read_text()
                peak = int(re.search(r"^VmHWM:\s+(\d+)", text, re.M)[1]) * 1024
            ended = poll.poll(2)
            if not timed_out and time.perf_counter() > deadline:
                timed_out = True
                os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(descriptor)
    return peak, timed_out


class Children:
    """What the children that an ended process waited for have used: page faults, and seconds of CPU."""

    def __init__(self, stat):
        fields = stat.rpartition(")")[2].split()
        self.faults = int(fields[8])
        self.cpu = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def reaped_children(pid):
    """Must be asked before the process is waited for; None where the system does not say."""
    try:
        return Children(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return None


def count_lines(folder):
    return sum(file.read_bytes().count(b"\n") for file in (folder / "out").rglob("*") if file.is_file())


def run_size(size, contenders, runs, timeout, workspace):
    """All rounds of one size; the results of each contender, or how it failed."""
    samples = {contender.name: [] for contender in contenders}
    failures, lines = {}, {}
    for turn in range(runs + 1):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            if contender.name in failures:
                continue
            progress(f"{size} queries, {f'round {turn} of {runs}' if turn else 'warm-up'}: {contender.name}")
            folder = workspace / str(size) / re.sub(r"\W+", "-", contender.name)
            try:
                contender.prepare(folder, size, turn)
                sample = measure(contender.command(folder), folder, timeout)
            except (Failure, OSError) as failure:
                failures[contender.name] = str(failure)
                progress("")
                say(f"{contender.name} failed on {size} queries: {failure}")
                continue
            if turn:
                samples[contender.name].append(sample)
            else:
                lines[contender.name] = count_lines(folder)
                if not lines[contender.name]:
                    say(f"{contender.name} succeeded on {size} queries, but wrote nothing")
    progress("")
    shutil.rmtree(workspace / str(size), ignore_errors=True)

    results = {}
    baseline = samples[BASELINE] if BASELINE not in failures else []
    for contender in contenders:
        name = contender.name
        if name in failures:
            results[name] = {"failure": failures[name]}
            continue
        results[name] = {"lines": lines[name], "runs": samples[name]}
        for quantity in ("wall", "cpu", "all_cpu", "memory"):
            values = [sample[quantity] for sample in samples[name]]
            pairs = zip(values, (sample[quantity] for sample in baseline))
            ratios = [value / base for value, base in pairs if base]
            results[name][quantity] = {
                "min": min(values),
                "median": statistics.median(values),
                "ratio": statistics.median(ratios) if ratios else None,
            }
    return results


# ----------------------------------------------------------------------------------------------------------------------
# The report

def progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


COLUMNS = [
    ("wall ms", "wall", 1e3),
    ("cpu ms", "cpu", 1e3),
    ("all cpu ms", "all_cpu", 1e3),
    ("memory MB", "memory", 1e-6),
]


def print_table(size, results):
    rows = [["tool", *(cell for title, *_ in COLUMNS for cell in (title, "ratio")), "lines"]]
    for name, result in results.items():
        if "failure" in result:
            rows.append([name, "failed", *[""] * (len(rows[0]) - 2)])
            continue
        row = [name]
        for _, key, factor in COLUMNS:
            values = result[key]
            row.append(f"{values['min'] * factor:.1f} / {values['median'] * factor:.1f}")
            row.append("–" if values["ratio"] is None else f"{values['ratio']:.2f}")
        rows.append([*row, str(result["lines"])])
    widths = [max(map(len, column)) for column in zip(*rows)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print(f"\n{size} queries, min / median\n")
    for first, *others in (rows[0], rule, *rows[1:]):
        cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        print(f"| {' | '.join(cells)} |")


def find(option, name, *places):
    """The path of a tool: where the option says, or in one of the places, or on the PATH; None when it is missing."""
    if option:
        found = shutil.which(option)
        if not found:
            raise Failure(f"`{option}` is not a program")
        return os.path.abspath(found)
    for place in (*places, name):
        if shutil.which(place):
            return os.path.abspath(shutil.which(place))
    return None


def enter_contenders(options, server):
    """What takes part."""
    rowsmith = find(options.rowsmith, "rowsmith", str(ROOT / "target" / "release" / "rowsmith"))
    if not rowsmith:
        raise Failure("build rowsmith first (`cargo build --release`), or say where it is with `--rowsmith`")
    contenders = [
        Rowsmith(BASELINE, rowsmith),
        RowsmithEdited("rowsmith, one edit", rowsmith),
        RowsmithUnchanged("rowsmith, unchanged", rowsmith),
    ]
    peers = [
        ("sqlc", "sqlc", Sqlc, False),
        ("sqlc, database", "sqlc", SqlcDatabase, True),
        ("cornucopia", "cornucopia", Cornucopia, True),
        ("scythe", "scythe", Scythe, False),
    ]
    for name, tool, contender, needs_server in peers:
        program = find(getattr(options, tool), tool)
        if not program:
            say(f"skipped {name}: not installed")
        elif needs_server and not server:
            say(f"skipped {name}: it needs a server")
        else:
            contenders.append(contender(name, program, server))
    return contenders


def parse_options():
    def sizes(text):
        values = [int(part) for part in text.split(",")]
        if min(values) < 1:
            raise ValueError
        return values

    def positive(text):
        if int(text) < 1:
            raise ValueError
        return int(text)

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="%(prog)s [options]"
    )
    parser.add_argument("--sizes", type=sizes, default=[10, 100, 1000], help="numbers of queries (10,100,1000)")
    parser.add_argument("--runs", type=positive, default=5, help="measured runs of each tool and size (5)")
    for tool in ("rowsmith", "sqlc", "cornucopia", "scythe"):
        parser.add_argument(f"--{tool}", metavar="PATH", help=f"the {tool} to measure")
    parser.add_argument("--server", metavar="URI", help="a Postgres server for the tools that need one")
    parser.add_argument("--timeout", type=positive, default=300, help="seconds after which a run has failed (300)")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON instead of tables")
    return parser.parse_args()


def main():
    options = parse_options()
    # SIGTERM cleans up like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = {}
    try:
        with tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as workspace, open_server(options.server) as server:
            contenders = enter_contenders(options, server)
            for size in options.sizes:
                report[size] = run_size(size, contenders, options.runs, options.timeout, Path(workspace))
                if not options.json:
                    print_table(size, report[size])
    except Failure as failure:
        say(f"error: {failure}")
        return 2
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps({"cpus": os.cpu_count(), "sizes": report}, indent=2))
    return 1 if any("failure" in results[BASELINE] for results in report.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
