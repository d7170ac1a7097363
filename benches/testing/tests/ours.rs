//! Forty tests with databases by rowsmith-migrate.

use std::sync::LazyLock;

use rowsmith_migrate::{Migration, Migrations, Statement, testing};

static MIGRATIONS: LazyLock<Migrations> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut start = 0;
        let statements = text.match_indices(';').map(|(end, _)| {
            let statement = Statement::new(start, end);
            start = end + 1;
            statement
        });
        let statements = statements.collect();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (version, name) = name.split_once('_').unwrap();
        let version = version.trim_start_matches('0').to_owned();
        Migration::read(
            version,
            name.to_owned(),
            path.display().to_string(),
            text,
            statements,
        )
    };
    files.iter().map(read).collect::<Vec<_>>().into()
});

async fn test() {
    let database = testing::database(&MIGRATIONS).await.unwrap();
    let client = database.connect().await.unwrap();
    client
        .execute("INSERT INTO t1 (body) VALUES ('one')", &[])
        .await
        .unwrap();
    let row = client
        .query_one("SELECT count(*) FROM t1", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

macro_rules! tests {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            test().await;
        }
    )* };
}

tests!(t00 t01 t02 t03 t04 t05 t06 t07 t08 t09 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24 t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39);
