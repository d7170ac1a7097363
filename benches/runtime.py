#!/usr/bin/env python3
"""Times queries on generated code beside the same by hand on `tokio-postgres`.

    python3 benches/runtime.py                                        # rowsmith and by hand
    python3 benches/runtime.py --with cornucopia,sqlx,diesel,sea-orm  # and libraries, which take a while to build

Standard library only; needs cargo, and Postgres' binaries or a `--server`. Builds `benches/runtime`, a crate outside the
workspace, in release mode, loads 10,000 rows into a database of its own, and prints a table: of each task the time by hand,
and the ratio to it of each contender. The contenders take turns, and of what each needed the tenth percentile counts; of the
processor time, client and server together, the median. Client and server share the machine, so a ratio counts the work of
both. Cornucopia is installed into the crate's `target`, where it is not on the PATH.

Exit code: 0, or 1 when the benchmark failed, or 2 when nothing could be measured.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from contest import hold, parse_options
from project import snake_case
from server import Failure, say

CRATE = Path(__file__).resolve().parent / "runtime"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
ROWS = """INSERT INTO items
SELECT n, 'item ' || n, CASE WHEN n % 3 > 0 THEN 'described by ' || md5(n::text) END, n % 10000, 1000000000, n / 7.0, n % 2 = 0,
  md5(n::text)::uuid, '2024-01-01'::timestamptz + n * interval '1 minute', ARRAY['a', 'b' || n]
FROM generate_series(1, 10000) AS n; ANALYZE items"""


# What Cornucopia has to be told: which columns may be NULL.
NULLABLE = {"get_item": ": (description?)", "list_items": ": (description?)"}
# Many rows, as the SQL that `-- @many` makes; Cornucopia has no COPY.
ADD_READINGS = """--! add_readings (notes[?])
INSERT INTO readings (id, sensor, channel, value, valid, device, taken_at, note)
SELECT * FROM unnest(:ids::bigint[], :sensors::text[], :channels::integer[], :amounts::double precision[],
  :valids::boolean[], :devices::uuid[], :times::timestamptz[], :notes::text[]);
"""


def generate_cornucopia(server, scratch):
    """Generates the crate that `with_cornucopia.rs` uses, from the queries in Cornucopia's notation."""
    program = shutil.which("cornucopia") or TARGET / "cornucopia" / "bin" / "cornucopia"
    if not os.path.exists(program):
        install = ["cargo", "install", "--quiet", "cornucopia", "--version", "^1", "--root", TARGET / "cornucopia"]
        if subprocess.run(install).returncode:
            raise Failure("cargo did not install Cornucopia")
    (scratch / "queries").mkdir()
    items = (CRATE / "queries" / "items.sql").read_text()

    def annotation(match):
        name = snake_case(match[1])
        return f"--! {name} {NULLABLE.get(name, '')}".rstrip()

    items = re.sub(r"-- name: (\w+) :\w+", annotation, items)
    (scratch / "queries" / "items.sql").write_text(re.sub(r"@(\w+)", r":\1", items))
    (scratch / "queries" / "readings.sql").write_text(ADD_READINGS)
    migrations = sorted((CRATE / "migrations").iterdir())
    uri = server.uri()
    command = [program, "fresh", *migrations, "--url", uri, "--queries-path", scratch / "queries"]
    if subprocess.run([*command, "--destination", CRATE / "cornucopia"], cwd=scratch).returncode:
        raise Failure("Cornucopia generated nothing")


def main():
    options = parse_options(__doc__, 200, ["cornucopia", "sqlx", "diesel", "sea-orm"])

    def prepare(server, scratch):
        if "cornucopia" in options.libraries:
            generate_cornucopia(server, scratch)
        elif not (CRATE / "cornucopia").exists():
            # Cargo wants to see even a crate that it does not build.
            (CRATE / "cornucopia" / "src").mkdir(parents=True)
            (CRATE / "cornucopia" / "Cargo.toml").write_text('[package]\nname = "cornucopia"\n')
            (CRATE / "cornucopia" / "src" / "lib.rs").touch()
        return {}

    return hold(CRATE, ROWS, options, prepare)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(failure)
        sys.exit(2)
