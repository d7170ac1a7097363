//! Calls what rowsmith generated from `queries/library.sql`.

mod db;

use db::library::{self, AddBookParams};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let session = db::Session::new(client);

    let ursula = library::add_author(&session, "Ursula K. Le Guin").await?;
    let stanislaw = library::add_author(&session, "Stanisław Lem").await?;
    for (author_id, title, published, subtitle) in [
        (ursula, "The Dispossessed", 1974, Some("An Ambiguous Utopia")),
        (ursula, "The Lathe of Heaven", 1971, None),
        (stanislaw, "The Invincible", 1964, None),
    ] {
        library::add_book(&session, AddBookParams { author_id, title, published, subtitle }).await?;
    }

    println!("list_authors: each row has its books");
    for author in library::list_authors(&session).await? {
        println!("  {}", author.name);
        for book in author.books {
            println!("    {} ({})", book.title, book.published);
        }
    }

    println!("find_books: `subtitle` can be NULL, so it is an Option; `title` cannot, so it is a String");
    for book in library::find_books(&session, "%the%", Some(1970)).await? {
        match book.subtitle {
            Some(subtitle) => println!("  {}: {subtitle}, by {}", book.title, book.author),
            None => println!("  {}, by {}", book.title, book.author),
        }
    }

    println!("add_book with a year that the table refuses: the constraint is a value to match on");
    let too_old = AddBookParams { author_id: ursula, title: "Beowulf", published: 1000, subtitle: None };
    match library::add_book(&session, too_old).await {
        Err(error) => match error.constraint() {
            Some(db::Constraint::BooksArePrinted) => println!("  refused by books_are_printed"),
            _ => return Err(error.into()),
        },
        Ok(()) => return Err("the year was not refused".into()),
    }
    Ok(())
}
