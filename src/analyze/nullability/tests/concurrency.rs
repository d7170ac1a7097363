//! Why a foreign key is not believed under FOR UPDATE: the row that is locked may be newer than those it is joined with.

use super::*;

const QUERY: &str =
    "SELECT f.house_id, h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id";

#[test]
fn locked_rows_may_refer_to_what_is_not_seen() {
    let binaries = std::env::var_os("ROWSMITH_TEST_POSTGRES_BIN").map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let server = Server::start(&Provider::Local { binaries }).await.unwrap();
        let database = server.create_database().await.unwrap();
        let reader = database.connect().await.unwrap();
        let writer = database.connect().await.unwrap();
        let schema = "CREATE TABLE house (id int PRIMARY KEY, street text NOT NULL);
            CREATE TABLE flat (id int PRIMARY KEY, house_id int NOT NULL REFERENCES house);
            INSERT INTO house VALUES (1, 'old'); INSERT INTO flat VALUES (1, 1)";
        writer.client().batch_execute(schema).await.unwrap();
        let catalog = introspect(writer.client()).await.unwrap();
        let locking = format!("{QUERY} FOR UPDATE OF f");
        let plain = inferred(&reader, &catalog, QUERY).await.unwrap();
        let locked = inferred(&reader, &catalog, &locking).await.unwrap();
        assert!(!plain.columns[1].nullable && locked.columns[1].nullable);

        let change = "BEGIN; INSERT INTO house VALUES (9, 'new'); UPDATE flat SET house_id = 9";
        writer.client().batch_execute(change).await.unwrap();
        let read = reader.client().query(&locking, &[]);
        let commit = async {
            // Once the reader waits for the row.
            let waiting = "SELECT FROM pg_locks WHERE NOT granted";
            while writer
                .client()
                .query(waiting, &[])
                .await
                .unwrap()
                .is_empty()
            {
                tokio::task::yield_now().await;
            }
            writer.client().batch_execute("COMMIT").await.unwrap();
        };
        let (rows, ()) = futures_util::future::join(read, commit).await;
        let rows = rows.unwrap();
        assert_eq!(rows[0].get::<_, i32>(0), 9);
        assert_eq!(rows[0].get::<_, Option<String>>(1), None);
        let rows = reader.client().query(QUERY, &[]).await.unwrap();
        assert_eq!(rows[0].get::<_, String>(1), "new");
    });
}
