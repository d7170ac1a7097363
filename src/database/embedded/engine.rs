//! The process of the embedded Postgres: everything that knows `pglite-oxide`.

use std::fs;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::thread;
use std::time::Duration;

use pglite_oxide::extensions::{self, Extension};
use pglite_oxide::{PglitePaths, PgliteServer, install_extension_bytes};

use super::{PORT, SOCKET_FOLDER};
use crate::error::{Error, Result};

/// As those of the local server, as far as they mean something here.
const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "32MB"),
    ("max_locks_per_transaction", "1024"),
    ("wal_level", "logical"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    // On in a server for one user, where a migration could break the catalog unnoticed.
    ("allow_system_table_mods", "off"),
];

/// The languages whose stop words Postgres has and the engine lacks. They change what is stored and found, never a type.
const LANGUAGES: [&str; 15] = [
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "hungarian",
    "italian",
    "nepali",
    "norwegian",
    "portuguese",
    "russian",
    "spanish",
    "swedish",
    "turkish",
];

/// How often is looked whether the run is still there.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves the engine on a socket in `folder`, with those of `names` among its extensions, until the process that asked
/// for it is gone.
pub(crate) fn serve(folder: &Path, names: &[String]) -> Result<()> {
    let parent = parent_id();
    let cannot = |what: &str| Error::new(format!("the embedded Postgres cannot {what}"));
    // Where the next run looks for what outlived its run.
    let socket_folder = folder.join(SOCKET_FOLDER);
    let id = format!("{}\n", std::process::id());
    fs::write(socket_folder.join("postmaster.pid"), id)
        .map_err(|error| cannot("use its folder").with_source(error))?;
    let paths = PglitePaths::with_root(folder);
    let mut chosen = Vec::new();
    for extension in names
        .iter()
        .filter_map(|name| extensions::by_sql_name(name))
    {
        choose(extension, &mut chosen);
    }
    for extension in chosen {
        // As an installed package does. The engine's own way would also create it, in a schema of its choice, before the
        // migrations do.
        if let Some(archive) = pglite_oxide_assets::extension_archive(extension.sql_name()) {
            install_extension_bytes(&paths, archive)
                .map_err(|error| cannot("unpack an extension").with_source(error))?;
        }
    }
    add_stop_words(&paths).map_err(|error| cannot("use its folder").with_source(error))?;
    let server = PgliteServer::builder()
        .path(folder)
        .unix(socket_folder.join(format!(".s.PGSQL.{PORT}")))
        .postgres_configs(SETTINGS)
        .start()
        .map_err(|error| cannot("start").with_source(error))?;
    while parent_id() == parent {
        thread::sleep(PAUSE);
    }
    // Its end would be waited for.
    std::mem::forget(server);
    Ok(())
}

/// Adds an extension, after those it needs.
fn choose(extension: Extension, chosen: &mut Vec<Extension>) {
    if !chosen.contains(&extension) {
        for name in extension.dependencies() {
            if let Some(needed) = extensions::by_sql_name(name) {
                choose(needed, chosen);
            }
        }
        chosen.push(extension);
    }
}

fn add_stop_words(paths: &PglitePaths) -> std::io::Result<()> {
    let folder = paths.pgroot.join("pglite/share/postgresql/tsearch_data");
    fs::create_dir_all(&folder)?;
    for language in LANGUAGES {
        fs::write(folder.join(language).with_extension("stop"), "")?;
    }
    Ok(())
}
