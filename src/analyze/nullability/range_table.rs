//! The columns of what stands in FROM: tables, views, subqueries, joins, functions, VALUES, CTEs.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::frame::{Frame, Known, Phase};
use super::functions;
use super::node::{JoinType, Node, RteKind, Value};
use super::{Analyzer, Fact};
use crate::analyze::fault::{Fault, made};
use crate::catalog::{Attribute, Oid, PgTypeKind};

impl<'a> Analyzer<'_> {
    /// A column of a range table entry for a row that is there: outer joins are accounted for by the caller.
    pub(super) fn column_of_entry(&self, owner: &Frame<'_, 'a>, table: usize, column: i16) -> Fact {
        let Some(entry) = owner.entry(table) else {
            return Fact::too_deep();
        };
        let Some(_step) = self.step() else {
            return Fact::nullable("the query is too large to be followed");
        };
        let name = || owner.column_name(table, column);
        match RteKind::of(entry) {
            Some(RteKind::Relation) => self.of_table(entry, owner, table, column),
            Some(RteKind::Subquery | RteKind::Values | RteKind::Cte) if column == 0 => {
                Fact::not_null(format!("`{}` is a row", owner.entry_name(table)))
            }
            Some(RteKind::Join) => self.of_join(entry, owner, table, column),
            Some(RteKind::Function) => self.of_function_entry(entry, owner, table, column),
            Some(RteKind::TableFunction) => of_table_function(entry, column, &name()),
            Some(RteKind::Subquery | RteKind::Values | RteKind::Cte) => {
                let columns = self.columns_of_entry(entry, owner, table, BTreeSet::new());
                let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
                match index.and_then(|index| columns.get(index)) {
                    Some(fact) => fact.clone(),
                    None => Fact::nullable(format!("nothing is known of `{}`", name())),
                }
            }
            // Postgres 18: the grouping expressions, computed from the rows before grouping.
            Some(RteKind::Group) => {
                let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
                match index.and_then(|index| entry.list("groupexprs").get(index)) {
                    Some(value) => owner.in_phase(Phase::Input, || self.evaluate(value, owner)),
                    None => Fact::nullable("the grouping expression is not known"),
                }
            }
            _ => Fact::nullable(format!("nothing is known of `{}`", name())),
        }
    }

    /// All columns of a subquery, VALUES or CTE, for rows in which the given ones are not NULL. None where what is given
    /// tells nothing more.
    ///
    /// They are worked out once, but for a lateral subquery that is asked for where more is known of the row: what follows
    /// from that holds there only.
    pub(super) fn columns_of_entry(
        &self,
        entry: &Node<'a>,
        owner: &Frame<'_, 'a>,
        table: usize,
        given: BTreeSet<i16>,
    ) -> Rc<Vec<Fact>> {
        let key = (table, given);
        let given = &key.1;
        let work_out = || match RteKind::of(entry) {
            Some(RteKind::Subquery) => match entry.node("subquery") {
                Some(query) if given.is_empty() => self.result_columns(query, Some(owner)),
                Some(query) => self.narrowed_columns(query, Some(owner), given),
                None => Vec::new(),
            },
            Some(RteKind::Values) => self.of_values(entry, owner),
            _ => self.of_cte_entry(entry, owner, given),
        };
        let is_local =
            owner.phase.get() == Phase::Input && owner.is_local() && entry.flag("lateral");
        if is_local && !made(Fault::LateralKeepsFilter) {
            return Rc::new(work_out());
        }
        if let Some(columns) = owner.tables.borrow().get(&key) {
            return Rc::clone(columns);
        }
        // A lateral subquery sees the rows of FROM, not the groups of the result.
        let columns = if is_local {
            work_out()
        } else {
            owner.in_phase(Phase::Input, work_out)
        };
        let columns = Rc::new(columns);
        owner.tables.borrow_mut().insert(key, Rc::clone(&columns));
        columns
    }

