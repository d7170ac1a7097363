//! Where lines end in what prettyplease does not print: the text of statements, which keeps its own lines, and what is
//! around it.

use crate::rust::items::{Argument, Call, Choices, Literal, PageOrder, Pages, Piece};

/// How many characters a line may have, as for rustfmt.
const WIDTH: usize = 100;

const INDENT: &str = "    ";

/// All in one line, or `items` below `open`, as many in a line as it holds.
pub(super) fn filled(open: &str, items: &[String], close: &str) -> String {
    let line = format!("{open}{}{close}", items.join(", "));
    if fits(&line) {
        return line;
    }
    let items = fill("", items);
    format!("{}\n{items},\n{}", open.trim_end(), close.trim_start())
}

/// Lines of items within `indent` and one step more.
fn fill(indent: &str, items: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            // A comma follows.
            Some(line) if fits(&format!("{line}, {item},")) => {
                line.push_str(", ");
                line.push_str(item);
            }
            _ => lines.push(format!("{indent}{INDENT}{item}")),
        }
    }
    lines.join(",\n")
}

/// A query as the argument of `new`. Its text begins in a line of its own, so that it can be read as it was written.
pub(super) fn query(
    open: &str,
    name: &Literal,
    types: &[String],
    sql: &Literal,
    close: &str,
) -> String {
    let indent = &open[..open.len() - open.trim_start().len()];
    let mut facts = vec![name.to_string(), format!("&[{}]", types.join(", "))];
    let text = sql.to_string();
    let line = format!("{open}{}, {text}{close}", facts.join(", "));
    if !text.contains('\n') && fits(&line) {
        return line;
    }
    let (mark, text) = match sql.in_lines_of_its_own() {
        Some(text) => ("\"\\", text),
        None => ("", text),
    };
    let line = format!("{open}{}, {mark}", facts.join(", "));
    if fits(&line) {
        return format!("{}\n{text}{close}", line.trim_end());
    }
    if types.len() > 1 && !fits(&format!("{indent}{INDENT}{},", facts[1])) {
        let types = fill(&format!("{indent}{INDENT}"), types);
        facts[1] = format!("&[\n{types},\n{indent}{INDENT}]");
    }
    let facts = fill(indent, &facts);
    let mark = if mark.is_empty() {
        ",".to_owned()
    } else {
        let last = facts.rsplit('\n').next().unwrap_or_default();
        if fits(&format!("{last}, {mark}")) {
            format!(", {mark}")
        } else {
            format!(",\n{indent}{INDENT}{mark}")
        }
    };
    format!("{open}\n{facts}{mark}\n{text}{close}")
}

/// The calls of methods that follow what makes a query, each in a line of its own.
pub(super) fn calls(indent: &str, calls: &[Call]) -> String {
    let margin = format!("{indent}{INDENT}");
    let lines: Vec<String> = calls
        .iter()
        .map(|call| {
            let names = match call.names.as_slice() {
                [] => String::new(),
                names => format!("&[{}], ", names.join(", ")),
            };
            let open = format!("{margin}{}{names}&[", call.open);
            let line = format!("{open}{}])", call.items.join(", "));
            if fits(&format!("{line};")) {
                return format!("\n{line}");
            }
            let items = fill(&margin, &call.items);
            if fits(&open) {
                return format!("\n{open}\n{items},\n{margin}])");
            }
            let names = fill(&margin, &call.names);
            format!(
                "\n{margin}{}&[\n{names},\n{margin}], &[\n{items},\n{margin}])",
                call.open
            )
        })
        .collect();
    lines.concat()
}

/// A query in pieces as the argument of `new`, with a line for each piece.
pub(super) fn dynamic_query(
    open: &str,
    name: &Literal,
    types: &[String],
    choices: &Choices,
    close: &str,
) -> String {
    let mut facts = vec![name.to_string(), format!("&[{}]", types.join(", "))];
    if types.len() > 1 && !fits(&format!("{INDENT}{},", facts[1])) {
        facts[1] = format!("&[\n{},\n{INDENT}]", fill(INDENT, types));
    }
    let pieces: Vec<String> = choices
        .pieces
        .iter()
        .map(|piece| {
            format!(
                "{INDENT}{INDENT}{}::{},\n",
                choices.piece,
                print_piece(piece)
            )
        })
        .collect();
    let facts = fill("", &facts);
    format!(
        "{open}\n{facts},\n{INDENT}&[\n{}{INDENT}],\n{close}",
        pieces.concat()
    )
}

