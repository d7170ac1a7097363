"""A benchmark of contenders in one program: a crate outside the workspace, with a feature for each library.

Standard library only.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from server import open_server

ROOT = Path(__file__).resolve().parent.parent


def parse_options(description, rounds, libraries):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds, help=f"how often each contender has its turn ({rounds})")
    parser.add_argument("--with", dest="libraries", default="", help=f"other libraries: {', '.join(libraries)}")
    parser.add_argument("--server", help="the URI of a server on which to create a database")
    options = parser.parse_args()
    options.libraries = [library for library in options.libraries.split(",") if library]
    unknown = set(options.libraries) - set(libraries)
    if unknown:
        parser.error(f"no such library: {', '.join(sorted(unknown))}")
    return options


def hold(crate, rows, options, prepare=lambda server, scratch: {}):
    """Builds the crate, loads a database, and runs the one on the other; the exit code.

    `prepare` gets a server and a folder, makes what the libraries need, and gives variables for the environment.
    """
    generate = ["cargo", "run", "--quiet", "--", "generate", "-f", crate / "sqlc.yaml"]
    if subprocess.run(generate, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        return 2
    with open_server(options.server) as server, tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as scratch:
        if server is None:
            return 2
        environment = dict(os.environ, **prepare(server, Path(scratch)))
        build = ["cargo", "build", "--release", "--manifest-path", crate / "Cargo.toml"]
        if options.libraries:
            build += ["--features", ",".join(options.libraries)]
        if subprocess.run(build).returncode:
            return 2
        name = f"rowsmith_bench_{os.getpid()}_{crate.name}"
        server.psql("postgres", "-c", f"CREATE DATABASE {name}")
        server.databases[crate.name] = name
        migrations = sorted((crate / "migrations").iterdir())
        statements = [part for statement in rows.split(";\n") for part in ("-c", statement)]
        server.psql(name, *(part for file in migrations for part in ("-f", str(file))), *statements)
        target = Path(os.environ.get("CARGO_TARGET_DIR", crate / "target"))
        command = [target / "release" / f"{crate.name}-bench", server.uri(name), str(options.rounds)]
        return subprocess.run(command, env=environment).returncode
