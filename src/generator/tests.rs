//! Runs that build on what former ones left, beside runs from scratch: they must give the same, byte for byte.
//!
//! Schemas, queries and migrations are picked at random from lists in which things hang together in every way that we know.
//! `ROWSMITH_TEST_ROUNDS` and `ROWSMITH_TEST_SEED` say how many, and from where.

#![expect(clippy::print_stderr, reason = "a figure that is looked for")]

mod projects;

use std::env;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::Generator;
use super::target::asked;
use crate::database::Provider;
use projects::{EARLY_QUERIES, MIGRATIONS, QUERIES, SCHEMA};

const CONFIGURATION: &str = "version: '2'
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: out
";

/// Numbers that look random, and are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % end
    }

    fn pick<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }
}

/// A project, of which there are two: one that goes on, and one that starts from scratch each time.
struct Project(TempDir);

impl Project {
    fn new(marker: u64) -> Self {
        let project = Self(TempDir::new().unwrap());
        for folder in ["migrations", "queries"] {
            fs::create_dir(project.path().join(folder)).unwrap();
        }
        project.write("sqlc.yaml", CONFIGURATION);
        // Digests that no other run knows.
        for (index, text) in SCHEMA.iter().enumerate() {
            let name = format!("migrations/{index:02}.sql");
            project.write(&name, &format!("{text} -- {marker}\n"));
        }
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// What the run gives, and how many queries it asks about.
    fn run(&self) -> (String, usize) {
        asked::take();
        let generator = Generator::from_file(self.path().join("sqlc.yaml")).unwrap();
        let generator = generator.provider(Provider::Local { binaries: None });
        let told = match generator.generate() {
            Err(error) => format!("{error:?}"),
            Ok(output) => {
                output.write().unwrap();
                let files = output.files();
                let files: Vec<String> = files
                    .map(|(path, text)| format!("{path}\n{text}"))
                    .collect();
                let files = files.concat();
                format!(
                    "{:?}\n{files}\n{:#?}",
                    output.warnings(),
                    generator.analyze().unwrap()
                )
            }
        };
        (
            told.replace(&self.path().display().to_string(), "FOLDER"),
            asked::take(),
        )
    }
}

/// A run of both projects, with these files beside the schema.
fn both(
    goes_on: &Project,
    queries: &[String],
    migrations: &[String],
    marker: u64,
) -> (bool, usize, usize) {
    let scratch = Project::new(marker);
    for project in [goes_on, &scratch] {
        for (folder, files) in [("queries", queries), ("migrations", migrations)] {
            for (index, text) in files.iter().enumerate() {
                project.write(&format!("{folder}/{:02}.sql", index + 50), text);
            }
        }
    }
    let gone = goes_on
        .path()
        .join(format!("migrations/{:02}.sql", migrations.len() + 50));
    let _ = fs::remove_file(gone);
    let (found, asked) = goes_on.run();
    let (expected, all) = scratch.run();
    if found != expected {
        let lines = found.lines().zip(expected.lines());
        let (a, b) = lines.clone().find(|(a, b)| a != b).unwrap_or_default();
        panic!(
            "with {migrations:#?}\nthe run that goes on has\n{a}\nand the one from scratch\n{b}\n\n{found}"
        );
    }
    (found.starts_with('['), asked, all)
}

fn number(name: &str, default: u64) -> u64 {
    let value = env::var(name).ok();
    value.map_or(default, |value| value.parse().unwrap())
}

#[test]
fn a_run_that_goes_on_gives_what_one_from_scratch_does() {
    let rounds = number("ROWSMITH_TEST_ROUNDS", 4);
    let seed = number("ROWSMITH_TEST_SEED", 1);
    let (mut asked_in_all, mut all_in_all) = (0, 0);
    for round in seed..seed + rounds {
        let mut random = Random(round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut marker = round << 32 | u64::from(std::process::id());
        let goes_on = Project::new(marker);
        let mut queries: Vec<String> = (0..6).map(|_| String::new()).collect();
        let early = if random.below(4) == 0 {
            EARLY_QUERIES
        } else {
            &[]
        };
        for (index, query) in QUERIES.iter().chain(early).enumerate() {
            if random.below(3) > 0 {
                let file = index % queries.len();
                let text = format!("-- name: Query{index} :{query};\n\n");
                queries[file].push_str(&text);
            }
        }
        let mut migrations: Vec<String> = Vec::new();
        let mut is_sound = true;
        for step in 0..8 {
            if step > 0 {
                // The last one is edited, or another one follows; a run that failed is mended so.
                if (!is_sound || random.below(4) == 0) && !migrations.is_empty() {
                    migrations.pop();
                }
                if random.below(8) > 0 {
                    let statements = (0..=random.below(3)).map(|_| random.pick(MIGRATIONS));
                    let statements: Vec<String> =
                        statements.map(|text| format!("{text};\n")).collect();
                    migrations.push(statements.concat());
                }
            }
            marker += 1 << 48;
            let (sound, asked, all) = both(&goes_on, &queries, &migrations, marker);
            is_sound = sound;
            if step > 0 {
                asked_in_all += asked;
                all_in_all += all;
            }
        }
    }
    eprintln!("asked about {asked_in_all} of {all_in_all} queries");
    assert!(
        asked_in_all * 4 < all_in_all * 3,
        "{asked_in_all} of {all_in_all}"
    );
}
