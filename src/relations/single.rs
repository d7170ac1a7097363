//! One statement for a query's rows and all that belongs to them.
//!
//! The query stands in it as it is, as a table `root`. Beside its columns each relation is one: a record, or NULL, where
//! it gives one row at most, and otherwise an array of records, in which are those of their own relations in turn.
//! Nothing is turned into text on the way. Of a field's type a record tells the object id alone, so each type that is
//! not the same on every server is that of one more column, which is NULL: with it, clients learn the type.

use std::collections::BTreeSet;

use tokio_postgres::types::Type as ServerType;

use crate::diagnostic::Diagnostic;
use crate::ir::{self, Command, QualifiedName, Type};
use crate::quote;
use crate::syntax::{Alias, Placeholder, Query, Token, TokenKind, lex};

use super::schema::{Schema, column_type};
use super::sql::{Node, Spelling, Statement, aliased, free};

/// What is known of such a statement beside its text.
pub(super) struct Single {
    /// The query's lines, in its file.
    file: String,
    lines: (usize, usize),
    /// The names of the parameters after those of the query.
    parameters: Vec<String>,
    types: Vec<Type>,
    relations: usize,
}

impl Single {
    /// Whether a mistake is one of the statement.
    pub(super) fn is_about(&self, diagnostic: &Diagnostic) -> bool {
        let (first, last) = self.lines;
        let is_inside = |(line, _)| (first..=last).contains(&line);
        diagnostic.file() == Some(&self.file) && diagnostic.line_and_column().is_some_and(is_inside)
    }

    /// What Postgres says of it, where that agrees with what is known of the query; otherwise why not.
    pub(super) fn complete(
        self,
        query: &ir::Query,
        found: &ir::Query,
    ) -> Result<ir::Single, String> {
        let types = |query: &ir::Query| -> Vec<Type> {
            query.columns.iter().map(|c| c.ty.clone()).collect()
        };
        let own = types(query);
        let columns = own.len() + self.relations + self.types.len();
        if found.columns.len() != columns || !types(found).starts_with(&own) {
            return Err("its columns would be others".to_owned());
        }
        let mut known = query.parameters.clone();
        for name in &self.parameters {
            let related = query.related_parameters().into_iter();
            let mut related = related.map(|(_, parameter)| parameter);
            known.extend(related.find(|parameter| parameter.is_called(name)).cloned());
        }
        let differing = known.iter().zip(&found.parameters);
        let mut differing = differing.filter(|(known, found)| known.ty != found.ty);
        if let Some((known, found)) = differing.next() {
            let (name, known, found) = (&known.name, &known.ty, &found.ty);
            return Err(format!("`@{name}` would be `{found}`, and is `{known}`"));
        }
        if known.len() != found.parameters.len() {
            return Err("its parameters would be others".to_owned());
        }
        Ok(ir::Single {
            sql: found.sql.clone(),
            parameters: self.parameters,
            types: self.types,
        })
    }
}

