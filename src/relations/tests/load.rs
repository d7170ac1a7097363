//! Loads a shape in three ways, to values of which only the types and bytes are known.

use std::collections::HashMap;
use std::error::Error;
use std::pin::Pin;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row};

use super::random::{Selected, Shape};
use crate::ir::{self, Cardinality};

/// What is loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A column: its type's object id, and its bytes unless it is NULL.
    Column(u32, Option<Vec<u8>>),
    Missing,
    Row(Vec<Value>),
    Rows(Vec<Value>),
}

impl Value {
    /// How many columns are in it.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Column(..) => 1,
            Self::Missing => 0,
            Self::Row(values) | Self::Rows(values) => values.iter().map(Self::count).sum(),
        }
    }
}

type Found<T> = Result<T, String>;

/// The bytes of a value of any type.
#[derive(Clone, Debug)]
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Raw {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The bytes of an array's elements.
#[derive(Debug)]
struct RawArray(Vec<Vec<u8>>);

impl ToSql for RawArray {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else {
            return Err("keys are sent as arrays".into());
        };
        for number in [
            1,
            0,
            element.oid().cast_signed(),
            i32::try_from(self.0.len())?,
            1,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        for element in &self.0 {
            out.extend_from_slice(&i32::try_from(element.len())?.to_be_bytes());
            out.extend_from_slice(element);
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A parameter of the user's: an integer of the size that is asked for.
#[derive(Debug)]
struct Number(i32);

impl ToSql for Number {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if *ty == Type::INT8 {
            i64::from(self.0).to_sql(ty, out)
        } else {
            self.0.to_sql(ty, out)
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT4, Type::INT8].contains(ty)
    }

    to_sql_checked!();
}

type Boxed = Box<dyn ToSql + Sync + Send>;

async fn rows(client: &Client, sql: &str, parameters: &[Boxed]) -> Found<Vec<Row>> {
    let statement = client
        .prepare(sql)
        .await
        .map_err(|error| format!("{error:?}: {sql}"))?;
    let parameters = parameters.iter().map(|p| &**p as &(dyn ToSql + Sync));
    let parameters: Vec<_> = parameters.collect();
    let rows = client.query(&statement, &parameters).await;
    rows.map_err(|error| format!("{error:?}: {sql}"))
}

fn columns(row: &Row) -> Vec<Value> {
    let columns = row.columns().iter().enumerate();
    let columns = columns.map(|(index, column)| {
        let raw: Option<Raw> = row.get(index);
        Value::Column(column.type_().oid(), raw.map(|raw| raw.0))
    });
    columns.collect()
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Column(_, bytes) => bytes.as_deref(),
        _ => None,
    }
}

// A query for each row.

pub(super) async fn naive(client: &Client, shape: &Shape) -> Vec<Value> {
    let found = rows(client, &shape.sql, &[]).await.unwrap();
    let mut values = Vec::new();
    for row in found {
        let own = columns(&row);
        let names: Vec<&str> = row
            .columns()
            .iter()
            .map(tokio_postgres::Column::name)
            .collect();
        let mut fields = own.clone();
        for selected in &shape.relations {
            fields.push(related(client, selected, &names, &own, shape.parameter).await);
        }
        values.push(Value::Row(fields));
    }
    values
}

fn related<'a>(
    client: &'a Client,
    selected: &'a Selected,
    names: &'a [&'a str],
    parent: &'a [Value],
    parameter: i32,
) -> Pin<Box<dyn Future<Output = Value> + 'a>> {
    Box::pin(async move {
        let relation = &selected.relation;
        let is_many = relation.kind.is_many();
        let target = format!("\"{}\"", relation.target.name);
        let (from, near) = match &relation.junction {
            None => (target.clone(), target.clone()),
            Some(junction) => {
                let pairs = junction.columns.iter().zip(&junction.target_columns);
                let on = pairs.map(|(here, there)| format!("j.\"{here}\" = {target}.\"{there}\""));
                let on: Vec<String> = on.collect();
                let from = format!(
                    "{target} JOIN \"{}\" AS j ON {}",
                    junction.table.name,
                    on.join(" AND ")
                );
                (from, "j".to_owned())
            }
        };
        let key = relation.columns.iter().map(|column| {
            let place = names.iter().position(|name| name == column).unwrap();
            bytes(&parent[place]).map(|bytes| Box::new(Raw(bytes.to_vec())) as Boxed)
        });
        let key: Option<Vec<Boxed>> = key.collect();
        let empty = match (selected.is_count, is_many) {
            (true, _) => Value::Column(Type::INT8.oid(), Some(vec![0; 8])),
            (false, true) => Value::Rows(Vec::new()),
            (false, false) => Value::Missing,
        };
        let Some(key) = key else { return empty };
        let matched = relation.matched.iter().enumerate();
        let matched =
            matched.map(|(index, column)| format!("{near}.\"{column}\" = ${}", index + 1));
        let mut conditions: Vec<String> = matched.collect();
        let literal = |sql: &String| {
            let value = parameter.to_string();
            sql.replace("@p", &value).replace("@n", &value)
        };
        conditions.extend(
            selected
                .condition
                .iter()
                .map(|sql| format!("({})", literal(sql))),
        );
        let list = if selected.is_count {
            "count(*)".to_owned()
        } else {
            format!("{target}.*")
        };
        let mut sql = format!(
            "SELECT {list} FROM {from} WHERE {}",
            conditions.join(" AND ")
        );
        if let Some(order) = &selected.order {
            sql += " ORDER BY ";
            sql += order;
        }
        if let Some(limit) = &selected.limit {
            sql += " LIMIT ";
            sql += &literal(limit);
        }
        let found = rows(client, &sql, &key).await.unwrap();
        if selected.is_count {
            return columns(&found[0]).remove(0);
        }
        let mut values = Vec::new();
        for row in &found {
            let all = columns(row);
            let names: Vec<&str> = row
                .columns()
                .iter()
                .map(tokio_postgres::Column::name)
                .collect();
            let place = |name: &String| names.iter().position(|known| known == name).unwrap();
            let mut fields: Vec<Value> = selected
                .columns
                .iter()
                .map(|name| all[place(name)].clone())
                .collect();
            for nested in &selected.relations {
                fields.push(related(client, nested, &names, &all, parameter).await);
            }
            values.push(Value::Row(fields));
        }
        if is_many {
            Value::Rows(values)
        } else {
            values.into_iter().next().unwrap_or(empty)
        }
    })
}

