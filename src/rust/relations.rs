//! What `@with` adds to a query: a struct for the rows of each relation, and the functions that load them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::inflect;
use crate::ir::{self, Cardinality};

use super::bulk;
use super::derives::{Member, Wrapped, values};
use super::doc::DocComment;
use super::ident::Ident;
use super::items::{Argument, Field, Item, Relation, Relations, Struct, Value};
use super::literal::Literal;
use super::loaders::{KeyedField, KeyedRow};
use super::names::settled;
use super::overrides::Site;
use super::scope::Scope;
use super::types::{self, RustType};
use super::{Fit, Lowering, model_of_columns};

/// What a loading function names by itself.
const LOCALS: [&str; 5] = ["client", "rows", "row", "index", "loaded"];

/// How the parameters of a query reach the statements of its relations.
pub(super) struct Given {
    /// The arguments of the query's function.
    pub(super) arguments: Vec<Argument>,
    /// Where each parameter is, by its name in lower case.
    pub(super) places: BTreeMap<String, Place>,
    pub(super) constant: Ident,
    /// The names of a function's client and of the rows that it passes on.
    pub(super) client: Ident,
    pub(super) query: Ident,
}

/// Where a parameter is.
pub(super) struct Place {
    /// Which argument holds it, and the field in that.
    pub(super) argument: usize,
    pub(super) field: Option<Ident>,
    pub(super) ty: RustType,
}

/// The rows of one level: the struct, what loads them, and what they are in the struct that has them.
pub(super) struct Level {
    row: String,
    /// What is made of the rows: the path of what decodes them, or what follows `load`.
    pub(super) decode: Decode,
    pub(super) member: Member,
}

pub(super) enum Decode {
    Path(String),
    /// The arguments that are passed on, by index.
    Load(BTreeSet<usize>),
}

/// The structs that the relations of a query have so far, by table and fields: equal ones are one.
type Shared = Vec<(ir::QualifiedName, Vec<(Ident, String)>, Ident)>;

impl Given {
    /// The call that loads the relations of a query's rows, as a closure.
    fn load(&self, row: &Ident, passed: &BTreeSet<usize>) -> String {
        let mut taken: BTreeSet<Ident> = self.arguments.iter().map(|a| a.name.clone()).collect();
        taken.insert(self.client.clone());
        let rows = Ident::value("rows").unique(&mut taken);
        let passed = passed
            .iter()
            .map(|&index| self.arguments[index].name.to_string());
        let names: Vec<String> = [self.client.to_string(), rows.to_string()]
            .into_iter()
            .chain(passed)
            .collect();
        format!("move |{rows}| {row}::load({})", names.join(", "))
    }

    /// The names that the arguments have in a loading function.
    fn locals(&self) -> Vec<Ident> {
        let mut taken: BTreeSet<Ident> = LOCALS.map(Ident::value).into();
        let names = self.arguments.iter();
        names
            .map(|argument| argument.name.clone().unique(&mut taken))
            .collect()
    }

    /// The expression of a parameter in a loading function.
    fn value(
        &self,
        parameter: &ir::Parameter,
        locals: &[Ident],
        scope: &mut Scope,
    ) -> Option<(usize, String)> {
        let place = self.places.get(&parameter.name.to_lowercase())?;
        let local = locals.get(place.argument)?;
        let value = match &place.field {
            Some(field) => format!("{local}.{field}"),
            None => local.to_string(),
        };
        Some((place.argument, place.ty.send(value, scope)))
    }
}

/// How many statements relations take, and how many round trips one after the other.
pub(super) fn cost(relations: &[ir::Relation]) -> (usize, usize) {
    let costs = relations
        .iter()
        .map(|relation| cost(&relation.statement.relations));
    costs.fold((0, 0), |(statements, trips), (more, deeper)| {
        (statements + 1 + more, trips.max(1 + deeper))
    })
}

/// The names of the structs that relations may have, before they are told apart.
pub(super) fn struct_names(query: &str, relations: &[ir::Relation]) -> Vec<Ident> {
    let mut names = Vec::new();
    for relation in relations {
        let name = struct_name(query, relation);
        names.extend(struct_names(&name, &relation.statement.relations));
        names.push(Ident::type_name(&name));
    }
    names
}

/// `GetOrder` and `items` → `GetOrder_item`, not yet cased.
pub(super) fn struct_name(path: &str, relation: &ir::Relation) -> String {
    match relation.cardinality {
        Cardinality::Many => format!("{path}_{}", inflect::singular(&relation.name)),
        _ => format!("{path}_{}", relation.name),
    }
}

