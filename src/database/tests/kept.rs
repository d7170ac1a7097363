//! Clusters that are kept for later runs, and copies of those that lack the last migrations.

use super::*;

/// What a run knows; odd things are not understood, and after a closed end nothing goes on.
#[derive(Debug, PartialEq)]
struct Told(String);

impl Facts for Told {
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        (text != "odd").then_some(Self(text))
    }

    fn can_go_on(&self) -> bool {
        self.0 != "closed"
    }
}

/// A server for migrations, by the digests of all, of all but the last, and so on, with what was kept by [`Server::keep`].
async fn kept(digests: &[&String]) -> (Server, Option<String>) {
    let digests: Vec<String> = digests.iter().map(|digest| (*digest).clone()).collect();
    let wanted = Wanted {
        migrations: &digests,
        ..Wanted::default()
    };
    let (server, told) = Server::start_informed::<Told>(&LOCAL, wanted)
        .await
        .unwrap();
    (server, told.map(|told| told.0))
}

/// Digests of no migrations.
fn digests<const N: usize>() -> [String; N] {
    std::array::from_fn(|_| format!("of a test {:016x}", random()))
}

/// Another session in the one database of the server.
async fn session(server: &Server) -> Session {
    let host = traces(server).0.join("data").display().to_string();
    let uri = format!(
        "postgres://postgres@{}:1/postgres",
        host.replace('/', "%2F")
    );
    let session = Session::open(&uri.parse().unwrap()).await;
    session.unwrap()
}

async fn make(server: &Server, sql: &str) {
    execute(&session(server).await, sql).await;
}

async fn tables(server: &Server) -> String {
    let sql = "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    value(&session(server).await, sql).await
}

fn folder(server: &Server) -> PathBuf {
    let Source::Local(cluster) = &server.source else {
        panic!()
    };
    cluster.kept_folder().unwrap()
}

#[test]
fn a_kept_server_comes_with_what_is_known_of_it() {
    let [migrations] = &digests();
    run(async {
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(server.lacking(), None);
        assert_eq!(facts, None);
        make(&server, "CREATE TABLE t ()").await;
        server.keep(|| b"one table".to_vec());
        server.close().unwrap();

        // While it is in use, others have one of their own.
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(server.lacking(), Some(0));
        assert_eq!(facts.unwrap(), "one table");
        let (other, facts) = kept(&[migrations]).await;
        assert_eq!(other.lacking(), None);
        assert_eq!(facts, None);
        other.close().unwrap();
        assert_eq!(tables(&server).await, "t");

        // Whether it is closed or killed later.
        server.keep(|| b"odd".to_vec());
        drop(server);
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(server.lacking(), Some(0));
        assert_eq!(facts, None, "they are not understood");
        let folder = folder(&server);
        // By a run that was killed while it wrote.
        fs::write(folder.join("facts.new"), "one ta").unwrap();
        server.keep(|| b"a table".to_vec());
        server.close().unwrap();
        assert!(!folder.join("facts.new").exists());
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(facts.unwrap(), "a table");

        // A cluster that does not start is made anew, and what was known of it is forgotten.
        server.close().unwrap();
        fs::write(folder.join("data/PG_VERSION"), "1\n").unwrap();
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(server.lacking(), None);
        assert_eq!(facts, None);
        assert!(!folder.exists());
    });
}

