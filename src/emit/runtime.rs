//! The part of the generated code that is the same in every project: templates that are formatted as they stand.

use askama::Template;

use super::{HEADER, print_template};

/// Which parts a project uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runtime {
    pub(super) has_enums: bool,
}

/// The path of each file, relative to the output folder, and its contents.
pub(super) fn files(runtime: Runtime) -> Vec<(&'static str, String)> {
    let Runtime { has_enums } = runtime;
    vec![
        ("client.rs", print(&Client { has_enums })),
        ("client/error.rs", print(&Error)),
        ("client/fetch.rs", print(&Fetch)),
        ("client/session.rs", print(&Session)),
        ("client/transaction.rs", print(&Transaction)),
    ]
}

fn print(template: &impl Template) -> String {
    format!("{HEADER}\n{}\n", print_template(template).trim_end())
}

#[derive(Template)]
#[template(path = "client.rs.j2", escape = "none")]
struct Client {
    has_enums: bool,
}

#[derive(Template)]
#[template(path = "client/error.rs.j2", escape = "none")]
struct Error;

#[derive(Template)]
#[template(path = "client/fetch.rs.j2", escape = "none")]
struct Fetch;

#[derive(Template)]
#[template(path = "client/session.rs.j2", escape = "none")]
struct Session;

#[derive(Template)]
#[template(path = "client/transaction.rs.j2", escape = "none")]
struct Transaction;
