//! How differences are shown to people.

use std::fmt;

use super::{Change, Difference};

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match self.change {
            Change::Missing => "missing",
            Change::Extra => "extra",
            Change::Changed => "changed",
        };
        let (kind, name) = (&self.kind, short(&self.name));
        write!(f, "{change:<8} {kind} {name}")?;
        match (&self.expected, &self.live) {
            (Some(expected), Some(live)) => {
                let (expected, live) = where_they_differ(expected, live);
                write!(
                    f,
                    "\n         expected: {expected}\n         found:    {live}"
                )?;
            }
            (Some(definition), None) | (None, Some(definition)) => {
                if let Some(line) = definition.lines().next().filter(|line| !line.is_empty()) {
                    write!(f, ": {line}")?;
                    if definition.lines().nth(1).is_some() {
                        write!(f, " …")?;
                    }
                }
            }
            (None, None) => {}
        }
        if !self.queries.is_empty() {
            write!(f, "\n         used by:  {}", listed(&self.queries))?;
        }
        Ok(())
    }
}

/// The name without the schema that everybody expects.
fn short(name: &str) -> String {
    // As in `orders_pkey on public.orders`, too.
    let words = name.split(' ');
    let words = words.map(|word| word.strip_prefix("public.").unwrap_or(word));
    words.collect::<Vec<_>>().join(" ")
}

/// The first lines that differ of two texts of several lines; texts of one line are shown whole.
fn where_they_differ<'a>(expected: &'a str, live: &'a str) -> (&'a str, &'a str) {
    if !expected.contains('\n') && !live.contains('\n') {
        let shown = |text: &'a str| {
            if text.is_empty() {
                "nothing special"
            } else {
                text
            }
        };
        return (shown(expected), shown(live));
    }
    let mut lines = (expected.lines(), live.lines());
    loop {
        match (lines.0.next(), lines.1.next()) {
            (Some(one), Some(other)) if one == other => {}
            (one, other) => {
                let shown = |line: Option<&'a str>| line.map_or("the end", str::trim);
                return (shown(one), shown(other));
            }
        }
    }
}

/// A list that does not run on for ever.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
