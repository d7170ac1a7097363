//! Structs of parameters that queries name by `-- @params`: they own their values, are passed by reference, and queries of one
//! module share them.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir;

use super::Lowering;
use super::derives::{self, Member};
use super::doc::{DocComment, code};
use super::ident::Ident;
use super::items::{Argument, Field, Item, New, Struct};
use super::names::Called;
use super::queries::link_to;
use super::scope::Scope;
use super::types::RustType;

/// What serde reads fields with that may be missing.
const PRESENT: &str = "deserialize_present";

/// A parameter as a field.
pub(super) struct ParamsField<'p> {
    pub(super) parameter: &'p ir::Parameter,
    pub(super) name: Ident,
    pub(super) ty: RustType,
    pub(super) is_optional: bool,
}

impl Lowering<'_> {
    /// The struct that a query makes of these parameters, and the type of the argument that it is. It is declared by the first
    /// query of the module that names it.
    pub(super) fn named_params(
        &mut self,
        query: &ir::Query,
        called: &Called<'_>,
        named: &ir::ParamsName,
        fields: &[ParamsField<'_>],
        scope: &mut Scope,
    ) -> (Option<Item>, String) {
        let name = Ident::chosen_type(&named.name);
        let argument = format!("&'a {name}");
        if !self.is_free(&name, named) {
            return (None, argument);
        }
        let shape = fields.iter();
        let shape = shape.map(|field| (field.name.clone(), field.ty.shown()));
        let shape: Vec<(Ident, String)> = shape.collect();
        if let Some((first, known)) = self.params.get(&name) {
            if *known != shape {
                let message = format!(
                    "`{first}` and `{}` name their parameters `{name}`, but these differ",
                    query.name
                );
                let help = "give one of them another name, or make names, types and `@optional` the same, in the same order";
                let diagnostic = Diagnostic::error(Code::DuplicateName, message).help(help);
                self.report(diagnostic, &named.location);
            }
            return (None, argument);
        }
        self.params
            .insert(name.clone(), (query.name.clone(), shape));
        let item = self.params_struct(called, name, fields, scope);
        (Some(Item::Struct(item)), argument)
    }

    /// Whether a struct can be called so; reports if not.
    fn is_free(&mut self, name: &Ident, named: &ir::ParamsName) -> bool {
        let (message, help) = if name.as_str() == named.name {
            let models = self.schema.models.iter();
            let types = self.schema.types.iter();
            let mut known = models.chain(types).filter(|(_, known)| *known == name);
            let Some((of, _)) = known.next() else {
                return true;
            };
            let of = code(&of.to_string());
            let message = format!("`{name}` is what {of} is called in Rust");
            (message, "choose another name".to_owned())
        } else {
            (
                format!("`{}` cannot be the name of a struct", named.name),
                format!("write a name as `{name}`: letters and digits, a capital first"),
            )
        };
        let diagnostic = Diagnostic::error(Code::InvalidDirective, message).help(help);
        self.report(diagnostic, &named.location);
        false
    }

    fn params_struct(
        &mut self,
        called: &Called<'_>,
        name: Ident,
        fields: &[ParamsField<'_>],
        scope: &mut Scope,
    ) -> Struct {
        let members = fields.iter();
        let members = members.map(|field| (field.parameter.name.as_str(), &field.ty));
        let members: Vec<Member> = derives::values(members);
        let may_be_none = |field: &ParamsField<'_>| matches!(field.ty, RustType::Nullable(_));
        let all_may_be_none = fields.iter().all(may_be_none);
        let attributes = self.derives_of_named_params(&name, &members, all_may_be_none);
        let (reads, writes) = (
            attributes.derive("Deserialize"),
            attributes.derive("Serialize"),
        );
        let items = fields.iter().map(|field| Field {
            docs: DocComment::default(),
            attributes: attribute(field, reads, writes),
            name: field.name.clone(),
            ty: field.ty.owned(scope),
        });
        let items: Vec<Field> = items.collect();
        let is_some_optional = fields.iter().any(may_be_none);
        let new = (is_some_optional && !all_may_be_none).then(|| {
            let mut arguments = Vec::new();
            let mut values = Vec::new();
            for (field, item) in fields.iter().zip(&items) {
                if may_be_none(field) {
                    values.push("None".to_owned());
                    continue;
                }
                let (ty, value) = if item.ty == "String" {
                    let into = scope.prelude("convert::Into");
                    (
                        format!("impl {into}<{}>", item.ty),
                        format!("{}.into()", item.name),
                    )
                } else {
                    (item.ty.clone(), item.name.to_string())
                };
                arguments.push(Argument {
                    name: item.name.clone(),
                    ty,
                });
                values.push(value);
            }
            New { arguments, values }
        });
        self.needs.reads_present |= reads && fields.iter().any(|field| field.is_optional);
        Struct {
            docs: DocComment::markdown(format!("What {} takes.", link_to(&called.function))),
            attributes,
            name,
            borrows: false,
            fields: items,
            from_row: None,
            from_record: None,
            put: None,
            borrowed: None,
            new,
        }
    }
}

/// Keeps what is missing in JSON apart from `null`.
fn attribute(field: &ParamsField<'_>, reads: bool, writes: bool) -> Vec<String> {
    let mut said = Vec::new();
    if reads {
        said.push(format!("default, deserialize_with = \"{PRESENT}\""));
    }
    if writes {
        said.push("skip_serializing_if = \"std::option::Option::is_none\"".to_owned());
    }
    if !field.is_optional || said.is_empty() {
        return Vec::new();
    }
    vec![format!("serde({})", said.join(", "))]
}

/// The function that serde reads such fields with, for the module.
pub(super) fn present() -> Ident {
    Ident::value(PRESENT)
}
