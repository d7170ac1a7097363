//! The types that are not built into Postgres, where nothing is prepared.
//!
//! `tokio-postgres` asks the server about such types by statements that have names, which a pooler between them may lose
//! or mix up. So generated code says what it expects of these types, and a statement is sent so that nobody need ask:
//! parameters of them are left to the server, and columns of them are given as records of one field, in bytes.

use tokio_postgres::types::{Field, Kind, Type};

/// A type that is not built into Postgres, or what one is made of.
#[derive(Debug)]
#[doc(hidden)]
pub enum UserType {
    /// A type that has the same object id on every server.
    Builtin(Type),
    /// A type that is known by its name alone, as one of an extension.
    Named(&'static str),
    /// An enum and its labels.
    Enum(&'static str, &'static [&'static str]),
    /// A composite type and its fields.
    Composite(&'static str, &'static [(&'static str, Self)]),
    /// An array of a type.
    Array(&'static Self),
    /// A range over a type.
    Range(&'static Self),
}

impl UserType {
    fn to_type(&self) -> Type {
        let (name, kind) = match self {
            Self::Builtin(ty) => return ty.clone(),
            Self::Named(name) => ((*name).to_owned(), Kind::Simple),
            Self::Enum(name, labels) => {
                let labels = labels.iter().map(|&label| label.to_owned());
                ((*name).to_owned(), Kind::Enum(labels.collect()))
            }
            Self::Composite(name, fields) => {
                let fields = fields
                    .iter()
                    .map(|(field, ty)| Field::new((*field).to_owned(), ty.to_type()));
                ((*name).to_owned(), Kind::Composite(fields.collect()))
            }
            Self::Array(element) => {
                let element = element.to_type();
                (format!("_{}", element.name()), Kind::Array(element))
            }
            Self::Range(subtype) => ("range".to_owned(), Kind::Range(subtype.to_type())),
        };
        // The server finds out what a parameter with the object id 0 is.
        Type::new(name, 0, kind, String::new())
    }
}

/// The columns of a statement that are of such types.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserColumns {
    /// Where the statement begins, if a `WITH` before it changes data.
    pub(super) body: usize,
    /// The names of all columns.
    pub(super) names: &'static [&'static str],
    /// The place and type of each of these, by place.
    pub(super) types: &'static [(usize, UserType)],
}

impl UserColumns {
    pub(super) const NONE: Self = Self {
        body: 0,
        names: &[],
        types: &[],
    };

    /// The place of a column among them.
    pub(super) fn find(&self, index: usize) -> Option<usize> {
        self.types
            .binary_search_by_key(&index, |(place, _)| *place)
            .ok()
    }

    /// The statement that gives them as bytes.
    fn wrap(&self, sql: &str) -> String {
        self.around(sql, self.names.len(), "", |index, name| {
            match self.find(index) {
                Some(_) => format!("pg_catalog.record_send(ROW({name}))"),
                None => name.to_owned(),
            }
        })
    }

    /// A statement whose plan tells the types of all columns: each of them has a NULL of its type beside it.
    pub(super) fn describing(&self, sql: &str, width: usize) -> String {
        self.around(sql, width, " MATERIALIZED", |_, name| {
            format!("CASE WHEN {name} IS NULL THEN NULL ELSE {name} END")
        })
    }

    /// A statement around another one of so many columns.
    fn around(
        &self,
        sql: &str,
        width: usize,
        how: &str,
        column: impl Fn(usize, &str) -> String,
    ) -> String {
        let (before, body) = sql.split_at(self.body);
        let with = match before {
            "" => "WITH".to_owned(),
            before => format!("{},", before.trim_end()),
        };
        let names: Vec<String> = (1..=width).map(|number| format!("c{number}")).collect();
        let columns = names.iter().enumerate();
        let columns: Vec<String> = columns.map(|(index, name)| column(index, name)).collect();
        let (names, columns) = (names.join(", "), columns.join(", "));
        // The last line may end in a comment.
        format!("{with} sent_ ({names}) AS{how} (\n{body}\n)\nSELECT {columns} FROM sent_")
    }
}

/// How a statement is sent where nothing is prepared.
#[derive(Debug)]
pub(super) struct Unnamed {
    /// The text, where it is not the query's own.
    pub(super) sql: Option<String>,
    /// The types of all parameters.
    pub(super) parameters: Vec<Type>,
    /// The types of the columns that are given as bytes.
    pub(super) columns: Vec<Type>,
}

impl Unnamed {
    pub(super) fn new(
        sql: &str,
        types: &[Type],
        sent: &[(usize, UserType)],
        given: &UserColumns,
    ) -> Self {
        let mut parameters = types.to_vec();
        for (place, ty) in sent {
            parameters[*place] = ty.to_type();
        }
        Self {
            sql: (!given.types.is_empty()).then(|| given.wrap(sql)),
            parameters,
            columns: given.types.iter().map(|(_, ty)| ty.to_type()).collect(),
        }
    }

    #[cfg(feature = "assignments")]
    /// With the parameters at those places left out, which only have to be some type.
    pub(super) fn without(mut self, places: &[usize]) -> Self {
        for place in places {
            self.parameters[*place] = Type::TEXT;
        }
        self
    }
}
