//! Queries whose text depends on the call: their pieces, what a call says of them, the enum of their orders, and the texts of
//! their pages.

use crate::diagnostic::in_words;
use crate::ir::{self, Condition, Dynamic};

use super::Lowering;
use super::bulk;
use super::doc::{DocComment, code};
use super::ident::Ident;
use super::items::{Argument, Choices, Enum, EnumOf, Item, PageOrder, Pages, Piece, Variant};
use super::literal::Literal;
use super::names::Called;
use super::queries::link_to;
use super::scope::Scope;
use super::types::{self, RustType};

/// With so many values that may be missing, a number of that many digits says which are needed.
const IN_DIGITS: usize = 8;

/// What the functions call the order.
const ARGUMENT: &str = "sort";

/// The enum of a query's orders, as an argument.
pub(super) struct OrderArgument {
    pub(super) name: &'static str,
    /// The type as the module spells it.
    pub(super) spelled: String,
    pub(super) ty: RustType,
}

/// What a call can choose beside its values.
pub(super) fn order_argument(
    query: &ir::Query,
    called: &Called<'_>,
    scope: &Scope,
) -> Option<OrderArgument> {
    query.dynamic.as_ref()?.ordering.as_ref()?;
    let name = called.orders.clone();
    let option = scope.prelude("option::Option");
    Some(OrderArgument {
        name: ARGUMENT,
        spelled: format!("{option}<{name}>"),
        ty: RustType::Enum(name).or_null(true),
    })
}

/// The enum of its orders.
pub(super) fn orders(
    lowering: &mut Lowering<'_>,
    query: &ir::Query,
    called: &Called<'_>,
    scope: &Scope,
) -> Option<Item> {
    let ordering = query.dynamic.as_ref()?.ordering.as_ref()?;
    let name = called.orders.clone();
    let attributes = lowering.derives_of_enum(&name);
    let variants = ordering.orders.iter().map(|order| {
        let variant = Ident::spelled_type(&order.key);
        Variant {
            docs: DocComment::markdown(code(&with_names(order.sql.trim(), query))),
            attributes: attributes.of_variant(&variant, &order.key),
            name: variant,
            label: Literal::new(&order.key),
        }
    });
    let variants = variants.collect();
    Some(Item::Enum(Enum {
        docs: DocComment::markdown(format!("The orders of {}.", link_to(&called.function))),
        attributes,
        name,
        of: EnumOf::Orders,
        sql_name: Literal::new(&query.name),
        variants,
        result: scope.prelude("result::Result"),
    }))
}

/// An order as it is written, with the names of parameters.
fn with_names(sql: &str, query: &ir::Query) -> String {
    let parameters = query.parameters.iter().enumerate().rev();
    parameters.fold(sql.to_owned(), |sql, (index, parameter)| {
        sql.replace(&format!("${}", index + 1), &format!("@{}", parameter.name))
    })
}

/// The pieces of its text, and what a call says of them. `values` are expressions for its parameters, `names` are those
/// of arguments, and `order` one for the order that is chosen.
pub(super) fn choices(
    query: &ir::Query,
    catalog: &ir::Catalog,
    values: &[String],
    order: Option<String>,
    names: &[Ident],
    scope: &mut Scope,
) -> Option<Choices> {
    let dynamic = query.dynamic.as_ref()?;
    let optional = dynamic.optional.iter();
    let given = optional.filter_map(|&index| values.get(index));
    let mut taken = names.iter().cloned().collect();
    Some(Choices {
        piece: scope.import("super::client::Piece"),
        pieces: pieces(query, dynamic, catalog),
        mentions: mentioned(query, dynamic, catalog),
        given: given.map(|value| format!("{value}.is_some()")).collect(),
        order,
        variable: Ident::value("query").unique(&mut taken),
        pages: None,
    })
}

/// The return type of a query that gives pages, without its arguments, and the method of a request that gives it.
pub(super) fn handle(query: &ir::Query) -> Option<(&'static str, &'static str)> {
    let paging = query.dynamic.as_ref()?.paging.as_ref()?;
    Some(match (&paging.total, query.relations.is_empty()) {
        (None, true) => ("ManyPaged", "paged"),
        (None, false) => ("ManyPaged", "paged_with"),
        (Some(_), true) => ("ManyCounted", "counted"),
        (Some(_), false) => ("ManyCounted", "counted_with"),
    })
}

