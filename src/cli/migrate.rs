//! `rowsmith migrate`: brings a database that stays to the schema of the project.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use rowsmith_migrate::{Entry, Options, Progress, Resolution, State, Status};
use serde::Serialize;

use super::Format;
use super::place::PlaceOptions;
use super::report::{self, Report};
use crate::error::{Error, Result};
use crate::generator::{Baseline, Generator};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    place: PlaceOptions,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write an empty migration, numbered as those before it are
    New {
        /// What it does: `add_users`
        name: String,
    },
    /// Show which migrations the database has; exits with 1 if some are pending, with 2 if files and database contradict each other
    Status,
    /// Apply what is pending
    Apply {
        /// Print what would be applied; takes no lock and changes nothing
        #[arg(long)]
        plan: bool,

        /// Also apply migrations that stand before ones that are applied
        #[arg(long)]
        allow_out_of_order: bool,

        /// How many seconds a statement may wait for a lock on a table; 0 is no limit
        #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
        lock_timeout: f64,

        /// How many seconds a statement may run, where a transaction spans its file; 0 is no limit
        #[arg(long, value_name = "SECONDS", default_value_t = 900.0)]
        statement_timeout: f64,

        /// How often a file is tried again that could not get a lock in time
        #[arg(long, value_name = "TIMES", default_value_t = 10)]
        retries: u32,
    },
    /// Record what is applied already, on a database that has the schema but no journal
    Baseline {
        /// The newest version that the database has [default: the newest there is]
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Say what became of a migration, where the journal cannot know
    Resolve {
        /// The version of the migration
        version: String,

        #[command(flatten)]
        said: Said,
    },
}

/// What is said of a migration.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Said {
    /// It counts as applied: somebody did by hand what it does
    #[arg(long)]
    applied: bool,

    /// The database forgets it
    #[arg(long)]
    forget: bool,

    /// Its file was edited, and the edit changes nothing in the database
    #[arg(long)]
    accept: bool,

    /// The statement that it stopped at is done; it goes on with the next one
    #[arg(long)]
    done: bool,

    /// The statement that it stopped at is not done; it goes on with that one
    #[arg(long)]
    again: bool,
}

impl Said {
    fn resolution(&self) -> Resolution {
        match self {
            Self { applied: true, .. } => Resolution::Applied,
            Self { forget: true, .. } => Resolution::Forget,
            Self { accept: true, .. } => Resolution::Accept,
            Self { done: true, .. } => Resolution::Done,
            _ => Resolution::Again,
        }
    }
}

impl Migrate {
    /// Whether the exit code says where the database stands: then nothing else may look like it.
    pub(super) fn is_status(&self) -> bool {
        matches!(self.command, Command::Status)
    }

    /// Runs the command. Returns the exit code.
    #[expect(clippy::too_many_lines, reason = "one step after the other")]
    pub(super) fn run(
        &self,
        file: Option<&Path>,
        format: Format,
        report: &mut Report,
    ) -> Result<u8> {
        let generator = Generator::find(file)?;
        let target = self.place.target.as_deref();
        if let Command::New { name } = &self.command {
            let (folder, shown) = generator.migration_folder(target)?;
            let path = new(&folder, name)?;
            report.done(&format!(
                "created {}",
                Path::new(&shown).join(path).display()
            ));
            return Ok(0);
        }
        let (deployment, warnings) = generator.deployment(target)?;
        report.diagnostics(&warnings);
        let uri = self.place.uri()?;
        let options = Options::default()
            .schema(&self.place.journal_schema)
            .lock_wait(Duration::from_secs(self.place.lock_wait));
        match &self.command {
            Command::New { .. } => Ok(0),
            Command::Status => {
                let status = Generator::ask(&uri, &deployment, async |client| {
                    rowsmith_migrate::status(client, &deployment.migrations, &options).await
                })?;
                report.data(&shown(&status, format));
                Ok(if status.is_diverged() {
                    2
                } else {
                    u8::from(!status.is_current())
                })
            }
            Command::Apply {
                plan,
                allow_out_of_order,
                lock_timeout,
                statement_timeout,
                retries,
            } => {
                let options = options
                    .lock_timeout(seconds(*lock_timeout, "--lock-timeout")?)
                    .statement_timeout(seconds(*statement_timeout, "--statement-timeout")?)
                    .retries(*retries);
                let options = if *allow_out_of_order {
                    options.allow_out_of_order()
                } else {
                    options
                };
                if *plan {
                    let planned = Generator::ask(&uri, &deployment, async |client| {
                        let planned =
                            rowsmith_migrate::plan(client, &deployment.migrations, &options)
                                .await?;
                        Ok(planned.into_iter().map(sent).collect::<Vec<_>>())
                    })?;
                    if planned.is_empty() {
                        report.done("nothing to do: every migration is applied");
                    }
                    report.data(&planned.join("\n"));
                    return Ok(0);
                }
                let bar = super::progress(report.is_quiet());
                let options = options.observe(observer(bar.clone()));
                let applied = Generator::ask(&uri, &deployment, async |client| {
                    rowsmith_migrate::migrate(client, &deployment.migrations, &options).await
                });
                bar.finish_and_clear();
                if applied.as_ref().is_err_and(Error::is_interrupted) {
                    report::message("stopped: `rowsmith migrate status` shows what is applied");
                }
                let told = match applied?.versions.len() {
                    0 => "nothing to do: every migration is applied".to_owned(),
                    1 => "applied 1 migration".to_owned(),
                    count => format!("applied {count} migrations"),
                };
                report.done(&told);
                Ok(0)
            }
            Command::Baseline { to } => {
                let found =
                    generator.baseline(&uri, target, &deployment, to.as_deref(), &options)?;
                let recorded = match found {
                    Baseline::Recorded(recorded) => recorded,
                    Baseline::Differs(differences) => {
                        let lines = differences.iter().map(|found| format!("{found}\n"));
                        report.data(&lines.collect::<String>());
                        report::message(&differs(differences.len(), to.as_deref()));
                        return Ok(1);
                    }
                };
                let told = match recorded.len() {
                    0 => "nothing to do: they are recorded already".to_owned(),
                    1 => "recorded 1 migration as applied".to_owned(),
                    count => format!("recorded {count} migrations as applied"),
                };
                report.done(&told);
                Ok(0)
            }
            Command::Resolve { version, said } => {
                Generator::ask(&uri, &deployment, async |client| {
                    let migrations = &deployment.migrations;
                    rowsmith_migrate::resolve(
                        client,
                        migrations,
                        version,
                        said.resolution(),
                        &options,
                    )
                    .await
                })?;
                report.done(&format!(
                    "recorded; `rowsmith migrate status` shows how version {version} is now"
                ));
                Ok(0)
            }
        }
    }
}

