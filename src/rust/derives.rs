//! What stands above types: the traits that they derive, as much as their fields allow of the usual and what the user asks
//! for, and the user's attributes.

use std::fmt;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::options::{Derive, Deriving};

use super::Lowering;
use super::ident::Ident;
use super::items::{Enum, Item, Literal, Module, Struct};
use super::types::RustType;

/// A field, as far as it matters to what its struct derives.
#[derive(Debug)]
pub(super) enum Member {
    /// Its name in SQL, and its type.
    Value(String, RustType),
    /// A model, or another struct of rows.
    Struct {
        field: String,
        /// Of the struct, in Rust.
        name: String,
        wrapped: Wrapped,
        /// The struct's own fields.
        members: Vec<Member>,
    },
}

/// How many structs a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapped {
    /// One.
    Plain,
    /// `Option<T>`
    Option,
    /// `Vec<T>`
    Vec,
}

/// Fields by their names in SQL.
pub(super) fn values<'t>(fields: impl Iterator<Item = (&'t str, &'t RustType)>) -> Vec<Member> {
    fields
        .map(|(name, ty)| Member::Value(name.to_owned(), ty.clone()))
        .collect()
}

/// What structs that own what they hold derive.
const OF_ROWS: [&str; 3] = ["Debug", "Clone", "PartialEq"];

/// What structs derive that are small enough to be copied.
const OF_COPIED: [&str; 4] = ["Debug", "Clone", "Copy", "PartialEq"];

/// What every enum derives.
pub(super) const OF_ENUMS: [&str; 8] = [
    "Debug",
    "Clone",
    "Copy",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
];

/// What must be derived along with a trait.
const REQUIRED: [(&str, &[&str]); 4] = [
    ("Eq", &["PartialEq"]),
    ("PartialOrd", &["PartialEq"]),
    ("Ord", &["PartialEq", "Eq", "PartialOrd"]),
    ("Copy", &["Clone"]),
];

/// What stands above a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// As `derive` lists them; may be empty.
    derives: String,
    /// As they stand between `#[` and `]`.
    others: Vec<String>,
}

impl Attributes {
    /// Whether a trait is derived, given without its path.
    pub(super) fn derive(&self, wanted: &str) -> bool {
        let mut derives = self.derives.split(", ");
        derives.any(|derive| derive.rsplit("::").next() == Some(wanted))
    }

    /// The attribute that gives a variant its text in JSON; nothing where serde does not see it, or the user says how all are
    /// called.
    pub(super) fn of_variant(&self, name: &Ident, label: &str) -> Vec<String> {
        let mut traits = self.derives.split(", ");
        let is_serde = |path: &str| path.starts_with("serde::");
        let says_all = self.others.iter().any(|other| other.contains("rename_all"));
        if !traits.any(is_serde) || says_all || name.unraw() == label {
            return Vec::new();
        }
        vec![format!("serde(rename = {})", Literal::new(label))]
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.derives.is_empty() {
            writeln!(f, "#[derive({})]", self.derives)?;
        }
        self.others
            .iter()
            .try_for_each(|other| writeln!(f, "#[{other}]"))
    }
}