// A statement for each relation.

pub(super) async fn batched(
    client: &Client,
    query: &ir::Query,
    shape: &Shape,
) -> Found<Vec<Value>> {
    let found = rows(client, &query.sql, &[]).await?;
    let own: Vec<Vec<Value>> = found.iter().map(columns).collect();
    complete(
        client,
        &own,
        own[..].to_vec(),
        &query.relations,
        shape.parameter,
    )
    .await
}

/// Adds what belongs to each of the rows `all` to `fields`, which are a part of their columns.
fn complete<'a>(
    client: &'a Client,
    all: &'a [Vec<Value>],
    mut fields: Vec<Vec<Value>>,
    relations: &'a [ir::Relation],
    parameter: i32,
) -> Pin<Box<dyn Future<Output = Found<Vec<Value>>> + 'a>> {
    Box::pin(async move {
        for relation in relations {
            let key_of = |row: &[Value], places: &[usize]| -> Option<Vec<Vec<u8>>> {
                places
                    .iter()
                    .map(|&place| bytes(row.get(place)?).map(<[u8]>::to_vec))
                    .collect()
            };
            let mut keys: Vec<Vec<Vec<u8>>> = Vec::new();
            for row in all {
                let key = key_of(row, &relation.key);
                keys.extend(key.filter(|key| !keys.contains(key)));
            }
            let arrays = (0..relation.key.len()).map(|part| {
                let elements = keys.iter().map(|key| key[part].clone());
                Box::new(RawArray(elements.collect())) as Boxed
            });
            let extra = relation
                .statement
                .parameters
                .iter()
                .skip(relation.key.len());
            let extra = extra.map(|_| Box::new(Number(parameter)) as Boxed);
            let parameters: Vec<Boxed> = arrays.chain(extra).collect();
            let found = if keys.is_empty() {
                Vec::new()
            } else {
                rows(client, &relation.statement.sql, &parameters).await?
            };
            let found: Vec<Vec<Value>> = found.iter().map(columns).collect();
            let own = found
                .iter()
                .map(|row| row[..relation.fields].to_vec())
                .collect();
            let nested = &relation.statement.relations;
            let is_count = relation.cardinality == Cardinality::Count;
            let values = if is_count {
                found.iter().map(|row| row[0].clone()).collect()
            } else {
                complete(client, &found, own, nested, parameter).await?
            };
            let mut groups: HashMap<Vec<Vec<u8>>, Vec<Value>> = HashMap::new();
            for (row, value) in found.iter().zip(values) {
                if let Some(key) = key_of(row, &relation.statement_key) {
                    groups.entry(key).or_default().push(value);
                }
            }
            for (row, fields) in all.iter().zip(&mut fields) {
                let key = key_of(row, &relation.key);
                let group = key
                    .and_then(|key| groups.get(&key).cloned())
                    .unwrap_or_default();
                fields.push(match relation.cardinality {
                    Cardinality::Many => Value::Rows(group),
                    Cardinality::Count => {
                        let none = Value::Column(Type::INT8.oid(), Some(vec![0; 8]));
                        group.into_iter().next().unwrap_or(none)
                    }
                    Cardinality::Optional => group.into_iter().next().unwrap_or(Value::Missing),
                    Cardinality::One => {
                        let first = group.into_iter().next();
                        first.ok_or_else(|| format!("{} is missing", relation.statement.name))?
                    }
                });
            }
        }
        Ok(fields.into_iter().map(Value::Row).collect())
    })
}