    fn of_table(&self, entry: &Node<'a>, owner: &Frame<'_, 'a>, table: usize, column: i16) -> Fact {
        let name = owner.column_name(table, column);
        let relation = entry.number::<Oid>("relid");
        let Some((relation, found)) =
            relation.and_then(|oid| Some((oid, self.catalog.relations.get(&oid)?)))
        else {
            return Fact::nullable(format!("the schema does not say what `{name}` is"));
        };
        // EXCLUDED has its table's id, but is no table: its row was not stored yet.
        if !matches!(entry.get("relkind"), Value::Token(kind) if kind.chars().eq([found.kind])) {
            return self.of_excluded(owner, table, column);
        }
        match (found.kind, column) {
            (_, 0) => Fact::not_null(format!("`{}` is a row", owner.entry_name(table))),
            ('v' | 'm', _) => {
                let columns = self.columns_of_view(relation);
                let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
                match index.and_then(|index| columns.get(index)) {
                    Some(fact) => fact.clone(),
                    None => Fact::nullable(format!("the view's query does not show `{name}`")),
                }
            }
            // `ctid`, `tableoid` and the like. A foreign table need not have them.
            ('r' | 'p', ..0) => Fact::not_null("a system column is never NULL"),
            _ => self.of_declared_column(relation, column, !entry.denies("inh"), &name),
        }
    }

    /// What the declaration of a table's column promises of stored rows.
    ///
    /// A domain's NOT NULL promises nothing: it is checked when a value is cast to the domain, and a NULL of that type
    /// can come from a place without a cast, as in `INSERT … VALUES ((SELECT d FROM t WHERE false))`, and is stored.
    pub(super) fn of_declared_column(
        &self,
        relation: Oid,
        column: i16,
        with_children: bool,
        name: &str,
    ) -> Fact {
        let Some(attribute) = self.catalog.attribute(relation, column) else {
            return Fact::nullable(format!("the schema does not say what `{name}` is"));
        };
        let found = &self.catalog.relations[&relation];
        let alone = attribute.not_null && matches!(found.kind, 'r' | 'p');
        let with_children = with_children && !made(Fault::ChildrenIgnored);
        if alone && (!with_children || self.catalog.is_not_null(relation, attribute)) {
            return Fact::not_null(format!("`{name}` is declared NOT NULL"));
        }
        if self.is_generated_not_null(relation, attribute, with_children) {
            return Fact::not_null(format!(
                "`{name}` is computed by an expression that is not NULL"
            ));
        }
        if let Some(check) = self.check_of_column(relation, column, with_children) {
            return Fact::not_null(format!(
                "the constraint `{check}` keeps NULL out of `{name}`"
            ));
        }
        if made(Fault::DomainTrusted) && self.is_not_null_domain(attribute.type_id) {
            return Fact::not_null("");
        }
        Fact::nullable(if alone {
            format!("`{name}` is declared NOT NULL, but not in every table that inherits it")
        } else if attribute.not_null {
            format!("`{name}` is declared NOT NULL, which a foreign table does not check")
        } else if self.is_not_null_domain(attribute.type_id) {
            let domain = self.type_name(attribute.type_id);
            format!(
                "`{name}` is not declared NOT NULL itself; the domain `{domain}` checks casts, not what is stored"
            )
        } else {
            format!("`{name}` is not declared NOT NULL")
        })
    }

    /// Whether a generated column is computed by an expression that is never NULL, in child tables too, which may have
    /// one of their own.
    fn is_generated_not_null(
        &self,
        relation: Oid,
        attribute: &Attribute,
        with_children: bool,
    ) -> bool {
        let found = self.catalog.relations.get(&relation);
        let Some(found) = found.filter(|found| matches!(found.kind, 'r' | 'p')) else {
            return false;
        };
        let (Some(tree), Some(_step)) = (&attribute.generation_tree, self.step()) else {
            return false;
        };
        // The expression as a query would have it that reads the table.
        let query = format!(
            "{{QUERY :commandType 1 :hasAggs false :hasTargetSRFs false \
             :rtable ({{RTE :rtekind 0 :relid {relation} :relkind {} :inh false}}) \
             :jointree {{FROMEXPR :fromlist ({{RANGETBLREF :rtindex 1}}) :quals <>}} \
             :targetList ({{TARGETENTRY :expr {tree} :resno 1 :resjunk false}})}}",
            found.kind
        );
        let columns = self.in_view(&query, |analyzer, query| {
            analyzer.result_columns(query, None)
        });
        let column = columns.into_iter().next();
        let mut children = found.children.iter().filter(|_| with_children);
        column.is_some_and(|fact| !fact.nullable)
            && children.all(|&child| {
                let columns = self
                    .catalog
                    .relations
                    .get(&child)
                    .map(|child| &child.columns);
                columns
                    .and_then(|columns| columns.iter().find(|c| c.name == attribute.name))
                    .is_some_and(|column| self.is_generated_not_null(child, column, true))
            })
    }

