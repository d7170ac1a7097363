//! The case `flow`: dimensions of arrays, and overrides of columns, that follow values.

#[path = "../cases/flow/expected/mod.rs"]
mod db;

use std::error::Error;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Json, ToSql, Type, to_sql_checked};

use crate::on_database_of;
use db::overrides::MergeParams;
use db::{Session, arrays, overrides};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct UserId(pub(crate) i32);

impl<'a> FromSql<'a> for UserId {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        i32::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT4
    }
}

impl ToSql for UserId {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT4
    }

    to_sql_checked!();
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prefs {
    pub(crate) dark: bool,
}

#[test]
fn every_array_is_read_and_every_value_sent() {
    on_database_of("flow", |client| async move {
        let rows = "INSERT INTO t VALUES (1, 1, '{\"dark\": true}', '{a,b}', '{{1,2},{3,4}}'), (2, 2, '{\"dark\": false}', '{c,d}', NULL)";
        client.batch_execute(rows).await.unwrap();
        let plane = "INSERT INTO planes VALUES (1, '{{1,2},{3,4}}', '(a,\"{{1},{2}}\")')";
        client.batch_execute(plane).await.unwrap();
        let session = Session::new(client);
        let tags = arrays::tags_of_all(&session).await.unwrap();
        assert_eq!(format!("{tags:?}").matches("\"d\"").count(), 2, "{tags:?}");
        assert_eq!(arrays::twice(&session).await.unwrap().len(), 2);
        assert_eq!(arrays::grids(&session).await.unwrap().len(), 3);
        assert_eq!(arrays::more_grids(&session).await.unwrap().len(), 2);
        assert_eq!(arrays::one_or_more(&session).await.unwrap().len(), 3);
        let planes = &arrays::planes(&session).await.unwrap()[0];
        assert_eq!(planes.joined.dimensions().len(), 2);
        assert_eq!(planes.cells.as_ref().unwrap().dimensions().len(), 2);
        let planes = &arrays::planes_of_functions(&session).await.unwrap()[0];
        assert_eq!(planes.plane.as_ref().unwrap().dimensions().len(), 2);
        assert_eq!(planes.cells.as_ref().unwrap().dimensions().len(), 2);
        let modes = arrays::modes(&session).await.unwrap();
        assert_eq!(modes.quantiles.unwrap().dimensions().len(), 2);
        let filled = arrays::filled(&session, &[2, 1]).await.unwrap();
        assert_eq!(filled.constant.unwrap().dimensions().len(), 2);
        assert_eq!(filled.any_lengths.unwrap().dimensions().len(), 2);
        assert_eq!(filled.one.unwrap(), [Some(0); 3]);
        assert_eq!(arrays::all_of_view(&session).await.unwrap().len(), 2);
        arrays::said(&session).await.unwrap();

        let prefs = Json(Prefs { dark: true });
        let params = MergeParams {
            prefs: Some(&prefs),
            a: UserId(1),
            b: UserId(2),
        };
        overrides::merge(&session, params).await.unwrap();
        let ids = [UserId(7), UserId(8)];
        overrides::add_all(&session, &ids).await.unwrap();
        let found = overrides::joined(&session, UserId(7), UserId(1))
            .await
            .unwrap();
        assert_eq!(found.len(), 2);
    });
}
