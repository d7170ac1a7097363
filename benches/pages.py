#!/usr/bin/env python3
"""Times a page that a cursor leads to, far from the first one, beside the first page and beside OFFSET.

    python3 benches/pages.py

Standard library only; needs Postgres' binaries or a `--server`. Loads 2,000,000 orders into a database of its own. The texts are
those that `-- @page` makes of

    SELECT id, number, placed_at FROM orders WHERE customer_id = @customer ORDER BY placed_at DESC, id [DESC]

They are prepared once and executed in turn; the median of what the server needed counts. The plans are printed, too: each
must use the index.

Exit code: 0, 1 where a page is slower than it may be or uses no index, or 2 when nothing could be measured.
"""

import argparse
import re
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from server import Failure, open_server, say

SIZE = 20
DEEP = 50_000 * SIZE
ROWS = f"""
CREATE TABLE orders (
  id bigint PRIMARY KEY, number text NOT NULL, customer_id integer NOT NULL, placed_at timestamptz NOT NULL
);
INSERT INTO orders
SELECT n, 'N' || n, n % 2, '2024-01-01'::timestamptz + n * interval '1 second' / 3
FROM generate_series(1, {2 * (DEEP + 1000)}) AS n;
CREATE INDEX down_up ON orders (customer_id, placed_at DESC, id);
CREATE INDEX down_down ON orders (customer_id, placed_at DESC, id DESC);
VACUUM ANALYZE orders;
"""
INNER = "SELECT * FROM (\nSELECT id, number, placed_at FROM orders WHERE customer_id = $1\n) AS page"
MIXED = "placed_at DESC, id"
ALIKE = "placed_at DESC, id DESC"
OF_MIXED = "placed_at <= $3 AND (placed_at <> $3 OR id > $4)"
OF_ALIKE = "(placed_at, id) < ($3, $4)"


def statements(order, condition):
    types = "integer, bigint, timestamptz, bigint"
    cursor = f"(SELECT placed_at, id FROM orders WHERE customer_id = 0 ORDER BY {order} OFFSET {DEEP - 1} LIMIT 1)"
    return f"""
PREPARE first (integer, bigint) AS {INNER}\nORDER BY {order}\nLIMIT $2;
PREPARE after ({types}) AS {INNER}\nWHERE {condition}\nORDER BY {order}\nLIMIT $2;
PREPARE skip (integer, bigint, bigint) AS {INNER}\nORDER BY {order}\nLIMIT $2 OFFSET $3;
SELECT format('%L, %L', placed_at, id) AS cursor FROM {cursor} found \\gset
"""


CALLS = {
    "page 1": f"first(0, {SIZE + 1})",
    "page 50,001 by a cursor": f"after(0, {SIZE + 1}, :cursor)",
    "page 50,001 by OFFSET": f"skip(0, {SIZE + 1}, {DEEP})",
}


def run(server, database, script):
    command = [server.binaries / "psql" if server.binaries else "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-d", server.uri(database), "-f", "-"]
    result = subprocess.run([str(part) for part in command], input=script, capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"psql: {result.stderr.strip()}")
    return result.stdout


def measure(server, database, order, condition, rounds):
    script = statements(order, condition)
    for round_number in range(rounds + 5):
        for name, call in CALLS.items():
            script += f"\\echo == {name}\nEXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) EXECUTE {call};\n"
    times, plans = {name: [] for name in CALLS}, {}
    for part in run(server, database, script).split("== ")[1:]:
        name, plan = part.split("\n", 1)
        times[name].append(float(re.search(r"Execution Time: ([\d.]+)", plan).group(1)))
        plans[name] = "\n".join(line for line in plan.splitlines() if "QUERY PLAN" not in line and "---" not in line)
    # What was planned for the values of the first calls comes before the plan that is kept.
    return {name: statistics.median(found[5:]) for name, found in times.items()}, plans


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--server", help="the URI of a server, instead of a private one")
    options.add_argument("--rounds", type=int, default=31)
    options = options.parse_args()
    failed = False
    with open_server(options.server) as server:
        if server is None:
            return 2
        name = "rowsmith_bench_pages"
        server.psql("postgres", "-c", f"CREATE DATABASE {name}")
        server.databases[0] = name
        run(server, name, ROWS)
        for order, condition in [(MIXED, OF_MIXED), (ALIKE, OF_ALIKE)]:
            times, plans = measure(server, name, order, condition, options.rounds)
            first, after, skip = times.values()
            print(f"\nORDER BY {order}")
            for call, time in times.items():
                print(f"  {call:26}{time:10.3f} ms")
            print(f"  cursor / page 1: {after / first:.2f}   cursor / OFFSET: {after / skip:.4f}")
            print(plans["page 50,001 by a cursor"])
            # Single executions take some 0.03 ms, of which the clock shows hundredths.
            failed |= after > 1.1 * first + 0.01 or after > 0.02 * skip
            failed |= "Index" not in plans["page 50,001 by a cursor"]
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(failure)
        sys.exit(2)
