"""Writes the fixtures of this folder again: journals as the tools themselves write them.

Each tool applies the first two of its three migrations to an empty database, and the table it leaves is dumped to
`TOOL.sql`; where a failed migration leaves a mark, `TOOL-failed.sql` has it. Standard library only.

    python3 write.py --server postgres://postgres@127.0.0.1:5433 --npm ~/tools [TOOL...]

What the tools need: `dbmate` in PATH; the folder of `--npm` with `npm install drizzle-kit drizzle-orm pg prisma@6.19
@prisma/adapter-pg@6.19`; cargo for sqlx, refinery and Diesel, whose command lines call the libraries that `writer` calls.
goose, golang-migrate and Flyway are in no registry that we use: their statements are copied from their sources.
"""

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROKEN = "ALTER TABLE nowhere ADD COLUMN x int;\n"

PRISMA = """
import { defineConfig } from 'prisma/config'
import { PrismaPg } from '@prisma/adapter-pg'
export default defineConfig({
  experimental: { adapter: true }, engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }),
  schema: './schema.prisma', migrations: { path: process.env.MIGRATIONS },
})
"""
PRISMA_SCHEMA = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
DRIZZLE = """
module.exports = {
  dialect: 'postgresql', out: process.env.MIGRATIONS, schema: './none.ts',
  dbCredentials: { url: process.env.DATABASE_URL },
}
"""


