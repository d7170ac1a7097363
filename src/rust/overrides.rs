//! Which override of the user's applies to a column or parameter.

mod wire;

use std::cmp::Ordering;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::ir;
use crate::options::{Narrowness, Override, Target};

#[cfg(feature = "postgres")]
use super::types::with_shape;
use super::types::{Custom, RustType};

/// Something that has a type: a table's column, a result column or a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Site<'a> {
    TableColumn(&'a ir::Table, &'a ir::TableColumn),
    ResultColumn(&'a ir::Query, &'a ir::Column),
    Parameter(&'a ir::Query, &'a ir::Parameter),
}

/// Two overrides of which neither comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conflict(usize, usize);

/// All overrides of a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overrides<'a>(pub(super) &'a [Override]);

/// How strong an override is where it applies: what it is about, then how narrowly it says so.
type Strength = (u8, Narrowness);

impl<'a> Site<'a> {
    pub(super) fn ty(self) -> &'a ir::Type {
        match self {
            Self::TableColumn(_, column) => &column.ty,
            Self::ResultColumn(_, column) => &column.ty,
            Self::Parameter(_, parameter) => &parameter.ty,
        }
    }

    pub(super) fn nullable(self) -> bool {
        match self {
            Self::TableColumn(_, column) => column.nullability.nullable,
            Self::ResultColumn(_, column) => column.nullability.nullable,
            Self::Parameter(_, parameter) => parameter.nullability.nullable,
        }
    }

    /// The table column that it is, shows or is for.
    fn column(self) -> Option<(&'a ir::QualifiedName, &'a str)> {
        let shown = match self {
            Self::TableColumn(table, column) => return Some((&table.name, &column.name)),
            Self::ResultColumn(_, column) => &column.origin,
            Self::Parameter(_, parameter) => &parameter.origin,
        };
        let origin = shown.as_ref()?;
        Some((&origin.table, &origin.column))
    }
}

impl<'a> Overrides<'a> {
    /// The Rust type that was chosen for this very column or parameter, whatever its Postgres type.
    pub(super) fn of_site(
        self,
        site: Site<'a>,
        catalog: &ir::Catalog,
    ) -> Result<Option<RustType>, Conflict> {
        let found = self.strongest(|target| site_strength(target, site))?;
        let Some((strength, chosen)) = found else {
            return Ok(None);
        };
        let chosen = self.rust_type(chosen);
        // What was said of a column holds for a parameter of its type, and for each of an array of them.
        if let (Site::Parameter(_, parameter), OF_COLUMN) = (site, strength.0) {
            let column = parameter.origin.as_ref().and_then(|origin| {
                let table = catalog.table(&origin.table)?;
                table.columns.iter().find(|c| c.name == origin.column)
            });
            let Some(column) = column else {
                return Ok(None);
            };
            return Ok(match (&parameter.ty, &column.ty) {
                (ty, column) if is_same(ty, column, catalog) => Some(chosen),
                (ir::Type::Array(ty), column) if is_same(ty, column, catalog) => {
                    Some(RustType::Array(Box::new(chosen)))
                }
                _ => None,
            });
        }
        Ok(Some(chosen))
    }

    /// The Rust type that was chosen for all columns and parameters of a Postgres type.
    pub(super) fn of_type(
        self,
        ty: &ir::Type,
        nullable: bool,
    ) -> Result<Option<RustType>, Conflict> {
        let found = self.strongest(|target| type_strength(target, ty, nullable))?;
        Ok(found.map(|(_, chosen)| self.rust_type(chosen)))
    }

    /// Whether a query says something of a column that its table does not.
    pub(super) fn is_told_by_query(self, query: &'a ir::Query, column: &'a ir::Column) -> bool {
        let site = Site::ResultColumn(query, column);
        let mut targets = self.0.iter().filter_map(|known| known.target.as_ref());
        targets.any(|target| {
            site_strength(target, site).is_some_and(|(strength, _)| strength > OF_COLUMN)
        })
    }

