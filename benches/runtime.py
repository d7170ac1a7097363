#!/usr/bin/env python3
"""Times queries on generated code beside the same by hand on `tokio-postgres`.

    python3 benches/runtime.py                          # rowsmith and by hand
    python3 benches/runtime.py --with sqlx --rounds 500  # and another library, which takes a while to build

Standard library only; needs cargo, and Postgres' binaries or a `--server`. Builds `benches/runtime`, a crate outside the
workspace, in release mode, loads 10,000 rows into a database of its own, and prints a table: of each task the time by hand,
and the ratio to it of each contender. The contenders take turns, and of what each needed the tenth percentile counts. Client
and server share the machine, so a ratio counts the work of both.

Exit code: 0, or 1 when the benchmark failed, or 2 when nothing could be measured.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from server import Failure, open_server, say

CRATE = Path(__file__).resolve().parent / "runtime"
ROWS = """INSERT INTO items
SELECT n, 'item ' || n, CASE WHEN n % 3 > 0 THEN 'described by ' || md5(n::text) END, n % 10000, 1000000000, n / 7.0, n % 2 = 0,
  md5(n::text)::uuid, '2024-01-01'::timestamptz + n * interval '1 minute', ARRAY['a', 'b' || n]
FROM generate_series(1, 10000) AS n; ANALYZE items"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200, help="how often each contender has its turn")
    parser.add_argument("--with", dest="libraries", default="", help="other libraries: sqlx")
    parser.add_argument("--server", help="the URI of a server on which to create a database")
    options = parser.parse_args()
    generate = ["cargo", "run", "--quiet", "--", "generate", "-f", CRATE / "sqlc.yaml"]
    if subprocess.run(generate, cwd=CRATE.parent.parent, stdout=subprocess.DEVNULL).returncode:
        return 2
    build = ["cargo", "build", "--release", "--manifest-path", CRATE / "Cargo.toml"]
    if options.libraries:
        build += ["--features", options.libraries]
    if subprocess.run(build).returncode:
        return 2
    target = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    name = f"rowsmith_bench_{os.getpid()}_runtime"
    with open_server(options.server) as server:
        if server is None:
            return 2
        server.psql("postgres", "-c", f"CREATE DATABASE {name}")
        server.databases["runtime"] = name
        migrations = sorted((CRATE / "migrations").iterdir())
        server.psql(name, *(part for file in migrations for part in ("-f", str(file))), "-c", ROWS)
        return subprocess.run([target / "release" / "runtime-bench", server.uri(name), str(options.rounds)]).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(failure)
        sys.exit(2)
