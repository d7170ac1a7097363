//! The queries of a table as a text that the user keeps.

use std::path::PathBuf;

use super::Generator;
use crate::diagnostic::{self, Code, nearest};
use crate::error::{Error, Result};
use crate::options::Verb;
use crate::tables;

/// The queries of a table.
pub(crate) struct Scaffold {
    pub(crate) text: String,
    /// Where a file of them belongs, and how people read that.
    pub(crate) file: Option<(PathBuf, String)>,
}

pub(super) fn scaffold(generator: &Generator, table: &str, only: &[String]) -> Result<Scaffold> {
    let verbs = only.iter().map(|name| {
        Verb::of(name).ok_or_else(|| {
            let names = Verb::ALL.map(|(name, _)| name);
            let help = match nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the functions are {}", names.join(", ")),
            };
            Error::new(format!("a table has no function `{name}`")).with_help(help)
        })
    });
    let verbs: Vec<Verb> = verbs.collect::<Result<_>>()?;
    let (run, mut diagnostics) = generator.run()?;
    diagnostics
        .retain(|found| !found.code().is_about_queries() && found.code() != Code::InvalidConfig);
    diagnostic::finish(diagnostics)?;
    let mut near = None;
    for (target, analysis) in generator.config.targets.iter().zip(run.analyses()) {
        let options = &target.rust.options;
        let (catalog, naming) = (&analysis.catalog, &options.naming);
        match tables::text(table, &verbs, &options.tables, catalog, naming) {
            Ok(found) => {
                let text = found.text(|_| true);
                if text.is_empty() {
                    return Err(
                        Error::new(format!("`{table}` can have none of these functions"))
                            .with_help("most need a primary key, and a view has `count` only"),
                    );
                }
                let folder = target.queries.iter().find(|input| input.path.is_dir());
                let file = format!("{}.sql", found.stem);
                return Ok(Scaffold {
                    text,
                    file: folder.map(|input| (input.path.join(&file), input.names_within(&file).0)),
                });
            }
            Err(found) => near = near.or(found),
        }
    }
    let error = Error::new(format!("there is no table `{table}`"));
    Err(match near {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error.with_help("write the name of a table or view of the migrations"),
    })
}
