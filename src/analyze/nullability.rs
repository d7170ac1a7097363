//! Which result columns can be NULL, and which parameters may be: read from the query tree that Postgres analysed.
//!
//! [`infer`] takes the tree that `SET debug_print_parse = on` reports for a statement ("parse tree"; with
//! `debug_pretty_print = off`) or a `pg_node_tree`, as `prosqlbody` holds it, and the [`Catalog`]. It asks no server.
//! The *rewritten* tree is not meant: it has views replaced by their queries, and shows neither what the user wrote nor
//! which columns SEARCH and CYCLE make. Views are followed through [`Relation::view_tree`] instead.
//!
//! **The promise**: a column that is called not null never holds NULL, whatever the data. So what is not understood may
//! be NULL, and every rule errs to that side. What the promise rests on:
//!
//! * the schema is the one that was read. Stored rows keep what NOT NULL says, but not what a domain's NOT NULL says
//!   (see `of_declared_column`); a materialized view is as fresh as its last REFRESH;
//! * the server's own functions behave as `functions` lists them; of other functions only `STRICT` is believed, and only
//!   to learn from WHERE;
//! * a parameter that is called required is not NULL, and an array that is sent has no NULL in it.
//!
//! Where a rule is: `expressions` has one function per kind of expression, `documents` XML and JSON, `arrays` the
//! elements of arrays, `finite` times that are never infinite, `predicates` what conditions prove, `narrowing` what
//! they prove through subqueries and views, `checks` what constraints say of NULL, `truth` what a condition may turn
//! out to be, `joins` outer joins, `references` rows that foreign keys find, `aggregates` grouping and windows,
//! `grouped` and `shapes` what the planner may take for a grouped expression, `range_table` whatever stands in FROM,
//! `origins` where columns come from, `query` SELECT and set operations, `targets` their columns, `writes` RETURNING,
//! `parameters` the parameters, `star` which columns a `*` became. `node` reads the text, `frame` is one query level,
//! `known` what is known of its rows.
//!
//! [`Relation::view_tree`]: crate::catalog::Relation::view_tree

mod aggregates;
mod arrays;
mod checks;
mod documents;
mod expressions;
mod finite;
mod frame;
mod grouped;
mod joins;
mod known;
mod narrowing;
mod origins;
mod parameters;
mod places;
mod predicates;
mod query;
mod range_table;
mod references;
mod shapes;
mod star;
mod targets;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod truth;
mod writes;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::functions::{self, Aggregate, Needs};
use crate::analyze::fault::{Fault, made};
pub(crate) use star::{Star, columns_of_star, is_of_one_row, nullable_in_row};
pub(super) use targets::{shown_targets, type_of};

use super::node::{self, Node};
use crate::catalog::{Catalog, Oid, PgTypeKind};

/// What was found out about a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inference {
    /// The result columns in order. Fewer than the statement has where it could not be followed: the rest may be NULL.
    pub(crate) columns: Vec<Fact>,
    /// Where each of the result columns is written: a byte offset, if the tree has one.
    pub(crate) places: Vec<Option<usize>>,
    /// By `$n`. One that is missing was not found in the tree.
    pub(crate) parameters: BTreeMap<usize, Fact>,
}

impl Inference {
    /// What is found out about a statement that there is no tree of.
    pub(crate) fn unknown(columns: usize) -> Self {
        let fact = Fact::nullable("Postgres gave no query tree of the statement");
        Self {
            columns: vec![fact; columns],
            ..Self::default()
        }
    }
}

/// Whether something can be NULL (of a parameter: whether NULL has a meaning), and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) nullable: bool,
    /// A phrase for people.
    pub(crate) reason: String,
    /// Where in the statement the reason is: a byte offset.
    pub(crate) location: Option<usize>,
    /// Of a result column that is an array: why no element of it is NULL, if that is known.
    pub(crate) elements: Option<String>,
}

/// What the user says, which the analysis then relies on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumptions {
    /// Parameters that the user declared to be NULL or not, against what their uses say.
    pub(crate) nullable_parameters: BTreeMap<usize, bool>,
    /// Functions that never return NULL, though nothing proves it.
    pub(crate) never_null_functions: BTreeSet<Oid>,
    /// Parameters whose arrays may have NULL elements, other than the slices that query functions take.
    pub(crate) nullable_elements: BTreeSet<usize>,
}

