//! The case `shared`: two entries whose queries run on one client.

#[path = "../cases/shared/expected/reports/mod.rs"]
mod reports;
#[path = "../cases/shared/expected/shop/mod.rs"]
mod shop;

use reports::models::Unit;
use reports::sales::{self, AddSalesParams, ListSalesRow};
use rust_decimal::Decimal;
use shop::products;

use crate::on_database_of;

#[test]
fn one_transaction_serves_both() {
    on_database_of("shared", async |client| {
        let mut session = shop::Session::new(client);
        shop::prepare_all(&session).await.unwrap();
        reports::prepare_all(&session).await.unwrap();
        let options = shop::TransactionOptions::new();
        let copied = shop::transaction(&mut session, options, async |tx| {
            products::add_product(tx, 1, "flour").await?;
            sales::set_price(tx, sales_price()).await?;
            let rows =
                [(1, 3), (1, 7)].map(|(product_id, amount)| AddSalesParams { product_id, amount });
            sales::add_sales(tx, rows).await
        });
        assert_eq!(copied.await.unwrap(), 2);
        let name = products::get_name(&session, 1).await.unwrap();
        let listed = sales::list_sales(&session, Some(Unit::Kilogram), None).await;
        let row = |amount| ListSalesRow {
            name: name.clone(),
            price: Decimal::new(150, 2),
            unit: Unit::Kilogram,
            amount,
        };
        assert_eq!(listed.unwrap(), [row(3), row(7)]);
        assert_eq!(name, "flour");
    });
}

fn sales_price() -> sales::SetPriceParams {
    sales::SetPriceParams {
        price: Decimal::new(150, 2),
        unit: Unit::Kilogram,
        id: 1,
    }
}

#[test]
fn each_has_its_own_constraints_and_options() {
    on_database_of("shared", async |client| {
        let client: &dyn shop::Client = &client;
        products::add_product(client, 1, "flour").await.unwrap();
        let twice = products::add_product(client, 2, "flour").await.unwrap_err();
        assert_eq!(twice.constraint(), Some(shop::Constraint::ProductsNameKey));
        assert_eq!(
            reports::Constraint::of(&twice),
            Some(reports::Constraint::ProductsNameKey)
        );
        let unknown = AddSalesParams {
            product_id: 3,
            amount: 1,
        };
        let unknown = sales::add_sales(client, [unknown]).await.unwrap_err();
        assert_eq!(
            unknown.constraint::<reports::Constraint>(),
            Some(reports::Constraint::SalesProductIdFkey)
        );
        let rows = [1, 2].map(|amount| AddSalesParams {
            product_id: 1,
            amount,
        });
        sales::add_sales(client, rows).await.unwrap();
        // `strict_one` is that of one entry alone.
        let several = sales::any_sale(client).await.unwrap_err();
        assert!(several.is_too_many_rows());
        assert_eq!(products::any_product(client).await.unwrap(), 1);
    });
}
