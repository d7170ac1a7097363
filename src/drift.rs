//! How a database differs from what the migrations make: two catalogs, compared by what their objects mean.
//!
//! Both are read as lists of [`Object`]s, each with a text that says what it is (`drift/objects.sql`). What Postgres says of
//! an expression is no fixed point: read back from its own text, `kind IN ('x', 'y')` reads otherwise. So where two texts
//! differ, both are made anew in the throwaway database, and what it then says of them decides ([`Catalog::settle`]).
//!
//! Any role can read all of it, and no lock is taken that anybody waits for.

mod show;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

pub(crate) use users::mark_users;

const OBJECTS: &str = include_str!("drift/objects.sql");

/// Nothing of the session may show in what the server says.
const SETTINGS: &str = "\
SET LOCAL search_path = '';
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL jit = off;
";

/// The tables in which migration tools note what they have applied, rowsmith among them, without their schemas.
const JOURNALS: [&str; 16] = [
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "_prisma_migrations",
    "_rowsmith_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "refinery_schema_history",
    "schema_migrations",
    "seaql_migrations",
];

/// What is in a database, by kind and name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    objects: BTreeMap<(String, String), Object>,
    /// The role that read it.
    role: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Object {
    /// The table, type or function that it goes with.
    part_of: Option<String>,
    /// What it is, as far as that can be said in one way only.
    definition: String,
    /// The rest, as Postgres prints it.
    expression: String,
    /// The statements that make it anew with that expression, which may read otherwise then.
    anew: Option<String>,
}

impl Object {
    /// All of what it is, for people.
    fn text(&self) -> String {
        let separator = if self.definition.is_empty() || self.expression.is_empty() {
            ""
        } else {
            " "
        };
        [&self.definition, separator, &self.expression].concat()
    }

    /// Whether they may differ in the way only in which Postgres prints their expressions.
    fn may_be(&self, other: &Self) -> bool {
        let can_be_made = self.anew.is_some() && other.anew.is_some();
        self.definition == other.definition && can_be_made
    }
}

/// Something that is not in a database as it is in another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What sort of difference it is.
    pub change: Change,
    /// What sort of object it is, as `column` or `foreign key`.
    pub kind: String,
    /// Its name, with its schema: `public.orders.note`.
    pub name: String,
    /// What the migrations make of it. `None` if nothing.
    pub expected: Option<String>,
    /// What it is in the database. `None` if it is not there.
    pub live: Option<String>,
    /// The queries that use it, sorted by name.
    pub queries: Vec<String>,
    #[serde(skip)]
    part_of: Option<String>,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The migrations make it, and it is not there.
    Missing,
    /// It is there, and no migration makes it.
    Extra,
    /// It is something else.
    Changed,
}