impl Lowering<'_> {
    /// Of a struct that owns what it holds.
    pub(super) fn derives_of_row(&mut self, name: &Ident, members: &[Member]) -> Attributes {
        self.attributes(&Deriving::Structs, name, &OF_ROWS, members)
    }

    /// Of a struct that borrows what would have to be copied.
    pub(super) fn derives_of_params(&mut self, name: &Ident, members: &[Member]) -> Attributes {
        self.attributes(&Deriving::Params, name, &OF_COPIED, members)
    }

    /// Of a struct around the value of a domain.
    pub(super) fn derives_of_domain(&mut self, name: &Ident, member: Member) -> Attributes {
        self.attributes(&Deriving::Structs, name, &OF_COPIED, &[member])
    }

    pub(super) fn derives_of_enum(&mut self, name: &Ident) -> Attributes {
        self.attributes(&Deriving::Enums, name, &OF_ENUMS, &[])
    }

    /// Of the struct beside one of parameters that owns its values: what the other one derives, as far as that is for both.
    pub(super) fn derives_of_owned_params(
        &mut self,
        name: &Ident,
        members: &[Member],
    ) -> Attributes {
        let options = self.options;
        let attributes = options.attributes.of(&Deriving::Params, name.unraw());
        Attributes {
            derives: self.derives(
                &Deriving::Params,
                &Deriving::Structs,
                name,
                &OF_ROWS,
                members,
            ),
            others: attributes.map(str::to_owned).collect(),
        }
    }

    /// Of a struct of parameters that owns what it holds, and has nothing that is required if it `has_default`.
    pub(super) fn derives_of_named_params(
        &mut self,
        name: &Ident,
        members: &[Member],
        has_default: bool,
    ) -> Attributes {
        let usual: &[&str] = if has_default {
            &["Debug", "Clone", "PartialEq", "Default"]
        } else {
            &OF_ROWS
        };
        let options = self.options;
        let attributes = options.attributes.of(&Deriving::Params, name.unraw());
        Attributes {
            derives: self.derives(&Deriving::Params, &Deriving::Structs, name, usual, members),
            others: attributes.map(str::to_owned).collect(),
        }
    }

    fn attributes(
        &mut self,
        group: &Deriving,
        name: &Ident,
        usual: &[&str],
        members: &[Member],
    ) -> Attributes {
        let derives = self.derives(group, group, name, usual, members);
        let options = self.options;
        let others = options.attributes.of(group, name.unraw());
        Attributes {
            derives,
            others: others.map(str::to_owned).collect(),
        }
    }

    /// The traits that are derived: those of the types in `group`, by fields that are as those in `fields`.
    fn derives(
        &mut self,
        group: &Deriving,
        fields: &Deriving,
        name: &Ident,
        usual: &[&str],
        members: &[Member],
    ) -> String {
        let allows = |lowering: &Self, member: &Member, wanted: &str| {
            lowering.allows(fields, member, wanted)
        };
        let mut derived: Vec<String> = usual
            .iter()
            .filter(|wanted| members.iter().all(|member| allows(self, member, wanted)))
            .map(|wanted| (*wanted).to_owned())
            .collect();
        let options = self.options;
        for derive in options.derives.of(group, name.unraw()) {
            let required = REQUIRED.iter().find(|(known, _)| *known == derive.name());
            let required = required.map_or(&[] as &[&str], |(_, required)| required);
            let known = |derived: &[String], wanted: &str| {
                derived
                    .iter()
                    .any(|d| d.rsplit("::").next() == Some(wanted))
            };
            if derive.removed {
                derived.retain(|d| d.rsplit("::").next() != Some(derive.name()));
                continue;
            }
            let refusing = members
                .iter()
                .find(|member| !self.allows(fields, member, derive.name()));
            let is_borrowed_params = *fields == Deriving::Params && derive.name() == "Deserialize";
            if refusing.is_some() && is_borrowed_params && options.owned_params {
                // The struct beside it derives that.
                continue;
            }
            if let Some(member) = refusing {
                let mut refusal = refusal(derive, name, member);
                if is_borrowed_params {
                    refusal = refusal.help(
                        "`owned_params: true` makes a struct beside it that owns its values, which derives it",
                    );
                }
                self.diagnostics.push(refusal);
                continue;
            }
            for wanted in required.iter().copied().chain([derive.path.as_str()]) {
                let last = wanted.rsplit("::").next().unwrap_or(wanted);
                if !known(&derived, last) {
                    derived.push(wanted.to_owned());
                }
            }
        }
        self.needs.deriving.insert(name.unraw().to_owned());
        derived.join(", ")
    }

    /// Whether a field of a struct that owns what it holds implements a trait, given without its path.
    pub(super) fn row_allows(&self, member: &Member, wanted: &str) -> bool {
        self.allows(&Deriving::Structs, member, wanted)
    }

    /// Whether a field's type implements a trait, given without its path.
    fn allows(&self, group: &Deriving, member: &Member, wanted: &str) -> bool {
        match member {
            Member::Value(_, ty) if *group == Deriving::Params => {
                self.argument_implements(ty, wanted)
            }
            Member::Value(_, ty) => self.owned_implements(ty, wanted),
            Member::Struct { wrapped, .. } if *wrapped != Wrapped::Plain && wanted == "Default" => {
                true
            }
            Member::Struct {
                wrapped: Wrapped::Vec,
                ..
            } if wanted == "Copy" => false,
            Member::Struct { name, members, .. } => {
                let usual = || {
                    OF_ROWS.contains(&wanted)
                        && members
                            .iter()
                            .all(|member| self.allows(group, member, wanted))
                };
                let said = self.options.derives.says(&Deriving::Structs, name, wanted);
                said.unwrap_or_else(usual)
            }
        }
    }

    /// Whether the type of a field that owns its value implements a trait.
    pub(super) fn owned_implements(&self, ty: &RustType, wanted: &str) -> bool {
        let says = |group: &Deriving, name: &Ident| {
            let derives = &self.options.derives;
            derives.says(group, name.unraw(), wanted)
        };
        match ty {
            RustType::Primitive("f32" | "f64") => !matches!(wanted, "Eq" | "Ord" | "Hash"),
            RustType::Array(_) | RustType::Of(..) if wanted == "Copy" => false,
            RustType::Array(_) | RustType::Nullable(_) if wanted == "Default" => true,
            RustType::Array(of) | RustType::Nullable(of) | RustType::Coded(of, _) => {
                self.owned_implements(of, wanted)
            }
            RustType::Generated(part) => part.derives().contains(&wanted),
            RustType::Of(part, of) => {
                part.derives().contains(&wanted) && self.owned_implements(of, wanted)
            }
            RustType::Enum(name) => {
                says(&Deriving::Enums, name).unwrap_or(OF_ENUMS.contains(&wanted))
            }
            RustType::Model(name, is_copy) => says(&Deriving::Structs, name)
                .unwrap_or(OF_ROWS.contains(&wanted) || (*is_copy && wanted == "Copy")),
            RustType::Copied(path) | RustType::Borrowed(path) => {
                !lacking(path).contains(&wanted) && (wanted != "Copy" || !ty.is_borrowed())
            }
            RustType::Custom(custom) => custom.implements(wanted),
            RustType::Primitive(_) => true,
            RustType::Text | RustType::Bytes => wanted != "Copy",
        }
    }

    /// Whether the type of a field that borrows where [`RustType::argument`] does implements a trait.
    fn argument_implements(&self, ty: &RustType, wanted: &str) -> bool {
        match (ty, wanted) {
            _ if !ty.is_borrowed() => self.owned_implements(ty, wanted),
            (_, "Clone" | "Copy")
            | (
                RustType::Text | RustType::Bytes | RustType::Array(_) | RustType::Nullable(_),
                "Default",
            ) => true,
            (RustType::Nullable(of) | RustType::Coded(of, _), _) => {
                self.argument_implements(of, wanted)
            }
            // serde borrows text that has no escapes only: what a caller sends may have some.
            (_, "Default" | "Deserialize") => false,
            _ => self.owned_implements(ty, wanted),
        }
    }

    /// Warns of names under `derives` and `attributes` that no generated type has.
    pub(super) fn report_unmatched_derives(&self) -> Vec<Diagnostic> {
        let models = self
            .schema
            .models
            .values()
            .chain(self.schema.types.values());
        let mut names: Vec<&str> = models.map(Ident::unraw).collect();
        names.extend(self.needs.deriving.iter().map(String::as_str));
        let derives = self.options.derives.groups.iter();
        let derives = derives.map(|(known, place, _)| (known, place));
        let attributes = self.options.attributes.groups.iter();
        let groups = derives.chain(attributes.map(|(known, place, _)| (known, place)));
        let unmatched = groups.filter_map(|(known, place)| match known {
            // Whether a type has a field of that name is seen when it is made.
            Deriving::Named(name) if !names.contains(&name.split('.').next().unwrap_or(name)) => {
                Some((name, place))
            }
            _ => None,
        });
        let warnings = unmatched.map(|(name, place)| {
            let message = format!("no generated type is called `{name}`");
            let diagnostic = Diagnostic::warning(Code::UnusedOverride, message)
                .at(place.span(), "this changes nothing");
            match nearest(name, names.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(
                    "write the name of a model, row, params struct or enum; `structs`, `params` and `enums` are all of a sort",
                ),
            }
        });
        warnings.collect()
    }
}