impl<'a> Lowering<'a> {
    /// Adds the relations of a query to the struct of its rows, whose fields so far are `members`, and what loads them.
    /// Gives the expression that makes the rows.
    pub(super) fn relations(
        &mut self,
        query: &'a ir::Query,
        row: &mut Struct,
        given: &Given,
        members: &mut Vec<Member>,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> String {
        let mut levels = Levels {
            given,
            is_single: query.single.is_some(),
            locals: given.locals(),
            shared: Vec::new(),
        };
        let path = self.names.query(query);
        if levels.is_single {
            self.nested(query, path, row, members, &mut levels, scope, items);
            return format!("{}::from_record", row.name);
        }
        let constant = given.constant.clone();
        let passed = self.level(
            query,
            path,
            &constant,
            row,
            members,
            &mut levels,
            scope,
            items,
        );
        given.load(&row.name, &passed)
    }

    /// The relations of the rows of `query`, which is a query of the user's or the statement of a relation.
    #[expect(
        clippy::too_many_arguments,
        reason = "one caller, and one that calls itself"
    )]
    fn level(
        &mut self,
        query: &'a ir::Query,
        path: &str,
        constant: &Ident,
        row: &mut Struct,
        members: &mut Vec<Member>,
        levels: &mut Levels<'_>,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        let mut fields: BTreeSet<Ident> =
            row.fields.iter().map(|field| field.name.clone()).collect();
        let mut variables: BTreeSet<Ident> = LOCALS.map(Ident::value).into();
        variables.extend(levels.locals.iter().cloned());
        let mut relations = Vec::new();
        let mut arguments = Vec::new();
        let mut below = Vec::new();
        for relation in &query.relations {
            let name = Ident::value(&relation.name).unique(&mut fields);
            let variable = name.clone().unique(&mut variables);
            let own_path = struct_name(path, relation);
            let own_constant = Ident::constant(&format!("{path}_{}", relation.name));
            let own_constant = own_constant.unique(&mut self.constants);
            let Some(level) = self.related(
                relation,
                &own_path,
                &own_constant,
                levels,
                scope,
                &mut below,
            ) else {
                continue;
            };
            let ty = level.ty(relation.cardinality, scope);
            let values = levels.values(relation, scope);
            used.extend(values.iter().map(|(index, _)| *index));
            if let Decode::Load(passed) = &level.decode {
                used.extend(passed);
            }
            relations.push(Relation {
                constant: own_constant,
                name: Literal::new(&relation.statement.name),
                sql: Literal::new(&relation.statement.sql),
                types: self.type_paths(&relation.statement, scope),
                user_types: self.user_types(&relation.statement, scope),
                signature: Literal::new(bulk::signature(
                    &relation.statement,
                    &self.analysis.catalog,
                )),
                variable: variable.clone(),
                key: format!("{:?}", relation.key),
                found: format!("{:?}", relation.statement_key),
                values: values.into_iter().map(|(_, value)| value).collect(),
                finish: levels.finish(relation.cardinality, &level),
                take: match relation.cardinality {
                    Cardinality::One => "require(index)?",
                    _ => "take(index)",
                },
            });
            members.push(level.member);
            if let Some(from_row) = &mut row.from_row {
                from_row
                    .values
                    .push(Value::Expression(variable.to_string()));
            }
            arguments.push(Argument {
                name: variable,
                ty: ty.clone(),
            });
            row.fields.push(Field {
                docs: DocComment::default(),
                attributes: Vec::new(),
                name,
                ty,
            });
        }
        if let Some(from_row) = &mut row.from_row {
            from_row.arguments = arguments;
        }
        let passed = used.iter().map(|&index| Argument {
            name: levels.locals[index].clone(),
            ty: levels.given.arguments[index].ty.clone(),
        });
        items.push(Item::Relations(Relations {
            row: row.name.to_string(),
            constant: constant.clone(),
            arguments: passed.collect(),
            list: relations,
            client_type: scope.import("super::client::Client"),
            query_type: scope.import("super::client::Query"),
            row_type: scope.import("super::client::Row"),
            relation_type: scope.import("super::client::Relation"),
            loading: scope.import("super::client::Loading"),
            vec: scope.prelude("vec::Vec"),
            all: function("all"),
            decoded: function("decoded"),
        }));
        items.append(&mut below);
        used
    }

    /// The rows of a relation; adds their struct where no model and no other relation's does.
    #[expect(clippy::too_many_lines, reason = "one step after the other")]
    pub(super) fn related(
        &mut self,
        relation: &'a ir::Relation,
        path: &str,
        constant: &Ident,
        levels: &mut Levels<'_>,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> Option<Level> {
        let statement = &relation.statement;
        if relation.cardinality == Cardinality::Count {
            let ty = RustType::Primitive("i64");
            return Some(Level {
                row: "i64".to_owned(),
                decode: Decode::Path(String::new()),
                member: Member::Value(relation.name.clone(), ty),
            });
        }
        let columns = &statement.columns[..relation.fields];
        let types = columns
            .iter()
            .map(|column| self.column_type(statement, column));
        let types: Vec<Option<RustType>> = types.collect();
        let types: Vec<RustType> = types.into_iter().collect::<Option<_>>()?;
        let members = columns.iter().zip(&types);
        let mut members = values(members.map(|(column, ty)| (column.name.as_str(), ty)));
        let is_leaf = statement.relations.is_empty();
        let from = levels.decoder();
        let model = model_of_columns(
            statement,
            columns,
            &self.analysis.catalog,
            self.overrides,
            Fit::Exactly,
        );
        if let Some(table) = model.filter(|_| is_leaf) {
            let used = if levels.is_single {
                &mut self.needs.recorded_tables
            } else {
                &mut self.needs.tables
            };
            used.insert(table.name.clone());
            let model = &self.schema.models[&table.name];
            let row = scope.import_model(model);
            let member = member(relation, model, members);
            self.check_copies(relation, &member, levels);
            return Some(Level {
                decode: Decode::Path(format!("{row}::{from}")),
                row,
                member,
            });
        }
        let fields = self.fields_of_related(statement, columns, &types, scope);
        let key: Vec<(Ident, String)> = fields
            .iter()
            .map(|field| (field.name.clone(), field.ty.clone()))
            .collect();
        let known = levels.shared.iter();
        let mut known =
            known.filter(|(table, fields, _)| *table == relation.table && *fields == key);
        if let Some((_, _, row)) = known.next().filter(|_| is_leaf) {
            return Some(Level {
                decode: Decode::Path(format!("{row}::{from}")),
                row: row.to_string(),
                member: member(relation, row, members),
            });
        }
        let name = Ident::type_name(path).unique_type(&mut self.part_names);
        let mut row = levels.row(&name, statement, fields, &types, scope);
        let shown = columns.iter().zip(&row.fields).zip(&types);
        let shown =
            shown.filter_map(|((column, field), ty)| KeyedField::of(column, &field.name, ty));
        self.needs.rows.push(KeyedRow::new(&name, shown.collect()));
        let mut below = Vec::new();
        let decode = if is_leaf {
            let table = relation.table.clone();
            levels.shared.push((table, key, name.clone()));
            Decode::Path(format!("{name}::{from}"))
        } else if levels.is_single {
            self.nested(
                statement,
                path,
                &mut row,
                &mut members,
                levels,
                scope,
                &mut below,
            );
            Decode::Path(format!("{name}::from_record"))
        } else {
            Decode::Load(self.level(
                statement,
                path,
                constant,
                &mut row,
                &mut members,
                levels,
                scope,
                &mut below,
            ))
        };
        row.attributes = self.derives_of_row(&name, &members);
        items.push(Item::Struct(row));
        items.append(&mut below);
        let member = member(relation, &name, members);
        self.check_copies(relation, &member, levels);
        Some(Level {
            row: name.to_string(),
            decode,
            member,
        })
    }

    /// Reports rows that cannot be copied, as those must be that several others may have.
    fn check_copies(&mut self, relation: &ir::Relation, member: &Member, levels: &Levels<'_>) {
        let Member::Struct { name, members, .. } = member else {
            return;
        };
        if levels.is_single || self.row_allows(member, "Clone") {
            return;
        }
        let statement = &relation.statement;
        let message = format!(
            "rows of `{}` cannot be copied, as those of a relation must be",
            statement.name
        );
        let is_field = members
            .iter()
            .any(|member| !self.row_allows(member, "Clone"));
        let help = if is_field {
            "let the Rust types of its columns implement `Clone`, and say so under `overrides`"
                .to_owned()
        } else {
            format!("let `{name}` derive `Clone`: do not leave it out under `derives`")
        };
        let diagnostic = Diagnostic::error(Code::UnsupportedType, message).help(help);
        self.report(diagnostic, &statement.location);
    }

    fn fields_of_related(
        &self,
        statement: &'a ir::Query,
        columns: &'a [ir::Column],
        types: &[RustType],
        scope: &mut Scope,
    ) -> Vec<Field> {
        let names = columns.iter();
        let names = names.map(|column| self.names.result_column(statement, column));
        let names = settled(&names.collect::<Vec<_>>());
        let fields = columns.iter().zip(types).zip(names);
        let fields = fields.map(|((column, ty), name)| Field {
            docs: DocComment::new(self.comment_on(column)),
            attributes: Vec::new(),
            name,
            ty: ty.owned(scope),
        });
        fields.collect()
    }

    fn comment_on(&self, column: &ir::Column) -> Option<&'a str> {
        let origin = column.origin.as_ref()?;
        let analysis = self.analysis;
        let table = analysis.catalog.table(&origin.table)?;
        let column = table
            .columns
            .iter()
            .find(|found| found.name == origin.column)?;
        column.comment.as_deref()
    }

    /// The types of a statement's parameters, as paths.
    pub(super) fn type_paths(&self, query: &ir::Query, scope: &mut Scope) -> Vec<String> {
        let constants = bulk::type_constants(query, &self.analysis.catalog);
        let constants = constants.into_iter();
        constants
            .map(|constant| {
                format!(
                    "{}::{constant}",
                    scope.import("tokio_postgres::types::Type")
                )
            })
            .collect()
    }

    /// The parameters of a query and of its relations, each once. One may be NULL where no use forbids it.
    pub(super) fn all_parameters(
        &mut self,
        query: &'a ir::Query,
    ) -> Vec<(&'a ir::Parameter, RustType)> {
        let mut all = self.parameters(query);
        for (statement, parameter) in query.related_parameters() {
            let same =
                |(known, _): &&mut (&ir::Parameter, RustType)| known.is_called(&parameter.name);
            if let Some((_, ty)) = all.iter_mut().find(same) {
                if !parameter.nullability.nullable {
                    *ty = ty.clone().with_null(false);
                }
            } else if let Some(ty) = self.parameter_type(statement, parameter) {
                all.push((parameter, ty));
            }
        }
        all
    }

    /// The type of a parameter; reports where there is none.
    pub(super) fn parameter_type(
        &mut self,
        query: &'a ir::Query,
        parameter: &'a ir::Parameter,
    ) -> Option<RustType> {
        match self.use_type(Site::Parameter(query, parameter)) {
            Ok(ty) => Some(ty),
            Err(unsupported) => {
                self.unsupported_parameter(query, parameter, &unsupported);
                None
            }
        }
    }
}

