//! Forty tests with databases by `#[sqlx::test]`.

async fn test(pool: sqlx::PgPool) {
    sqlx::query("INSERT INTO t1 (body) VALUES ('one')")
        .execute(&pool)
        .await
        .unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM t1")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(count, 1);
}

macro_rules! tests {
    ($($name:ident)*) => { $(
        #[sqlx::test(migrations = "./migrations")]
        async fn $name(pool: sqlx::PgPool) {
            test(pool).await;
        }
    )* };
}

tests!(t00 t01 t02 t03 t04 t05 t06 t07 t08 t09 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24 t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39);
