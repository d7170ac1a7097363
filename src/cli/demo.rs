//! `rowsmith demo`: a small project from the SQL to the output of a program that uses it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::exec;
use super::report::Report;
use crate::config;
use crate::error::{Error, Result};
use crate::generator::Generator;

/// The files of the project.
const FILES: [(&str, &str); 5] = [
    (
        "Cargo.toml",
        include_str!("../../templates/demo/Cargo.toml.in"),
    ),
    (
        "migrations/1_library.sql",
        include_str!("../../templates/demo/migrations/1_library.sql"),
    ),
    (
        "queries/library.sql",
        include_str!("../../templates/demo/queries/library.sql"),
    ),
    ("sqlc.yaml", include_str!("../../templates/demo/sqlc.yaml")),
    (
        "src/main.rs",
        include_str!("../../templates/demo/src/main.rs"),
    ),
];

/// Makes the project in `folder`, generates its code, and runs it. Returns the exit code of the program. Where the project is
/// there already, it is used as it is: people change it and look again.
pub(super) fn demo(folder: &Path, report: &mut Report) -> Result<u8> {
    let name = config::display(folder);
    if folder.is_dir() && !folder.join("sqlc.yaml").is_file() && !is_empty(folder) {
        return Err(
            Error::new(format!("`{name}` is a folder of something else"))
                .with_help("name a new folder: `rowsmith demo FOLDER`"),
        );
    }
    if folder.join("sqlc.yaml").is_file() {
        report.done(&format!("1. The project is there: {name}"));
    } else {
        report.done(&format!(
            "1. A project with SQL and a program that calls it: {name}"
        ));
        for (path, text) in FILES {
            write(&folder.join(path), text)?;
            report.done(&format!("created {name}/{path}"));
        }
    }

    report.done("\n2. rowsmith generate: Postgres checks the SQL, and it becomes Rust");
    let generator = Generator::from_file(folder.join("sqlc.yaml"))?.live();
    let output = generator.generate()?;
    report.servers(&output);
    report.diagnostics(output.warnings());
    report.written(&output.write()?, output.files().count());
    output.finish()?;

    report.done(&format!(
        "\n3. rowsmith exec -- cargo run: {name}/src/main.rs is compiled, and runs on a throwaway database\n   \
         (at first, its dependencies are compiled, too: that takes a minute)"
    ));
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet"]).current_dir(folder);
    // What this program was started with by Cargo is not meant for another one.
    for variable in [
        "CARGO_MANIFEST_DIR",
        "CARGO_PKG_NAME",
        "RUSTC_WORKSPACE_WRAPPER",
    ] {
        cargo.env_remove(variable);
    }
    let code = exec::run(&generator, cargo)?;
    if code == 0 {
        // Whoever has a clone and nothing installed.
        let command = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(_) => "cargo run --",
            None => "rowsmith",
        };
        report.done(&format!(
            "\nLook at them side by side:\n  \
             {name}/queries/library.sql  what a person wrote\n  \
             {name}/src/db/library.rs    what rowsmith made of it\n  \
             {name}/src/main.rs          how it is called\n\
             Change a query, and run `{command} demo` again. Misspell a column to see what happens.\n\
             In a project of yours: `rowsmith init`."
        ));
    }
    Ok(code)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|cause| {
        Error::new(format!("cannot create `{}`", config::display(path))).with_source(cause)
    })
}