fn seconds(seconds: f64, option: &str) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| *duration <= Duration::from_secs(2_000_000))
        .ok_or_else(|| {
            Error::new(format!(
                "`{option} {seconds}` is not a number of seconds that Postgres can wait"
            ))
        })
}

/// Why nothing was recorded.
fn differs(count: usize, version: Option<&str>) -> String {
    let upto = version
        .map(|version| format!(" up to version {version}"))
        .unwrap_or_default();
    let s = if count == 1 { "" } else { "s" };
    format!(
        "nothing is recorded: the database is not as the migrations{upto} make it ({count} difference{s})\n  help: choose the \
         version that it has with `--to`, or bring it there first"
    )
}

/// Writes an empty migration into `folder`. Returns its path in there.
fn new(folder: &Path, name: &str) -> Result<PathBuf> {
    use crate::migration::fresh::{Present, fresh};
    let name = name.trim().replace([' ', '-'], "_");
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(
            Error::new(format!("`{name}` is not a name for a migration"))
                .with_help("use letters, digits and `_`, as in `add_users`"),
        );
    }
    let unreadable = |error: io::Error| {
        Error::new(format!("cannot read the folder `{}`", folder.display())).with_source(error)
    };
    let names = |folder: &Path| -> io::Result<Vec<String>> {
        let entries = fs::read_dir(folder)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        Ok(names)
    };
    let mut files = names(folder).map_err(unreadable)?;
    let mut folders = Vec::new();
    files.retain(|name| {
        let within = folder.join(name);
        let is_folder = within.is_dir();
        if is_folder {
            folders.push((name.clone(), names(&within).unwrap_or_default()));
        }
        !is_folder
    });
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let present = Present {
        files,
        folders,
        read: &read,
    };
    let fresh = fresh(&present, &name, &now())
        .map_err(|why| Error::new(format!("cannot name a new migration: {why}")))?;
    let path = folder.join(&fresh.path);
    let failed = |error: io::Error| {
        Error::new(format!("cannot write `{}`", path.display())).with_source(error)
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(failed)?;
    io::Write::write_all(&mut file, fresh.text.as_bytes()).map_err(failed)?;
    Ok(fresh.path.into())
}