fn print_piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) if text.to_string().contains('\n') => match text.in_lines_of_its_own() {
            Some(text) => format!("Text(\"\\\n{text})"),
            None => format!("Text({text})"),
        },
        Piece::Text(text) => format!("Text({text})"),
        Piece::When {
            needs,
            sql,
            otherwise,
        } => {
            let line = format!("When({needs}, {sql}, {otherwise})");
            let indent = INDENT.repeat(3);
            if line.contains('\n') || fits(&format!("{INDENT}{INDENT}Piece::{line},")) {
                return line;
            }
            let otherwise = format!("\n{indent}{otherwise},\n{INDENT}{INDENT}");
            format!("When(\n{indent}{needs},\n{indent}{sql},{otherwise})")
        }
        Piece::Assignment {
            needs,
            separator,
            sql,
        } => in_lines(
            "Assignment",
            &[needs, &separator.to_string(), &sql.to_string()],
        ),
        Piece::Changing { sql, otherwise } => {
            in_lines("Changing", &[&sql.to_string(), &otherwise.to_string()])
        }
        Piece::Order(orders) => print_texts("Order", orders),
        Piece::Rows => "Rows".to_owned(),
        Piece::Keys(added) => print_texts("Keys", added),
    }
}

/// A piece in one line, or with a line for each part.
fn in_lines(name: &str, parts: &[&str]) -> String {
    let line = format!("{name}({})", parts.join(", "));
    if line.contains('\n') || fits(&format!("{INDENT}{INDENT}Piece::{line},")) {
        return line;
    }
    let indent = INDENT.repeat(3);
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("\n{indent}{part},"))
        .collect();
    format!("{name}({}\n{INDENT}{INDENT})", parts.concat())
}

/// A piece of several texts, of which one is sent.
fn print_texts(name: &str, texts: &[Literal]) -> String {
    let texts: Vec<String> = texts.iter().map(Literal::to_string).collect();
    let line = format!("{name}(&[{}])", texts.join(", "));
    if fits(&format!("{INDENT}{INDENT}Piece::{line},")) {
        return line;
    }
    let indent = INDENT.repeat(3);
    let texts: Vec<String> = texts
        .iter()
        .map(|text| format!("\n{indent}{text},"))
        .collect();
    format!("{name}(&[{}\n{INDENT}{INDENT}])", texts.concat())
}

/// The calls that say in which orders a query has pages.
pub(super) fn pages(pages: &Pages) -> String {
    let orders = pages.orders.iter().map(|order| page_order(pages, order));
    let orders: String = orders.collect();
    let total = pages
        .up_to
        .map(|rows| format!("\n{INDENT}.total_up_to({rows})"));
    format!(
        "\n{INDENT}.pages(&[\n{orders}{INDENT}]){}",
        total.unwrap_or_default()
    )
}

fn page_order(pages: &Pages, order: &PageOrder) -> String {
    let [outer, inner, text] = [2, 3, 4].map(|depth| INDENT.repeat(depth));
    let keys = order.keys.iter().map(|(column, ty, nullable)| {
        let kind = if *nullable { "nullable" } else { "new" };
        format!("{}::{kind}({column}, {ty})", pages.key)
    });
    let keys = keys.collect::<Vec<_>>().join(", ");
    let direction = |name: &str, (order_by, after): &(Literal, Vec<Literal>)| {
        let after: Vec<String> = after.iter().map(Literal::to_string).collect();
        let line = format!("{inner}{name}: ({order_by}, &[{}]),\n", after.join(", "));
        if fits(line.trim_end()) {
            return line;
        }
        let after = after.join(&format!(",\n{text}"));
        format!("{inner}{name}: ({order_by}, &[\n{text}{after},\n{inner}]),\n")
    };
    format!(
        "{outer}{} {{\n{inner}keys: &[{keys}],\n{}{}{outer}}},\n",
        pages.order,
        direction("forwards", &order.forwards),
        direction("backwards", &order.backwards),
    )
}