    fn strongest(
        self,
        strength: impl Fn(&Target) -> Option<Strength>,
    ) -> Result<Option<(Strength, &'a Override)>, Conflict> {
        let mut best: Option<(Strength, usize)> = None;
        let mut rival = None;
        for (index, candidate) in self.0.iter().enumerate() {
            let Some(found) = candidate.target.as_ref().and_then(&strength) else {
                continue;
            };
            match best {
                Some((known, first)) => match found.cmp(&known) {
                    Ordering::Greater => (best, rival) = (Some((found, index)), None),
                    Ordering::Equal if candidate.rust_type != self.0[first].rust_type => {
                        rival = Some(Conflict(first, index));
                    }
                    Ordering::Equal | Ordering::Less => {}
                },
                None => best = Some((found, index)),
            }
        }
        match rival {
            Some(conflict) => Err(conflict),
            None => Ok(best.map(|(strength, index)| (strength, &self.0[index]))),
        }
    }

    fn rust_type(self, chosen: &Override) -> RustType {
        let listed = self
            .0
            .iter()
            .filter(|known| known.rust_type == chosen.rust_type)
            .find_map(|known| known.implements.clone());
        Custom::new(chosen.rust_type.clone(), listed).into_rust_type()
    }

    pub(super) fn report(self, Conflict(first, second): Conflict) -> Diagnostic {
        let message = "two overrides say different things of the same, and neither is narrower";
        Diagnostic::error(Code::InvalidConfig, message)
            .at(self.0[second].place.span(), "the second one")
            .also(self.0[first].place.span(), "the first one")
            .help("remove one, or say more narrowly what it is about")
    }

    /// Reports overrides whose Rust type cannot hold the values that it is for: each call would fail.
    pub(super) fn report_unfit(self, analysis: &'a ir::Analysis) -> Vec<Diagnostic> {
        let mut mistakes = Vec::new();
        for known in self.0 {
            let Some(target) = &known.target else {
                continue;
            };
            let is_its_own = |site: Site<'a>| match (target, site) {
                // What is said of a column is looked at there.
                (Target::Column(_), Site::ResultColumn(..) | Site::Parameter(..)) => false,
                (Target::DbType(..), site) => {
                    type_strength(target, site.ty(), site.nullable()).is_some()
                }
                (_, site) => site_strength(target, site).is_some(),
            };
            let unfit = sites(analysis).filter(|site| is_its_own(*site));
            let unfit = unfit
                .map(Site::ty)
                .find(|ty| !wire::fits(&known.rust_type, ty, &analysis.catalog));
            let Some(ty) = unfit else { continue };
            let is_said = matches!(
                target,
                Target::SaidOfColumn { .. } | Target::SaidOfParameter { .. }
            );
            let code = if is_said {
                Code::InvalidDirective
            } else {
                Code::InvalidConfig
            };
            let rust = known.rust_type.as_str();
            let message = format!("`{rust}` cannot hold values of the type `{ty}`");
            let mistake =
                Diagnostic::error(code, message).at(known.place.span(), "every call would fail");
            mistakes.push(match wire::right_one(ty, &analysis.catalog) {
                Some(right) => mistake.help(format!(
                    "write `{right}`; or cast the value in the query to what `{rust}` holds"
                )),
                None => {
                    mistake.help("leave the type out, or name one that implements `FromSql` for it")
                }
            });
        }
        mistakes
    }

    /// Warns of overrides that nothing in the schema and the queries is about.
    pub(super) fn report_unmatched(self, analysis: &'a ir::Analysis) -> Vec<Diagnostic> {
        let sites: Vec<Site<'a>> = sites(analysis).collect();
        let mut warnings = Vec::new();
        for known in self.0 {
            let Some(target) = &known.target else {
                continue;
            };
            let is_about = |site: &Site<'a>| {
                site_strength(target, *site).is_some()
                    || is_within(site.ty(), &analysis.catalog, &|ty| {
                        type_strength(target, ty, site.nullable()).is_some()
                    })
            };
            if !sites.iter().any(is_about) {
                warnings.push(unmatched(known, target, &sites, analysis));
            }
        }
        warnings
    }
}

