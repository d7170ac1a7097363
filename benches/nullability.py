"""Compares what tools say of labelled statements: which result columns may be NULL.

    python3 benches/nullability.py FOLDER [--rowsmith PROGRAM] [--sqlc PROGRAM] [--scythe PROGRAM] [--major 15]

FOLDER holds `statements.json`, a list of {"id", "sql", "columns", "params", "min_pg"} where `columns` has one letter per
result column (`!` is never NULL, `N` may be, `?` may be in Postgres before 18), and the schema: `schema.sql`, then
`schema_le17.sql` or `schema_18.sql`, then `schema_v.sql`. Prints one line per tool: columns rightly called not null,
rightly nullable, nullable without need, wrongly not null, and those that the tool has no type for or whose statement it rejects.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile


def project(folder, schema, queries, target):
    """A project for one of the tools."""
    folder = pathlib.Path(folder)
    (folder / "schema.sql").write_text(schema)
    (folder / "queries.sql").write_text(queries)
    config = {
        "version": "2",
        "sql": [{"engine": "postgresql", "schema": "schema.sql", "queries": "queries.sql", "gen": {target: {"out": "out"}}}],
    }
    (folder / "sqlc.json").write_text(json.dumps(config))
    return folder


def query(statement):
    command = "many" if statement["columns"] else "exec"
    return f"-- name: {camel(statement['id'])} :{command}\n{statement['sql']};\n\n"


def camel(name):
    return "Q" + "".join(part.capitalize() for part in name.split("_"))


def of_rowsmith(program, schema, statements):
    """By statement, whether each column may be NULL; None where the statement is rejected."""
    with tempfile.TemporaryDirectory() as folder:
        project(folder, schema, "".join(query(statement) for statement in statements), "rust")
        done = subprocess.run([program, "explain"], cwd=folder, capture_output=True, text=True)
    found, current, columns = {}, None, None
    for line in done.stdout.splitlines():
        if header := re.match(r"(Q\w+) :\w+ at ", line):
            current, columns = found.setdefault(header[1], []), False
        elif line in ("columns", "parameters"):
            columns = line == "columns"
        elif columns and line.startswith("    "):
            # Name, SQL type, Rust type, reason.
            rust = re.split(r"  +", line.strip(), maxsplit=3)[-2]
            current.append(None if rust == "(none)" else rust.startswith("Option<"))
    if not found:
        raise SystemExit(done.stderr)
    return [found.get(camel(statement["id"])) for statement in statements]


def of_sqlc(program, schema, statements):
    answers = []
    for statement in statements:
        with tempfile.TemporaryDirectory() as folder:
            folder = project(folder, schema, query(statement), "json")
            done = subprocess.run([program, "generate"], cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                answers.append(None)
                continue
            out = next((folder / "out").glob("*.json"))
            columns = json.loads(out.read_text())["queries"][0]["columns"]
            answers.append([not column.get("not_null", False) for column in columns])
    return answers


SCYTHE = """
[scythe]
version = "1"
[[sql]]
name = "main"
engine = "postgresql"
schema = ["schema.sql"]
queries = ["queries.sql"]
[[sql.gen]]
backend = "rust-tokio-postgres"
output = "out"
"""


def of_scythe(program, schema, statements):
    # It reads no rules, and with one in the schema nothing at all.
    schema = re.sub(r"CREATE RULE[^;]*;", "", schema)
    answers = []
    for statement in statements:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "scythe.toml").write_text(SCYTHE)
            (folder / "schema.sql").write_text(schema)
            command = "many" if statement["columns"] else "exec"
            sql = f"-- @name {camel(statement['id'])}\n-- @returns :{command}\n{statement['sql']};\n"
            (folder / "queries.sql").write_text(sql)
            done = subprocess.run([program, "generate"], cwd=folder, capture_output=True, text=True)
            out = folder / "out" / "queries.rs"
            if done.returncode != 0 or not out.exists():
                answers.append(None)
                continue
            text = out.read_text()
            row = re.search(r"Result<Vec<(\w+)>", text)
            struct = row and re.search(rf"pub struct {row[1]} {{(.*?)\n}}", text, re.S)
            fields = re.findall(r"pub \w+(?:#\w+)?: (.*),", struct[1]) if struct else []
            answers.append([field.startswith("Option<") for field in fields])
    return answers


def report(name, statements, answers, major):
    right_not_null = right_nullable = needless = unsound = rejected = 0
    for statement, answer in zip(statements, answers):
        labels = statement["columns"]
        if labels and (answer is None or len(answer) != len(labels)):
            rejected += len(labels)
            continue
        for label, nullable in zip(labels, answer or []):
            may_be_null = label == "N" or label == "?" and (major < 18 or statement["id"] != "inherit_trap")
            if nullable is None:
                rejected += 1
                continue
            right_not_null += not may_be_null and not nullable
            right_nullable += may_be_null and nullable
            needless += not may_be_null and nullable
            unsound += may_be_null and not nullable
    print(f"{name:12} {right_not_null:4} not null, {right_nullable:4} nullable, {needless:4} needless, "
          f"{unsound:4} unsound, {rejected:4} rejected")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rowsmith")
    parser.add_argument("--sqlc")
    parser.add_argument("--scythe")
    parser.add_argument("--major", type=int, default=15)
    options = parser.parse_args()
    statements = json.loads((options.folder / "statements.json").read_text())
    statements = [statement for statement in statements if statement["min_pg"] <= options.major]
    version = "schema_le17.sql" if options.major < 18 else "schema_18.sql"
    schema = "".join((options.folder / name).read_text() for name in ["schema.sql", version, "schema_v.sql"])
    if options.rowsmith:
        answers = of_rowsmith(str(pathlib.Path(options.rowsmith).resolve()), schema, statements)
        report("rowsmith", statements, answers, options.major)
    if options.sqlc:
        answers = of_sqlc(str(pathlib.Path(options.sqlc).resolve()), schema, statements)
        report("sqlc", statements, answers, options.major)
    if options.scythe:
        answers = of_scythe(str(pathlib.Path(options.scythe).resolve()), schema, statements)
        report("scythe", statements, answers, options.major)
    # As cornucopia does unless a column is marked.
    answers = [[False] * len(statement["columns"]) for statement in statements]
    report("all not null", statements, answers, options.major)


if __name__ == "__main__":
    main()
