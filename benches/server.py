"""A Postgres server for the benchmarks: a given one, or a private cluster in a temporary folder.

Standard library only.
"""

import contextlib
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from project import write_project


class Failure(Exception):
    """What went wrong, for people."""


def say(text):
    print(text, file=sys.stderr, flush=True)


class Server:
    """A Postgres server, private or given, and the databases that were made there."""

    def __init__(self, binaries, uri):
        self.binaries = binaries
        self.given = uri
        self.databases = {}

    def uri(self, database="postgres"):
        parts = urllib.parse.urlsplit(self.given)
        return f"{parts.scheme}://{parts.netloc}/{database}" + (f"?{parts.query}" if parts.query else "")

    def psql(self, database, *arguments):
        psql = shutil.which("psql", path=self.binaries) or shutil.which("psql")
        if not psql:
            raise Failure("`psql` was not found")
        command = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.uri(database), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if result.returncode:
            raise Failure(f"psql: {result.stderr.strip()}")

    def loaded(self, size):
        """The URI of a database with the schema of a project."""
        if size not in self.databases:
            name = f"rowsmith_bench_{os.getpid()}_{size}"
            self.psql("postgres", "-c", f"CREATE DATABASE {name}")
            self.databases[size] = name
            with tempfile.TemporaryDirectory(prefix="rowsmith-bench-") as folder:
                write_project(Path(folder, "project"), size)
                files = sorted(Path(folder, "project", "migrations").iterdir())
                self.psql(name, *(part for file in files for part in ("-f", str(file))))
        return self.uri(self.databases[size])

    def drop_databases(self):
        for name in self.databases.values():
            try:
                self.psql("postgres", "-c", f"DROP DATABASE IF EXISTS {name}")
            except Failure as failure:
                say(f"could not drop the database `{name}`: {failure}")


@contextlib.contextmanager
def open_server(uri):
    """The given server, or a private one, or None."""
    with contextlib.ExitStack() as cleanup:
        if uri:
            server = Server(None, uri)
            cleanup.callback(server.drop_databases)
        else:
            try:
                server = start_cluster(cleanup)
            except (Failure, OSError) as failure:
                say(f"no server, so nothing that needs one: {failure}")
                server = None
        yield server


def start_cluster(cleanup):
    """A private cluster that listens on a socket in a temporary folder only."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb") + glob.glob("/opt/homebrew/opt/postgresql*/bin/initdb")
    if shutil.which("initdb"):
        binaries = Path(shutil.which("initdb")).resolve().parent
    elif found:
        binaries = Path(max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path)])).parent
    else:
        raise Failure("`initdb` was not found; give the URI of a server by `--server`")

    folder = Path(tempfile.mkdtemp(prefix="rowsmith-bench-"))
    cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
    account = {}
    if os.getuid() == 0:  # Postgres refuses to run as root.
        entry = unprivileged_user()
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    data = folder / "data"
    command = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, **account)
    if result.returncode:
        raise Failure(f"initdb: {result.stderr.strip()}")

    settings = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off", "full_page_writes": "off"}
    command = [binaries / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
    log = cleanup.enter_context(open(folder / "log", "w+"))
    # A session of its own: Ctrl-C is for this script, which then stops the server.
    postgres = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True, **account)

    def stop():
        postgres.send_signal(signal.SIGINT)
        try:
            postgres.wait(20)
        except subprocess.TimeoutExpired:
            postgres.send_signal(signal.SIGQUIT)
            postgres.wait()

    cleanup.callback(stop)
    server = Server(binaries, "postgresql:///postgres?" + urllib.parse.urlencode({"host": folder, "user": "postgres"}))
    deadline = time.monotonic() + 30
    while True:
        try:
            server.psql("postgres", "-c", "SELECT 1")
            return server
        except Failure as failure:
            if postgres.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                raise Failure(f"Postgres did not start: {failure}\n{log.read()}") from failure
            time.sleep(0.1)


def unprivileged_user():
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Failure("Postgres refuses to run as root, and there is no user `postgres` or `nobody`")
