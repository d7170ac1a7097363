//! What sqlc's request says of the schema and the queries, in our terms.
//!
//! sqlc reads SQL by itself, without Postgres, so only a part of its claims is relied on:
//!
//! - A result column is never NULL where sqlc says so of a table's column, in a statement with a single `SELECT` and no
//!   set operation. `AS "name!"` says so of any other.
//! - Expressions may be NULL.
//! - A parameter is an `Option` where sqlc says that it may be NULL.
//! - What has no type (`any`) is a mistake, to be mended by a cast.

use std::collections::BTreeMap;

use super::request::{Column, Identifier, Query, Request};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{
    Analysis, Catalog, ColumnOrigin, Command, Embed, Enum, Location, Nullability, Parameter,
    Position, QualifiedName, Table, TableColumn, TableKind, Type,
};
use crate::options::DbType;
use crate::syntax::{Insert, TokenKind, after_changes, lex};

/// Why a column is said to be nullable that may not be.
pub(super) const UNPROVED: &str = "nothing that sqlc says proves otherwise";

/// What sqlc calls a type that it does not know.
const UNKNOWN: [&str; 6] = ["", "any", "anyelement", "anyarray", "anynonarray", "record"];

/// Schemas of Postgres' own.
const SYSTEM: [&str; 3] = ["pg_catalog", "information_schema", "pg_temp"];

/// The analysis that a request amounts to, and what is wrong with it.
pub(super) fn analysis(request: &Request) -> (Analysis, Vec<Diagnostic>) {
    let mut reader = Reader {
        default_schema: match request.catalog.default_schema.as_str() {
            "" => "public",
            schema => schema,
        },
        enums: BTreeMap::new(),
        catalog: Catalog::default(),
        diagnostics: Vec::new(),
    };
    reader.read_catalog(request);
    let queries = request.queries.iter();
    let queries = queries.filter_map(|query| reader.query(query)).collect();
    let analysis = Analysis {
        // Nor of keys: there are no relations.
        loaders: Vec::new(),
        catalog: reader.catalog,
        queries,
    };
    (analysis, reader.diagnostics)
}

