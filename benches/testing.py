"""What a database for each test costs: by `rowsmith_migrate::testing`, beside `#[sqlx::test]` in the same run.

Forty tests with twenty migrations, each with one INSERT and one SELECT: in threads of one process, as by `cargo test`, and
with a process for each test, as by `cargo nextest`. Both have run once before, so that templates are there. Standard library
only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server import open_server

CRATE = Path(__file__).resolve().parent / "testing"
TESTS = [f"t{number:02}" for number in range(40)]
THREADS = 2


def build():
    """The test programs, by name."""
    command = ["cargo", "test", "--no-run", "--message-format", "json", "--manifest-path", CRATE / "Cargo.toml"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return None
    messages = (json.loads(line) for line in done.stdout.splitlines())
    artifacts = (message for message in messages if message.get("executable"))
    return {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts}


def threads(program):
    subprocess.run([program, "--test-threads", str(THREADS)], check=True, stdout=subprocess.DEVNULL)


def processes(program):
    def run(test):
        subprocess.run([program, "--exact", test], check=True, stdout=subprocess.DEVNULL)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, TESTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each has its turn (5)")
    parser.add_argument("--server", help="the URI of a server on which to create databases")
    options = parser.parse_args()
    programs = build()
    if programs is None:
        return 2
    with open_server(options.server) as server:
        if server is None:
            return 2
        os.environ["DATABASE_URL"] = server.uri("postgres")
        for how in (threads, processes):
            times = {"ours": [], "theirs": []}
            for name in times:
                how(programs[name])
            for _ in range(options.rounds):
                for name, found in times.items():
                    begun = time.perf_counter()
                    how(programs[name])
                    found.append((time.perf_counter() - begun) / len(TESTS) * 1000)
            for name, found in times.items():
                label = {"ours": "rowsmith_migrate::testing", "theirs": "#[sqlx::test]"}[name]
                spread = f"{min(found):.1f} to {max(found):.1f}"
                print(f"{how.__name__:10} {label:26} {statistics.median(found):6.1f} ms a test ({spread})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
