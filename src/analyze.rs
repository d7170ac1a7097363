//! Asks Postgres what every query's parameters and columns are, and reports the queries it does not accept.

mod bulk;
mod commands;
mod describe;
mod dynamic;
mod embed;
mod fault;
mod flow;
mod functions;
mod groups;
mod implied;
mod naming;
mod node;
mod nullability;
mod overrides;
mod params;
mod planning;
mod rejection;
mod sources;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod unique;
mod unwrapped;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::iter;

use tokio_postgres::error::{DbError, SqlState};

use crate::catalog::{Attribute, Catalog, Oid};
use crate::database::Session;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::ir::{self, Nullability};
use crate::mend::{Mender, Trial};
use crate::source::Span;
use crate::syntax::{Alias, Embed, Query, after_changes, location, patterns};

use describe::{Describer, Description};
use dynamic::{Checked, Refused};
use flow::Flow;
use implied::Expanded;
use nullability::{Assumptions, Fact, Inference, Star};

pub(crate) use overrides::functions_named;

/// How many queries are in flight, and how many analysed trees in memory, at a time.
const CHUNK: usize = 250;

/// Why elements are nullable, unless something else is known.
const ANY_ELEMENTS: &str = "an array may have NULL elements";

#[cfg(test)]
impl Default for Settings<'_> {
    fn default() -> Self {
        static NONE: BTreeSet<Oid> = BTreeSet::new();
        Self {
            never_null_functions: &NONE,
            sends_null_elements: &|_, _| false,
        }
    }
}

/// What the configuration says that the analysis relies on.
pub(crate) struct Settings<'s> {
    /// Functions that never return NULL, as [`functions_named`] finds them.
    pub(crate) never_null_functions: &'s BTreeSet<Oid>,
    /// Whether the Rust type of a parameter, which is an array, has a place for elements that are NULL.
    pub(crate) sends_null_elements: &'s dyn Fn(&ir::Query, &ir::Parameter) -> bool,
}

/// Describes each query. A query with a mistake is reported and left out; the rest is still analysed.
pub(crate) async fn analyze(
    session: &Session,
    catalog: &Catalog,
    queries: &[Query],
    settings: &Settings<'_>,
) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
    if queries.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut analysis = Analysis {
        describer: Describer::start(session, catalog, queries.len()).await?,
        catalog,
        settings,
        schema: OnceCell::new(),
        refusals: Refusals::default(),
        diagnostics: Vec::new(),
    };
    let mut analysed = Vec::with_capacity(queries.len());
    for chunk in queries.chunks(CHUNK) {
        analysed.extend(analysis.chunk(chunk).await?);
    }
    let Analysis {
        describer,
        refusals,
        mut diagnostics,
        ..
    } = analysis;
    let (analysed, of_bulk) = bulk::check(&describer, analysed, catalog).await?;
    diagnostics.extend(of_bulk);
    describer.finish().await?;
    refusals.explain(session, catalog, &mut diagnostics).await?;
    Ok((analysed, diagnostics))
}

/// The statements that Postgres refuses.
#[derive(Default)]
struct Refusals<'q> {
    /// As they are written.
    rejected: Vec<(Cow<'q, Query>, Box<DbError>)>,
    /// With optional parts left out.
    refused: Vec<Refused>,
}

impl Refusals<'_> {
    async fn explain(
        self,
        session: &Session,
        catalog: &Catalog,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        let errors = self.rejected.iter().map(|(_, error)| error);
        let mut errors = errors.chain(self.refused.iter().map(|refused| &refused.error));
        let functions = if errors.any(|error| *error.code() == SqlState::UNDEFINED_FUNCTION) {
            function_names(session).await?
        } else {
            Vec::new()
        };
        let mender = Mender::new(session, Trial::Prepare);
        for (query, error) in self.rejected {
            let explained =
                rejection::explain(session, &mender, &query, &error, catalog, &functions).await;
            diagnostics.push(explained);
        }
        for refused in self.refused {
            let (query, error) = (refused.query(), &refused.error);
            let explained =
                rejection::explain(session, &mender, query, error, catalog, &functions).await;
            diagnostics.push(refused.explain(explained));
        }
        Ok(())
    }
}

