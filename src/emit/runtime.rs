//! The part of the generated code that is the same in every project that makes the same choices.
//!
//! These templates are formatted as they stand. A line that holds nothing but `{%- … %}` leaves no trace.

use askama::Template;

use super::{HEADER, print_template};
use crate::rust::items::{BulkInUse, COMBINED, DynamicInUse, Package, Part};

/// The path of each file, relative to the output folder, and its contents.
pub(super) fn files(
    package: &Package,
    has_enums: bool,
    has_relations: bool,
    has_records: bool,
) -> Vec<(&'static str, String)> {
    let client = package.client;
    let constraints = !package.constraints.is_empty();
    let has_loaders = !package.loaders.is_empty();
    let has_values = has_enums
        || package.types.contains(&Part::Composite)
        || package.types.contains(&Part::Domain);
    let mut files = vec![
        (
            "client.rs",
            print(&Client {
                deadpool: client.deadpool,
                bb8: client.bb8,
                prepared: client.prepared,
                has_enums,
                has_values,
                constraints,
                has_relations,
                has_parts: package.has_parts,
                has_loaders,
                has_records,
                bulk: package.bulk,
                dynamic: package.dynamic,
                tracing: client.tracing,
            }),
        ),
        (
            "client/connection.rs",
            print(&Connection {
                deadpool_cache: client.deadpool && client.prepared,
            }),
        ),
        (
            "client/error.rs",
            print(&Error {
                pools: client.deadpool || client.bb8,
                constraints,
            }),
        ),
        (
            "client/fetch.rs",
            print(&Fetch {
                strict_one: client.strict_one,
                tracing: client.tracing,
            }),
        ),
        (
            "client/columns.rs",
            print(&Columns {
                has_codecs: package.types.contains(&Part::Codec),
                has_parts: package.has_parts,
            }),
        ),
        ("client/session.rs", print(&Session)),
        ("client/transaction.rs", print(&Transaction)),
    ];
    let (prepared, strict_one) = (client.prepared, client.strict_one);
    if client.deadpool {
        files.push(("client/deadpool.rs", print(&Deadpool { prepared })));
    }
    if client.bb8 {
        files.push(("client/bb8.rs", print(&Bb8 { prepared })));
    }
    if has_relations {
        files.push(("client/relations.rs", print(&Relations { strict_one })));
    }
    if has_loaders {
        files.push(("client/loaders.rs", print(&Loaders)));
    }
    if has_relations || has_loaders {
        files.push(("client/groups.rs", print(&Groups { has_loaders })));
    }
    if has_values {
        files.push(("client/values.rs", print(&Values { has_enums })));
    }
    if has_records {
        let has_codecs = package.types.contains(&Part::Codec);
        files.push(("client/records.rs", print(&Records { has_codecs })));
    }
    if package.dynamic.queries {
        files.push((
            "client/dynamic.rs",
            print(&Dynamic {
                has_orders: package.dynamic.orders,
                combined: COMBINED,
            }),
        ));
    }
    if client.tracing {
        files.push(("client/span.rs", print(&Span)));
    }
    files.extend(for_many(package));
    files
}

/// What queries use that take many rows or items.
fn for_many(package: &Package) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    let client = package.client;
    let (strict_one, tracing) = (client.strict_one, client.tracing);
    if package.bulk.batches {
        let batch = Batch {
            strict_one,
            tracing,
        };
        files.push(("client/batch.rs", print(&batch)));
    }
    if package.bulk.copies {
        files.push(("client/copy.rs", print(&Copy { tracing })));
    }
    if package.bulk.rows {
        files.push(("client/rows.rs", print(&Rows)));
    }
    files
}

fn print(template: &impl Template) -> String {
    format!("{HEADER}\n{}\n", print_template(template).trim_end())
}

#[derive(Template)]
#[template(path = "client.rs.j2", escape = "none")]
struct Client {
    deadpool: bool,
    bb8: bool,
    prepared: bool,
    has_enums: bool,
    has_values: bool,
    constraints: bool,
    has_relations: bool,
    has_parts: bool,
    has_loaders: bool,
    has_records: bool,
    bulk: BulkInUse,
    dynamic: DynamicInUse,
    tracing: bool,
}

#[derive(Template)]
#[template(path = "client/dynamic.rs.j2", escape = "none")]
struct Dynamic {
    has_orders: bool,
    combined: usize,
}

#[derive(Template)]
#[template(path = "client/connection.rs.j2", escape = "none")]
struct Connection {
    deadpool_cache: bool,
}

#[derive(Template)]
#[template(path = "client/error.rs.j2", escape = "none")]
struct Error {
    pools: bool,
    constraints: bool,
}

#[derive(Template)]
#[template(path = "client/fetch.rs.j2", escape = "none")]
struct Fetch {
    strict_one: bool,
    tracing: bool,
}

#[derive(Template)]
#[template(path = "client/columns.rs.j2", escape = "none")]
struct Columns {
    has_codecs: bool,
    has_parts: bool,
}

#[derive(Template)]
#[template(path = "client/session.rs.j2", escape = "none")]
struct Session;

#[derive(Template)]
#[template(path = "client/transaction.rs.j2", escape = "none")]
struct Transaction;

#[derive(Template)]
#[template(path = "client/deadpool.rs.j2", escape = "none")]
struct Deadpool {
    prepared: bool,
}

#[derive(Template)]
#[template(path = "client/bb8.rs.j2", escape = "none")]
struct Bb8 {
    prepared: bool,
}

#[derive(Template)]
#[template(path = "client/relations.rs.j2", escape = "none")]
struct Relations {
    strict_one: bool,
}

#[derive(Template)]
#[template(path = "client/loaders.rs.j2", escape = "none")]
struct Loaders;

#[derive(Template)]
#[template(path = "client/groups.rs.j2", escape = "none")]
struct Groups {
    has_loaders: bool,
}

#[derive(Template)]
#[template(path = "client/values.rs.j2", escape = "none")]
struct Values {
    has_enums: bool,
}

#[derive(Template)]
#[template(path = "client/records.rs.j2", escape = "none")]
struct Records {
    has_codecs: bool,
}

#[derive(Template)]
#[template(path = "client/batch.rs.j2", escape = "none")]
struct Batch {
    strict_one: bool,
    tracing: bool,
}

#[derive(Template)]
#[template(path = "client/copy.rs.j2", escape = "none")]
struct Copy {
    tracing: bool,
}

#[derive(Template)]
#[template(path = "client/rows.rs.j2", escape = "none")]
struct Rows;

#[derive(Template)]
#[template(path = "client/span.rs.j2", escape = "none")]
struct Span;