    /// A column that a join made: one of its aliases, or merged by USING.
    fn of_join(&self, entry: &Node<'a>, owner: &Frame<'_, 'a>, table: usize, column: i16) -> Fact {
        let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
        let value = index.and_then(|index| entry.list("joinaliasvars").get(index));
        let Some(value) = value else {
            return Fact::nullable("the join's column is not known");
        };
        let merged = value.as_node();
        let is_full = JoinType::of(entry) == Some(JoinType::Full);
        let merged =
            merged.filter(|node| is_full && matches!(node.name, "COALESCE" | "COALESCEEXPR"));
        let Some(merged) = merged else {
            return self.evaluate(value, owner);
        };
        // FULL JOIN … USING: whichever side has a row gives the value, so both must be not NULL below the join.
        let looked_at = if made(Fault::MergedColumnOfLeft) {
            1
        } else {
            2
        };
        let sides = merged.list("args").iter().take(looked_at);
        let mut sides = sides.map(|side| self.evaluate(side, owner));
        let below = self.padded_below(table, owner);
        let nullable =
            owner.with_rows(Known::default(), below, || sides.find(|fact| fact.nullable));
        match nullable {
            Some(fact) => fact,
            None if merged.list("args").is_empty() => {
                Fact::nullable("the join's column is not known")
            }
            None => Fact::not_null("neither side of the FULL JOIN has NULL there"),
        }
    }

    /// A function in FROM: `generate_series(…)`, `ROWS FROM (…)`, `… WITH ORDINALITY`.
    fn of_function_entry(
        &self,
        entry: &Node<'a>,
        owner: &Frame<'_, 'a>,
        table: usize,
        column: i16,
    ) -> Fact {
        let name = owner.column_name(table, column);
        let unknown = || Fact::nullable(format!("`{name}` comes from a function and may be NULL"));
        let calls: Option<Vec<_>> = entry.list("functions").iter().map(Value::as_node).collect();
        let (Some(calls), Ok(column)) = (calls, usize::try_from(column)) else {
            return unknown();
        };
        let counts = calls
            .iter()
            .map(|call| call.number::<usize>("funccolcount"));
        let Some(count) = counts.sum::<Option<usize>>() else {
            return unknown();
        };
        if calls.is_empty() || column == 0 {
            return unknown();
        }
        if column > count {
            return if entry.flag("funcordinality") && column == count + 1 {
                Fact::not_null("WITH ORDINALITY counts from 1")
            } else {
                unknown()
            };
        }
        let [call] = calls[..] else {
            return Fact::nullable(format!(
                "`{name}` is padded with NULL where another function of ROWS FROM gives more rows"
            ));
        };
        let value = call.get("funcexpr");
        let Some(node) = value.as_node() else {
            return unknown();
        };
        if node.name == "FUNCEXPR" && !node.denies("funcretset") {
            let columns = node.number("funcid").and_then(functions::set_columns);
            return match columns {
                Some((function, columns)) if columns.len() == count && columns[column - 1] => {
                    Fact::not_null(format!("`{function}` gives no NULL there"))
                }
                // Of composite elements it gives the fields, even if that is one.
                Some(("unnest", [false])) if self.is_scalar(node.number("funcresulttype")) => {
                    let [array] = node.list("args") else {
                        return unknown();
                    };
                    owner.in_phase(Phase::Input, || self.elements(array, owner))
                }
                _ => unknown(),
            };
        }
        // Of a composite result this would be the first field. No function that is known to be total has one.
        let is_scalar = count == 1 && node.name == "FUNCEXPR" || node.name == "SQLVALUEFUNCTION";
        if !is_scalar {
            return unknown();
        }
        owner.in_phase(Phase::Input, || self.evaluate(value, owner))
    }