#[test]
fn what_lacks_the_last_migrations_is_copied_and_stays_as_it_is() {
    let [one, two, three, other] = &digests();
    run(async {
        let (server, _) = kept(&[one]).await;
        make(&server, "CREATE TABLE a ()").await;
        server.keep(|| b"one".to_vec());
        server.close().unwrap();

        // Two at once, and one of them is killed in the middle of its work.
        let (server, facts) = kept(&[two, one]).await;
        assert_eq!((server.lacking(), facts.as_deref()), (Some(1), Some("one")));
        let (killed, facts) = kept(&[three, two, one]).await;
        assert_eq!((killed.lacking(), facts.as_deref()), (Some(2), Some("one")));
        make(&killed, "CREATE TABLE lost (); DROP TABLE a").await;
        let (_, pid) = traces(&killed);
        let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        drop(killed);
        assert_eq!(tables(&server).await, "a");
        make(&server, "CREATE TABLE b ()").await;
        server.keep(|| b"two".to_vec());
        server.close().unwrap();

        // The nearest one is taken, also one whose server was killed.
        let (server, facts) = kept(&[two, one]).await;
        assert_eq!((server.lacking(), facts.as_deref()), (Some(0), Some("two")));
        drop(server);
        let (server, facts) = kept(&[three, two, one]).await;
        assert_eq!((server.lacking(), facts.as_deref()), (Some(1), Some("two")));
        assert_eq!(tables(&server).await, "a b");
        assert_eq!(server.known_of::<Told>(one), Some(Told("one".to_owned())));
        assert_eq!(server.known_of::<Told>(three), None);
        make(&server, "DROP TABLE a").await;
        server.close().unwrap();
        let (server, _) = kept(&[one]).await;
        assert_eq!(server.lacking(), Some(0));
        assert_eq!(tables(&server).await, "a");

        // One that is in use cannot be copied.
        let (second, _) = kept(&[other, one]).await;
        assert_eq!(second.lacking(), None);
        assert_eq!(tables(&second).await, "");
        second.close().unwrap();

        // Nor is one where nothing can go on, or of which nothing is known.
        let mut server = server;
        for told in [&b"closed"[..], b"odd"] {
            server.keep(|| told.to_vec());
            server.close().unwrap();
            let (second, facts) = kept(&[other, one]).await;
            assert_eq!((second.lacking(), facts), (None, None));
            second.close().unwrap();
            (server, _) = kept(&[one]).await;
            assert_eq!(server.lacking(), Some(0));
        }
        server.keep(|| b"one".to_vec());
        let broken = folder(&server);
        server.close().unwrap();

        // A copy that does not start is made anew; what it is a copy of may be all right.
        fs::write(broken.join("data/PG_VERSION"), "1\n").unwrap();
        let (server, facts) = kept(&[other, one]).await;
        assert_eq!(server.lacking(), None);
        assert_eq!(tables(&server).await, "");
        assert_eq!(facts, None);
    });
}

/// The log of commits is written later than they are.
#[test]
fn a_server_that_crashed_is_not_kept() {
    let [migrations] = &digests();
    run(async {
        let (server, _) = kept(&[migrations]).await;
        let session = session(&server).await;
        let backend: i32 = value(&session, "SELECT pg_backend_pid()::text")
            .await
            .parse()
            .unwrap();
        server.keep(|| b"one table".to_vec());
        let (_, postmaster) = traces(&server);
        kill(Pid::from_raw(backend), Signal::SIGKILL).unwrap();
        // It ends, and does not start anew without what was lost.
        wait_for(|| {
            let state = fs::read_to_string(format!("/proc/{postmaster}/stat")).ok()?;
            state.contains(") Z ").then_some(())
        });
        server.close().unwrap();
        let (server, facts) = kept(&[migrations]).await;
        assert_eq!(server.lacking(), None);
        assert_eq!(facts, None);
        server.close().unwrap();
    });
}

#[test]
fn of_copies_of_one_the_latest_are_kept() {
    let [first, a, b, c] = &digests();
    run(async {
        let (server, _) = kept(&[first]).await;
        server.keep(|| b"first".to_vec());
        server.close().unwrap();
        for copy in [a, b, c] {
            let (server, _) = kept(&[copy, first]).await;
            assert_eq!(server.lacking(), Some(1));
            server.keep(|| copy.clone().into_bytes());
            server.close().unwrap();
            // Times of files are that exact.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (server, _) = kept(&[first]).await;
        let is_kept = |digest: &String| server.known_of::<Told>(digest).is_some();
        assert_eq!([first, a, b, c].map(is_kept), [true, false, true, true]);
    });
}