class Server:
    """A server, and the database that a tool migrates."""

    def __init__(self, uri):
        self.uri = uri.rstrip("/")

    def url(self, name):
        return f"{self.uri}/{name}?sslmode=disable"

    def psql(self, name, sql):
        subprocess.run(["psql", self.url(name), "-qX", "-v", "ON_ERROR_STOP=1"], input=sql, text=True, check=True)

    @contextlib.contextmanager
    def database(self):
        name = f"journal_{os.getpid()}"
        self.psql("postgres", f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        try:
            yield name
        finally:
            self.psql("postgres", f"DROP DATABASE {name} WITH (FORCE);")

    def dump(self, name, table):
        dump = ["pg_dump", self.url(name), "--inserts", "--no-owner", "-t", table]
        if "." in table:
            dump[-2:] = ["-n", table.split(".")[0]]
        text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
        noise = re.compile(r"(--|\\|SET |SELECT pg_catalog.set_config)")
        return "".join(line + "\n" for line in text.splitlines() if line and not noise.match(line))


def run(command, **variables):
    """Whether it succeeds. What it prints is shown if it does not."""
    done = subprocess.run(command, env=dict(os.environ, **variables), capture_output=True, text=True)
    if done.returncode:
        print(f"  {done.stdout}{done.stderr}".rstrip(), file=sys.stderr)
    return done.returncode == 0


class Tools:
    def __init__(self, options):
        self.npm = Path(options.npm).resolve() if options.npm else None

    def writer(self, tool, folder, url):
        manifest = HERE / "writer" / "Cargo.toml"
        return run(["cargo", "run", "--quiet", "--manifest-path", manifest, "--", tool, folder, url])

    def dbmate(self, folder, url):
        return run(["dbmate", "--url", url, "-d", folder, "--no-dump-schema", "up"])

    def drizzle(self, folder, url):
        config = self.npm / "drizzle.config.js"
        config.write_text(DRIZZLE)
        command = [self.npm / "node_modules/.bin/drizzle-kit", "migrate", "--config", config]
        return run(command, MIGRATIONS=str(folder), DATABASE_URL=url)

    def prisma(self, folder, url):
        (self.npm / "prisma.config.ts").write_text(PRISMA)
        (self.npm / "schema.prisma").write_text(PRISMA_SCHEMA)
        # The adapter does not know the types `char` and `name`, which the engine reads from the catalog.
        for end in ("js", "mjs"):
            adapter = self.npm / "node_modules/@prisma/adapter-pg/dist" / f"index.{end}"
            text = adapter.read_text()
            if "case 19:" not in text:
                text = text.replace("case ScalarColumnType.BPCHAR:", "case 18: case 19: case ScalarColumnType.BPCHAR:", 1)
                text = text.replace("case ArrayColumnType.CHAR_ARRAY:", "case 1003: case ArrayColumnType.CHAR_ARRAY:", 1)
                adapter.write_text(text)
        command = [self.npm / "node_modules/.bin/prisma", "migrate", "deploy", "--config", self.npm / "prisma.config.ts"]
        # The engine of WebAssembly is used: these two would be downloaded, and are never run.
        unused = {"PRISMA_QUERY_ENGINE_LIBRARY": "/bin/true", "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"}
        return run(command, MIGRATIONS=str(folder), DATABASE_URL=url, **unused)


def crc(path):
    """Flyway's checksum: the lines without their ends, as a signed number."""
    value = zlib.crc32("".join(path.read_text().splitlines()).encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def flyway(folder):
    """The statements of PostgreSQLDatabase.getRawCreateScript and Database.getInsertStatement, at c5e20fc (2026-07-20)."""
    sql = """CREATE TABLE "public"."flyway_schema_history" (
    "installed_rank" INT NOT NULL,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
"""
    for rank, path in enumerate(sorted(folder.iterdir(), key=lambda path: path.name.split("__")[0]), 1):
        version, name = path.stem[1:].split("__")
        success = "false" if "broken" in name else "true"
        sql += f"""INSERT INTO "public"."flyway_schema_history" ("installed_rank", "version", "description", "type", "script",
"checksum", "installed_by", "execution_time", "success") VALUES ({rank}, '{version}', '{name.replace("_", " ")}', 'SQL',
'{path.name}', {crc(path)}, 'postgres', 4, {success});
"""
    return sql


def golang_migrate(folder):
    """The statements of ensureVersionTable and SetVersion, at 18966c7 (2026-07-05)."""
    versions = {int(path.name.split("_")[0]): "broken" in path.name for path in folder.iterdir()}
    last = max(versions)
    return f"""CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key, dirty boolean not null);
TRUNCATE "public"."schema_migrations";
INSERT INTO "public"."schema_migrations" (version, dirty) VALUES ({last}, {str(versions[last]).lower()});
"""


def goose(folder):
    """The statements of dialects/postgres.go, at 520411a (2026-07-22). The first row is goose's own. One migration was taken
    back and applied again, of which `goose down` leaves no row."""
    sql = """CREATE TABLE goose_db_version (
    id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp NOT NULL DEFAULT now()
);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true);
"""
    for path in sorted(folder.iterdir()):
        version = int(path.name.split("_")[0])
        sql += f"INSERT INTO goose_db_version (version_id, is_applied) VALUES ({version}, true);\n"
    again = f"DELETE FROM goose_db_version WHERE version_id={version};\n"
    return f"{sql}{again}INSERT INTO goose_db_version (version_id, is_applied) VALUES ({version}, true);\n"


# The tool, its table, the file that makes it fail where that leaves a mark, and its text.
TOOLS = {
    "sqlx": ("_sqlx_migrations", None, None),
    "refinery": ("refinery_schema_history", None, None),
    "diesel": ("__diesel_schema_migrations", None, None),
    "dbmate": ("schema_migrations", None, None),
    "drizzle": ("drizzle.__drizzle_migrations", None, None),
    "prisma": ("_prisma_migrations", "20240103000000_broken/migration.sql", BROKEN),
    "goose": ("goose_db_version", None, None),
    "golang-migrate": ("schema_migrations", "4_broken.up.sql", BROKEN),
    "flyway": ("flyway_schema_history", "V3__broken.sql", BROKEN),
}
COPIED = {"goose": goose, "golang-migrate": golang_migrate, "flyway": flyway}


def prepare(tool, scratch):
    """The folder of the tool without its last migration."""
    folder = scratch / tool
    shutil.copytree(HERE / tool, folder)
    for path in folder.rglob("*index*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    journal = folder / "meta/_journal.json"
    if journal.exists():
        journal.write_text(re.sub(r",\s*\{[^}]*index[^}]*\}", "", journal.read_text()))
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", required=True, help="the URI of a server, without a database")
    parser.add_argument("--npm", help="the folder with the tools of npm")
    parser.add_argument("tools", nargs="*", default=list(TOOLS), metavar="TOOL")
    options = parser.parse_args()
    server, tools = Server(options.server), Tools(options)
    for tool in options.tools:
        table, broken, text = TOOLS[tool]
        print(tool)

        def apply(folder, name):
            if tool in COPIED:
                server.psql(name, f"DROP TABLE IF EXISTS {table};\n" + COPIED[tool](folder))
                return True
            apply = getattr(tools, tool, lambda folder, url: tools.writer(tool, folder, url))
            return apply(folder, server.url(name))

        with tempfile.TemporaryDirectory(prefix="journals-") as scratch, server.database() as name:
            folder = prepare(tool, Path(scratch))
            if not apply(folder, name):
                return 1
            (HERE / f"{tool}.sql").write_text(server.dump(name, table))
            if broken:
                (folder / broken).parent.mkdir(exist_ok=True)
                (folder / broken).write_text(text)
                apply(folder, name)
                (HERE / f"{tool}-failed.sql").write_text(server.dump(name, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
