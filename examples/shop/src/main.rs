//! A customer signs up, fills the cart and checks out, on a database made for this run.

mod db;

use std::error::Error;

use db::addresses::AddAddressParams;
use db::carts::AddToCartParams;
use db::categories::SaveCategoriesParams;
use db::orders::{AddOrderItemsParams, CreateOrderParams, ListOrdersParams};
use db::products::{ChangePriceParams, CopyProductsParams, UpsertProductParams};
use db::users::CreateUserParams;
use db::{Constraint, Page, Session, TransactionOptions};
use rowsmith_migrate::{migrate, Options};
use rust_decimal::Decimal;
use serde_json::json;
use tokio_postgres::NoTls;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/sqlc.yaml");
    let database = rowsmith::Generator::from_file(project)?
        .empty_database()
        .await?;
    let outcome = run(database.config()).await;
    database.close().await?;
    outcome
}

async fn run(config: &tokio_postgres::Config) -> Result<(), Box<dyn Error>> {
    let (mut client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    // Each instance of a service does this when it starts. The first one applies what is pending; the others wait for it.
    let applied = migrate(&mut client, &db::MIGRATIONS, &Options::default()).await?;
    println!("Applied {} migrations", applied.versions.len());
    let mut session = Session::new(client);
    // Whether this is the database that the code was generated for.
    db::prepare_all(&session).await?;

    stock_the_shelves(&session).await?;
    change_prices(&session).await?;
    let customer = sign_up(&session).await?;
    let cart = fill_cart(&session, customer).await?;
    check_out(&mut session, customer, cart).await?;
    list_orders(&session, customer).await?;

    println!("\nToday's best sellers:");
    let midnight = chrono::Utc::now() - chrono::TimeDelta::days(1);
    for seller in db::statistics::best_sellers(&session, midnight, 3).await? {
        println!("  {}. {}: {} sold", seller.place, seller.name, seller.sold);
    }

    drop(session);
    connection.await??;
    Ok(())
}

/// A line of a supplier's list, as it might come from a file or a request.
struct Line {
    slug: String,
    name: String,
    price_cents: i32,
}

/// Copies a supplier's list to the table as its lines come in.
async fn copy_list(session: &Session, category_id: i32) -> Result<u64, db::Error> {
    let lines = (1..=500).map(|number| {
        Ok::<_, std::io::Error>(Line {
            slug: format!("cup-{number}"),
            name: format!("Cup no. {number}"),
            price_cents: 300 + number,
        })
    });
    let lines = futures_util::stream::iter(lines);
    db::products::copy_products_stream(session, lines, move |line| CopyProductsParams {
        category_id: Some(category_id),
        slug: &line.slug,
        name: &line.name,
        price_cents: line.price_cents,
        stock: 6,
        tags: &[],
    })
    .await
}

/// Changes some prices in one round trip. Each change stands for itself, so that one that is refused undoes no other.
async fn change_prices(session: &Session) -> Result<(), db::Error> {
    let price = |slug, price_cents| ChangePriceParams { price_cents, slug };
    let prices = [
        price("cup-1", 250),
        price("cup-2", -1),
        price("cup-501", 250),
    ];
    let changes = db::products::change_price(session, &prices)
        .results()
        .await?;
    for (price, change) in prices.iter().zip(changes) {
        match change {
            Ok(now) => println!(
                "{} costs {} instead of {}",
                now.slug,
                euros(now.price_cents.into()),
                euros(now.before_cents.into())
            ),
            Err(error) if error.is_not_found() => println!("there is no {}", price.slug),
            Err(error) if error.constraint() == Some(Constraint::ProductsPriceCentsCheck) => {
                println!("{} cannot cost {} cents", price.slug, price.price_cents);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Imports two products; importing one again would update it.
async fn stock_the_shelves(session: &Session) -> Result<(), db::Error> {
    let departments = [("tea", "Tea"), ("dishes", "Dishes")];
    let departments = departments.map(|(slug, name)| SaveCategoriesParams { slug, name });
    let departments = db::categories::save_categories(session, &departments).await?;
    let [tea, dishes] = departments.as_slice() else {
        unreachable!("each department is inserted or updated");
    };
    let copied = copy_list(session, dishes.id).await?;
    println!("{copied} products are copied to {}", dishes.slug);

    for (slug, name, price_cents, stock, tags) in [
        ("green-tea", "Green tea", 890, 12, ["tea", "organic"]),
        ("teapot", "Teapot", 3450, 2, ["tea", "ceramics"]),
    ] {
        let product = db::products::upsert_product(
            session,
            UpsertProductParams {
                category_id: Some(tea.id),
                slug,
                name,
                description: None,
                price_cents,
                tax_rate: Decimal::new(19, 2),
                weight_kg: None,
                stock,
                tags: &tags.map(str::to_owned),
                metadata: &json!({ "supplier": "tea & co" }),
            },
        )
        .await?;
        println!(
            "{} {} costs {}, {} in stock",
            product.slug,
            product.id,
            euros(product.price_cents.into()),
            product.stock
        );
    }
    Ok(())
}

async fn sign_up(session: &Session) -> Result<Uuid, db::Error> {
    let params = CreateUserParams {
        email: "Ada@Example.com",
        password_hash: "$argon2id$…",
        name: "Ada",
        phone: None,
    };
    let user = db::users::create_user(session, params).await?;
    println!("{} signed up as {} ({})", user.name, user.email, user.role);

    // The e-mail is taken now, in whatever case it is written.
    let again = db::users::create_user(
        session,
        CreateUserParams {
            email: "ADA@example.com",
            ..params
        },
    )
    .await;
    let error = again.expect_err("an e-mail signs up once");
    if error.constraint() == Some(Constraint::UsersEmailKey) {
        println!("a second sign-up is refused: the e-mail is taken");
    }
    Ok(user.id)
}

async fn fill_cart(session: &Session, customer: Uuid) -> Result<Uuid, db::Error> {
    let cart = db::carts::create_cart(session, Some(customer)).await?;
    for (slug, quantity) in [("green-tea", 3), ("teapot", 1)] {
        let product = db::products::get_product_by_slug(session, slug).await?;
        let params = AddToCartParams {
            cart_id: cart.id,
            product_id: product.id,
            quantity,
        };
        db::carts::add_to_cart(session, params).await?;
    }
    Ok(cart.id)
}

/// Turns the cart into a paid order: all of it or nothing.
async fn check_out(session: &mut Session, customer: Uuid, cart: Uuid) -> Result<(), db::Error> {
    let options = TransactionOptions::serializable().retries(5);
    let paid = db::transaction(session, options, async |tx| {
        let items = db::carts::get_cart_items(tx, cart).await?;
        let product_ids: Vec<Uuid> = items.iter().map(|item| item.id).collect();
        let quantities: Vec<i32> = items.iter().map(|item| item.quantity).collect();
        db::products::lock_stock(tx, &product_ids).await?;
        db::products::take_stock(tx, &product_ids, &quantities).await?;

        let address = db::addresses::add_address(
            tx,
            AddAddressParams {
                user_id: customer,
                recipient: "Ada Lovelace",
                street: "12 St James's Square",
                postal_code: "SW1Y 4JH",
                city: "London",
                country: "gb",
            },
        )
        .await?;
        let order = db::orders::create_order(
            tx,
            CreateOrderParams {
                customer_id: customer,
                shipping_address_id: Some(address.id),
                total_cents: items.iter().map(|item| item.line_cents).sum(),
                note: None,
            },
        )
        .await?;
        let params = AddOrderItemsParams {
            order_id: order.id,
            product_ids: &product_ids,
            quantities: &quantities,
        };
        db::orders::add_order_items(tx, params).await?;
        db::orders::pay_order(tx, order.id).await
    })
    .await?;

    println!(
        "\norder {} over {} is paid:",
        paid.number,
        euros(paid.total_cents)
    );
    for line in db::orders::get_order_lines(&*session, paid.id).await? {
        println!(
            "  {} × {} = {}",
            line.quantity,
            line.product,
            euros(line.line_cents)
        );
    }
    let page = db::orders::get_order_page(&*session, paid.id).await?;
    if let Some(address) = &page.shipping_address {
        println!("  for {} in {}", page.customer.name, address.city);
    }
    for item in &page.items {
        println!("  see /products/{}", item.product.slug);
    }
    // Paying twice finds no order that is still to be paid.
    let again = db::orders::pay_order(&*session, paid.id).optional().await?;
    println!("paid again: {}", if again.is_some() { "yes" } else { "no" });
    Ok(())
}

/// The customer's orders with their lines: two statements, however many orders there are. Then a page of the shop, with
/// what its address says.
async fn list_orders(session: &Session, customer: Uuid) -> Result<(), db::Error> {
    let params = ListOrdersParams {
        customer_id: customer,
        status: None,
        placed_after: None,
        sort: None,
    };
    let page = db::orders::list_orders(session, params, Page::first(20)).await?;
    let items = db::relations::orders::load_items(session, &page.rows).await?;
    println!("\n{} orders:", page.total);
    for (order, items) in page.rows.iter().zip(items) {
        let pieces: i32 = items.iter().map(|item| item.quantity).sum();
        println!("  {}: {} lines, {pieces} pieces", order.number, items.len());
    }

    let (status, sort, cursor) = ("paid", "largest", "");
    let params = ListOrdersParams {
        status: status.parse().ok(),
        sort: sort.parse().ok(),
        ..params
    };
    let page = Page::first(20).at(cursor.parse().ok());
    let page = db::orders::list_orders(session, params, page).await?;
    println!("{} paid, the largest first", page.rows.len());
    if let Some(next) = page.next {
        println!("more at /orders?status={status}&sort={sort}&page={next}");
    }
    Ok(())
}

fn euros(cents: i64) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}