/// Whether the Rust type of a parameter that is an array has a place for elements that are NULL.
#[cfg(feature = "postgres")]
pub(crate) fn sends_null_elements(
    query: &ir::Query,
    parameter: &ir::Parameter,
    catalog: &ir::Catalog,
    overrides: &[Override],
) -> bool {
    let declared = with_shape(parameter, catalog);
    let ir::Type::Array(element) = declared else {
        return false;
    };
    let overrides = Overrides(overrides);
    let of_type = || overrides.of_type(declared, parameter.nullability.nullable);
    let chosen = match overrides.of_site(Site::Parameter(query, parameter), catalog) {
        Ok(None) => of_type(),
        found => found,
    };
    match chosen {
        // An array with dimensions is sent with what it was read with.
        Ok(None) => matches!(**element, ir::Type::Array(_)),
        // What a type of the user's choice sends is not known.
        Ok(Some(RustType::Array(element))) => element.is_custom(),
        Ok(Some(_)) | Err(_) => true,
    }
}

/// The targets by strength.
const OF_TYPE: u8 = 1;
const OF_COLUMN: u8 = 2;
const OF_QUERY: u8 = 3;
const IN_QUERY: u8 = 4;

fn site_strength(target: &Target, site: Site<'_>) -> Option<Strength> {
    match (target, site) {
        (Target::Column(pattern), _) => {
            let (table, column) = site.column()?;
            let matches = pattern.matches(&table.schema, &table.name, column);
            matches.then(|| (OF_COLUMN, pattern.narrowness()))
        }
        (Target::ResultColumn { query, column }, Site::ResultColumn(of, found)) => {
            let matches = query.matches(&of.name) && column.matches(&found.name);
            matches.then(|| (OF_QUERY, query.narrowness() + column.narrowness()))
        }
        (Target::Parameter { query, parameter }, Site::Parameter(of, found)) => {
            let matches = query.matches(&of.name) && parameter.matches(&found.name);
            matches.then(|| (OF_QUERY, query.narrowness() + parameter.narrowness()))
        }
        (Target::SaidOfColumn { query, column }, Site::ResultColumn(of, found)) => {
            let matches = *query == of.name && *column == found.name;
            matches.then(|| (IN_QUERY, Narrowness::default()))
        }
        (Target::SaidOfParameter { query, parameter }, Site::Parameter(of, found)) => {
            let matches = *query == of.name && found.is_called(parameter);
            matches.then(|| (IN_QUERY, Narrowness::default()))
        }
        _ => None,
    }
}

fn type_strength(target: &Target, ty: &ir::Type, nullable: bool) -> Option<Strength> {
    let Target::DbType(db_type, only) = target else {
        return None;
    };
    let (element, is_array) = match ty {
        ir::Type::Array(element) => (element.as_ref(), true),
        ty => (ty, false),
    };
    let name = element.name();
    let is_nested = is_array && matches!(element, ir::Type::Array(_));
    let matches = !is_nested
        && only.is_none_or(|only| only == nullable)
        && db_type.is(&name.schema, &name.name, is_array);
    // Some names of the server's own types come with their schema, and some without.
    let narrowness = || {
        let qualified = db_type.is_qualified() && name.schema != "pg_catalog";
        Narrowness::of(usize::from(qualified) + 2 * usize::from(only.is_some()))
    };
    matches.then(|| (OF_TYPE, narrowness()))
}

/// Whether it is true of a type or of what the type is made of, as overrides by type are looked for.
fn is_within(ty: &ir::Type, catalog: &ir::Catalog, test: &dyn Fn(&ir::Type) -> bool) -> bool {
    test(ty)
        || match ty {
            ir::Type::Array(element) => is_within(element, catalog, test),
            ir::Type::Domain(name) => catalog
                .domain(name)
                .is_some_and(|domain| is_within(&domain.base, catalog, test)),
            ir::Type::Composite(name) => catalog.composite(name).is_some_and(|composite| {
                let mut fields = composite.fields.iter();
                fields.any(|field| is_within(&field.ty, catalog, test))
            }),
            ir::Type::Range(_, subtype) | ir::Type::Multirange(_, subtype) => {
                is_within(subtype, catalog, test)
            }
            ir::Type::Base(_) | ir::Type::Enum(_) => false,
        }
}