impl Catalog {
    /// Reads the catalog of a database, in a transaction of its own that only reads.
    pub(crate) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let script = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {SETTINGS} {OBJECTS}; COMMIT"
        );
        let read = Self::read_by(client, &script).await;
        if read.is_err() {
            // The failure says more than that of an end would.
            let _ = client.batch_execute("ROLLBACK").await;
        }
        read
    }

    async fn read_by(client: &Client, script: &str) -> Result<Self, tokio_postgres::Error> {
        let role = client
            .simple_query("SELECT quote_ident(current_user)")
            .await?;
        let role = rows(&role).find_map(|row| row.get(0)).unwrap_or_default();
        let answer = client.simple_query(script).await?;
        let objects = rows(&answer).filter_map(|row| {
            let text = |column| row.get(column).map(str::to_owned);
            let object = Object {
                part_of: text("part_of"),
                definition: text("definition")?,
                expression: text("expression")?,
                anew: text("anew"),
            };
            Some(((text("kind")?, text("name")?), object))
        });
        Ok(Self {
            objects: objects.collect(),
            role: role.to_owned(),
        })
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Adds what another set of migrations makes in the same database.
    pub(crate) fn add(&mut self, other: Self) {
        self.role = other.role;
        self.objects.extend(other.objects);
    }

    /// How `live` differs from this catalog, which the migrations make, before [`Self::settle`].
    ///
    /// What belongs to a table that is missing or extra is not named beside it. Left out are journals of migration tools,
    /// partitions that a job has added, privileges where no migration grants any, and owners that no migration names.
    pub(crate) fn compare(&self, live: &Self) -> Vec<Difference> {
        let manages_grants = self.objects.keys().any(|(kind, _)| kind == "grant");
        let mut found = Vec::new();
        for (key, object) in &self.objects {
            let there = live.objects.get(key);
            let is_equal = there.is_some_and(|there| {
                (&there.definition, &there.expression) == (&object.definition, &object.expression)
            });
            let is_own = key.0 == "owner" && (object.definition == self.role || there.is_none());
            if !is_equal && !is_own {
                found.push(Difference::new(key, Some(object), there));
            }
        }
        for (key, object) in &live.objects {
            let is_managed = match key.0.as_str() {
                "owner" => false,
                "grant" => manages_grants,
                _ => true,
            };
            if is_managed && !self.objects.contains_key(key) && !self.is_by_a_job(key, object) {
                found.push(Difference::new(key, None, Some(object)));
            }
        }
        let whole: BTreeSet<String> = found
            .iter()
            .filter(|difference| difference.change != Change::Changed)
            .filter(|difference| difference.part_of.as_ref() != Some(&difference.name))
            .map(|difference| difference.name.clone())
            .collect();
        let left_out = live.objects.iter().filter(|(key, object)| {
            !self.objects.contains_key(key) && self.is_by_a_job(key, object)
        });
        let whole: BTreeSet<String> = whole
            .into_iter()
            .chain(left_out.map(|((_, name), _)| name.clone()))
            .collect();
        found.retain(|difference| {
            let owner = difference.part_of.as_ref();
            !owner.is_some_and(|owner| whole.contains(owner))
        });
        found.sort_by(|one, other| {
            (one.change, &one.name, &one.kind).cmp(&(other.change, &other.name, &other.kind))
        });
        found
    }

    /// Whether it is the journal of a migration tool, or a partition of a table of the migrations.
    fn is_by_a_job(&self, (kind, name): &(String, String), object: &Object) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
        let is_partition = || {
            let parent = object.definition.strip_prefix("partition of ");
            let parent = parent.and_then(|rest| rest.split(" FOR VALUES").next());
            parent.is_some_and(|parent| self.has_table(parent.trim_end_matches(" DEFAULT")))
        };
        match kind.as_str() {
            "table" => JOURNALS.contains(&last) || is_partition(),
            // drizzle-kit's journal has a schema of its own.
            "schema" => name == "drizzle",
            _ => false,
        }
    }

    fn has_table(&self, name: &str) -> bool {
        let key = |kind: &str| (kind.to_owned(), name.to_owned());
        self.objects.contains_key(&key("table"))
    }

    /// Drops those of the differences that are one of text only: each side is made anew in the throwaway database, in a
    /// transaction that is rolled back, and read again.
    ///
    /// `throwaway` has what this catalog says, and nobody else uses it.
    pub(crate) async fn settle(
        &self,
        throwaway: &Client,
        live: &Self,
        differences: Vec<Difference>,
    ) -> Result<Vec<Difference>, tokio_postgres::Error> {
        let doubtful: Vec<(String, String)> = differences
            .iter()
            .map(Difference::key)
            .filter(|key| {
                let sides = self.objects.get(key).zip(live.objects.get(key));
                sides.is_some_and(|(ours, theirs)| ours.may_be(theirs))
            })
            .collect();
        if doubtful.is_empty() {
            return Ok(differences);
        }
        let ours = self.made_anew(throwaway, &doubtful).await?;
        let theirs = live.made_anew(throwaway, &doubtful).await?;
        let is_same = |difference: &Difference| {
            let key = difference.key();
            let texts = [&ours, &theirs].map(|side| side.get(&key));
            matches!(texts, [Some(ours), Some(theirs)] if ours == theirs)
        };
        Ok(differences
            .into_iter()
            .filter(|difference| !is_same(difference))
            .collect())
    }

    /// The expressions of these objects in the throwaway database after they were made by those of this catalog. Those that
    /// cannot be made are not there.
    async fn made_anew(
        &self,
        throwaway: &Client,
        keys: &[(String, String)],
    ) -> Result<BTreeMap<(String, String), String>, tokio_postgres::Error> {
        let mut made = BTreeMap::new();
        // One at a time: making one may take others with it.
        for key in keys {
            let object = self.objects.get(key);
            let anew = object.and_then(|object| object.anew.as_deref());
            let anew = anew.unwrap_or_default();
            let script = format!("BEGIN; {SETTINGS} {anew}");
            let outcome = match throwaway.batch_execute(&script).await {
                Ok(()) => Self::read_by(throwaway, OBJECTS).await.map(Some),
                Err(refused) if refused.as_db_error().is_some() => Ok(None),
                Err(lost) => Err(lost),
            };
            throwaway.batch_execute("ROLLBACK").await?;
            if let Some(mut read) = outcome?
                && let Some(object) = read.objects.remove(key)
            {
                made.insert(key.clone(), object.expression);
            }
        }
        Ok(made)
    }
}

fn rows(answer: &[SimpleQueryMessage]) -> impl Iterator<Item = &SimpleQueryRow> {
    answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

impl Difference {
    fn new(
        (kind, name): &(String, String),
        expected: Option<&Object>,
        live: Option<&Object>,
    ) -> Self {
        let change = match (expected, live) {
            (Some(_), None) => Change::Missing,
            (None, _) => Change::Extra,
            _ => Change::Changed,
        };
        Self {
            change,
            kind: kind.clone(),
            name: name.clone(),
            expected: expected.map(Object::text),
            live: live.map(Object::text),
            queries: Vec::new(),
            part_of: expected.or(live).and_then(|object| object.part_of.clone()),
        }
    }

    fn key(&self) -> (String, String) {
        (self.kind.clone(), self.name.clone())
    }

    /// Whether one of the patterns means it: its name, with or without `public.`, its kind and its name, or the name of
    /// the table that it is part of; `*` stands for any characters.
    pub(crate) fn is_ignored(&self, patterns: &[String]) -> bool {
        let with_kind = format!("{} {}", self.kind, self.name);
        let names = [
            Some(self.name.as_str()),
            Some(with_kind.as_str()),
            self.part_of.as_deref(),
        ];
        patterns.iter().any(|pattern| {
            names.iter().flatten().any(|name| {
                matches(pattern, name)
                    || name
                        .strip_prefix("public.")
                        .is_some_and(|short| matches(pattern, short))
            })
        })
    }
}

/// Whether `text` is what the pattern says, in which `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(end)
}