// One statement.

pub(super) async fn single(client: &Client, query: &ir::Query, shape: &Shape) -> Found<Vec<Value>> {
    let single = query
        .single
        .as_ref()
        .ok_or("there is no single statement")?;
    let parameters = single.parameters.iter();
    let parameters = parameters.map(|_| Box::new(Number(shape.parameter)) as Boxed);
    let parameters: Vec<Boxed> = parameters.collect();
    let rows = rows(client, &single.sql, &parameters).await?;
    let rows = rows.iter().map(|row| {
        let own = query.columns.len();
        let mut all = columns(row);
        all.truncate(own + query.relations.len());
        for (value, relation) in all[own..].iter_mut().zip(&query.relations) {
            *value = nested(value, relation)?;
        }
        Ok(Value::Row(all))
    });
    rows.collect()
}

/// What a column is as what a relation gives.
fn nested(value: &Value, relation: &ir::Relation) -> Found<Value> {
    Ok(match (relation.cardinality, bytes(value)) {
        (Cardinality::Count, _) => value.clone(),
        (Cardinality::Many, Some(mut raw)) => {
            let dimensions = number(&mut raw)?;
            let (_, _) = (number(&mut raw)?, number(&mut raw)?);
            let mut values = Vec::new();
            if dimensions > 0 {
                let (length, _) = (number(&mut raw)?, number(&mut raw)?);
                for _ in 0..length {
                    let element = take(&mut raw)?.ok_or("an element is NULL")?;
                    values.push(record(element, relation)?);
                }
            }
            Value::Rows(values)
        }
        (Cardinality::One, None) => return Err(format!("{} is NULL", relation.name)),
        (Cardinality::Many, None) => return Err("an array is NULL".to_owned()),
        (Cardinality::Optional, None) => Value::Missing,
        (_, Some(raw)) => record(raw, relation)?,
    })
}

fn record(mut raw: &[u8], relation: &ir::Relation) -> Found<Value> {
    let count = number(&mut raw)?;
    let mut values = Vec::new();
    for index in 0..usize::try_from(count).unwrap() {
        let oid = number(&mut raw)?.cast_unsigned();
        let column = Value::Column(oid, take(&mut raw)?.map(<[u8]>::to_vec));
        values.push(match index.checked_sub(relation.fields) {
            None => column,
            Some(index) => nested(&column, &relation.statement.relations[index])?,
        });
    }
    Ok(Value::Row(values))
}

fn number(raw: &mut &[u8]) -> Found<i32> {
    let (number, rest) = raw.split_first_chunk().ok_or("the bytes end")?;
    *raw = rest;
    Ok(i32::from_be_bytes(*number))
}

fn take<'a>(raw: &mut &'a [u8]) -> Found<Option<&'a [u8]>> {
    let Ok(length) = usize::try_from(number(raw)?) else {
        return Ok(None);
    };
    let (value, rest) = raw.split_at_checked(length).ok_or("the bytes end")?;
    *raw = rest;
    Ok(Some(value))
}