/// The head of a function: in one line, with its arguments in a line of their own, or with a line for each argument.
pub(super) fn head(name: &str, arguments: &[&Argument], result: &str) -> String {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| format!("{}: {}", argument.name, argument.ty))
        .collect();
    let line = format!("pub fn {name}({}) -> {result} {{", arguments.join(", "));
    if fits(&line) {
        return line;
    }
    let line = format!("{INDENT}{},", arguments.join(", "));
    if fits(&line) {
        return format!("pub fn {name}(\n{line}\n) -> {result} {{");
    }
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| format!("{INDENT}{argument},\n"))
        .collect();
    format!("pub fn {name}(\n{}) -> {result} {{", arguments.concat())
}

/// The body of a function that is a chain of calls: in one line, or with as many calls in a line as it holds, and the last call
/// in a line of its own.
pub(super) fn chain(first: &str, calls: &[String]) -> String {
    let line = format!("{INDENT}{first}{}", calls.concat());
    if fits(&line) {
        return line;
    }
    let (last, calls) = calls.split_last().expect("a chain has calls");
    let mut lines = vec![format!("{INDENT}{first}")];
    for call in calls {
        match lines.last_mut() {
            Some(line) if line.starts_with(&INDENT.repeat(2)) && fits(&format!("{line}{call}")) => {
                line.push_str(call);
            }
            _ => lines.push(format!("{INDENT}{INDENT}{call}")),
        }
    }
    lines.push(format!("{INDENT}{INDENT}{last}"));
    lines.join("\n")
}

fn fits(line: &str) -> bool {
    line.chars().count() <= WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query with so many parameters, printed; its text must still be `sql`.
    fn printed(parameters: usize, sql: &str) -> String {
        let types = vec!["Type::TIMESTAMPTZ".to_owned(); parameters];
        let [name, text] = ["A", sql].map(Literal::new);
        let printed = query("static A: Query = Query::new(", &name, &types, &text, ");");
        let item: syn::ItemStatic = syn::parse_str(&printed).unwrap();
        let syn::Expr::Call(call) = *item.expr else {
            panic!("not a call: {printed}");
        };
        let last = call.args.last().unwrap();
        let found: syn::LitStr = syn::parse_quote!(#last);
        assert_eq!(found.value(), sql, "{printed}");
        printed
    }

    #[test]
    fn the_text_of_a_query_has_lines_of_its_own() {
        let all = [
            printed(1, "SELECT 1"),
            printed(1, "SELECT 1,\n  2"),
            printed(3, "SELECT 1,\n  2"),
            printed(6, "SELECT 1,\n  2"),
            printed(1, "SELECT \"a\",\n  2"),
            printed(1, "  SELECT 1,\n  2"),
            printed(4, "  SELECT 1,\n  2"),
        ];
        insta::assert_snapshot!(all.join("\n\n"), @r##"
        static A: Query = Query::new("A", &[Type::TIMESTAMPTZ], "SELECT 1");

        static A: Query = Query::new("A", &[Type::TIMESTAMPTZ], "\
        SELECT 1,
          2");

        static A: Query = Query::new("A", &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ], "\
        SELECT 1,
          2");

        static A: Query = Query::new(
            "A",
            &[
                Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ,
                Type::TIMESTAMPTZ, Type::TIMESTAMPTZ,
            ], "\
        SELECT 1,
          2");

        static A: Query = Query::new("A", &[Type::TIMESTAMPTZ],
        r#"SELECT "a",
          2"#);

        static A: Query = Query::new("A", &[Type::TIMESTAMPTZ],
        "  SELECT 1,
          2");

        static A: Query = Query::new(
            "A", &[Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ],
        "  SELECT 1,
          2");
        "##);
    }
}
