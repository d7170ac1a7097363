//! Many rows at once: each way of inserting them against `BinaryCopyInWriter` by hand. The ways take turns on one
//! connection; each is given by its fastest tenth, and by the ratio of that to the code by hand.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panics")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

#[path = "../tests/cases/bulk/expected/mod.rs"]
mod db;

use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use db::Session;
use db::users::{self, AddOrderParams, AddOrdersParams, CopyOrdersParams};
use rowsmith::Generator;
use tokio_postgres::NoTls;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

const COPY: &str = r#"COPY "Shop"."order" ("order", "user Id", type) FROM STDIN (FORMAT binary)"#;

/// How many rows, and how often.
const SIZES: [(i32, usize); 2] = [(1_000, 200), (100_000, 20)];

const WAYS: [&str; 5] = [
    "by hand",
    ":copyfrom",
    "@many",
    "@many, 1000 rows at a time",
    ":batchexec in a transaction",
];

fn row(number: i32) -> (i32, Option<i64>, Option<&'static str>) {
    let user_id = (number % 3 > 0).then_some(i64::from(number));
    let kind = (number % 5 > 0).then_some("an order by mail");
    (number, user_id, kind)
}

async fn insert(session: &Session, way: usize, count: i32) -> u64 {
    let rows = (0..count).map(row);
    let many = || {
        let rows = rows
            .clone()
            .map(|(number, user_id, r#type)| AddOrdersParams {
                number,
                user_id,
                r#type,
            });
        rows.collect::<Vec<_>>()
    };
    match way {
        0 => {
            let sink = session.copy_in(COPY).await.unwrap();
            let types = [Type::INT4, Type::INT8, Type::TEXT];
            let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
            for (number, user_id, kind) in rows {
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                    [&number, &user_id, &kind];
                writer.as_mut().write(&values).await.unwrap();
            }
            writer.finish().await.unwrap()
        }
        1 => {
            let rows = rows.map(|(number, user_id, r#type)| CopyOrdersParams {
                number,
                user_id,
                r#type,
            });
            users::copy_orders(session, rows).await.unwrap()
        }
        2 => users::add_orders(session, &many()).await.unwrap(),
        3 => {
            let mut affected = 0;
            for chunk in many().chunks(1000) {
                affected += users::add_orders(session, chunk).await.unwrap();
            }
            affected
        }
        _ => {
            let items = rows.map(|(number, user_id, r#type)| AddOrderParams {
                number,
                user_id,
                r#type,
            });
            let items: Vec<_> = items.collect();
            session.batch_execute("BEGIN").await.unwrap();
            let affected = users::add_order(session, &items).await.unwrap();
            session.batch_execute("COMMIT").await.unwrap();
            affected.into_iter().sum()
        }
    }
}

async fn time(session: &Session, way: usize, count: i32) -> Duration {
    let empty = r#"TRUNCATE "Shop"."order""#;
    session.batch_execute(empty).await.unwrap();
    let start = Instant::now();
    let inserted = insert(session, way, count).await;
    let taken = start.elapsed();
    assert_eq!(inserted, u64::try_from(count).unwrap());
    taken
}

async fn run() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/bulk/sqlc.yaml");
    let generator = Generator::from_file(project).unwrap();
    let database = generator.throwaway_database().await.unwrap();
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let session = Session::new(client);
    for (count, rounds) in SIZES {
        let mut times = [const { Vec::new() }; WAYS.len()];
        for _ in 0..rounds {
            for (way, times) in times.iter_mut().enumerate() {
                times.push(time(&session, way, count).await);
            }
        }
        let fastest = times.map(|mut times| {
            times.sort();
            times[times.len() / 10]
        });
        for (way, taken) in WAYS.iter().zip(&fastest) {
            let ratio = taken.as_secs_f64() / fastest[0].as_secs_f64();
            println!("{count:>6} rows  {ratio:5.2}  {taken:>10.1?}  {way}");
        }
    }
    drop(session);
    database.close().await.unwrap();
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run());
}
