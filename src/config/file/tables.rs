//! `tables`, as it is written.

use super::node::{Kind, Node};
use super::sections::TABLE;
use super::{Fields, Reader, Written};

/// `sql[].gen.rust.tables`.
#[derive(Debug)]
pub(in crate::config) enum TablesSection {
    /// All tables, or none.
    All(Written<bool>),
    Of(Vec<TableSection>),
}

/// `sql[].gen.rust.tables[]`.
#[derive(Debug)]
pub(in crate::config) struct TableSection {
    pub(in crate::config) table: Written<String>,
    pub(in crate::config) only: Vec<Written<String>>,
    pub(in crate::config) touch: Option<Written<String>>,
    pub(in crate::config) soft_delete: Option<Written<String>>,
}

impl Reader {
    /// `true`, `false`, or a list of names and mappings.
    pub(super) fn tables(&mut self, fields: &Fields<'_>) -> Option<TablesSection> {
        let (key, value) = fields.get("tables")?;
        match &value.kind {
            Kind::Bool(all) => Some(TablesSection::All(Written {
                value: *all,
                place: value.place.clone(),
            })),
            Kind::List(items) => {
                let tables = items.iter().filter_map(|item| self.table(key, item));
                Some(TablesSection::Of(tables.collect()))
            }
            _ => {
                self.wrong_type(key, value, "`true`, or a list of tables");
                None
            }
        }
    }

    fn table(&mut self, key: &Node, item: &Node) -> Option<TableSection> {
        if !matches!(item.kind, Kind::Mapping(_)) {
            let expected = "the name of a table, or a mapping with `table`";
            return Some(TableSection {
                table: self.text_of(key, item, expected)?,
                only: Vec::new(),
                touch: None,
                soft_delete: None,
            });
        }
        let fields = self.fields(key, item, &TABLE)?;
        let Some(table) = self.text(&fields, "table") else {
            if fields.get("table").is_none() {
                let help = "add `table:` with the name of a table";
                self.missing(&item.place, "this entry has no `table`", help);
            }
            return None;
        };
        Some(TableSection {
            table,
            only: self
                .list(
                    &fields,
                    "only",
                    "a list of functions, such as `[find, insert]`",
                )
                .unwrap_or_default(),
            touch: self.text(&fields, "touch"),
            soft_delete: self.text(&fields, "soft_delete"),
        })
    }
}
