//! Whether no two rows of a query are equal in some of its columns, as those that pages are sorted by.
//!
//! It follows what determines what. The columns determine the rows of a table whose key they hold, and with a row all its
//! columns; `a = b` in WHERE or in the ON of a join carries that on. If they determine a row of each table in FROM, they
//! determine the row of the result. What is not understood is not proved.

use std::collections::BTreeSet;

use super::node::{JoinType, Node, RteKind, Value, read_query};
use super::nullability::shown_targets;
use crate::catalog::{Attribute, Catalog, Key, Oid, Relation};
use crate::quote;

/// What may make two rows equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unproved {
    /// These expressions would tell all rows apart.
    Without(Vec<String>),
    /// A part of FROM of which nothing tells the rows apart, by its name.
    NoKey(String),
    /// Something else of the query: "it combines queries by UNION ALL".
    Because(&'static str),
}

/// How deep subqueries may nest.
const MAX_DEPTH: usize = 20;

/// `=` of the server's own types, by object id, for which equal values are the same to a unique key, too.
const EQUALITIES: [Oid; 26] = [
    15, 91, 92, 93, 94, 96, 98, 352, 410, 416, 532, 533, 607, 670, 900, 1054, 1093, 1108, 1201,
    1320, 1752, 1955, 2060, 2972, 3222, 3516,
];

/// Collations in which equal texts are the same, by object id: none, `default`, `C` and `POSIX`.
const DETERMINISTIC: [Oid; 4] = [0, 100, 950, 951];

/// What may make rows of the first thing in FROM equal in these of its columns; `None` if nothing does. `tree` is that of a
/// statement around a subquery.
pub(super) fn unproved(tree: &str, columns: &[usize], catalog: &Catalog) -> Option<Unproved> {
    const UNKNOWN: Unproved = Unproved::Because("rowsmith could not follow it");
    let Some(outer) = read_query(tree) else {
        return Some(UNKNOWN);
    };
    let entry = outer.list("rtable").first().and_then(Value::as_node);
    let Some(query) = entry.and_then(|entry| entry.node("subquery")) else {
        return Some(UNKNOWN);
    };
    let columns = columns.iter().copied().collect();
    let proof = Proof { catalog };
    proof.rows_differ(query, &columns, &[&outer], 0).err()
}

struct Proof<'c> {
    catalog: &'c Catalog,
}

