//! What is there before `rowsmith init`: migrations, queries and crates, in the places where the usual tools put them.

use std::fs;
use std::path::Path;

/// Where tools put migrations, relative to the project. A `*` stands for any folder.
const MIGRATIONS: [&str; 17] = [
    "migrations",
    "db/migrations",
    "db/migrate",
    "database/migrations",
    "prisma/migrations",
    "supabase/migrations",
    "drizzle",
    "drizzle/migrations",
    "src/main/resources/db/migration",
    "flyway/sql",
    "conf/evolutions/default",
    "src/migrations",
    "sql/migrations",
    "sql/schema",
    "schema",
    "*/migrations",
    "*/*/migrations",
];

/// Files that hold a whole schema. Flyway's folder `sql` comes here, since others use that name for anything.
const SCHEMAS: [&str; 7] = [
    "schema.sql",
    "db/schema.sql",
    "db/structure.sql",
    "database/schema.sql",
    "sql/schema.sql",
    "sqlc/schema.sql",
    "sql",
];

/// Where annotated queries are.
const QUERIES: [&str; 9] = [
    "queries",
    "query",
    "db/queries",
    "database/queries",
    "sql/queries",
    "src/queries",
    "sqlc/queries",
    "queries.sql",
    "query.sql",
];

/// Folders that hold no sources of the project.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "vendor", "dist"];

/// What was found. Paths are relative to the project, with `/`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The places with migrations, or with a schema if there are none; the likeliest first.
    pub(super) migrations: Vec<String>,
    /// The place with annotated queries.
    pub(super) queries: Option<String>,
    pub(super) cargo: Cargo,
}

/// What `Cargo.toml` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Cargo {
    #[default]
    Nothing,
    Package,
    /// A workspace that is no package itself.
    Workspace,
}

/// Looks into a project's folder.
pub(super) fn look(root: &Path) -> Found {
    let diesel = diesel_folder(root).into_iter();
    let folders = MIGRATIONS.iter().flat_map(|pattern| expand(root, pattern));
    let mut migrations: Vec<String> = Vec::new();
    for path in diesel.chain(folders) {
        if !migrations.contains(&path) && holds(&root.join(&path), &|text| !is_annotated(text)) {
            migrations.push(path);
        }
    }
    if migrations.is_empty() {
        let files = SCHEMAS.iter().map(|path| (*path).to_owned());
        let is_schema = |path: &String| {
            let path = root.join(path);
            // Of a folder, the files in it: deeper there may be anything.
            path.is_dir() && has_sql(&path, &|text| !is_annotated(text)) || path.is_file()
        };
        migrations = files.filter(is_schema).collect();
    }
    let queries = QUERIES
        .iter()
        .find(|path| holds(&root.join(path), &is_annotated));
    Found {
        migrations,
        queries: queries.map(|path| (*path).to_owned()),
        cargo: cargo(root),
    }
}

/// The paths that a pattern stands for.
fn expand(root: &Path, pattern: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in pattern.split('/') {
        let join = |path: &str, name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}/{name}"),
        };
        paths = paths
            .iter()
            .flat_map(|path| match part {
                "*" => {
                    let mut names = folders(&root.join(path));
                    names.sort();
                    names.iter().map(|name| join(path, name)).collect()
                }
                part => vec![join(path, part)],
            })
            .collect();
    }
    paths.retain(|path| root.join(path).is_dir());
    paths
}

/// The names of the folders in a folder, without hidden ones and those of tools.
fn folders(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()))
        .collect()
}

/// Whether a file, or a folder or one that is one or two levels below it, has SQL of some kind.
fn holds(path: &Path, is_it: &dyn Fn(&str) -> bool) -> bool {
    fn within(path: &Path, is_it: &dyn Fn(&str) -> bool, depth: usize) -> bool {
        has_sql(path, is_it)
            || depth > 0
                && folders(path)
                    .iter()
                    .any(|name| within(&path.join(name), is_it, depth - 1))
    }
    if path.is_file() {
        return fs::read_to_string(path).is_ok_and(|text| is_it(&text));
    }
    within(path, is_it, 2)
}

fn has_sql(folder: &Path, is_it: &dyn Fn(&str) -> bool) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|extension| extension == "sql")
            && path.is_file()
            && fs::read_to_string(path).is_ok_and(|text| is_it(&text))
    })
}

/// Whether a file has queries with names, as sqlc and rowsmith read them.
fn is_annotated(text: &str) -> bool {
    text.lines().any(|line| {
        let comment = line.trim_start().strip_prefix("--");
        comment.is_some_and(|comment| comment.trim_start().starts_with("name:"))
    })
}

/// The folder that `diesel.toml` names.
fn diesel_folder(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join("diesel.toml")).ok()?;
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim() != "[migrations_directory]");
    let line = lines.find(|line| line.trim_start().starts_with("dir"))?;
    let (_, value) = line.split_once('=')?;
    let folder = Path::new(value.trim().trim_matches(['"', '\'']));
    // Diesel writes an absolute path.
    let within = folder
        .strip_prefix(std::path::absolute(root).ok()?)
        .unwrap_or(folder);
    let within = within.to_string_lossy().replace('\\', "/");
    let within = within
        .trim_start_matches("./")
        .trim_end_matches('/')
        .to_owned();
    (!within.is_empty() && root.join(&within).is_dir()).then_some(within)
}

fn cargo(root: &Path) -> Cargo {
    let Ok(text) = fs::read_to_string(root.join("Cargo.toml")) else {
        return Cargo::Nothing;
    };
    if text.lines().any(|line| line.trim() == "[package]") {
        Cargo::Package
    } else {
        Cargo::Workspace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Found {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        look(folder.path())
    }

    #[test]
    fn migrations_are_told_from_queries() {
        const TABLE: &str = "CREATE TABLE a (id int);";
        const QUERY: &str = "-- name: A :one\nSELECT 1;";
        assert_eq!(found(&[]), Found::default());
        let both = found(&[("sql/schema/1.sql", TABLE), ("sql/queries/a.sql", QUERY)]);
        assert_eq!(both.migrations, ["sql/schema"]);
        assert_eq!(both.queries.as_deref(), Some("sql/queries"));
        let several = found(&[
            ("a/migrations/1.sql", TABLE),
            ("db/migrations/1.sql", TABLE),
        ]);
        assert_eq!(several.migrations, ["db/migrations", "a/migrations"]);
        assert_eq!(
            found(&[("target/migrations/1.sql", TABLE)]).migrations,
            [""; 0]
        );
        assert_eq!(found(&[("queries/a.sql", QUERY)]).migrations, [""; 0]);
        assert_eq!(
            found(&[("db/schema.sql", TABLE)]).migrations,
            ["db/schema.sql"]
        );
        assert_eq!(found(&[("sql/V1__a.sql", TABLE)]).migrations, ["sql"]);
        let diesel = found(&[
            (
                "diesel.toml",
                "[print_schema]\n[migrations_directory]\ndir = \"./db/steps\"\n",
            ),
            ("db/steps/2024-01-01-000000_a/up.sql", TABLE),
        ]);
        assert_eq!(diesel.migrations, ["db/steps"]);
    }
}
