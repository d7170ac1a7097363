//! The arguments of the command line: every command and option, with the words that `--help` shows.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use super::migrate::Migrate;
use super::report::Format;
use super::scaffold::Scaffold;
use super::seed::{Reset, Seed};
#[cfg(all(feature = "embedded", unix))]
use crate::database;

/// What stands below the options in `--help`.
const MORE: &str = "\
Environment:
  DATABASE_URL           The database that `drift` looks at
  ROWSMITH_DATABASE_URL  The server to create the throwaway database on; without it, installed programs are used
  ROWSMITH_OFFLINE       If set, Postgres is never asked: the snapshot has to be current, as with `--offline`
  ROWSMITH_POSTGRES_DIR  Where `postgres install` puts programs, and where they are found [default: in the cache]
  XDG_CACHE_HOME         Where the cache is kept, in its folder `rowsmith` [default: ~/.cache]
  TMPDIR                 Where private servers keep their data while they run [default: /tmp]
  NO_COLOR               If set, nothing is coloured; `CLICOLOR_FORCE=1` colours always
  GITHUB_WORKSPACE       The repository's folder, for the paths of `--format github`

Exit codes:
  0  all is well
  1  mistakes in your files, or generated code that is not current
  2  the work could not be done: no Postgres, a full disk, wrong arguments
  `exec` and `demo` exit as the command does that they run; after a signal, the code is 128 and its number";

/// Typed Rust from SQL: queries checked by a throwaway Postgres.
#[derive(Debug, Parser)]
#[command(name = "rowsmith", version, about, max_term_width = 100, after_long_help = MORE)]
pub(super) struct Arguments {
    /// The configuration [default: `sqlc.yaml`, `sqlc.yml` or `sqlc.json` in this folder]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    /// How mistakes are reported
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(super) format: Format,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,

    /// Say which Postgres was asked, and why that one
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,

    /// Say nothing of what was done: only mistakes and warnings
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look at the project and write a configuration that works for it, with a first query; nothing is overwritten
    Init(Init),
    /// Make a small project, generate its code, and run it on a throwaway database
    Demo {
        /// The project's folder; made if it is missing, and used as it is otherwise
        #[arg(default_value = "rowsmith-demo")]
        folder: PathBuf,
    },
    /// Generate Rust from the queries, and the snapshot
    Generate {
        #[command(flatten)]
        source: Source,
    },
    /// Generate now and whenever a file changes, until Ctrl-C; Postgres keeps running
    Watch,
    /// Check that the generated Rust and the snapshot are current; prints what differs and writes nothing
    Check {
        #[command(flatten)]
        source: Source,
    },
    /// Show how a database differs from what the migrations make; nothing is changed there
    Drift {
        /// The database, as `postgres://user@host/name` [default: the variable `DATABASE_URL`]
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// Leave out what has this name; `*` stands for any characters. Can be given more than once
        #[arg(long, value_name = "PATTERN")]
        ignore: Vec<String>,
    },
    /// Bring a database to the schema of the project: apply its migrations, or show which are applied
    Migrate(Migrate),
    /// Run the seeds that the database has not: rows to develop with
    Seed(Seed),
    /// Make a database of development anew: drop it, apply the migrations, run the seeds
    Reset(Reset),
    /// Write the snapshot and no Rust, for a project whose build script generates that
    Snapshot {
        #[command(flatten)]
        source: Source,
        /// Write nothing, but print how the snapshot differs
        #[arg(long)]
        check: bool,
    },
    /// Print the queries of a table, to keep as a file: find, insert, patch, delete and others
    Scaffold {
        #[command(flatten)]
        wanted: Scaffold,
        #[command(flatten)]
        source: Source,
    },
    /// Run a command with `DATABASE_URL` set to a throwaway database that has the migrations; it is gone afterwards
    Exec {
        /// The command and its arguments, such as `cargo test` or `psql`
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "COMMAND"
        )]
        command: Vec<OsString>,
    },
    /// Install, list or remove Postgres programs for rowsmith alone, without touching the system
    Postgres {
        #[command(subcommand)]
        action: Postgres,
    },
    /// Remove what is kept between runs in this user's cache
    Clean,
    /// Show what is known about a query and why: types, nullability, the SQL that is sent
    Explain {
        /// The query's name; all queries without it
        name: Option<String>,

        /// Show the relations between the tables instead
        #[arg(
            long,
            value_enum,
            value_name = "FORM",
            num_args = 0..=1,
            require_equals = true,
            default_missing_value = "list",
            conflicts_with = "name"
        )]
        relations: Option<Relations>,

        #[command(flatten)]
        source: Source,
    },
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of rowsmith or of one of its commands
    Man {
        /// The command
        command: Option<String>,
    },
    /// The process of the embedded Postgres
    #[cfg(all(feature = "embedded", unix))]
    #[command(name = database::embedded::COMMAND, hide = true)]
    Engine {
        folder: Option<PathBuf>,
        extensions: Vec<String>,
    },
    /// Generate Rust for sqlc, which runs this as a plugin: a request on standard input, files on standard output
    #[command(alias = "/plugin.CodegenService/Generate")]
    Plugin,
}

/// What `init` is told.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Init {
    /// Take the schema of this database: its dump by `pg_dump` becomes `schema.sql`
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,

    /// Put the generated code into a crate of its own, in a folder of this name
    #[arg(long = "crate", value_name = "NAME")]
    pub(super) crate_name: Option<String>,
}

/// What to do about the Postgres programs that rowsmith installs.
#[derive(Debug, Subcommand)]
pub(super) enum Postgres {
    /// Download Postgres 18, or another version, with `npm`, check it, and unpack it into the cache
    Install {
        /// The major version: 14 to 18
        #[arg(default_value_t = 18)]
        version: u32,

        /// Take the package from here instead of `npm`: a file, or a URL that `curl` fetches
        #[arg(long, value_name = "FILE|URL")]
        from: Option<String>,
    },
    /// List all Postgres programs that were found, and which are used
    List,
    /// Remove a version that was installed
    Remove {
        /// The major version
        version: u32,
    },
}

/// How relations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Relations {
    /// One to a line, by table
    List,
    /// As an entity-relationship diagram of Mermaid
    Mermaid,
}

/// Where the answers come from.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Source {
    /// Ask Postgres about everything, also where the snapshot is current
    #[arg(long)]
    pub(super) live: bool,

    /// Never ask Postgres: rest on the snapshot, which has to be current
    #[arg(long, conflicts_with = "live")]
    pub(super) offline: bool,
}

impl Command {
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Generate { source }
            | Self::Scaffold { source, .. }
            | Self::Check { source }
            | Self::Snapshot { source, .. }
            | Self::Explain { source, .. } => *source,
            _ => Source::default(),
        }
    }

    /// Whether its exit code says where a database stands.
    pub(super) fn is_status(&self) -> bool {
        matches!(self, Self::Migrate(migrate) if migrate.is_status())
    }

    /// Whether it changes files of the project.
    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Init(_) | Self::Demo { .. } | Self::Watch | Self::Generate { .. } => true,
            Self::Snapshot { check, .. } => !check,
            Self::Scaffold { wanted, .. } => wanted.write,
            _ => false,
        }
    }
}