impl Proof<'_> {
    /// Whether no two rows of the query are equal in these of its columns, by place. `around` are the queries it is in.
    fn rows_differ<'a>(
        &self,
        query: &Node<'a>,
        columns: &BTreeSet<usize>,
        around: &[&Node<'a>],
        depth: usize,
    ) -> Result<(), Unproved> {
        let targets: Vec<&Node<'a>> = shown_targets(query).filter_map(Value::as_node).collect();
        if depth > MAX_DEPTH {
            return Err(Unproved::Because("it is nested too deep to be followed"));
        }
        if let Some(operation) = query.node("setOperations") {
            let has_all = (0..targets.len()).all(|column| columns.contains(&column));
            return match (operation.denies("all"), has_all) {
                (true, true) => Ok(()),
                (true, false) => Err(Unproved::Without(names(
                    targets
                        .iter()
                        .enumerate()
                        .filter(|(column, _)| !columns.contains(column))
                        .map(|(_, target)| *target),
                ))),
                (false, _) => Err(Unproved::Because(
                    "it combines queries by UNION ALL or the like",
                )),
            };
        }
        if !query.denies("hasTargetSRFs") {
            return Err(Unproved::Because(
                "a function in its SELECT list gives several rows",
            ));
        }
        if !query.get("groupingSets").is_nothing() {
            return Err(Unproved::Because("it has grouping sets"));
        }
        let groups = query.list("groupClause");
        let is_grouped = query.flag("hasAggs") || !query.get("havingQual").is_nothing();
        if groups.is_empty() && is_grouped {
            return Ok(());
        }
        let mut levels = around.to_vec();
        levels.push(query);
        let mut known = Known {
            proof: self,
            query,
            levels: &levels,
            depth: depth + 1,
            columns: BTreeSet::new(),
            tables: BTreeSet::new(),
            not_null: BTreeSet::new(),
        };
        for column in columns {
            if let Some(target) = targets.get(*column) {
                known.learn(target.get("expr"));
            }
        }
        known.close();
        // Groups, and rows without repetitions, are told apart by what makes them.
        for clause in ["groupClause", "distinctClause"] {
            let parts = query.list(clause);
            let unknown: Vec<&Node<'_>> = parts
                .iter()
                .filter_map(|part| {
                    let number = part.as_node()?.number::<u32>("tleSortGroupRef")?;
                    let mut all = query.nodes("targetList");
                    all.find(|target| target.number("ressortgroupref") == Some(number))
                })
                .filter(|target| !known.determines(target, &targets, columns))
                .collect();
            if !parts.is_empty() && unknown.is_empty() {
                return Ok(());
            }
            if !parts.is_empty() && (clause == "groupClause" || known.missing().is_some()) {
                return Err(Unproved::Without(names(unknown.into_iter())));
            }
        }
        known.suggest().map_or(Ok(()), Err)
    }

    /// Whether the columns, by number, determine the row of something in FROM.
    fn has_key<'a>(&self, entry: &Node<'a>, known: &Known<'_, '_, 'a>, table: usize) -> bool {
        let columns = || {
            let all = known.columns.iter().filter(|(of, _)| *of == table);
            let places =
                all.filter_map(|(_, number)| usize::try_from(*number).ok()?.checked_sub(1));
            places.collect::<BTreeSet<usize>>()
        };
        match RteKind::of(entry) {
            Some(RteKind::Relation) => {
                let relation = entry.number::<Oid>("relid");
                let Some(relation) = relation.and_then(|oid| self.catalog.relations.get(&oid))
                else {
                    return false;
                };
                if let Some(tree) = relation
                    .view_tree
                    .as_deref()
                    .filter(|_| relation.kind == 'v')
                {
                    return read_query(tree).is_some_and(|view| {
                        self.rows_differ(&view, &columns(), &[], known.depth)
                            .is_ok()
                    });
                }
                Self::keys(relation, entry).any(|key| {
                    key.columns.iter().all(|number| {
                        let is_known = known.columns.contains(&(table, *number));
                        is_known
                            && (known.not_null.contains(&(table, *number))
                                || self.is_not_null(relation, entry, *number))
                    })
                })
            }
            Some(RteKind::Subquery) => entry.node("subquery").is_some_and(|query| {
                self.rows_differ(query, &columns(), known.levels, known.depth)
                    .is_ok()
            }),
            Some(RteKind::Cte) => {
                let up = entry.number::<usize>("ctelevelsup");
                let levels =
                    up.and_then(|up| known.levels.get(..known.levels.len().checked_sub(up)?));
                let name = entry.text("ctename");
                let cte = levels.and_then(|levels| {
                    let mut all = levels.last()?.nodes("cteList");
                    all.find(|cte| cte.text("ctename") == name)
                });
                let query = cte.and_then(|cte| cte.node("ctequery"));
                // 1 is SELECT.
                let query = query.filter(|query| query.number("commandType") == Some(1_u8));
                query.zip(levels).is_some_and(|(query, levels)| {
                    self.rows_differ(query, &columns(), levels, known.depth)
                        .is_ok()
                })
            }
            Some(RteKind::Function) => {
                let calls = entry.list("functions");
                let counts = calls.iter().filter_map(Value::as_node);
                let counts = counts.filter_map(|call| call.number::<usize>("funccolcount"));
                let ordinality = entry.flag("funcordinality").then(|| counts.sum::<usize>());
                let is_one_row = calls.iter().all(|call| {
                    let call = call.as_node().and_then(|call| call.node("funcexpr"));
                    call.is_some_and(|call| call.name == "FUNCEXPR" && call.denies("funcretset"))
                });
                is_one_row || ordinality.is_some_and(|place| columns().contains(&place))
            }
            Some(RteKind::Values) => entry.list("values_lists").len() == 1,
            _ => false,
        }
    }

    /// The keys of a table that tell all rows apart which a query reads of it.
    fn keys<'r>(relation: &'r Relation, entry: &Node<'_>) -> impl Iterator<Item = &'r Key> {
        // Tables that inherit have keys of their own.
        let is_alone = relation.kind != 'r' || relation.children.is_empty() || entry.denies("inh");
        let is_table = matches!(relation.kind, 'r' | 'p' | 'm');
        let mut keys: Vec<&Key> = relation
            .unique_keys
            .iter()
            .filter(|key| is_alone && is_table && key.immediate)
            .filter(|key| {
                key.columns.iter().all(|number| {
                    let attribute = relation.attribute(*number);
                    attribute.is_some_and(|attribute| {
                        attribute.collation == 0 || attribute.deterministic
                    })
                })
            })
            .collect();
        keys.sort_by_key(|key| (!key.primary, key.columns.len()));
        keys.into_iter()
    }

    fn is_not_null(&self, relation: &Relation, entry: &Node<'_>, number: i16) -> bool {
        let oid = entry.number::<Oid>("relid").unwrap_or_default();
        relation
            .attribute(number)
            .is_some_and(|attribute| self.catalog.is_not_null(oid, attribute))
    }
}

/// The names of result columns, or what stands for one without.
fn names<'t, 'a: 't>(targets: impl Iterator<Item = &'t Node<'a>>) -> Vec<String> {
    let names = targets.map(|target| match target.text("resname") {
        Some(name) => quote::name(&name),
        None => "what it is grouped by".to_owned(),
    });
    names.collect()
}

