#!/usr/bin/env python3
"""Times functions of a table without SQL beside the same by hand, with a table of 20 columns.

    python3 benches/tables.py

Standard library only; needs cargo, and Postgres' binaries or a `--server`. Builds `benches/tables`, a crate outside the
workspace, in release mode, and prints a table: of each function the time by hand, and the ratio to it. The contenders take turns,
and of what each needed the tenth percentile counts; of the processor time, client and server together, the median.

Exit code: 0, or 1 when the benchmark failed, or 2 when nothing could be measured.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from contest import hold, parse_options
from server import Failure, say

CRATE = Path(__file__).resolve().parent / "tables"
ROWS = """
INSERT INTO wide (t1, t2) SELECT 'one', 'two' FROM generate_series(1, 1000);
VACUUM ANALYZE"""


if __name__ == "__main__":
    try:
        sys.exit(hold(CRATE, ROWS, parse_options(__doc__, 20, [])))
    except Failure as failure:
        say(failure)
        sys.exit(2)