    /// Whether the type has no fields that a function in FROM would give as columns.
    fn is_scalar(&self, oid: Option<Oid>) -> bool {
        let ty = oid.and_then(|oid| self.catalog.types.get(&oid));
        ty.is_some_and(|ty| match ty.kind {
            PgTypeKind::Composite { .. } | PgTypeKind::Pseudo => false,
            PgTypeKind::Domain { base, .. } => self.is_scalar(Some(base)),
            _ => true,
        })
    }

    /// `VALUES (…), (…)`: no row may have NULL.
    fn of_values(&self, entry: &Node<'a>, owner: &Frame<'_, 'a>) -> Vec<Fact> {
        let mut columns: Vec<Fact> = Vec::new();
        for (number, row) in entry.list("values_lists").iter().enumerate() {
            for (index, value) in row.items().iter().enumerate() {
                let fact = self.evaluate(value, owner);
                match columns.get_mut(index) {
                    Some(column) if !column.nullable => *column = fact,
                    Some(_) => {}
                    None if number == 0 => columns.push(fact),
                    None => return Vec::new(),
                }
            }
            if row.items().len() < columns.len() {
                // Not read, being too deep.
                return Vec::new();
            }
        }
        columns
    }

    /// A reference to `WITH name AS (…)`, of this level or one around it.
    fn of_cte_entry(
        &self,
        entry: &Node<'a>,
        owner: &Frame<'_, 'a>,
        given: &BTreeSet<i16>,
    ) -> Vec<Fact> {
        let name = entry.text("ctename");
        let level = entry.number("ctelevelsup").and_then(|up| owner.outer(up));
        let (Some(name), Some(level)) = (name, level) else {
            return Vec::new();
        };
        if let Some(columns) = level.ctes.borrow().get(&*name).filter(|_| given.is_empty()) {
            return columns.to_vec();
        }
        let mut ctes = level.query.nodes("cteList");
        let Some(cte) = ctes.find(|cte| cte.text("ctename").as_ref() == Some(&name)) else {
            return Vec::new();
        };
        let Some(query) = cte.node("ctequery").filter(|query| query.name == "QUERY") else {
            return Vec::new();
        };
        // The CTE's rows do not depend on what WHERE of the query around it keeps.
        let around = Frame::bare(level.query, level.parent);
        around.ctes.replace(level.ctes.borrow().clone());
        if !given.is_empty() {
            // The columns of a recursive one are those of a set operation, which tells nothing more.
            return self.narrowed_columns(query, Some(&around), given);
        }
        let columns = if cte.flag("cterecursive") {
            self.of_recursive_query(&name, query, &around)
        } else {
            self.result_columns(query, Some(&around))
        };
        let columns: Vec<_> = columns
            .into_iter()
            .chain(self.of_generated(cte, &around))
            .collect();
        let mut known = level.ctes.borrow_mut();
        known.insert(name.into_owned(), Rc::new(columns.clone()));
        columns
    }

    /// `WITH RECURSIVE`: what is assumed of the rows so far must follow for the next ones too. Starts from the most
    /// favourable assumption and gives up columns until none is contradicted.
    fn of_recursive_query(
        &self,
        name: &str,
        query: &Node<'a>,
        around: &Frame<'_, 'a>,
    ) -> Vec<Fact> {
        let count = query
            .nodes("targetList")
            .filter(|t| t.denies("resjunk"))
            .count();
        let mut assumed = vec![Fact::not_null("no row of the recursion has NULL there"); count];
        loop {
            around
                .ctes
                .borrow_mut()
                .insert(name.to_owned(), Rc::new(assumed.clone()));
            let found = self.result_columns(query, Some(around));
            let lost = |index: usize| found.get(index).is_none_or(|fact| fact.nullable);
            let contradicted: Vec<_> = (0..count)
                .filter(|&index| lost(index) && !assumed[index].nullable)
                .collect();
            if contradicted.is_empty() || made(Fault::RecursionTrusted) {
                // Other CTEs may have been worked out from an assumption that did not hold in the end.
                around.ctes.borrow_mut().remove(name);
                return assumed;
            }
            for index in contradicted {
                assumed[index] = match found.get(index) {
                    // What it says of elements may rest on an assumption that does not hold in the end.
                    Some(fact) => Fact {
                        elements: None,
                        ..fact.clone()
                    },
                    None => Fact::nullable("the recursion is not followed"),
                };
            }
        }
    }