/// What the columns determine in a query.
struct Known<'p, 't, 'a> {
    proof: &'p Proof<'p>,
    /// How deep it is in others.
    depth: usize,
    query: &'t Node<'a>,
    /// The query and those around it.
    levels: &'p [&'t Node<'a>],
    /// Columns of what is in FROM, by number.
    columns: BTreeSet<(usize, i16)>,
    /// What is in FROM, of which one row is determined.
    tables: BTreeSet<usize>,
    /// Columns that a condition keeps from being NULL.
    not_null: BTreeSet<(usize, i16)>,
}

/// A side of an equality.
enum Side {
    Column(usize, i16),
    /// A value that is the same for all rows.
    Fixed,
}

impl<'t, 'a> Known<'_, 't, 'a> {
    fn learn(&mut self, value: &Value<'a>) {
        if let Some(Side::Column(table, number)) = self.side(value) {
            self.columns.insert((table, number));
        }
    }

    fn is_known(&self, side: &Side) -> bool {
        match side {
            Side::Column(table, number) => {
                self.tables.contains(table) || self.columns.contains(&(*table, *number))
            }
            Side::Fixed => true,
        }
    }

    /// Whether a target is among the columns, or determined by them.
    fn determines(
        &self,
        target: &Node<'a>,
        targets: &[&Node<'a>],
        columns: &BTreeSet<usize>,
    ) -> bool {
        let number = target.number::<usize>("resno");
        let is_key = |column: &usize| {
            let key = targets.get(*column);
            key.is_some_and(|key| key.number::<usize>("resno") == number)
        };
        let side = self.side(target.get("expr"));
        columns.iter().any(is_key) || side.is_some_and(|side| self.is_known(&side))
    }

    /// What a value is; `None` where it is neither a column, by whose collation equal values are the same, nor fixed.
    fn side(&self, value: &Value<'a>) -> Option<Side> {
        let node = value.as_node()?;
        match node.name {
            "CONST" | "PARAM" => Some(Side::Fixed),
            // `varchar` as `text`.
            "RELABELTYPE" => {
                let inner = node.node("arg")?;
                let is_text = node.number("resulttype") == Some(25_u32)
                    && inner.number("vartype") == Some(1043_u32);
                let is_fixed = matches!(inner.name, "CONST" | "PARAM");
                (is_text || is_fixed).then(|| self.side(node.get("arg")))?
            }
            "COLLATEEXPR" => {
                let collation = node.number::<Oid>("collOid")?;
                let arg = node.get("arg");
                DETERMINISTIC.contains(&collation).then(|| self.side(arg))?
            }
            "VAR" => self.column(node),
            _ => None,
        }
    }

    fn column(&self, var: &Node<'a>) -> Option<Side> {
        if var.number::<usize>("varlevelsup")? > 0 {
            return Some(Side::Fixed);
        }
        let (table, number) = (
            var.number::<usize>("varno")?,
            var.number::<i16>("varattno")?,
        );
        let entry = self.entry(table)?;
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        match RteKind::of(entry)? {
            RteKind::Join => return self.side(entry.list("joinaliasvars").get(index)?),
            RteKind::Group => return self.side(entry.list("groupexprs").get(index)?),
            _ => {}
        }
        let collation = var.number::<Oid>("varcollid")?;
        let declared = || -> Option<&Attribute> {
            let relation = entry.number::<Oid>("relid")?;
            let attribute = self.proof.catalog.attribute(relation, number)?;
            Some(attribute).filter(|attribute| attribute.collation == collation)
        };
        let is_same = DETERMINISTIC.contains(&collation)
            || declared().is_some_and(|attribute| attribute.deterministic);
        is_same.then_some(Side::Column(table, number))
    }

    fn entry(&self, table: usize) -> Option<&'t Node<'a>> {
        self.query
            .list("rtable")
            .get(table.checked_sub(1)?)?
            .as_node()
    }

    /// Adds all that follows.
    fn close(&mut self) {
        loop {
            let before = (self.columns.len(), self.tables.len());
            if let Some(tree) = self.query.node("jointree") {
                self.visit(tree);
            }
            for table in self.all() {
                self.look_up(table);
            }
            if before == (self.columns.len(), self.tables.len()) {
                return;
            }
        }
    }

    /// What is in FROM, but for joins.
    fn all(&self) -> Vec<usize> {
        let mut tables = Vec::new();
        if let Some(tree) = self.query.node("jointree") {
            collect(tree, &mut tables);
        }
        tables.sort_unstable();
        tables
    }

    fn look_up(&mut self, table: usize) {
        let Some(entry) = self.entry(table).filter(|_| !self.tables.contains(&table)) else {
            return;
        };
        // A lateral one has a row for each of those before it.
        let is_ready = !entry.flag("lateral")
            || self
                .all()
                .iter()
                .all(|other| *other >= table || self.tables.contains(other));
        if is_ready && self.proof.has_key(entry, self, table) {
            self.tables.insert(table);
        }
    }

    /// Follows the conditions of what is in FROM.
    fn visit(&mut self, node: &Node<'a>) {
        match (node.name, JoinType::of(node)) {
            ("FROMEXPR", _) => {
                for item in node.nodes("fromlist") {
                    self.visit(item);
                }
                self.follow(node.get("quals"));
            }
            ("JOINEXPR", Some(JoinType::Inner)) => {
                for side in ["larg", "rarg"] {
                    node.node(side)
                        .into_iter()
                        .for_each(|item| self.visit(item));
                }
                self.follow(node.get("quals"));
            }
            ("JOINEXPR", Some(kind @ (JoinType::Left | JoinType::Right))) => {
                let (kept, found) = match kind {
                    JoinType::Left => ("larg", "rarg"),
                    _ => ("rarg", "larg"),
                };
                let mut tables = Vec::new();
                if let Some(kept) = node.node(kept) {
                    self.visit(kept);
                    collect(kept, &mut tables);
                }
                // For one row of the kept side, the condition says which rows of the other are found, if any.
                if tables.iter().all(|table| self.tables.contains(table)) {
                    node.node(found)
                        .into_iter()
                        .for_each(|item| self.visit(item));
                    self.follow(node.get("quals"));
                }
            }
            _ => {}
        }
    }

    /// Follows the equalities of a condition.
    fn follow(&mut self, condition: &Value<'a>) {
        let Some(node) = condition.as_node() else {
            return;
        };
        if node.name == "BOOLEXPR" && node.text("boolop").as_deref() == Some("and") {
            for operand in node.list("args") {
                self.follow(operand);
            }
            return;
        }
        let is_equality = node.name == "OPEXPR"
            && node
                .number("opno")
                .is_some_and(|operator| EQUALITIES.contains(&operator));
        let [one, other] = node.list("args") else {
            return;
        };
        let (Some(one), Some(other)) = (self.side(one), self.side(other)) else {
            return;
        };
        if !is_equality {
            return;
        }
        for (from, to) in [(&one, &other), (&other, &one)] {
            if let Side::Column(table, number) = to
                && self.is_known(from)
            {
                self.columns.insert((*table, *number));
                self.not_null.insert((*table, *number));
            }
        }
    }

    /// The first part of FROM of which several rows may be meant.
    fn missing(&self) -> Option<usize> {
        self.all()
            .into_iter()
            .find(|table| !self.tables.contains(table))
    }

    /// What would determine everything; `None` if nothing is missing.
    fn suggest(&mut self) -> Option<Unproved> {
        let mut expressions = Vec::new();
        let mut without_key = None;
        while let Some(table) = self.missing() {
            let entry = self.entry(table)?;
            let names = entry.node("eref")?;
            let name = names.text("aliasname").unwrap_or_default().into_owned();
            let relation = entry.number::<Oid>("relid");
            let relation = relation.and_then(|oid| self.proof.catalog.relations.get(&oid));
            let key = relation.and_then(|relation| {
                Proof::keys(relation, entry).find(|key| {
                    let mut numbers = key.columns.iter();
                    numbers.all(|number| self.proof.is_not_null(relation, entry, *number))
                })
            });
            let Some(key) = key else {
                return Some(Unproved::NoKey(name));
            };
            without_key = without_key.or(Some(name.clone()));
            let missing: Vec<i16> = key
                .columns
                .iter()
                .copied()
                .filter(|number| !self.columns.contains(&(table, *number)))
                .collect();
            for number in &missing {
                let index = usize::try_from(*number).ok()?.checked_sub(1)?;
                let column = names.list("colnames").get(index)?.text()?;
                expressions.push(format!(
                    "{}.{}",
                    quote::name(&name),
                    quote::after_dot(&column)
                ));
            }
            self.columns
                .extend(missing.iter().map(|number| (table, *number)));
            self.tables.insert(table);
            self.close();
        }
        let name = without_key?;
        Some(if expressions.is_empty() {
            Unproved::NoKey(name)
        } else {
            Unproved::Without(expressions)
        })
    }
}

/// The numbers of what is in FROM, but for joins.
fn collect(node: &Node<'_>, tables: &mut Vec<usize>) {
    match node.name {
        "RANGETBLREF" => tables.extend(node.number::<usize>("rtindex")),
        "FROMEXPR" => node
            .nodes("fromlist")
            .for_each(|item| collect(item, tables)),
        _ => {
            for side in ["larg", "rarg"] {
                node.node(side)
                    .into_iter()
                    .for_each(|item| collect(item, tables));
            }
        }
    }
}