/// Whether a value of one type can be sent for the other: up to domains and the sorts of text.
fn is_same(a: &ir::Type, b: &ir::Type, catalog: &ir::Catalog) -> bool {
    let is_text = |ty: &ir::Type| {
        let name = ty.name();
        matches!(ty, ir::Type::Base(_))
            && name.schema == "pg_catalog"
            && matches!(name.name.as_str(), "text" | "varchar" | "bpchar")
    };
    let (a, b) = (catalog.base(a), catalog.base(b));
    a == b || (is_text(a) && is_text(b))
}

fn sites(analysis: &ir::Analysis) -> impl Iterator<Item = Site<'_>> {
    let tables = analysis.catalog.tables.iter();
    let columns = tables.flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(move |column| Site::TableColumn(table, column))
    });
    let queries = analysis.queries.iter().flat_map(|query| {
        let columns = query.columns.iter();
        let parameters = query.parameters.iter();
        columns
            .map(move |column| Site::ResultColumn(query, column))
            .chain(parameters.map(move |parameter| Site::Parameter(query, parameter)))
    });
    columns.chain(queries)
}

fn unmatched(
    known: &Override,
    target: &Target,
    sites: &[Site<'_>],
    analysis: &ir::Analysis,
) -> Diagnostic {
    let place = known.place.span();
    let written = place.text().trim_matches(['"', '\'']).to_owned();
    let (what, candidates): (String, Vec<String>) = match target {
        Target::DbType(..) => (
            format!("no column or parameter is of the type `{written}`"),
            sites.iter().map(|site| site.ty().to_string()).collect(),
        ),
        Target::Column(_) => (
            format!("no table has a column `{written}`"),
            sites
                .iter()
                .filter_map(|site| site.column())
                .flat_map(|(table, column)| {
                    let short = format!("{}.{column}", table.name);
                    [format!("{}.{short}", table.schema), short]
                })
                .collect(),
        ),
        Target::ResultColumn { query, .. } | Target::Parameter { query, .. }
            if !analysis.queries.iter().any(|q| query.matches(&q.name)) =>
        {
            (
                format!("there is no query `{}`", query.as_str()),
                analysis.queries.iter().map(|q| q.name.clone()).collect(),
            )
        }
        Target::ResultColumn {
            query,
            column: name,
        }
        | Target::Parameter {
            query,
            parameter: name,
        } => {
            let is_column = matches!(target, Target::ResultColumn { .. });
            let names = sites.iter().filter_map(|site| match site {
                Site::ResultColumn(of, column) if is_column && query.matches(&of.name) => {
                    Some(column.name.clone())
                }
                Site::Parameter(of, parameter) if !is_column && query.matches(&of.name) => {
                    Some(parameter.name.clone())
                }
                _ => None,
            });
            let sort = if is_column {
                "result column"
            } else {
                "parameter"
            };
            let message = format!("`{}` has no {sort} `{}`", query.as_str(), name.as_str());
            let near: Vec<String> = names.collect();
            return near_one(message, name.as_str(), &near, known);
        }
        Target::SaidOfColumn { .. } | Target::SaidOfParameter { .. } => {
            (format!("nothing is called `{written}`"), Vec::new())
        }
    };
    near_one(what, &written, &candidates, known)
}

fn near_one(message: String, name: &str, candidates: &[String], known: &Override) -> Diagnostic {
    let diagnostic = Diagnostic::warning(Code::UnusedOverride, message)
        .at(known.place.span(), "this override changes nothing");
    match nearest(name, candidates.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("remove it, or mend the name"),
    }
}
