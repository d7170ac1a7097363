//! What the last run on a project generated, kept in the user's cache: where nothing changed, nothing is parsed, lowered
//! or formatted, and where something did, only its files are formatted again.

use std::cell::OnceCell;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::code::Generated;
use super::fingerprint;
use super::reading::Reading;
use crate::cache::{GENERATED, Shelf};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, KeptDiagnostic};
use crate::digest::digest;
use crate::disk;
use crate::emit::Formatted;

/// How many projects are remembered.
const PROJECTS: usize = 32;

/// What is known of a project, and where it is kept.
pub(super) struct Memory {
    shelf: Shelf,
    project: String,
    remembered: Option<Remembered>,
    /// The digest of what this run reads, as soon as it was needed.
    inputs: OnceCell<String>,
}

struct Remembered {
    index: Index,
    texts: Vec<u8>,
}

/// The beginning of a file of the cache; the texts follow.
#[derive(Serialize, Deserialize)]
struct Index {
    /// Of everything that the output depends on, but for the snapshot.
    inputs: String,
    snapshot: String,
    /// Of the texts.
    digest: String,
    /// What was found after the files were read.
    warnings: Vec<KeptDiagnostic>,
    files: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    /// The number of the target.
    target: usize,
    path: String,
    rendered: Option<String>,
    length: usize,
}

/// What a run generated, to be remembered when there is time.
pub(super) struct News {
    shelf: Shelf,
    project: String,
    inputs: String,
    snapshot: String,
    warnings: Vec<KeptDiagnostic>,
    files: Vec<Entry>,
    texts: Vec<u8>,
}

/// Generated files, by target, and what is warned of.
pub(super) type Result = (Vec<Vec<(String, String)>>, Vec<Diagnostic>);

impl Memory {
    /// What is remembered of the project with that configuration; nothing where nothing can be kept.
    pub(super) fn recall(path: &Path) -> Option<Self> {
        let shelf = Shelf::open(GENERATED, PROJECTS)?;
        let project = digest([path.as_os_str().as_encoded_bytes()]);
        let remembered = shelf
            .read(&project)
            .and_then(|bytes| Remembered::read(&bytes));
        Some(Self {
            shelf,
            project,
            remembered,
            inputs: OnceCell::new(),
        })
    }

    /// What the last run generated, if this one would generate the same.
    pub(super) fn result(&self, config: &Config, reading: &Reading<'_>) -> Option<Result> {
        let Remembered { index, texts } = self.remembered.as_ref()?;
        if index.inputs != *self.inputs(config, reading) {
            return None;
        }
        let snapshot = disk::read(&config.snapshot, disk::LIMIT).ok()?;
        if index.snapshot != digest([snapshot.as_slice()]) {
            return None;
        }
        let files = reading.targets.iter().flat_map(|(_, project)| {
            let migrations = project.migrations.iter().map(|migration| &migration.file);
            migrations.chain(&project.query_files)
        });
        let files: Vec<_> = files.chain([&config.file]).collect();
        let warnings = index.warnings.iter().map(|kept| kept.restore(&files));
        let warnings = warnings.collect::<Option<_>>()?;
        let mut targets = vec![Vec::new(); reading.targets.len()];
        let mut start = 0;
        for entry in &index.files {
            let end = start + entry.length;
            let text = String::from_utf8(texts.get(start..end)?.to_vec()).ok()?;
            targets
                .get_mut(entry.target)?
                .push((entry.path.clone(), text));
            start = end;
        }
        Some((targets, warnings))
    }

    /// The formatted texts of the last run.
    pub(super) fn formatted(&self) -> Formatted {
        let mut formatted = Formatted::default();
        let Some(Remembered { index, texts }) = &self.remembered else {
            return formatted;
        };
        let mut start = 0;
        for entry in &index.files {
            let end = start + entry.length;
            let text = texts
                .get(start..end)
                .and_then(|bytes| str::from_utf8(bytes).ok());
            if let (Some(rendered), Some(text)) = (&entry.rendered, text) {
                formatted.add(rendered.clone(), text.to_owned());
            }
            start = end;
        }
        formatted
    }

    /// What is to be remembered of a run: what it generated, beside the snapshot that is or will be on disk.
    pub(super) fn news(
        &self,
        config: &Config,
        reading: &Reading<'_>,
        snapshot: Option<&str>,
        files: &[Generated],
        warnings: &[Diagnostic],
    ) -> News {
        let on_disk = || {
            let snapshot = disk::read(&config.snapshot, disk::LIMIT);
            digest([snapshot.unwrap_or_default().as_slice()])
        };
        let mut texts = Vec::new();
        let entries = files.iter().map(|Generated { target, path, file }| {
            texts.extend_from_slice(file.text.as_bytes());
            Entry {
                target: *target,
                path: path.clone(),
                rendered: file.rendered.clone(),
                length: file.text.len(),
            }
        });
        let entries = entries.collect();
        // What was wrong with the former snapshot is not wrong with this one.
        let kept = warnings.iter();
        let kept = kept.filter(|warning| warning.code() != Code::UnusableSnapshot);
        News {
            shelf: self.shelf.clone(),
            project: self.project.clone(),
            inputs: self.inputs(config, reading).clone(),
            snapshot: snapshot.map_or_else(on_disk, |text| digest([text.as_bytes()])),
            warnings: kept.map(KeptDiagnostic::keep).collect(),
            files: entries,
            texts,
        }
    }

    fn inputs(&self, config: &Config, reading: &Reading<'_>) -> &String {
        self.inputs.get_or_init(|| {
            let projects = reading.targets.iter().map(|(_, project)| project);
            fingerprint::of_output(config, projects)
        })
    }
}

impl News {
    /// Remembers it.
    pub(super) fn keep(mut self) {
        let index = Index {
            inputs: self.inputs,
            snapshot: self.snapshot,
            digest: digest([self.texts.as_slice()]),
            warnings: self.warnings,
            files: self.files,
        };
        let Ok(mut contents) = serde_json::to_vec(&index) else {
            return;
        };
        contents.push(b'\n');
        contents.append(&mut self.texts);
        self.shelf.write(&self.project, &contents);
    }
}

impl Remembered {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let index: Index = serde_json::from_slice(&bytes[..end]).ok()?;
        let texts = bytes[end + 1..].to_vec();
        (digest([texts.as_slice()]) == index.digest).then_some(Self { index, texts })
    }
}