/// An analysis under way.
struct Analysis<'a, 'q> {
    describer: Describer<'a>,
    catalog: &'a Catalog,
    settings: &'a Settings<'a>,
    /// Once it is needed.
    schema: OnceCell<ir::Catalog>,
    refusals: Refusals<'q>,
    diagnostics: Vec<Diagnostic>,
}

impl<'q> Analysis<'_, 'q> {
    /// Analyses as many queries as are asked about at a time.
    async fn chunk(&mut self, queries: &'q [Query]) -> Result<Vec<(Cow<'q, Query>, ir::Query)>> {
        let accepted = self.accepted(queries).await?;
        let texts = || {
            let texts = accepted.iter();
            texts.map(|(query, _, description)| (&**query, description))
        };
        let (describer, catalog) = (&self.describer, self.catalog);
        let (refused, diagnostics) = (&mut self.refusals.refused, &mut self.diagnostics);
        let checked = dynamic::check(describer, texts(), catalog, refused, diagnostics).await?;
        let checked = planning::check(describer, texts(), checked, catalog, diagnostics).await?;
        let mut analysed = Vec::with_capacity(accepted.len());
        for ((query, stars, description), checked) in accepted.into_iter().zip(checked) {
            let found =
                checked.and_then(|checked| self.one(&query, &stars, &description, &checked));
            analysed.extend(found.map(|found| (query, found)));
        }
        Ok(analysed)
    }

    /// The queries that Postgres accepts, as they are sent, with the columns of their embeds.
    async fn accepted(
        &mut self,
        queries: &'q [Query],
    ) -> Result<Vec<(Cow<'q, Query>, Vec<Star>, Description)>> {
        let (describer, diagnostics) = (&self.describer, &mut self.diagnostics);
        let expanded = implied::expand(describer, queries, self.catalog, diagnostics).await?;
        let mut accepted = Vec::with_capacity(expanded.len());
        for Expanded {
            query,
            embeds,
            outcome,
        } in expanded
        {
            match outcome {
                Ok(description) => match commands::mistake(&query, &description) {
                    Some(mistake) => diagnostics.push(mistake),
                    None => accepted.push((query, embeds, description)),
                },
                Err(error) => self.refusals.rejected.push((query, error)),
            }
        }
        Ok(accepted)
    }

    /// What is found out about a query. `None` where it asks for what cannot be done, which is reported.
    fn one(
        &mut self,
        query: &Query,
        stars: &[Star],
        description: &Description,
        checked: &Checked,
    ) -> Option<ir::Query> {
        let catalog = self.catalog;
        let (mut found, assumptions) = analyze_one(
            query,
            description,
            checked,
            catalog,
            self.settings,
            &mut self.diagnostics,
        )?;
        let assumptions = Assumptions {
            nullable_parameters: params::nullable(&found),
            ..assumptions
        };
        let texts = || {
            let variants = checked.variants.iter().map(|(_, variant)| variant);
            variants.chain([description])
        };
        let groups = match grouped(query, description, &found, catalog) {
            Ok(groups) => groups,
            Err(mistake) => {
                self.diagnostics.push(*mistake);
                return None;
            }
        };
        let by_name: Vec<Embed> = groups.iter().map(|group| group.as_embed(query)).collect();
        let stars = stars.iter().chain(groups.iter().map(|group| &group.star));
        let embeds = query.embeds.iter().chain(&by_name).zip(stars);
        let embeds = embeds.map(|(embed, star)| {
            let in_row = || nullable_in_row(texts(), star, catalog, &assumptions);
            let of_one_row = description
                .tree
                .as_deref()
                .is_some_and(|tree| nullability::is_of_one_row(tree, star, catalog));
            let schema = self.schema.get_or_init(|| describe_schema(catalog));
            embed::describe(embed, star, &found.columns, schema, of_one_row, in_row)
        });
        found.embeds = embeds.collect();
        found.embeds.sort_by_key(|embed| embed.columns.start);
        Some(found)
    }
}