/// The time in UTC as `YYYYMMDDhhmmss`.
fn now() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// The date that is so many days after 1970-01-01. Years begin in March here, so that a leap day is their last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Tells of each file: on a terminal also of the statement that runs.
fn observer(bar: ProgressBar) -> impl Fn(&Progress<'_>) + Send + Sync {
    move |progress| match progress {
        Progress::Waiting { holder } => {
            let holder = holder
                .map(|holder| format!(" (process {holder} of the server)"))
                .unwrap_or_default();
            tell(
                &bar,
                &format!("waiting for another process that applies migrations{holder}"),
            );
        }
        Progress::Begun {
            migration,
            out_of_order,
            resumed_at,
            ..
        } => {
            if *out_of_order {
                tell(&bar, &format!("{} is out of order", migration.file()));
            }
            if let Some(statement) = resumed_at {
                tell(
                    &bar,
                    &format!("{} goes on with statement {statement}", migration.file()),
                );
            }
        }
        Progress::Statement {
            migration, number, ..
        } => {
            let count = migration.statements().len();
            bar.set_message(format!(
                "{}: statement {number} of {count}",
                migration.file()
            ));
        }
        Progress::Retried {
            migration, tries, ..
        } => {
            tell(
                &bar,
                &format!(
                    "{} could not get a lock in time, and is tried again ({tries})",
                    migration.file()
                ),
            );
        }
        Progress::Applied {
            migration, took, ..
        } => {
            tell(
                &bar,
                &format!("applied {} ({:.3} s)", migration.file(), took.as_secs_f64()),
            );
        }
        _ => {}
    }
}

fn tell(bar: &ProgressBar, text: &str) {
    bar.suspend(|| report::message(text));
}

/// The SQL of a migration, below a line that names it.
fn sent(migration: &rowsmith_migrate::Migration) -> String {
    let how = if migration.is_in_transaction() {
        ""
    } else {
        ", without a transaction"
    };
    let mut text = format!("-- {}{how}\n", migration.file());
    for statement in migration.statements() {
        let _ = writeln!(text, "{};", migration.sql(statement));
    }
    text
}

/// The status, for people or for programs.
fn shown(status: &Status, format: Format) -> String {
    if format == Format::Json {
        let json = serde_json::to_string_pretty(&Told::new(status)).expect("it is plain data");
        return json + "\n";
    }
    let rows: Vec<[String; 4]> = status
        .entries()
        .iter()
        .map(|entry| {
            let state = match entry.state {
                State::Stopped {
                    statement,
                    begun: false,
                } => format!("stopped before statement {statement}"),
                State::Stopped {
                    statement,
                    begun: true,
                } => format!("stopped within statement {statement}"),
                State::Running { statement } => format!("running, at statement {statement}"),
                state => state.as_str().to_owned(),
            };
            let at = entry.applied_at.clone().unwrap_or_default();
            let at = at.split('.').next().unwrap_or_default().to_owned();
            let name = entry.file.clone().unwrap_or_else(|| entry.name.clone());
            [state, entry.version.clone(), at, name]
        })
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [state, version, at, name] in &rows {
        let line = format!(
            "{state:0$}  {version:1$}  {at:2$}  {name}",
            widths[0], widths[1], widths[2]
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "{}", summary(status));
    text
}

/// One line that says what to do.
fn summary(status: &Status) -> String {
    let count = |state: State| {
        status
            .entries()
            .iter()
            .filter(|entry| entry.state == state)
            .count()
    };
    let from = match status.journal() {
        Some(journal) => format!(" (journal `{journal}`)"),
        None => " (the database has no journal yet)".to_owned(),
    };
    let has_stopped = |entry: &Entry| matches!(entry.state, State::Stopped { .. });
    let is_running = |entry: &Entry| matches!(entry.state, State::Running { .. });
    let what = if status.entries().iter().any(has_stopped) {
        "a migration has stopped; `rowsmith migrate apply` goes on with it".to_owned()
    } else if status.entries().iter().any(is_running) {
        "another process is applying migrations".to_owned()
    } else if status.is_diverged() {
        "files and database contradict each other; `rowsmith migrate apply` says what to do"
            .to_owned()
    } else {
        match count(State::Pending) {
            0 => "the database is current".to_owned(),
            1 => "1 migration is pending".to_owned(),
            pending => format!("{pending} migrations are pending"),
        }
    };
    what + &from
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Told<'a> {
    current: bool,
    diverged: bool,
    journal: Option<&'a str>,
    migrations: Vec<ToldEntry<'a>>,
}

#[derive(Serialize)]
struct ToldEntry<'a> {
    version: &'a str,
    name: &'a str,
    file: Option<&'a str>,
    state: &'a str,
    applied_at: Option<&'a str>,
    /// The number of the statement that it stopped at or is at.
    statement: Option<usize>,
}

impl<'a> Told<'a> {
    fn new(status: &'a Status) -> Self {
        let entries = status.entries().iter().map(|entry| ToldEntry {
            version: &entry.version,
            name: &entry.name,
            file: entry.file.as_deref(),
            state: entry.state.as_str(),
            applied_at: entry.applied_at.as_deref(),
            statement: match entry.state {
                State::Stopped { statement, .. } | State::Running { statement } => Some(statement),
                _ => None,
            },
        });
        Self {
            current: status.is_current(),
            diverged: status.is_diverged(),
            journal: status.journal(),
            migrations: entries.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_have_dates() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_423, (2025, 12, 1)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(date(days), expected);
        }
    }
}