/// The texts of a query's pages, and the argument that says which page. `arguments` are the others.
pub(super) fn pages(
    query: &ir::Query,
    arguments: &[Argument],
    scope: &mut Scope,
) -> Option<(Pages, Argument)> {
    let paging = query.dynamic.as_ref()?.paging.as_ref()?;
    let mut taken = arguments
        .iter()
        .map(|argument| argument.name.clone())
        .collect();
    let name = Ident::value("page").unique(&mut taken);
    let first = query.parameters.len() + 2;
    let orders = paging.orders.iter().map(|order| {
        let texts = |is_backwards| {
            let after = (0..order.ways()).map(|way| order.after(is_backwards, way, first));
            let after = after.map(Literal::new).collect();
            (Literal::new(order.order_by(is_backwards)), after)
        };
        let keys = order.keys.iter();
        PageOrder {
            keys: keys
                .map(|key| (key.column, Literal::new(&key.ty), key.nullable))
                .collect(),
            forwards: texts(false),
            backwards: texts(true),
        }
    });
    let pages = Pages {
        order: scope.import("super::client::PageOrder"),
        key: scope.import("super::client::PageKey"),
        orders: orders.collect(),
        up_to: paging.total.and_then(|total| total.up_to),
        argument: name.clone(),
    };
    let ty = scope.import("super::client::Page");
    Some((pages, Argument { name, ty }))
}

/// The text in pieces, in order.
fn pieces(query: &ir::Query, dynamic: &Dynamic, catalog: &ir::Catalog) -> Vec<Piece> {
    let conditions = dynamic.conditions.iter();
    let mut choices: Vec<(std::ops::Range<usize>, Piece)> = conditions
        .map(|condition| {
            (
                condition.at.clone(),
                when(query, dynamic, condition, catalog),
            )
        })
        .collect();
    let mut end = query.sql.len();
    if let Some(paging) = &dynamic.paging {
        let (body, columns) = (paging.rows.start, paging.columns);
        choices.push((body..body, Piece::Rows));
        let added = paging.orders.iter().map(|order| &order.added);
        if added.clone().any(|added| !added.is_empty()) {
            let added = added.map(Literal::new).collect();
            choices.push((columns..columns, Piece::Keys(added)));
        }
        // What each page ends with stands with its orders.
        end = paging.rows.end;
    } else if let Some(ordering) = &dynamic.ordering {
        let written = query.sql.get(ordering.at.clone()).unwrap_or_default();
        let introduction = ordering.introduction();
        let orders = ordering.orders.iter();
        let orders = orders.map(|order| Literal::new(format!("{introduction}{}", order.sql)));
        let orders = [Literal::new(written)].into_iter().chain(orders).collect();
        choices.push((ordering.at.clone(), Piece::Order(orders)));
    }
    choices.extend(written(query, dynamic));
    choices.sort_by_key(|(at, _)| at.start);
    let mut pieces = Vec::new();
    let mut copied = 0;
    let text = |range: std::ops::Range<usize>| {
        let text = query.sql.get(range).filter(|text| !text.is_empty())?;
        Some(Piece::Text(Literal::new(text)))
    };
    for (at, choice) in choices {
        pieces.extend(text(copied..at.start));
        pieces.push(choice);
        copied = at.end;
    }
    pieces.extend(text(copied..end));
    pieces
}

/// The values at these places, as the bits of a number.
fn bits(dynamic: &Dynamic, needs: &[usize]) -> String {
    let bit = |index: &usize| dynamic.optional.iter().position(|known| known == index);
    let bits = needs.iter().filter_map(bit);
    if dynamic.optional.len() > IN_DIGITS {
        let bits: Vec<String> = bits.map(|bit| format!("1 << {bit}")).collect();
        return match bits.as_slice() {
            [] => "0".to_owned(),
            bits => bits.join(" | "),
        };
    }
    let bits = bits.fold(0_u128, |bits, bit| bits | 1 << bit);
    format!("{bits:#0width$b}", width = dynamic.optional.len() + 2)
}

/// The assignments and values of which some can be left out, with their bytes.
fn written(query: &ir::Query, dynamic: &Dynamic) -> Vec<(std::ops::Range<usize>, Piece)> {
    let text = |range: std::ops::Range<usize>| query.sql.get(range).unwrap_or_default();
    let mut written = Vec::new();
    for value in &dynamic.values {
        let piece = Piece::When {
            needs: bits(dynamic, &value.needs),
            sql: Literal::new(text(value.at.clone())),
            otherwise: Literal::new("DEFAULT"),
        };
        written.push((value.at.clone(), piece));
    }
    let after = dynamic.after_assignment(&query.sql);
    for (index, assignment) in dynamic.assignments.iter().enumerate() {
        let separator = dynamic.separator(index);
        let piece = Piece::Assignment {
            needs: bits(dynamic, &assignment.needs),
            separator: Literal::new(text(separator.clone())),
            sql: Literal::new(text(assignment.at.clone()).to_owned() + after),
        };
        written.push((separator.start..assignment.at.end, piece));
    }
    if let Some(reading) = &dynamic.reading {
        let mut changing = |at: &std::ops::Range<usize>, otherwise: &str| {
            let piece = Piece::Changing {
                sql: Literal::new(text(at.clone())),
                otherwise: Literal::new(otherwise),
            };
            written.push((at.clone(), piece));
        };
        changing(&reading.head, &reading.select);
        if let Some(returning) = &reading.returning {
            changing(returning, "");
        }
    }
    written
}