struct Reader<'a> {
    default_schema: &'a str,
    enums: BTreeMap<QualifiedName, Enum>,
    catalog: Catalog,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read_catalog(&mut self, request: &Request) {
        let is_own = |name: &str| !SYSTEM.contains(&name);
        let schemas = || {
            request
                .catalog
                .schemas
                .iter()
                .filter(|schema| is_own(&schema.name))
        };
        let comment = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for schema in schemas() {
            for found in &schema.enums {
                let name = QualifiedName::new(&schema.name, &found.name);
                let comment = comment(&found.comment);
                let labels = found.vals.clone();
                self.enums.insert(
                    name.clone(),
                    Enum {
                        name,
                        labels,
                        comment,
                    },
                );
            }
        }
        self.catalog.enums = self.enums.values().cloned().collect();
        let mut tables = Vec::new();
        for schema in schemas() {
            for table in &schema.tables {
                let columns = table.columns.iter().map(|column| TableColumn {
                    name: column.name.clone(),
                    ty: self.ty(column),
                    nullability: declared(column),
                    elements: None,
                    has_default: false,
                    generated: false,
                    comment: comment(&column.comment),
                });
                tables.push(Table {
                    name: QualifiedName::new(&schema.name, &table.rel.name),
                    kind: TableKind::Table,
                    comment: comment(&table.comment),
                    row_security: false,
                    inherited: false,
                    columns: columns.collect(),
                    unique_keys: Vec::new(),
                    foreign_keys: Vec::new(),
                });
            }
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.catalog.tables = tables;
    }

    fn query(&mut self, query: &Query) -> Option<crate::ir::Query> {
        let mut commands = Command::ALL.iter();
        let command = commands.find(|command| command.as_str() == query.cmd);
        let Some(command) = command else {
            let message = format!("`{}` of `{}` is not supported here", query.cmd, query.name);
            self.report(
                query,
                message,
                "use another command, or `rowsmith generate`",
            );
            return None;
        };
        let mistakes = self.diagnostics.len();
        let is_simple = is_simple(&query.text);
        let mut columns = Vec::new();
        let mut embeds = Vec::new();
        for column in &query.columns {
            match &column.embed_table {
                None => columns.push(self.column(query, column, is_simple)),
                Some(table) => {
                    let start = columns.len();
                    embeds.extend(self.embed(query, &column.name, table, start, &mut columns));
                }
            }
        }
        let mut params: Vec<_> = query.params.iter().collect();
        params.sort_by_key(|parameter| parameter.number);
        let parameters = params.into_iter().map(|parameter| {
            let column = &parameter.column;
            let name = match column.name.as_str() {
                "" => format!("dollar_{}", parameter.number),
                name => name.to_owned(),
            };
            let mut ty = self.known_type(query, column, &format!("${}", parameter.number));
            if column.is_sqlc_slice {
                ty = Type::Array(Box::new(ty));
            }
            Parameter {
                name,
                ty,
                // A list may be empty, but it is there.
                nullability: if column.not_null || column.is_sqlc_slice {
                    Nullability::not_null("sqlc says so")
                } else {
                    Nullability::nullable("sqlc says so")
                },
                origin: self.origin(column),
                position: START,
            }
        });
        let parameters = parameters.collect();
        let bulk = match command {
            Command::CopyFrom => {
                let copy =
                    Insert::read(&query.text).and_then(|found| found.plain_copy(&query.text));
                if copy.is_none() {
                    let message = format!("`{}` is no plain `INSERT`", query.name);
                    let help = "name the columns, as in `INSERT INTO t (a, b) VALUES (@a, @b)`";
                    self.report(query, message, help);
                }
                copy
            }
            _ => None,
        };
        (self.diagnostics.len() == mistakes).then(|| crate::ir::Query {
            name: query.name.clone(),
            command: *command,
            location: location(query),
            docs: docs(&query.comments),
            parameters,
            sql: with_slices(query),
            body: after_changes(&with_slices(query)),
            columns,
            embeds,
            // sqlc tells a plugin of no keys.
            relations: Vec::new(),
            single: None,
            row: None,
            params: None,
            dynamic: None,
            patterns: Vec::new(),
            unsettled: Vec::new(),
            bulk,
        })
    }

    fn column(&mut self, query: &Query, column: &Column, is_simple: bool) -> crate::ir::Column {
        let (name, said) = match column.name.strip_suffix(['!', '?']) {
            Some(name) => (name, Some(column.name.ends_with('?'))),
            None => (column.name.as_str(), None),
        };
        let origin = self.origin(column);
        let nullability = match said {
            Some(true) => Nullability::nullable("its name ends in `?`"),
            Some(false) => Nullability::not_null("its name ends in `!`"),
            None if column.not_null && origin.is_some() && is_simple => {
                Nullability::not_null("sqlc says so of this column of a table")
            }
            None if column.not_null => Nullability::nullable(UNPROVED),
            None => Nullability::nullable("sqlc says so"),
        };
        crate::ir::Column {
            name: name.to_owned(),
            ty: self.known_type(query, column, name),
            nullability,
            elements: None,
            origin,
            row: 0,
            location: None,
        }
    }

    /// The columns of `sqlc.embed(name)`, of which sqlc's request has only the table.
    fn embed(
        &mut self,
        query: &Query,
        name: &str,
        table: &Identifier,
        start: usize,
        columns: &mut Vec<crate::ir::Column>,
    ) -> Option<Embed> {
        let table = self.qualified(table);
        let Some(found) = self.catalog.table(&table) else {
            let message = format!("sqlc embeds `{table}`, which it does not know");
            self.report(query, message, "select its columns instead");
            return None;
        };
        // An outer join may leave the whole row out.
        let may_be_missing = has_word(&query.text, &["left", "right", "full"]);
        let can_tell = found
            .columns
            .iter()
            .any(|column| !column.nullability.nullable);
        columns.extend(found.columns.iter().map(|column| crate::ir::Column {
            name: column.name.clone(),
            ty: column.ty.clone(),
            nullability: if may_be_missing {
                Nullability::nullable("an outer join may leave it out")
            } else {
                column.nullability.clone()
            },
            elements: None,
            origin: Some(ColumnOrigin {
                table: table.clone(),
                column: column.name.clone(),
            }),
            row: 0,
            location: None,
        }));
        Some(Embed {
            name: name.to_owned(),
            renamed: false,
            columns: start..columns.len(),
            nullability: if may_be_missing && can_tell {
                Nullability::nullable("an outer join may leave it out")
            } else {
                Nullability::not_null("no outer join leaves it out")
            },
            nullable_columns: if can_tell || !may_be_missing {
                let columns = found.columns.iter();
                columns.map(|column| column.nullability.nullable).collect()
            } else {
                vec![true; found.columns.len()]
            },
            table: (can_tell || !may_be_missing).then_some(table),
        })
    }

    fn origin(&self, column: &Column) -> Option<ColumnOrigin> {
        let table = column.table.as_ref()?;
        let origin = ColumnOrigin {
            table: self.qualified(table),
            column: column.original_name.clone(),
        };
        let known = self.catalog.table(&origin.table)?;
        let is_there = known
            .columns
            .iter()
            .any(|column| column.name == origin.column);
        is_there.then_some(origin)
    }

    fn qualified(&self, identifier: &Identifier) -> QualifiedName {
        let schema = match identifier.schema.as_str() {
            "" => self.default_schema,
            schema => schema,
        };
        QualifiedName::new(schema, &identifier.name)
    }

    /// The type of a column; one that sqlc does not know is reported.
    fn known_type(&mut self, query: &Query, column: &Column, what: &str) -> Type {
        if UNKNOWN.contains(&column.ty.name.as_str()) {
            let message = format!(
                "sqlc does not know the type of `{what}` in `{}`",
                query.name
            );
            self.report(query, message, "add a cast to it, such as `::text`");
        }
        self.ty(column)
    }

    fn ty(&self, column: &Column) -> Type {
        // The schema may be in front of the name.
        let (schema, name) = match column.ty.name.split_once('.') {
            Some((schema, name)) => (schema, name),
            None => (column.ty.schema.as_str(), column.ty.name.as_str()),
        };
        let own = QualifiedName::new(
            if schema.is_empty() {
                self.default_schema
            } else {
                schema
            },
            name,
        );
        let element = if self.enums.contains_key(&own) {
            Type::Enum(own)
        } else if schema.is_empty() || schema == "pg_catalog" {
            // As the user wrote it.
            let known = DbType::parse(name);
            let name = known.as_ref().map_or(name, DbType::name);
            Type::Base(QualifiedName::new("pg_catalog", name))
        } else {
            Type::Base(own)
        };
        if column.is_array || column.array_dims > 0 {
            Type::Array(Box::new(element))
        } else {
            element
        }
    }

    fn report(&mut self, query: &Query, message: String, help: &str) {
        self.diagnostics.push(
            Diagnostic::error(Code::InvalidQuery, message)
                .in_file(&query.filename)
                .help(help),
        );
    }
}