    /// The columns that SEARCH and CYCLE add after the query's own.
    fn of_generated(&self, cte: &Node<'a>, around: &Frame<'_, 'a>) -> Vec<Fact> {
        let mut columns = Vec::new();
        if cte.node("search_clause").is_some() {
            columns.push(Fact::not_null("SEARCH gives every row its place"));
        }
        if let Some(cycle) = cte.node("cycle_clause") {
            let marks = ["cycle_mark_value", "cycle_mark_default"];
            let marks = marks.map(|mark| self.evaluate(cycle.get(mark), around));
            let mark = marks.into_iter().find(|mark| mark.nullable);
            columns.push(mark.unwrap_or_else(|| Fact::not_null("CYCLE marks every row")));
            columns.push(Fact::not_null("CYCLE keeps every row's path"));
        }
        columns
    }

    /// The columns of a view or materialized view, by its query. Places in that query are no places in the user's.
    ///
    /// A materialized view shows what its query gave when it was refreshed. A column that was declared NOT NULL only
    /// later can still hold NULL there until the next refresh.
    pub(super) fn columns_of_view(&self, view: Oid) -> Rc<Vec<Fact>> {
        if let Some(columns) = self.views.borrow().get(&view) {
            return Rc::clone(columns);
        }
        // A view cannot contain itself, but a broken tree might: such a reference finds nothing known.
        self.views.borrow_mut().insert(view, Rc::default());
        let relation = self.catalog.relations.get(&view);
        let tree = relation.and_then(|relation| relation.view_tree.as_deref());
        let columns = self.in_view(tree.unwrap_or_default(), |analyzer, query| {
            analyzer.result_columns(query, None)
        });
        let trusted = |_| Fact::not_null("");
        let columns = if made(Fault::ViewTrusted) {
            columns.into_iter().map(trusted).collect()
        } else {
            columns
        };
        let columns = Rc::new(columns);
        self.views.borrow_mut().insert(view, Rc::clone(&columns));
        columns
    }
}

/// `XMLTABLE` and `JSON_TABLE`.
fn of_table_function(entry: &Node<'_>, column: i16, name: &str) -> Fact {
    let unknown = || Fact::nullable(format!("the path of `{name}` may select nothing"));
    let Some(table) = entry.node("tablefunc") else {
        return unknown();
    };
    let index = i64::from(column) - 1;
    if table.get("notnulls").numbers().contains(&index) {
        return Fact::not_null(format!("`{name}` is declared NOT NULL"));
    }
    if index >= 0 && table.number::<i64>("ordinalitycol") == Some(index) {
        return Fact::not_null("FOR ORDINALITY counts from 1");
    }
    // JSON_TABLE has one counter per NESTED path; only the rows of the outermost are always there.
    let Some(plan) = table
        .node("plan")
        .filter(|plan| plan.name == "JSONTABLEPATHSCAN")
    else {
        return unknown();
    };
    let (Some(first), Some(last)) = (plan.number::<i64>("colMin"), plan.number::<i64>("colMax"))
    else {
        return unknown();
    };
    let values = table.list("colvalexprs");
    let value = usize::try_from(index)
        .ok()
        .and_then(|index| values.get(index));
    if (first..=last).contains(&index) && value.is_some_and(Value::is_nothing) {
        return Fact::not_null("FOR ORDINALITY counts from 1");
    }
    unknown()
}
