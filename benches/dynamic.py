#!/usr/bin/env python3
"""Times a list with filters: `-- @optional` beside the text for each call by hand, and beside one text for all calls.

    python3 benches/dynamic.py

Standard library only; needs cargo, and Postgres' binaries or a `--server`. Builds `benches/dynamic`, a crate outside the
workspace, in release mode, loads 500,000 orders into a database of its own, and prints a table: of each filter the time by
hand, and the ratio to it of each contender. The contenders take turns, and of what each needed the tenth percentile counts;
of the processor time, client and server together, the median.

Exit code: 0, or 1 when the benchmark failed, or 2 when nothing could be measured.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # No __pycache__ in the repository.

from contest import hold, parse_options
from server import Failure, say

CRATE = Path(__file__).resolve().parent / "dynamic"
ROWS = """
INSERT INTO orders
SELECT n, 'N' || n, n * 7919::bigint % 2000 + 1, (ARRAY['open', 'paid', 'sent', 'lost'])[1 + n % 997 % 4], n * 31::bigint % 5000,
    '2024-01-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 500000) AS n;
VACUUM ANALYZE"""


if __name__ == "__main__":
    try:
        sys.exit(hold(CRATE, ROWS, parse_options(__doc__, 20, [])))
    except Failure as failure:
        say(failure)
        sys.exit(2)