/// What rows of a relation are in the struct that has them.
fn member(relation: &ir::Relation, name: &Ident, members: Vec<Member>) -> Member {
    Member::Struct {
        field: relation.name.clone(),
        name: name.unraw().to_owned(),
        wrapped: match relation.cardinality {
            Cardinality::Optional => Wrapped::Option,
            Cardinality::Many => Wrapped::Vec,
            Cardinality::One | Cardinality::Count => Wrapped::Plain,
        },
        members,
    }
}

impl Level {
    /// The type of the field that holds it.
    pub(super) fn ty(&self, cardinality: Cardinality, scope: &mut Scope) -> String {
        match cardinality {
            Cardinality::One | Cardinality::Count => self.row.clone(),
            Cardinality::Optional => types::optional(&self.row, scope),
            Cardinality::Many => format!("{}<{}>", scope.prelude("vec::Vec"), self.row),
        }
    }
}

/// What all levels of a query share.
pub(super) struct Levels<'g> {
    pub(super) given: &'g Given,
    /// Whether all come in one statement.
    pub(super) is_single: bool,
    locals: Vec<Ident>,
    shared: Shared,
}

impl Levels<'_> {
    /// The values of a relation's parameters, each with the argument that it comes from.
    fn values(&self, relation: &ir::Relation, scope: &mut Scope) -> Vec<(usize, String)> {
        let parameters = relation
            .statement
            .parameters
            .iter()
            .skip(relation.key.len());
        parameters
            .filter_map(|parameter| self.given.value(parameter, &self.locals, scope))
            .collect()
    }

    /// The call that says what is made of a relation's rows.
    fn finish(&self, cardinality: Cardinality, level: &Level) -> String {
        let method = match cardinality {
            Cardinality::One | Cardinality::Optional => "one",
            Cardinality::Many => "many",
            Cardinality::Count => return "count()".to_owned(),
        };
        match &level.decode {
            Decode::Path(path) => format!("{method}({path})"),
            Decode::Load(passed) => {
                let passed = passed.iter().map(|&index| self.locals[index].as_str());
                let names: Vec<&str> = ["client", "rows"].into_iter().chain(passed).collect();
                format!(
                    "{method}_with(move |rows| {}::load({}))",
                    level.row,
                    names.join(", ")
                )
            }
        }
    }
}

/// A function of the runtime, by its path: functions of queries may have its name.
fn function(name: &str) -> String {
    format!("super::client::{name}")
}
