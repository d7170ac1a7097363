//! What `@with` costs, and what it adds to a query where one statement loads it all: the statement's parameters and
//! columns, and how the structs of all levels are decoded from the records in its rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ir::{self, Cardinality};
use crate::options::ClientOptions;

use super::bulk;
use super::derives::{Attributes, Member};
use super::doc::DocComment;
use super::ident::Ident;
use super::items::{Field, Item, Struct};
use super::literal::Literal;
use super::queries::link_to;
use super::relations::{Decode, Levels, cost, struct_name};
use super::scope::Scope;
use super::types::RustType;
use super::{Lowering, from_record, from_row};

/// What the doc comment says of a query with relations.
pub(super) fn cost_lines(query: &ir::Query) -> Vec<String> {
    if query.single.is_some() {
        return vec!["One statement, which loads the relations as well.".to_owned()];
    }
    let (statements, trips) = cost(&query.relations);
    vec![
        format!(
            "At most {} statements in {} round trips, however many rows there are. Outside a transaction of",
            statements + 1,
            trips + 1
        ),
        "repeatable reads, each statement sees what is committed when it starts.".to_owned(),
    ]
}

/// The return type of a query's function, without its arguments, and the method of a request that gives it; `None`
/// where there are no relations.
pub(super) fn handle(query: &ir::Query) -> Option<(&'static str, &'static str)> {
    if query.relations.is_empty() {
        return None;
    }
    Some(match (bulk::handle(query).0, query.single.is_some()) {
        ("One", true) => ("OneWith", "one_nested"),
        ("One", false) => ("OneWith", "one_with"),
        (_, true) => ("ManyWith", "many_nested"),
        (_, false) => ("ManyWith", "many_with"),
    })
}

/// The text that a query sends. Of a query for one row that loads its relations, a second row matters where it is an error.
pub(super) fn text(query: &ir::Query, client: ClientOptions) -> Cow<'_, str> {
    let sql = query.sent();
    if query.single.is_none() || query.command != ir::Command::One {
        return Cow::Borrowed(sql);
    }
    let limit = if client.strict_one { 2 } else { 1 };
    Cow::Owned(format!("{sql}\nLIMIT {limit}"))
}

/// The statement that a query's function sends first: its own, or the one that gives its relations, too.
pub(super) fn statement(query: &ir::Query) -> Cow<'_, ir::Query> {
    let Some(single) = &query.single else {
        return Cow::Borrowed(query);
    };
    let related = query.related_parameters();
    let extra = single.parameters.iter().filter_map(|name| {
        let mut related = related.iter().map(|(_, parameter)| parameter);
        let found = related.find(|parameter| parameter.is_called(name));
        found.copied().cloned()
    });
    let of_server = |name| ir::Type::Base(ir::QualifiedName::new("pg_catalog", name));
    let relations = query
        .relations
        .iter()
        .map(|relation| match relation.cardinality {
            Cardinality::One | Cardinality::Optional => of_server("record"),
            Cardinality::Many => of_server("_record"),
            Cardinality::Count => of_server("int8"),
        });
    let columns = relations.chain(single.types.iter().cloned());
    let columns = columns.map(|ty| ir::Column {
        name: String::new(),
        ty,
        nullability: ir::Nullability::nullable(""),
        elements: None,
        origin: None,
        row: 0,
        location: None,
    });
    Cow::Owned(ir::Query {
        sql: single.sql.clone(),
        parameters: query.parameters.iter().cloned().chain(extra).collect(),
        columns: query.columns.iter().cloned().chain(columns).collect(),
        relations: Vec::new(),
        single: None,
        ..query.clone()
    })
}

/// Which of `all` its parameters each placeholder of that statement takes.
pub(super) fn sent(query: &ir::Query, all: &[(&ir::Parameter, RustType)]) -> Vec<usize> {
    let extra = query.single.iter().flat_map(|single| &single.parameters);
    let extra = extra.filter_map(|name| {
        let mut known = all.iter();
        known.position(|(known, _)| known.is_called(name))
    });
    // Those after the query's own are for its relations.
    let own = 0..all.len().min(query.parameters.len());
    own.chain(extra).collect()
}

impl<'a> Lowering<'a> {
    /// The relations of the rows of `query` where all come in one statement.
    #[expect(
        clippy::too_many_arguments,
        reason = "one caller, and one that calls itself"
    )]
    pub(super) fn nested(
        &mut self,
        query: &'a ir::Query,
        path: &str,
        row: &mut Struct,
        members: &mut Vec<Member>,
        levels: &mut Levels<'_>,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) {
        let fields = row.fields.iter().map(|field| field.name.clone());
        let mut fields: BTreeSet<Ident> = fields.collect();
        for relation in &query.relations {
            let name = Ident::value(&relation.name).unique(&mut fields);
            let path = struct_name(path, relation);
            let constant = levels.given.constant.clone();
            let found = self.related(relation, &path, &constant, levels, scope, items);
            let Some(level) = found else { continue };
            let value = match (relation.cardinality, &level.decode) {
                (Cardinality::Count, _) | (_, Decode::Load(_)) => None,
                (Cardinality::One, Decode::Path(decode)) => {
                    let name = Literal::new(&relation.statement.name);
                    Some(format!("record.required({name}, {decode})?"))
                }
                (Cardinality::Optional, Decode::Path(decode)) => {
                    Some(format!("record.one({decode})?"))
                }
                (Cardinality::Many, Decode::Path(decode)) => {
                    Some(format!("record.many({decode})?"))
                }
            };
            if let Some(from_record) = &mut row.from_record {
                from_record.values.push(value);
            }
            row.fields.push(Field {
                docs: DocComment::default(),
                attributes: Vec::new(),
                name,
                ty: level.ty(relation.cardinality, scope),
            });
            members.push(level.member);
        }
    }
}

impl Levels<'_> {
    /// The function that decodes a row.
    pub(super) fn decoder(&self) -> &'static str {
        if self.is_single {
            "from_record"
        } else {
            "from_row"
        }
    }

    /// The struct of a relation's rows, without what belongs to them.
    pub(super) fn row(
        &self,
        name: &Ident,
        statement: &ir::Query,
        fields: Vec<Field>,
        types: &[RustType],
        scope: &mut Scope,
    ) -> Struct {
        let steps = statement.name.split_once('.');
        let steps = steps.map_or("", |(_, steps)| steps);
        let mut row = Struct {
            docs: DocComment::markdown(format!("`{steps}` of {}.", link_to(&self.given.query))),
            attributes: Attributes::default(),
            name: name.clone(),
            borrows: false,
            fields,
            from_row: None,
            from_record: None,
            put: None,
            borrowed: None,
            new: None,
        };
        if self.is_single {
            let values = types.iter().map(|ty| ty.read_next(scope)).collect();
            row.from_record = Some(from_record(values, scope));
        } else {
            let values = types.iter().enumerate();
            let values = values.map(|(index, ty)| ty.column(index, scope)).collect();
            // With what belongs to it, it is read in its own way.
            let macros: &[&str] = if statement.relations.is_empty() {
                &["from_row"]
            } else {
                &[]
            };
            row.from_row = Some(from_row(macros, values, scope));
        }
        row
    }
}