/// Where the parameters are mentioned whose types only the text tells, if they are not in each text.
fn mentioned(query: &ir::Query, dynamic: &Dynamic, catalog: &ir::Catalog) -> Vec<String> {
    let constants = bulk::type_constants(query, catalog);
    let mentions = dynamic.mentions.iter();
    let mentions = mentions.filter(|mention| {
        let constant = constants.get(mention.parameter);
        constant.is_some_and(|constant| constant == types::UNDECLARED)
    });
    let shown = mentions.map(|mention| {
        let needs = bits(dynamic, &mention.needs);
        format!("({}, {needs})", mention.parameter)
    });
    shown.collect()
}

fn when(
    query: &ir::Query,
    dynamic: &Dynamic,
    condition: &Condition,
    catalog: &ir::Catalog,
) -> Piece {
    let sql = query.sql.get(condition.at.clone()).unwrap_or_default();
    // A type that generated code does not declare, though each server has it, is told by the condition itself.
    let constants = bulk::type_constants(query, catalog);
    let is_told_here = constants
        .iter()
        .enumerate()
        .any(|(index, ty)| ty == types::UNDECLARED && mentions(sql, index + 1));
    let otherwise = if is_told_here && !condition.otherwise.contains(sql) {
        format!("(true OR {sql})")
    } else {
        condition.otherwise.clone()
    };
    Piece::When {
        needs: bits(dynamic, &condition.needs),
        sql: Literal::new(sql),
        otherwise: Literal::new(otherwise),
    }
}

/// Whether a text has `$number` in it. In a literal it counts, too, which only makes the text that is sent longer.
fn mentions(sql: &str, number: usize) -> bool {
    let name = format!("${number}");
    sql.match_indices(&name).any(|(at, _)| {
        let after = sql.as_bytes().get(at + name.len());
        !after.is_some_and(u8::is_ascii_digit)
    })
}

/// What the doc comment says of it.
pub(super) fn lines(query: &ir::Query, names: &[Ident]) -> Vec<String> {
    let Some(dynamic) = &query.dynamic else {
        return Vec::new();
    };
    let optional = dynamic.optional.iter();
    let (written, conditions): (Vec<usize>, Vec<usize>) =
        optional.partition(|&&index| dynamic.writes(index));
    let listed = |indexes: &[usize]| -> Option<String> {
        let names = indexes.iter().filter_map(|&index| names.get(index));
        let names: Vec<String> = names.map(|name| code(name.unraw())).collect();
        (!names.is_empty()).then(|| in_words(&names, "or"))
    };
    let mut lines = Vec::new();
    if let Some(without) = listed(&conditions) {
        lines.push(format!("Without {without}, its condition is left out."));
    }
    if let Some(without) = listed(&written) {
        let (defaults, keeps) = (!dynamic.values.is_empty(), !dynamic.assignments.is_empty());
        lines.push(match (defaults, keeps) {
            (true, true) => format!(
                "Without {without}, the column of a new row has its default, and that of a row that is there stays as it is."
            ),
            (true, false) => format!("Without {without}, the column has its default."),
            (false, _) => format!("Without {without}, the column stays as it is."),
        });
    }
    if dynamic.may_set_nothing() {
        lines.push(
            "Without any of them, nothing is written: what would be updated is only read."
                .to_owned(),
        );
    }
    if let Some(paging) = &dynamic.paging {
        lines.push(
            "Gives a page of the rows, and cursors that lead to the pages beside it.".to_owned(),
        );
        if paging.total.is_some() {
            lines.push(
                "A second statement, sent along with it, counts the rows of all pages.".to_owned(),
            );
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_the_beginning_of_a_longer_one() {
        assert!(mentions("a = $1", 1));
        assert!(mentions("a = $1::int", 1));
        assert!(mentions("a = $10 AND b = $1", 1));
        assert!(!mentions("a = $10", 1));
        assert!(!mentions("a = $1", 10));
    }
}
