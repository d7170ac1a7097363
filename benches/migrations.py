#!/usr/bin/env python3
"""Times how 200 migrations are applied to an empty database: by rowsmith-migrate, sqlx and refinery, in turns.

    python3 benches/migrations.py

Standard library only; needs cargo and Postgres' binaries. Builds `benches/migrations`, a crate outside the workspace, in release
mode. rowsmith starts a server of its own; each tool gets a new database in each of 9 rounds. Reading the files counts for sqlx
and refinery, which is about a millisecond; rowsmith has them in memory, as programs do.

Exit code: that of the program.
"""

import subprocess
import sys
from pathlib import Path

CRATE = Path(__file__).resolve().parent / "migrations"
sys.exit(subprocess.run(["cargo", "run", "--release", "--quiet"], cwd=CRATE, check=False).returncode)
