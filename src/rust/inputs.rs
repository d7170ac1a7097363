//! What the function of a query takes: its parameters, as arguments or as a struct of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir;

use super::Lowering;
use super::bulk;
use super::derives::{Member, values};
use super::doc::DocComment;
use super::dynamic;
use super::ident::Ident;
use super::items::{Argument, Borrowed, Choices, Copying, Field, Form, Item, Struct};
use super::names::{Called, Named, settled};
use super::params::ParamsField;
use super::queries::link_to;
use super::relations;
use super::scope::Scope;
use super::single;
use super::types::RustType;

/// What the function of a query takes.
pub(super) struct Inputs {
    pub(super) arguments: Vec<Argument>,
    /// One expression per placeholder of the query's own.
    pub(super) values: Vec<String>,
    /// Where each parameter is, by its name in lower case.
    pub(super) places: BTreeMap<String, relations::Place>,
    /// Whether an argument borrows.
    pub(super) borrows: bool,
    /// What its doc comment says of what may be missing.
    pub(super) lines: Vec<String>,
    /// Where its text depends on the call.
    pub(super) choices: Option<Choices>,
    pub(super) copying: Option<Copying>,
}

impl<'a> Lowering<'a> {
    /// What a query's function takes besides the client; adds the struct of its parameters where it needs one.
    #[expect(clippy::too_many_lines, reason = "one step after the other")]
    pub(super) fn inputs(
        &mut self,
        query: &'a ir::Query,
        called: &Called<'a>,
        form: &Form,
        scope: &mut Scope,
        structs: &mut Vec<Item>,
    ) -> Inputs {
        let is_single = matches!(form, Form::Single);
        let parameters = self.all_parameters(query);
        let names = parameters.iter();
        let names = names.map(|(parameter, _)| self.names.parameter(query, parameter));
        let order = dynamic::order_argument(query, called, scope);
        let of_order = order.iter().map(|order| Named::value(order.name));
        let mut names = settled(&names.chain(of_order).collect::<Vec<_>>());
        let order = order.and_then(|order| Some((names.pop()?, order)));
        let borrows = parameters.iter().any(|(_, ty)| ty.is_borrowed());
        let lifetime = if borrows { "'a " } else { "" };
        let spelled = parameters
            .iter()
            .map(|(_, ty)| ty.argument(scope, lifetime));
        let spelled: Vec<String> = spelled.collect();
        let of_order = order.iter();
        let of_order = of_order.map(|(name, order)| (name.clone(), order.spelled.clone()));
        let typed = names.iter().cloned().zip(spelled).chain(of_order);
        let limit = if is_single {
            self.options.query_parameter_limit
        } else {
            1
        };
        let chosen = query.params.as_ref().filter(|_| is_single);
        let is_struct = chosen.is_none() && parameters.len() + usize::from(order.is_some()) > limit;
        let is_field = |index: &usize| chosen.is_some_and(|params| params.fields.contains(index));
        let borrows = borrows || chosen.is_some();
        let places = parameters.iter().zip(&names).enumerate();
        let places = places.map(|(index, ((parameter, ty), name))| {
            let (argument, field) = if is_struct {
                (0, Some(name.clone()))
            } else {
                (index, None)
            };
            let place = relations::Place {
                argument,
                field,
                ty: ty.clone(),
            };
            (parameter.name.to_lowercase(), place)
        });
        let places = places.collect();
        let sent = single::sent(query, &parameters);
        let path = if is_struct { "params." } else { "" };
        let of_named: BTreeSet<Ident> = match chosen {
            Some(params) => {
                let fields = params.fields.iter();
                fields
                    .filter_map(|&index| names.get(index).cloned())
                    .collect()
            }
            None => BTreeSet::new(),
        };
        let mut others: BTreeSet<Ident> = names.iter().cloned().collect();
        others.retain(|name| !of_named.contains(name));
        let holder = Ident::value("params").unique(&mut others);
        let expression = |name: &Ident| {
            if of_named.contains(name) {
                format!("{holder}.{name}")
            } else {
                format!("{path}{name}")
            }
        };
        let mut choices = dynamic::choices(
            query,
            &self.analysis.catalog,
            &names.iter().map(expression).collect::<Vec<_>>(),
            order.as_ref().map(|(name, _)| expression(name)),
            if is_struct { &[] } else { &names },
            scope,
        );
        let lines = dynamic::lines(query, &names);
        let typed: Vec<(Ident, String)> = typed.collect();
        let mut arguments: Vec<Argument> = if is_struct {
            let members = parameters.iter();
            let members = members.map(|(parameter, ty)| (parameter.name.as_str(), ty));
            let of_order = order.iter().map(|(_, order)| (order.name, &order.ty));
            let members = values(members.chain(of_order));
            let fields: Vec<Ident> = typed.iter().map(|(name, _)| name.clone()).collect();
            let (item, argument) = self.params(called, typed, &members, borrows);
            if borrows && self.options.owned_params {
                let owned = parameters.iter();
                let owned = owned.map(|(_, ty)| (ty.owned(scope), ty.clone()));
                let of_order = order.iter();
                let of_order = of_order.map(|(_, order)| (order.spelled.clone(), order.ty.clone()));
                let owned: Vec<_> = fields.into_iter().zip(owned.chain(of_order)).collect();
                structs.push(self.owned_params(called, owned, &members));
            }
            structs.push(item);
            vec![argument]
        } else {
            let typed = typed.into_iter().enumerate();
            let typed = typed.filter(|(index, _)| !is_field(index));
            typed.map(|(_, (name, ty))| Argument { name, ty }).collect()
        };
        if let Some(named) = chosen {
            // One whose type is not supported is missing, and reported.
            let fields = named.fields.iter().filter_map(|&index| {
                let (parameter, ty) = parameters.get(index)?;
                let dynamic = query.dynamic.as_ref();
                Some(ParamsField {
                    parameter,
                    name: names.get(index)?.clone(),
                    ty: ty.clone(),
                    is_optional: dynamic.is_some_and(|found| found.optional.contains(&index)),
                })
            });
            let fields: Vec<_> = fields.collect();
            let (item, ty) = self.named_params(query, called, named, &fields, scope);
            structs.extend(item);
            arguments.push(Argument {
                name: holder.clone(),
                ty,
            });
        }
        if let (Some(choices), Some((pages, argument))) =
            (&mut choices, dynamic::pages(query, &arguments, scope))
        {
            choices.pages = Some(pages);
            arguments.push(argument);
        }
        let values = sent.iter().map(|&index| expression(&names[index]));
        let mut values: Vec<String> = values.collect();
        let mut copying = None;
        if is_single {
            let typed = values.into_iter().zip(&sent);
            let typed = typed.map(|(value, &index)| {
                let ty = &parameters[index].1;
                if is_field(&index) {
                    ty.send_borrowed(format!("&{value}"), scope)
                } else {
                    ty.send(value, scope)
                }
            });
            values = typed.collect();
        } else {
            let rust: Vec<&RustType> = parameters.iter().map(|(_, ty)| ty).collect();
            if let Form::Copy { .. } = form {
                let typed = (names.as_slice(), rust.as_slice());
                let (how, put) = bulk::copying(query, called, typed, borrows, scope);
                if let Some(Item::Struct(params)) = structs.last_mut() {
                    params.put = put;
                }
                copying = Some(how);
            }
            (arguments, values) = bulk::input(form, &names, &rust, arguments, scope);
        }
        Inputs {
            arguments,
            values,
            places,
            borrows,
            lines,
            choices,
            copying,
        }
    }

