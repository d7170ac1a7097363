//! The orders in which a query has pages, and the texts around its rows.

use super::Row;
use super::cursor::digest;
use super::row::Bytes;

/// An order in which a query has pages, with texts that were checked when this code was generated.
#[derive(Debug)]
pub struct PageOrder {
    /// The columns that it sorts by.
    pub keys: &'static [PageKey],
    /// What follows `ORDER BY`; and the conditions of the rows after a cursor, one for each way in which its values may be
    /// NULL.
    pub forwards: (&'static str, &'static [&'static str]),
    /// The same from the end to the beginning.
    pub backwards: (&'static str, &'static [&'static str]),
}

/// A column that pages are sorted by: its place, its type, and whether it may be NULL.
#[derive(Debug)]
pub struct PageKey {
    pub(super) column: usize,
    pub(super) ty: &'static str,
    is_nullable: bool,
}

impl PageKey {
    pub const fn new(column: usize, ty: &'static str) -> Self {
        let is_nullable = false;
        Self {
            column,
            ty,
            is_nullable,
        }
    }

    pub const fn nullable(column: usize, ty: &'static str) -> Self {
        let is_nullable = true;
        Self {
            column,
            ty,
            is_nullable,
        }
    }
}

/// A text of a query with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    First,
    Last,
    Skip,
    /// The rows after a cursor; which of its values are NULL, one bit for each that may be.
    After {
        is_backwards: bool,
        nulls: usize,
    },
    #[cfg(feature = "totals")]
    Total,
}

impl Part {
    /// What precedes the rows.
    pub(super) fn opening(part: Option<Self>) -> &'static str {
        match part {
            None => "",
            #[cfg(feature = "totals")]
            Some(Self::Total) => "SELECT count(*) FROM (\n",
            Some(_) => "SELECT * FROM (\n",
        }
    }

    /// The columns to sort by, where there is something to sort.
    pub(super) fn added(part: Option<Self>, added: &'static str) -> &'static str {
        match part {
            None => "",
            #[cfg(feature = "totals")]
            Some(Self::Total) => "",
            Some(_) => added,
        }
    }
}

impl PageOrder {
    /// What of the cursor's values is NULL; `None` if they do not fit.
    pub(super) fn nulls(&self, keys: &[Option<Vec<u8>>]) -> Option<usize> {
        if keys.len() != self.keys.len() {
            return None;
        }
        let (mut nulls, mut bit) = (0, 1);
        for (key, value) in self.keys.iter().zip(keys) {
            if value.is_none() {
                nulls |= bit;
            }
            if key.is_nullable {
                bit <<= 1;
            } else if value.is_none() {
                return None;
            }
        }
        Some(nulls)
    }

    /// The values of a row that it sorts by.
    pub(super) fn values(&self, row: &Row) -> Result<Vec<Option<Vec<u8>>>, tokio_postgres::Error> {
        let values = self.keys.iter().map(|key| {
            let value = row.try_get::<Option<Bytes<'_>>>(key.column)?;
            Ok(value.map(|Bytes(value)| value.to_vec()))
        });
        values.collect()
    }

    /// All its texts.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let after = |is_backwards: bool, conditions: &'static [&'static str]| {
            (0..conditions.len()).map(move |nulls| Part::After {
                is_backwards,
                nulls,
            })
        };
        [Part::First, Part::Last, Part::Skip]
            .into_iter()
            .chain(after(false, self.forwards.1))
            .chain(after(true, self.backwards.1))
    }

    /// What follows the rows of a text, whose first parameter of its own is `$limit`.
    pub(super) fn closing(&self, part: Part, limit: usize) -> String {
        let close = |order_by: &str, condition: &str, offset: &str| {
            format!("\n) AS page{condition}\nORDER BY {order_by}\nLIMIT ${limit}{offset}")
        };
        match part {
            Part::First => close(self.forwards.0, "", ""),
            Part::Last => close(self.backwards.0, "", ""),
            Part::Skip => close(self.forwards.0, "", &format!(" OFFSET ${}", limit + 1)),
            Part::After {
                is_backwards,
                nulls,
            } => {
                let (order_by, conditions) = if is_backwards {
                    self.backwards
                } else {
                    self.forwards
                };
                close(order_by, &format!("\nWHERE {}", conditions[nulls]), "")
            }
            #[cfg(feature = "totals")]
            Part::Total => "\n) AS counted".to_owned(),
        }
    }

    /// The types of the parameters that a text has beside those of the query.
    pub(super) fn own_types(&self, part: Part) -> Vec<&'static str> {
        let keys = |nulls: usize| {
            let mut bit = 1;
            let mut types = vec!["int8"];
            for key in self.keys {
                let is_null = key.is_nullable && nulls & bit != 0;
                if key.is_nullable {
                    bit <<= 1;
                }
                if !is_null {
                    types.push(key.ty);
                }
            }
            types
        };
        match part {
            Part::First | Part::Last => vec!["int8"],
            Part::Skip => vec!["int8", "int8"],
            Part::After { nulls, .. } => keys(nulls),
            #[cfg(feature = "totals")]
            Part::Total => Vec::new(),
        }
    }

    /// How many columns a text has of which the query has `width`; `None` for one that has others.
    pub(super) fn width(&self, part: Part, width: usize) -> Option<usize> {
        #[cfg(feature = "totals")]
        if part == Part::Total {
            return None;
        }
        let last = self.keys.iter().map(|key| key.column + 1).max();
        Some(last.map_or(width, |last| width.max(last)))
    }

    /// The types of a text's parameters and columns. `signature` is that of the query.
    pub(super) fn signature(&self, signature: &str, part: Part) -> String {
        let (parameters, columns) = signature.split_once(") -> (").unwrap_or((signature, ")"));
        let mut parameters = parameters.to_owned();
        for ty in self.own_types(part) {
            if !parameters.ends_with('(') {
                parameters.push_str(", ");
            }
            parameters.push_str(ty);
        }
        #[cfg(feature = "totals")]
        if part == Part::Total {
            return format!("{parameters}) -> (int8)");
        }
        let mut columns = columns.trim_end_matches(')').to_owned();
        let width = columns.split(", ").count();
        let mut added: Vec<_> = self.keys.iter().filter(|key| key.column >= width).collect();
        added.sort_by_key(|key| key.column);
        for key in added {
            columns.push_str(", ");
            columns.push_str(key.ty);
        }
        format!("{parameters}) -> ({columns})")
    }

    /// The digest of the query and this order, in which `added` are columns of its own.
    pub(super) fn digest(&self, query: &str, added: &str) -> u64 {
        let types = self.keys.iter().map(|key| key.ty.as_bytes());
        let order = [query, added, self.forwards.0].map(str::as_bytes);
        digest(order.into_iter().chain(types))
    }
}
