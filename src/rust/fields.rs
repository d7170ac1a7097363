//! The fields of a struct that is read from rows, while they are collected.

use super::derives::{Attributes, Member};
use super::doc::DocComment;
use super::from_row;
use super::ident::Ident;
use super::items::{Field, Struct, Value};
use super::names::{Named, settled};
use super::scope::Scope;
use super::types::RustType;

/// Of each field its name, its type, and where its value comes from.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) members: Vec<Member>,
    pub(super) names: Vec<Named>,
    types: Vec<String>,
    values: Vec<Value>,
}

impl Fields {
    pub(super) fn push(&mut self, member: Member, (name, ty, value): (Named, String, Value)) {
        self.members.push(member);
        self.names.push(name);
        self.types.push(ty);
        self.values.push(value);
    }

    /// Adds what is read from the column `index`, called `column` in SQL.
    pub(super) fn push_column(
        &mut self,
        column: &str,
        name: Named,
        nullable: bool,
        ty: &RustType,
        index: usize,
        scope: &mut Scope,
    ) {
        let ty = ty.clone().with_null(nullable);
        let value = ty.column(index, scope);
        let spelled = ty.owned(scope);
        self.push(Member::Value(column.to_owned(), ty), (name, spelled, value));
    }

    /// A struct that these macros read.
    pub(super) fn into_struct(
        self,
        macros: &[&str],
        name: Ident,
        docs: String,
        attributes: Attributes,
        scope: &mut Scope,
    ) -> Struct {
        let fields = settled(&self.names).into_iter().zip(self.types);
        let fields = fields.map(|(name, ty)| Field {
            docs: DocComment::default(),
            attributes: Vec::new(),
            name,
            ty,
        });
        Struct {
            docs: DocComment::markdown(docs),
            attributes,
            name,
            borrows: false,
            fields: fields.collect(),
            from_row: Some(from_row(macros, self.values, scope)),
            from_record: None,
            put: None,
            borrowed: None,
            new: None,
        }
    }
}