    /// The struct beside one of parameters that owns its values. Each field has its type as it is spelled, and as it is.
    fn owned_params(
        &mut self,
        called: &Called<'_>,
        fields: Vec<(Ident, (String, RustType))>,
        members: &[Member],
    ) -> Item {
        let values = fields.iter().map(|(name, (_, ty))| {
            let borrowed = ty.borrow(&format!("self.{name}"));
            format!("{name}: {borrowed}")
        });
        let values = values.collect();
        let fields = fields.into_iter().map(|(name, (ty, _))| Field {
            docs: DocComment::default(),
            attributes: Vec::new(),
            name,
            ty,
        });
        let fields = fields.collect();
        let name = called.owned_params.clone();
        let link = link_to(&called.function);
        Item::Struct(Struct {
            docs: DocComment::markdown(format!(
                "The parameters of {link}, with values of their own."
            )),
            attributes: self.derives_of_owned_params(&name, members),
            name,
            borrows: false,
            fields,
            from_row: None,
            from_record: None,
            put: None,
            borrowed: Some(Borrowed {
                name: called.params.clone(),
                values,
            }),
            new: None,
        })
    }

    /// The struct of a function's parameters, and the argument that it is.
    fn params(
        &mut self,
        called: &Called<'_>,
        fields: Vec<(Ident, String)>,
        members: &[Member],
        borrows: bool,
    ) -> (Item, Argument) {
        let name = called.params.clone();
        let fields = fields.into_iter().map(|(name, ty)| Field {
            docs: DocComment::default(),
            attributes: Vec::new(),
            name,
            ty,
        });
        let link = link_to(&called.function);
        let item = Struct {
            docs: DocComment::markdown(format!("The parameters of {link}.")),
            attributes: self.derives_of_params(&name, members),
            name: name.clone(),
            borrows,
            fields: fields.collect(),
            from_row: None,
            from_record: None,
            put: None,
            borrowed: None,
            new: None,
        };
        let argument = Argument {
            name: Ident::value("params"),
            ty: format!("{name}{}", if borrows { "<'a>" } else { "" }),
        };
        (Item::Struct(item), argument)
    }
}