/// Finds out what can be NULL. Never fails: what is not understood may be NULL.
pub(crate) fn infer(tree: &str, catalog: &Catalog, assumptions: &Assumptions) -> Inference {
    let Some(query) = node::read_query(tree) else {
        return Inference::default();
    };
    let mut analyzer = Analyzer::new(catalog, assumptions);
    analyzer.begin(tree, &query);
    let columns = analyzer.result_columns(&query, None);
    Inference {
        columns,
        places: places::of_columns(&query),
        parameters: analyzer.parameters,
    }
}

/// What is known of a statement's parameters alone, by `$n`.
pub(crate) fn parameters(query: &Node<'_>, catalog: &Catalog) -> BTreeMap<usize, Fact> {
    let assumptions = Assumptions::default();
    Analyzer::new(catalog, &assumptions).all_parameters(query)
}

/// What is known of the columns of a table (also in tables that inherit it) or view, in their order; of a view, fewer
/// where it could not be followed. Without locations.
pub(crate) fn of_relation(catalog: &Catalog, oid: Oid) -> Vec<Fact> {
    let Some(relation) = catalog.relations.get(&oid) else {
        return Vec::new();
    };
    let assumptions = Assumptions::default();
    let analyzer = Analyzer::new(catalog, &assumptions);
    analyzer.reads_snapshot.set(true);
    if matches!(relation.kind, 'v' | 'm') {
        return analyzer.columns_of_view(oid).to_vec();
    }
    let columns = relation.columns.iter().map(|column| {
        let name = format!("{}.{}", relation.name, column.name);
        analyzer.of_declared_column(oid, column.number, true, &name)
    });
    columns.collect()
}

/// How many expressions and conditions are looked at before the rest is given up. Queries written by hand take a few
/// thousand; the limit is a fraction of a second.
const MAX_STEPS: usize = 400_000;

/// How deep the analysis goes into itself. What is nested deeper is given up, so that the stack is never exhausted.
const MAX_DEPTH: usize = 260;

/// The columns of what is named by an id, given that some of them, by number, are not NULL.
type NarrowedColumns<Id> = HashMap<(Id, BTreeSet<i16>), Rc<Vec<Fact>>>;

/// What stays the same while a statement is analysed.
struct Analyzer<'c> {
    catalog: &'c Catalog,
    assumptions: &'c Assumptions,
    parameters: BTreeMap<usize, Fact>,
    views: RefCell<HashMap<Oid, Rc<Vec<Fact>>>>,
    /// The same for rows in which those columns are not NULL.
    narrowed_views: RefCell<NarrowedColumns<Oid>>,
    /// Whether a view's own tree is looked at, whose locations are none in the statement.
    in_view: Cell<bool>,
    /// Whether all that is read is of one snapshot.
    reads_snapshot: Cell<bool>,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