impl Lowering<'_> {
    /// Puts the user's attributes above fields and variants.
    pub(super) fn attribute_fields(&self, modules: &mut [Module]) {
        if self.options.attributes.groups.is_empty() {
            return;
        }
        let of = |ty: &Ident, field: &Ident| -> Vec<String> {
            let name = format!("{}.{}", ty.unraw(), field.unraw());
            let found = self.options.attributes.named(&name);
            found.map(str::to_owned).collect()
        };
        for item in modules.iter_mut().flat_map(|module| &mut module.items) {
            let fields = match item {
                Item::Struct(Struct { name, fields, .. }) => (name, fields),
                Item::Composite(composite) => {
                    (&mut composite.item.name, &mut composite.item.fields)
                }
                Item::Enum(Enum { name, variants, .. }) => {
                    for variant in variants {
                        variant.attributes.extend(of(name, &variant.name));
                    }
                    continue;
                }
                _ => continue,
            };
            for field in fields.1 {
                field.attributes.extend(of(fields.0, &field.name));
            }
        }
    }
}

/// What the type of a crate does not implement of the language's traits, beside `Copy`.
fn lacking(path: &str) -> &'static [&'static str] {
    match path {
        "serde_json::Value" => &["Ord", "PartialOrd"],
        "time::Date" | "time::Time" | "time::PrimitiveDateTime" | "time::OffsetDateTime" => {
            &["Default"]
        }
        "cidr::IpInet" | "cidr::IpCidr" => &["Default"],
        "tokio_postgres::types::PgLsn" => &["Default", "Hash", "Serialize", "Deserialize"],
        _ if path.starts_with("std::collections::HashMap<") => &["Hash", "Ord", "PartialOrd"],
        "pgvector::Vector" => &["Default", "Eq", "Hash", "Ord", "PartialOrd"],
        "pgvector::HalfVector" | "pgvector::SparseVector" => &[
            "Default",
            "Eq",
            "Hash",
            "Ord",
            "PartialOrd",
            "Serialize",
            "Deserialize",
        ],
        _ => &[],
    }
}