/// The columns of a star that can be NULL in a row that is there, whichever of the texts is sent.
fn nullable_in_row<'d>(
    texts: impl Iterator<Item = &'d Description>,
    star: &Star,
    catalog: &Catalog,
    assumptions: &Assumptions,
) -> Option<Vec<bool>> {
    let mut nullable: Option<Vec<bool>> = None;
    for text in texts {
        let tree = text.tree.as_deref()?;
        let found = nullability::nullable_in_row(tree, star, catalog, assumptions)?;
        nullable = Some(match nullable {
            Some(before) => before.iter().zip(found).map(|(a, b)| a | b).collect(),
            None => found,
        });
    }
    nullable
}

/// The columns that their names make parts of one value.
fn grouped(
    query: &Query,
    description: &Description,
    found: &ir::Query,
    catalog: &Catalog,
) -> std::result::Result<Vec<groups::Group>, Box<Diagnostic>> {
    let is_alias = description.columns.iter().map(|column| {
        let shown = column.shown(catalog);
        shown.is_none_or(|origin| origin.column != column.name)
    });
    let is_alias: Vec<bool> = is_alias.collect();
    let tree = description.tree.as_deref().unwrap_or_default();
    let is_row = node::read_query(tree).is_some_and(|query| {
        ["groupingSets", "setOperations"]
            .iter()
            .all(|field| query.get(field).is_nothing())
    });
    groups::groups(query, &found.columns, &is_alias, is_row)
}

/// The schema as generated code sees it.
pub(crate) fn describe_schema(catalog: &Catalog) -> ir::Catalog {
    let mut described = catalog.to_ir();
    settle_columns(catalog, &mut described);
    described
}

/// Fills in what declarations do not say of columns: views show what their queries give, generated columns what their
/// expressions do. So a query that shows all of a view has the view's model.
fn settle_columns(catalog: &Catalog, described: &mut ir::Catalog) {
    for (&oid, relation) in &catalog.relations {
        let is_view = matches!(relation.kind, 'v' | 'm');
        let is_computed = |column: &Attribute| column.generation_tree.is_some();
        let is_checked = !relation.checks.is_empty();
        if !is_view && !is_checked && !relation.columns.iter().any(is_computed) {
            continue;
        }
        let name = relation.qualified_name();
        let mut tables = described.tables.iter_mut();
        let Some(table) = tables.find(|table| table.name == name) else {
            continue;
        };
        let facts = nullability::of_relation(catalog, oid);
        let dimensions = flow::dimensions_of_view(oid, catalog);
        for (column, dimensions) in table.columns.iter_mut().zip(dimensions) {
            column.ty = with_dimensions(column.ty.clone(), dimensions);
        }
        let columns = relation.columns.iter().zip(&mut table.columns).zip(facts);
        for ((column, shown), fact) in columns {
            let narrows = (is_computed(column) || is_checked) && shown.nullability.nullable;
            if is_view || narrows && !fact.nullable {
                shown.elements = elements(catalog.is_array(column.type_id), &fact);
                shown.nullability = Nullability {
                    nullable: fact.nullable,
                    reason: fact.reason,
                };
            }
        }
    }
}

/// An array with at least so many dimensions; any other type as it is.
fn with_dimensions(ty: ir::Type, dimensions: usize) -> ir::Type {
    let mut known = 0;
    let mut element = &ty;
    while let ir::Type::Array(inner) = element {
        (known, element) = (known + 1, inner);
    }
    if known == 0 {
        return ty;
    }
    (known..dimensions).fold(ty, |ty, _| ir::Type::Array(Box::new(ty)))
}

/// What is known of the elements of a column, if it is one of arrays.
fn elements(is_array: bool, fact: &Fact) -> Option<Nullability> {
    is_array.then(|| match &fact.elements {
        Some(reason) => Nullability::not_null(reason.as_str()),
        None => Nullability::nullable(ANY_ELEMENTS),
    })
}

