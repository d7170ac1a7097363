#!/usr/bin/env python3
"""Times rows with their relations on generated code beside the same by hand on `tokio-postgres`.

    python3 benches/relations.py                                  # rowsmith and by hand
    python3 benches/relations.py --with diesel,sea-orm,drizzle    # and libraries, which take a while to build

Standard library only; needs cargo, and Postgres' binaries or a `--server`; for Drizzle node and npm. Builds
`benches/relations`, a crate outside the workspace, in release mode, loads 10,000 orders with four items each into a database
of its own, and prints a table: of each task the time by hand, and the ratio to it of each contender. The contenders take
turns, and of what each needed the tenth percentile counts. Client and server share the machine, so a ratio counts the work
of both.

Exit code: 0, or 1 when the benchmark failed, or 2 when nothing could be measured.
"""

import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from contest import hold, parse_options
from server import Failure, say

CRATE = Path(__file__).resolve().parent / "relations"
DRIZZLE = ["drizzle-orm@0.45", "pg@8"]
ROWS = """
INSERT INTO customers SELECT n, 'customer ' || n, 'customer' || n || '@example.com' FROM generate_series(1, 1000) AS n;
INSERT INTO addresses SELECT n, n || ' Main Street', 'City ' || n % 50, 'Country ' || n % 7 FROM generate_series(1, 2000) AS n;
INSERT INTO products SELECT md5(n::text)::uuid, 'product ' || n, 'product-' || n FROM generate_series(0, 499) AS n;
INSERT INTO orders
SELECT n, n * 7 % 1000 + 1, CASE WHEN n % 5 > 0 THEN n * 13 % 2000 + 1 END, 'paid', '2024-01-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 10000) AS n;
INSERT INTO order_items
SELECT n, (n - 1) / 4 + 1, md5((n * 31 % 500)::text)::uuid, n % 9 + 1, n % 5000 FROM generate_series(1, 40000) AS n;
VACUUM ANALYZE"""


def main():
    options = parse_options(__doc__, 100, ["diesel", "sea-orm", "drizzle"])

    def prepare(_server, scratch):
        if "drizzle" not in options.libraries:
            return {}
        script = shutil.copy(CRATE / "drizzle.mjs", scratch)
        (scratch / "package.json").write_text("{}")
        if subprocess.run(["npm", "install", "--silent", *DRIZZLE], cwd=scratch).returncode:
            raise Failure("npm did not install Drizzle")
        return {"DRIZZLE_SCRIPT": str(script)}

    return hold(CRATE, ROWS, options, prepare)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(failure)
        sys.exit(2)