fn refusal(derive: &Derive, name: &Ident, member: &Member) -> Diagnostic {
    let wanted = derive.name();
    let (field, ty) = match member {
        Member::Value(field, ty) => (field, ty.shown()),
        Member::Struct {
            field,
            name,
            wrapped,
            ..
        } => {
            let ty = match wrapped {
                Wrapped::Plain => name.clone(),
                Wrapped::Option => format!("Option<{name}>"),
                Wrapped::Vec => format!("Vec<{name}>"),
            };
            (field, ty)
        }
    };
    let message = format!("`{name}` cannot derive `{wanted}`: its field `{field}` is `{ty}`");
    let diagnostic =
        Diagnostic::error(Code::InvalidConfig, message).at(derive.place.span(), "asked for here");
    let leave_out = format!("leave it out there:\nderives:\n  {name}: [-{wanted}]");
    match member {
        Member::Value(_, ty) if ty.is_custom() => diagnostic
            .help(format!(
                "if the type implements it, add it to the type's `implements`:\nimplements: [Debug, Clone, PartialEq, {wanted}]"
            ))
            .help(leave_out),
        Member::Value(_, ty) => match ty.schema_type() {
            Some(ty) => let_derive(diagnostic, ty.unraw(), derive).help(leave_out),
            None => diagnostic.help(leave_out),
        },
        Member::Struct { name, .. } => let_derive(diagnostic, name, derive).help(leave_out),
    }
}

fn let_derive(diagnostic: Diagnostic, ty: &str, derive: &Derive) -> Diagnostic {
    let path = &derive.path;
    diagnostic.help(format!(
        "let that derive it, too:\nderives:\n  {ty}: [{path}]"
    ))
}