/// Puts together what Postgres and the analysis say of a query, and what the query says itself, with what that rests on.
/// `None` where it asks for what cannot be done, which is reported.
#[expect(clippy::too_many_lines, reason = "one step after the other")]
fn analyze_one(
    query: &Query,
    description: &Description,
    checked: &Checked,
    catalog: &Catalog,
    settings: &Settings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(ir::Query, Assumptions)> {
    let names = naming::parameter_names(
        query,
        description.parameters.len(),
        description.tree.as_deref(),
        catalog,
    );
    let bulk = match bulk::statement(query, description, &names, catalog) {
        Ok(bulk) => bulk,
        Err(mistake) => {
            diagnostics.push(*mistake);
            return None;
        }
    };
    let mut assumptions = Assumptions {
        nullable_parameters: overrides::of_parameters(query, &names, diagnostics),
        never_null_functions: settings.never_null_functions.clone(),
        ..Assumptions::default()
    };
    let params = params::of(query, &names, diagnostics);
    let mut inference = infer(description, checked, catalog, &assumptions);
    let flow = Flow::of(description.tree.as_deref(), catalog);
    let mut found = ir::Query {
        name: query.name.text().to_owned(),
        command: query.command,
        location: location(&query.name),
        docs: query.docs.clone(),
        sql: query.sql.text().to_owned(),
        body: match &bulk {
            Some(ir::Bulk::Arrays { sql, .. }) => after_changes(sql),
            _ => after_changes(query.sql.text()),
        },
        parameters: parameters(
            query,
            description,
            checked,
            catalog,
            names,
            &inference,
            &flow,
        ),
        columns: Vec::new(),
        embeds: Vec::new(),
        relations: Vec::new(),
        single: None,
        bulk,
        row: query.row().map(|row| ir::RowName {
            name: row.name.clone(),
            location: location(&row.place),
        }),
        patterns: patterns(query.sql.text()).whole,
        params,
        dynamic: params::with_null(checked.dynamic.clone(), &inference),
        unsettled: match query.shape {
            Some(_) => sources::unsettled(description, catalog),
            None => Vec::new(),
        },
    };
    let sent = found.parameters.iter().enumerate();
    let sent = sent.filter(|(_, parameter)| (settings.sends_null_elements)(&found, parameter));
    assumptions.nullable_elements = sent.map(|(index, _)| index + 1).collect();
    if !assumptions.nullable_elements.is_empty() {
        inference = infer(description, checked, catalog, &assumptions);
    }
    let told = description.columns.iter().map(|column| {
        // A table's own column may be called `sure!`: that is its name, and says nothing.
        let is_alias = column
            .shown(catalog)
            .is_none_or(|origin| origin.column != column.name);
        if is_alias {
            (Alias::parse(&column.name).name, Some(column.name.as_str()))
        } else {
            (column.name.as_str(), None)
        }
    });
    let (column_names, aliases): (Vec<&str>, Vec<Option<&str>>) = told.unzip();
    let facts = inference.columns.iter().map(Some).chain(iter::repeat(None));
    let mut nullability: Vec<(String, Nullability)> = column_names
        .into_iter()
        .zip(facts)
        .map(|(name, fact)| (name.to_owned(), reasoned(query, fact, " at")))
        .collect();
    overrides::apply_to_columns(query, &mut nullability, &aliases, diagnostics);
    let rows = sources::rows_of_columns(description, catalog);
    let columns = description.columns.iter().zip(nullability).enumerate();
    let columns = columns.map(|(index, (column, (name, nullability)))| {
        let fact = inference.columns.get(index);
        let elements = match fact {
            Some(fact) => elements(column.is_array(catalog), fact),
            None => column
                .is_array(catalog)
                .then(|| Nullability::nullable(ANY_ELEMENTS)),
        };
        let dimensions = flow.dimensions.get(index).copied().unwrap_or(1);
        ir::Column {
            name,
            ty: with_dimensions(column.resolve(catalog), dimensions),
            nullability,
            elements,
            origin: column.shown(catalog),
            row: rows[index],
            location: place(query, inference.places.get(index)),
        }
    });
    found.columns = columns.collect();
    Some((found, assumptions))
}

/// The parameters of a query.
fn parameters(
    query: &Query,
    description: &Description,
    checked: &Checked,
    catalog: &Catalog,
    names: Vec<String>,
    inference: &Inference,
    flow: &Flow,
) -> Vec<ir::Parameter> {
    let parameters = description.parameters.iter().zip(names).enumerate();
    let parameters = parameters.map(|(index, (ty, name))| {
        let uses = query.placeholders.get(index).map(|p| p.uses.as_slice());
        let place = uses.and_then(<[Span]>::first).unwrap_or(&query.name);
        let is_optional = |dynamic: &ir::Dynamic| dynamic.optional.contains(&index);
        let nullability = match inference.parameters.get(&(index + 1)) {
            _ if checked.dynamic.as_ref().is_some_and(is_optional) => {
                let dynamic = checked.dynamic.as_ref();
                let is_written = dynamic.is_some_and(|dynamic| dynamic.writes(index));
                let what = if is_written {
                    "assignment"
                } else {
                    "condition"
                };
                Nullability::nullable(format!("`@optional`: without it, its {what} is left out"))
            }
            fact @ Some(_) => reasoned(query, fact, ", at"),
            None => Nullability::not_null("no use of it gives NULL a meaning"),
        };
        let origin = flow.parameters.get(&(index + 1));
        ir::Parameter {
            name,
            ty: describe::resolve(ty, catalog),
            nullability,
            origin: origin.and_then(|&(relation, number)| column_origin(catalog, relation, number)),
            position: position(place),
        }
    });
    parameters.collect()
}

fn position(span: &Span) -> ir::Position {
    let position = span.position();
    ir::Position {
        line: position.line,
        column: position.column,
    }
}

/// What is known of a query, whichever of its texts a call sends.
fn infer(
    description: &Description,
    checked: &Checked,
    catalog: &Catalog,
    assumptions: &Assumptions,
) -> Inference {
    let infer = |description: &Description, assumptions: &Assumptions| match &description.tree {
        Some(tree) => nullability::infer(tree, catalog, assumptions),
        None => Inference::unknown(description.columns.len()),
    };
    let mut inference = infer(description, assumptions);
    // A call gives what the whole text says that its parameters are, whatever it leaves out.
    let of_parameters = inference.parameters.iter();
    let of_parameters = of_parameters.map(|(number, fact)| (*number, fact.nullable));
    let assumptions = Assumptions {
        nullable_parameters: of_parameters.collect(),
        ..assumptions.clone()
    };
    for (variant, description) in &checked.variants {
        dynamic::weaken(&mut inference, variant, &infer(description, &assumptions));
    }
    if let Some(dynamic) = &checked.dynamic {
        let columns = &description.columns;
        dynamic::weaken_computed(&mut inference, dynamic, |index| {
            let column = columns.get(index);
            column.is_some_and(|column| column.shown(catalog).is_some())
        });
    }
    inference
}

fn column_origin(catalog: &Catalog, relation: Oid, number: i16) -> Option<ir::ColumnOrigin> {
    let relation = catalog.relations.get(&relation)?;
    Some(ir::ColumnOrigin {
        table: relation.qualified_name(),
        column: relation.attribute(number)?.name.clone(),
    })
}

/// A fact with its place in the user's file, if it has one, after the word `at`; nullable where nothing was found out.
fn reasoned(query: &Query, fact: Option<&Fact>, at: &str) -> Nullability {
    let Some(fact) = fact else {
        return Nullability::nullable("rowsmith could not follow the query");
    };
    let mut reason = fact.reason.clone();
    let file = &query.name.file;
    if let Some(offset) = fact.location
        && !file.is_generated()
    {
        let line = file.position(query.sql.origin(offset).start).line;
        let _ = write!(reason, "{at} {}:{line}", file.key());
    }
    Nullability {
        nullable: fact.nullable,
        reason,
    }
}

/// The place in the user's file of a byte of the statement.
fn place(query: &Query, offset: Option<&Option<usize>>) -> Option<ir::Location> {
    let offset = (*offset?)?;
    let range = query.sql.origin(offset);
    Some(location(&query.name.file.span(range)))
}

/// The names of all functions, for suggestions.
async fn function_names(session: &Session) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT proname FROM pg_catalog.pg_proc ORDER BY proname";
    let rows = session.client().query_typed(sql, &[]).await;
    let rows = rows.map_err(|error| describe::lost(session, error))?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}