/// One step further in; dropped on the way out.
struct Step<'s>(&'s Cell<usize>);

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<'c> Analyzer<'c> {
    fn new(catalog: &'c Catalog, assumptions: &'c Assumptions) -> Self {
        Self {
            catalog,
            assumptions,
            parameters: BTreeMap::new(),
            views: RefCell::default(),
            narrowed_views: RefCell::default(),
            in_view: Cell::new(false),
            reads_snapshot: Cell::new(false),
            steps: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// Settles what the rules about a statement's columns rest on.
    fn begin(&mut self, tree: &str, query: &Node<'_>) {
        self.parameters = self.all_parameters(query);
        self.steps.set(0);
        self.reads_snapshot
            .set(references::reads_snapshot(tree, query));
    }

    /// What is known of the parameters of a statement, by their uses and by what the user says.
    fn all_parameters(&self, query: &Node<'_>) -> BTreeMap<usize, Fact> {
        let mut found = self.parameters_of(query);
        for (number, nullable) in &self.assumptions.nullable_parameters {
            let reason = "the query says so";
            let fact = if *nullable {
                Fact::nullable(reason)
            } else {
                Fact::not_null(reason)
            };
            found.insert(*number, fact);
        }
        found
    }

    /// Counts one step; `None` where it would be too many or too deep.
    fn step(&self) -> Option<Step<'_>> {
        let (steps, depth) = (self.steps.get() + 1, self.depth.get() + 1);
        if steps > MAX_STEPS || depth > MAX_DEPTH {
            return None;
        }
        self.steps.set(steps);
        self.depth.set(depth);
        Some(Step(&self.depth))
    }

    /// Runs `look` on the tree of a view, or one like it. Gives nothing where it cannot be read.
    fn in_view<T: Default>(&self, tree: &str, look: impl FnOnce(&Self, &Node<'_>) -> T) -> T {
        let Some(query) = node::read_query(tree) else {
            return T::default();
        };
        let in_view = self.in_view.replace(true);
        let of_snapshot = self.reads_snapshot.get();
        self.reads_snapshot
            .set(of_snapshot && !references::locks_rows(tree));
        let found = look(self, &query);
        self.in_view.set(in_view);
        self.reads_snapshot.set(of_snapshot);
        found
    }

    /// Where in the statement the node is.
    fn location(&self, node: &Node<'_>) -> Option<usize> {
        node.location().filter(|_| !self.in_view.get())
    }

    /// Which arguments of a function must not be NULL for its result not to be; `None` where it may return NULL anyway.
    fn needs(&self, function: Oid) -> Option<Needs> {
        functions::needs(function).or_else(|| {
            let own = self.catalog.functions.get(&function)?;
            let extension = own.extension.as_deref()?;
            let is_total = functions::is_total_of_extension(extension, &own.name);
            (own.strict && is_total).then_some(Needs::All)
        })
    }

    /// What an aggregate gives, with its name. Those not known may give NULL.
    fn aggregate(&self, function: Oid) -> Option<(&str, Aggregate)> {
        functions::aggregate(function).or_else(|| {
            let own = self.catalog.functions.get(&function)?;
            let extension = own.extension.as_deref()?;
            let gives = functions::aggregate_of_extension(extension, &own.name)?;
            Some((own.name.as_str(), gives))
        })
    }

    fn is_required(&self, parameter: usize) -> bool {
        let fact = self.parameters.get(&parameter);
        fact.is_none_or(|fact| !fact.nullable)
    }

    /// Whether the function gives NULL for a NULL argument.
    fn is_strict(&self, function: Option<Oid>) -> bool {
        made(Fault::UserFunctionsAreStrict)
            || function.is_some_and(|oid| {
                functions::is_strict(oid)
                    || self.catalog.functions.get(&oid).is_some_and(|f| f.strict)
            })
    }

    /// The same of an operator. `NOT (a < b)` may be computed as `a >= b`.
    fn is_strict_operator(&self, node: &Node<'_>) -> bool {
        let is_loose = |oid: Oid| self.catalog.loose_operators.contains(&oid);
        self.is_strict(node.number("opfuncid"))
            && (made(Fault::NegatorIgnored) || !node.number("opno").is_some_and(is_loose))
    }

    /// What people call a function.
    fn function_name(&self, oid: Oid) -> String {
        let own = self.catalog.functions.get(&oid);
        let own = own.map(|function| function.name.as_str());
        let name = own.or_else(|| functions::name(oid));
        name.map_or_else(|| "the function".to_owned(), |name| format!("`{name}`"))
    }

    fn type_name(&self, oid: Oid) -> &str {
        let ty = self.catalog.types.get(&oid);
        ty.map_or("the type", |ty| ty.name.as_str())
    }

    /// What a domain is over.
    fn domain_base(&self, oid: Oid) -> Option<Oid> {
        match self.catalog.types.get(&oid)?.kind {
            PgTypeKind::Domain { base, .. } => Some(base),
            _ => None,
        }
    }
}

impl Fact {
    fn nullable(reason: impl Into<String>) -> Self {
        Self {
            nullable: true,
            reason: reason.into(),
            location: None,
            elements: None,
        }
    }

    /// Of what the reader or the analysis gave up.
    fn too_deep() -> Self {
        Self::nullable("it is nested too deep to be followed")
    }

    fn not_null(reason: impl Into<String>) -> Self {
        Self {
            nullable: false,
            reason: reason.into(),
            location: None,
            elements: None,
        }
    }

    /// Adds a location, unless it has a closer one.
    fn at(mut self, location: Option<usize>) -> Self {
        self.location = self.location.or(location);
        self
    }
}
