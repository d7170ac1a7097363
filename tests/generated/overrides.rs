//! The case `overrides`: types of the user's choice, sent and read back.

#[path = "../cases/overrides/expected/mod.rs"]
mod db;

use std::error::Error;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Json, ToSql, Type, to_sql_checked};

use crate::on_database_of;
use db::accounts::{AddAccountParams, FindAccountsParams};
use db::{Session, accounts};

/// Declares a type that is sent and read as what it wraps.
macro_rules! wrapper {
    ($name:ident($inner:ty), $accepts:expr) => {
        impl<'a> FromSql<'a> for $name {
            fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                <$inner>::from_sql(ty, raw).map(Self)
            }

            fn accepts(ty: &Type) -> bool {
                $accepts(ty)
            }
        }

        impl ToSql for $name {
            fn to_sql(
                &self,
                ty: &Type,
                out: &mut BytesMut,
            ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
                self.0.to_sql(ty, out)
            }

            fn accepts(ty: &Type) -> bool {
                $accepts(ty)
            }

            to_sql_checked!();
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id(i64);
wrapper!(Id(i64), |ty: &Type| *ty == Type::INT8);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment(SystemTime);
wrapper!(Moment(SystemTime), |ty: &Type| *ty == Type::TIMESTAMPTZ);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tags(Vec<String>);
wrapper!(Tags(Vec<String>), |ty: &Type| *ty == Type::TEXT_ARRAY);

/// Cannot be compared.
#[derive(Debug, Clone)]
pub(crate) struct Secret(String);
wrapper!(Secret(String), |ty: &Type| *ty == Type::TEXT);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    theme: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    Good,
    Bad,
}

impl<'a> FromSql<'a> for Mood {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(if raw == b"good" {
            Self::Good
        } else {
            Self::Bad
        })
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "Mood"
    }
}

impl ToSql for Mood {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let label = if *self == Self::Good { "good" } else { "bad" };
        label.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "Mood"
    }

    to_sql_checked!();
}

#[test]
fn types_of_the_users_choice_are_sent_and_read_back() {
    on_database_of("overrides", |client| async move {
        let session = Session::new(client);
        let settings = Json(Settings {
            theme: "dark".to_owned(),
        });
        let tags = Tags(vec!["a".to_owned(), "b".to_owned()]);
        let created_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let added = accounts::add_account(
            &session,
            AddAccountParams {
                parent: Some(Id(7)),
                legacy_id: Some(8),
                settings: &settings,
                tags: &tags,
                mood: &Mood::Good,
                secret: &Secret("s".to_owned()),
                secret_hint: None,
                created_at: &created_at,
                closed_at: Some(&Moment(created_at)),
            },
        )
        .await
        .unwrap();
        assert_eq!((added.parent, added.legacy_id), (Some(Id(7)), Some(8)));
        assert_eq!((&added.settings, &added.tags), (&settings, &tags));
        assert_eq!((added.mood, added.secret.0.as_str()), (Mood::Good, "s"));
        assert!(added.secret_hint.is_none() && added.seen.is_empty());
        assert_eq!(added.created_at, created_at);
        assert_eq!(added.closed_at, Some(Moment(created_at)));

        let found = accounts::find_accounts(
            &session,
            FindAccountsParams {
                ids: &[added.id, Id(99)],
                settings: &settings,
                mood: &Mood::Good,
            },
        )
        .await
        .unwrap();
        assert_eq!(found[0].id, added.id);

        let since = Moment(SystemTime::UNIX_EPOCH);
        let rows = accounts::accounts_of(&session, &since).await.unwrap();
        assert_eq!(rows[0].settings["theme"], "dark");
        let totals = accounts::totals(&session).await.unwrap();
        assert_eq!(totals[0].total, Id(1));
        assert_eq!(totals[0].latest, Some(Moment(created_at)));
        assert_eq!(totals[0].ids.as_deref(), Some([added.id].as_slice()));
        assert_eq!(accounts::sized(&session, Id(3)).await.unwrap(), Id(3));
        let account = accounts::as_in_sqlx(&session).await.unwrap();
        assert_eq!((account.id, account.most), (added.id, Some(added.id)));
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("overrides", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