/// Whether Postgres would plan the statement anew each time, which costs more than it saves: it cannot know how much
/// a parameter after `LIMIT` leaves.
pub(super) fn is_planned_each_time(query: &Query, nodes: &[Node<'_>]) -> bool {
    fn has_parameter(nodes: &[Node<'_>]) -> bool {
        nodes.iter().any(|node| {
            let limit = node.request.limit;
            limit.is_some_and(|limit| !limit.placeholders.is_empty()) || has_parameter(&node.nodes)
        })
    }
    let words = Words::of(query);
    let mut pairs = words.pairs();
    has_parameter(nodes)
        || pairs.any(|(first, second)| {
            (first.is("limit") || first.is("offset") || first.is("fetch")) && second.is_parameter()
        })
}

/// Writes the statement, or says why there can be none.
pub(super) fn write(
    query: &Query,
    known: &ir::Query,
    nodes: &[Node<'_>],
    schema: Schema<'_>,
) -> Result<(Single, Query), String> {
    if let Some(reason) = obstacle(query, known, schema) {
        return Err(reason);
    }
    let origins = known.columns.iter().map(|column| {
        let origin = column.origin.as_ref()?;
        Some((&origin.table, origin.column.as_str()))
    });
    check_collations(nodes, &origins.collect::<Vec<_>>(), schema)?;

    let shape = query.shape.as_ref().map_or(&query.name, |s| &s.place);
    let mut statement = Statement::new(0, shape.range.clone());
    let own = query.placeholders.iter().zip(&known.parameters);
    statement.placeholders = own
        .map(|(placeholder, parameter)| Placeholder {
            name: Some(parameter.name.clone()),
            ..placeholder.clone()
        })
        .collect();
    let own = statement.placeholders.len();
    let is_visible = |table: &QualifiedName| schema.is_visible(table);
    let mut writer = Writer {
        spelling: Spelling {
            catalog: schema.catalog,
            is_visible: &is_visible,
        },
        schema,
        statement,
        types: Vec::new(),
    };
    let root = free("root", |name| is_used(name, nodes));
    let (names, is_renamed) = names_of(query, known);
    writer.text(&format!("SELECT {root}.*"));
    for node in nodes {
        writer.text(",\n    ");
        writer.relation(node, &root, &names, 1);
        writer.text(&format!(" AS {}", quote::after_dot(&node.field)));
    }
    for ty in writer.types.clone() {
        writer.text(&format!(",\n    NULL::{}", Spelling::ty(&ty)));
    }
    writer.text("\nFROM (\n");
    writer.statement.sql.append(&query.sql, str::to_owned);
    writer.text(&format!("\n) AS {root}"));
    if is_renamed {
        let list: Vec<String> = names.iter().map(|name| quote::name(name)).collect();
        writer.text(&format!(" ({})", list.join(", ")));
    }

    let Writer {
        statement, types, ..
    } = writer;
    let file = &query.name.file;
    let extra = statement.placeholders.iter().skip(own);
    let single = Single {
        file: file.name().to_owned(),
        lines: (
            query.name.position().line,
            file.position(query.statement.range.end).line,
        ),
        parameters: extra.filter_map(|p| p.name.clone()).collect(),
        types,
        relations: nodes.len(),
    };
    let statement = Query {
        command: Command::Many,
        docs: Vec::new(),
        directives: Vec::new(),
        orders: Vec::new(),
        shape: None,
        sql: statement.sql,
        placeholders: statement.placeholders,
        ..query.clone()
    };
    Ok((single, statement))
}

struct Writer<'w> {
    spelling: Spelling<'w>,
    schema: Schema<'w>,
    statement: Statement,
    /// Those of fields that are not the same on every server.
    types: Vec<Type>,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.statement.text(text);
    }

    /// A line of its own.
    fn line(&mut self, depth: usize, text: &str) {
        self.text(&format!("\n{}{text}", "    ".repeat(depth)));
    }

    /// What a relation gives to a row of `parent`, whose columns are called `names`.
    fn relation(&mut self, node: &Node<'_>, parent: &str, names: &[String], depth: usize) {
        let request = &node.request;
        let kind = request.relation.kind;
        self.text(if kind.is_many() && !request.is_count {
            "ARRAY("
        } else {
            "("
        });
        if request.is_count {
            self.line(depth + 1, "SELECT count(*)");
            self.found(node, parent, names, depth + 1);
        } else if node.nodes.is_empty() && request.order.is_none() {
            self.line(depth + 1, "SELECT ROW(");
            self.fields(node, &quote::name(&request.relation.target.name), |c| {
                c.column.as_str()
            });
            self.text(")");
            self.found(node, parent, names, depth + 1);
        } else {
            // The rows first, so that what belongs to them is loaded for no others.
            let is_long = node.field.len() > 60; // Longer ones might be cut.
            let alias = if is_long { "found" } else { &node.field };
            let alias = free(alias, |name| is_used(name, &node.nodes));
            self.line(depth + 1, "SELECT ROW(");
            self.fields(node, &quote::name(&alias), |c| c.name.as_str());
            let columns: Vec<String> = request.columns.iter().map(|c| c.name.clone()).collect();
            for (index, nested) in node.nodes.iter().enumerate() {
                self.text(if index + node.fields > 0 { ", " } else { "" });
                self.relation(nested, &quote::name(&alias), &columns, depth + 1);
            }
            self.text(")");
            self.line(depth + 1, "FROM (");
            let table = quote::name(&request.relation.target.name);
            let list = request.columns.iter();
            let list: Vec<String> = list.map(|c| aliased(&table, &c.column, &c.name)).collect();
            self.line(depth + 2, &format!("SELECT {}", list.join(", ")));
            self.found(node, parent, names, depth + 2);
            self.line(depth + 1, &format!(") AS {}", quote::name(&alias)));
        }
        self.line(depth, ")");
    }

    /// The fields of a relation's rows, from a table or subquery whose columns are called as `name` says. Without their
    /// domains, which is how they would come in a row.
    fn fields(
        &mut self,
        node: &Node<'_>,
        from: &str,
        name: impl Fn(&super::sql::Selected) -> &str,
    ) {
        let catalog = self.schema.catalog;
        let table = catalog.table(&node.request.relation.target);
        let mut fields = Vec::new();
        for selected in &node.request.columns[..node.fields] {
            let mut field = format!("{from}.{}", quote::after_dot(name(selected)));
            if let Some(table) = table {
                let declared = column_type(table, &selected.column);
                let ty = catalog.base(&declared).clone();
                if ty != declared {
                    field = format!("{field}::{}", Spelling::ty(&ty));
                }
                if !self.is_same_everywhere(&ty) && !self.types.contains(&ty) {
                    self.types.push(ty);
                }
            }
            fields.push(field);
        }
        self.text(&fields.join(", "));
    }

    /// From `FROM` on.
    fn found(&mut self, node: &Node<'_>, parent: &str, names: &[String], depth: usize) {
        let request = &node.request;
        let parts = self.spelling.parts(request);
        let margin = "\n".to_owned() + &"    ".repeat(depth);
        self.line(depth, &format!("FROM {}", parts.from));
        self.text(&parts.join.replace('\n', &margin));
        let keys = node.parent_key.iter().map(|&index| &names[index]);
        let pairs = parts.matched.iter().zip(keys);
        let pairs =
            pairs.map(|(matched, key)| format!("{matched} = {parent}.{}", quote::after_dot(key)));
        let pairs: Vec<String> = pairs.collect();
        self.line(depth, &format!("WHERE {}", pairs.join(" AND ")));
        let statement = &mut self.statement;
        statement.argument(&format!("{margin}    AND ("), request.condition, ")");
        statement.argument(&format!("{margin}ORDER BY "), request.order, "");
        statement.argument(&format!("{margin}LIMIT "), request.limit, "");
        let kind = request.relation.kind;
        let is_proven = matches!(kind, super::graph::Kind::BelongsTo { proven: true });
        if !request.is_count && !kind.is_many() && !is_proven {
            self.line(depth, "LIMIT 1");
        }
    }

    /// Whether clients know the type by its object id.
    fn is_same_everywhere(&self, ty: &Type) -> bool {
        if let Type::Array(element) = ty {
            return self.is_same_everywhere(element);
        }
        let name = ty.name();
        let types = &self.schema.server.types;
        name.schema == "pg_catalog"
            && types.iter().any(|(&oid, known)| {
                known.schema == name.schema
                    && known.name == name.name
                    && ServerType::from_oid(oid).is_some()
            })
    }
}

/// Whether a table of these relations is called so where they are loaded.
fn is_used(name: &str, nodes: &[Node<'_>]) -> bool {
    nodes.iter().any(|node| {
        let relation = node.request.relation;
        let junction = relation.junction.as_ref();
        relation.target.name == name
            || junction.is_some_and(|junction| junction.table.name == name)
            || name.starts_with("junction")
    })
}

/// What the columns of the query are called inside the statement, and whether that must be said.
fn names_of(query: &Query, known: &ir::Query) -> (Vec<String>, bool) {
    let mut taken = BTreeSet::new();
    // Postgres cuts longer ones.
    let mut is_renamed = known.columns.iter().any(|column| column.name.len() > 60);
    let names = known.columns.iter().map(|column| {
        let start: String = column.name.chars().take(15).collect();
        let name = if column.name.len() > 60 {
            &start
        } else {
            &column.name
        };
        let free = free(name, |name| taken.contains(name));
        is_renamed |= free != column.name;
        taken.insert(free.clone());
        free
    });
    let names = names.collect();
    // `AS "total!"` says something of the column `total`.
    let is_marked = Words::of(query).all().any(|word| {
        let is_quoted = word.token.kind == TokenKind::QuotedIdentifier;
        let written = word.name().filter(|_| is_quoted);
        written.is_some_and(|written| Alias::parse(&written).name != written)
    });
    (names, is_renamed || is_marked)
}

/// Why what belongs to a query's rows cannot be loaded along with them, as far as Postgres would not say so.
fn obstacle(query: &Query, known: &ir::Query, schema: Schema<'_>) -> Option<String> {
    if !query.embeds.is_empty() {
        return Some("its rows have `sqlc.embed`".to_owned());
    }
    if query.placeholders.len() != known.parameters.len() {
        return Some("its parameters are numbered with gaps".to_owned());
    }
    let words = Words::of(query);
    if query.sql.text().contains("/*+") {
        return Some("its hint to the planner would stand in the middle".to_owned());
    }
    let first = words.all().find(|word| word.text() != "(")?;
    if !["select", "with", "values", "table"]
        .iter()
        .any(|reading| first.is(reading))
    {
        return Some(format!(
            "what `{}` writes is there for the next statement only",
            first.text().to_uppercase()
        ));
    }
    for (first, second) in words.pairs() {
        let locks = ["update", "share", "no", "key"];
        if first.is("for") && locks.iter().any(|lock| second.is(lock)) {
            return Some(
                "it locks rows that may change until then, and their relations would be older"
                    .to_owned(),
            );
        }
        let is_call = second.text() == "(";
        if is_call && first.name().is_some_and(|name| writes(&name, schema)) {
            return Some(format!(
                "what `{}` may write is there for the next statement only",
                first.text()
            ));
        }
    }
    None
}

/// Whether a function may change what the rest of the statement does not see, or wait for a change of it.
fn writes(function: &str, schema: Schema<'_>) -> bool {
    const STARTS: [&str; 4] = ["dblink", "pg_advisory", "pg_try_advisory", "set_config"];
    let mut functions = schema.server.functions.values();
    STARTS.iter().any(|start| function.starts_with(start))
        || functions.any(|known| known.volatile && known.name == function)
}

/// Finds keys whose texts Postgres would not know how to compare: their columns have different collations.
fn check_collations(
    nodes: &[Node<'_>],
    parent: &[Option<(&QualifiedName, &str)>],
    schema: Schema<'_>,
) -> Result<(), String> {
    for node in nodes {
        let relation = node.request.relation;
        let junction = relation.junction.as_ref();
        let near = junction.map_or(&relation.target, |junction| &junction.table);
        for (&index, matched) in node.parent_key.iter().zip(&relation.matched) {
            let Some((table, name)) = parent[index] else {
                continue;
            };
            let collation = |table: &QualifiedName, column: &str| {
                schema
                    .column_in_server(table, column)
                    .map(|column| column.collation)
            };
            if collation(table, name) != collation(near, matched)
                && collation(table, name) != Some(0)
                && collation(near, matched) != Some(0)
            {
                return Err(format!(
                    "`{table}.{name}` and `{near}.{matched}` have different collations"
                ));
            }
        }
        let columns = node.request.columns.iter();
        let columns = columns.map(|selected| Some((&relation.target, selected.column.as_str())));
        check_collations(&node.nodes, &columns.collect::<Vec<_>>(), schema)?;
    }
    Ok(())
}

/// A statement's tokens without white space and comments.
struct Words<'q> {
    sql: &'q str,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy)]
struct Word<'w> {
    sql: &'w str,
    token: &'w Token,
}

impl<'q> Words<'q> {
    fn of(query: &'q Query) -> Self {
        let sql = query.sql.text();
        let mut tokens = lex(sql);
        tokens.retain(|token| !token.is_trivia());
        Self { sql, tokens }
    }

    fn all(&self) -> impl Iterator<Item = Word<'_>> {
        let sql = self.sql;
        self.tokens.iter().map(move |token| Word { sql, token })
    }

    fn pairs(&self) -> impl Iterator<Item = (Word<'_>, Word<'_>)> {
        self.all().zip(self.all().skip(1))
    }
}

impl<'w> Word<'w> {
    fn text(self) -> &'w str {
        self.token.text(self.sql)
    }

    fn is(self, word: &str) -> bool {
        self.token.is_word(word, self.sql)
    }

    fn is_parameter(self) -> bool {
        self.token.kind == TokenKind::Positional
    }

    /// What it names, as Postgres knows it.
    fn name(self) -> Option<String> {
        self.token.name(self.sql)
    }
}
