//! The list of all queries, each with the names of its types, for what prepares them in advance.

use askama::Template;

use crate::rust::items::{Form, Item, Module, Package};

/// `client/queries.rs`.
#[derive(Template)]
#[template(path = "queries.rs.j2", escape = "none")]
pub(super) struct QueriesTemplate {
    /// The modules in which the queries are.
    imports: String,
    modules: Vec<Vec<String>>,
    /// The queries whose text depends on the call.
    dynamic: Vec<String>,
}

/// The queries of a package, in the order of their modules.
pub(super) fn lists(package: &Package) -> QueriesTemplate {
    let mut imports: Vec<&str> = package.queries.iter().map(|m| m.name.as_str()).collect();
    if !package.loaders.is_empty() {
        imports.push("relations");
    }
    let loaders = package.loaders.iter();
    let loaders = loaders.map(|module| (format!("relations::{}", module.name), module));
    let queries = package.queries.iter();
    let all: Vec<(String, &Module)> = queries
        .map(|module| (module.name.to_string(), module))
        .chain(loaders)
        .collect();
    let of = |is_dynamic: bool| {
        let lists = all.iter().map(|(path, module)| {
            let places = module.items.iter().flat_map(places);
            let places = places.filter(|place| place.is_dynamic == is_dynamic);
            places
                .map(|place| format!("(&{path}::{}, {})", place.constant, place.signature))
                .collect::<Vec<_>>()
        });
        lists.filter(|list| !list.is_empty()).collect::<Vec<_>>()
    };
    QueriesTemplate {
        imports: match imports.as_slice() {
            [only] => (*only).to_owned(),
            several => format!("{{{}}}", several.join(", ")),
        },
        modules: of(false),
        dynamic: of(true).concat(),
    }
}

/// A static that holds a query.
struct Place {
    constant: String,
    signature: String,
    is_dynamic: bool,
}

/// The statics of an item.
fn places(item: &Item) -> Vec<Place> {
    match item {
        Item::Query(query) => {
            // A COPY is not prepared; the INSERT that it stands for is.
            let is_copy = matches!(query.form, Form::Copy { .. });
            let field = if is_copy { ".insert" } else { "" };
            vec![Place {
                constant: format!("{}{field}", query.constant),
                signature: query.signature.to_string(),
                is_dynamic: query.choices.is_some(),
            }]
        }
        Item::Relations(relations) => {
            let list = relations.list.iter().map(|relation| Place {
                constant: relation.constant.to_string(),
                signature: relation.signature.to_string(),
                is_dynamic: false,
            });
            list.collect()
        }
        Item::Loader(loader) => vec![Place {
            constant: loader.constant.to_string(),
            signature: loader.signature.to_string(),
            is_dynamic: false,
        }],
        Item::Enum(_)
        | Item::Composite(_)
        | Item::UserType(_)
        | Item::Domain(_)
        | Item::Struct(_)
        | Item::Present(_)
        | Item::Key(_) => Vec::new(),
    }
}