fn declared(column: &Column) -> Nullability {
    if column.not_null {
        Nullability::not_null(format!("`{}` is declared NOT NULL", column.name))
    } else {
        Nullability::nullable(format!("`{}` may be NULL", column.name))
    }
}

/// A plugin is told of files, but of no places in them.
const START: Position = Position { line: 1, column: 1 };

fn location(query: &Query) -> Location {
    Location {
        file: query.filename.clone(),
        line: START.line,
        column: START.column,
    }
}

/// The doc comment, without the directives in it.
fn docs(comments: &[String]) -> Vec<String> {
    let lines = comments
        .iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines
        .filter(|line| !line.starts_with('@'))
        .map(str::to_owned)
        .collect()
}

/// Whether a statement holds one of these keywords.
fn has_word(text: &str, words: &[&str]) -> bool {
    lex(text)
        .iter()
        .any(|token| words.iter().any(|word| token.is_word(word, text)))
}

/// Whether each result column of a statement is what its only `SELECT` or its `RETURNING` says.
fn is_simple(text: &str) -> bool {
    let tokens = lex(text);
    let count = |word: &str| {
        tokens
            .iter()
            .filter(|token| token.is_word(word, text))
            .count()
    };
    let several = [
        "union",
        "intersect",
        "except",
        "rollup",
        "cube",
        "grouping",
        "merge",
    ];
    count("select") <= 1 && several.iter().all(|word| count(word) == 0)
}

/// The text with `IN ($n)` as `= ANY($n)` where `$n` is a slice: sqlc leaves that to who generates code.
fn with_slices(query: &Query) -> String {
    let slices = query
        .params
        .iter()
        .filter(|parameter| parameter.column.is_sqlc_slice);
    let slices: Vec<String> = slices
        .map(|parameter| format!("${}", parameter.number))
        .collect();
    if slices.is_empty() {
        return query.text.clone();
    }
    let text = query.text.as_str();
    let tokens: Vec<_> = lex(text)
        .into_iter()
        .filter(|token| !token.is_trivia())
        .collect();
    let mut sql = String::with_capacity(text.len());
    let mut position = 0;
    for (index, window) in tokens.windows(4).enumerate() {
        let [keyword, open, parameter, close] = window else {
            continue;
        };
        let is_slice = keyword.is_word("in", text)
            && open.is("(", text)
            && parameter.kind == TokenKind::Positional
            && slices.iter().any(|slice| slice == parameter.text(text))
            && close.is(")", text);
        if !is_slice {
            continue;
        }
        let not = index.checked_sub(1).map(|before| &tokens[before]);
        let not = not.filter(|token| token.is_word("not", text));
        let start = not.map_or(keyword.range.start, |token| token.range.start);
        sql.push_str(&text[position..start]);
        sql.push_str(if not.is_some() { "<> ALL(" } else { "= ANY(" });
        position = parameter.range.start;
    }
    sql.push_str(&text[position..]);
    sql
}
