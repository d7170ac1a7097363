"""Made-up projects for the benchmarks: one migration and one query file for each table, in the notation of each tool.

Standard library only.
"""

import re

NOUNS = """accounts bookings contracts deliveries events files groups hotels invoices journeys kitchens lessons machines
notes offers payments quotes rooms sessions tickets""".split()

TABLE = """CREATE TABLE {table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES {parent} (id) ON DELETE SET NULL,
  owner_id uuid NOT NULL,
  code text NOT NULL UNIQUE,
  title text NOT NULL,
  note text,
  state state NOT NULL DEFAULT 'open',
  amount numeric(12, 2) NOT NULL DEFAULT 0,
  quantity integer NOT NULL DEFAULT 1,
  tags text[] NOT NULL DEFAULT '{{}}',
  payload jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX {table}_parent_id_idx ON {table} (parent_id);
"""

# Name, command, statement. Parameters are written `@name`.
QUERIES = [
    ("Get{T}", "one", "SELECT * FROM {table} WHERE id = @id"),
    (
        "Get{T}ByIds",
        "many",
        "SELECT id, code, title\nFROM {table}\nWHERE id = ANY(@ids::bigint[])\nORDER BY id",
    ),
    (
        "List{T}",
        "many",
        "SELECT id, code, title, state, amount, created_at\nFROM {table}\n"
        "WHERE owner_id = @owner_id AND state = @state AND created_at >= @since\n"
        "ORDER BY created_at DESC, id\nLIMIT @max_rows",
    ),
    (
        "List{T}OfParent",
        "many",
        "SELECT c.id, c.title, c.quantity, p.title AS parent_title, p.amount AS parent_amount\n"
        "FROM {table} c\nJOIN {parent} p ON p.id = c.parent_id\n"
        "WHERE p.code = @code\nORDER BY c.id",
    ),
    (
        "List{T}WithParent",
        "many",
        "SELECT c.id, c.title, c.note, p.id AS parent_id, p.title AS parent_title, p.state AS parent_state\n"
        "FROM {table} c\nLEFT JOIN {parent} p ON p.id = c.parent_id\n"
        "WHERE c.owner_id = @owner_id\nORDER BY c.id",
    ),
    (
        "Sum{T}",
        "many",
        "SELECT state, count(*) AS how_many, sum(amount) AS total, max(created_at) AS latest\nFROM {table}\n"
        "WHERE owner_id = @owner_id\nGROUP BY state\nHAVING count(*) > 1\nORDER BY state",
    ),
    (
        "Create{T}",
        "one",
        "INSERT INTO {table} (parent_id, owner_id, code, title, note, amount, quantity, tags, payload)\n"
        "VALUES (@parent_id, @owner_id, @code, @title, @note, @amount, @quantity, @tags, @payload)\nRETURNING *",
    ),
    (
        "Update{T}",
        "execrows",
        "UPDATE {table}\nSET title = @title, note = @note, state = @state, quantity = quantity + @more\n"
        "WHERE id = @id AND state <> 'closed'",
    ),
    ("Delete{T}", "execrows", "DELETE FROM {table} WHERE owner_id = @owner_id AND created_at < @before"),
    (
        "Save{T}",
        "one",
        "INSERT INTO {table} (owner_id, code, title, amount)\nVALUES (@owner_id, @code, @title, @amount)\n"
        "ON CONFLICT (code) DO UPDATE\nSET title = EXCLUDED.title, amount = EXCLUDED.amount\n"
        "RETURNING id, code, amount",
    ),
]

COMMENT = "A query like those that every project has."
PARAMETER = re.compile(r"@([a-z_]+)")


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def sqlc_query(name, command, sql):
    return f"-- name: {name} :{command}\n-- {COMMENT}\n{sql};\n"


def cornucopia_query(name, _command, sql):
    return f"--! {snake_case(name)}\n--- {COMMENT}\n" + PARAMETER.sub(r":\1", sql) + ";\n"


def scythe_query(name, command, sql):
    order = list(dict.fromkeys(PARAMETER.findall(sql)))
    sql = PARAMETER.sub(lambda match: f"${order.index(match[1]) + 1}", sql)
    returns = {"execrows": "exec_rows"}.get(command, command)
    return f"-- @name {name}\n-- @returns :{returns}\n{sql};\n"


def write_project(folder, size, query=sqlc_query, configuration=(), marker=""):
    """Writes migrations, queries and the configuration files; `marker` makes the migrations differ from all others."""
    (folder / "migrations").mkdir(parents=True)
    (folder / "queries").mkdir()
    (folder / "migrations" / "0001_types.sql").write_text(
        f"-- {marker}\nCREATE TYPE state AS ENUM ('open', 'active', 'paused', 'closed');\n"
    )
    tables = [f"{NOUNS[i % len(NOUNS)]}_{i // len(NOUNS) + 1}" for i in range(-(-size // len(QUERIES)))]
    left = size
    for i, table in enumerate(tables):
        names = {"table": table, "parent": tables[max(i - 1, 0)], "T": "".join(map(str.title, table.split("_")))}
        (folder / "migrations" / f"{i + 2:04}_{table}.sql").write_text(TABLE.format(**names))
        texts = [
            query(name.format(**names), command, sql.format(**names)) for name, command, sql in QUERIES[:left]
        ]
        left -= len(texts)
        (folder / "queries" / f"{table}.sql").write_text("\n".join(texts))
    for name, text in configuration:
        (folder / name).write_text(text)
