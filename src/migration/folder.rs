//! A folder of migrations, as far as a layout wants to look into it.

use crate::diagnostic::Diagnostic;
use crate::source::SourceFile;

/// Where migrations are read from. Paths are relative to the folder of the migrations and have a `/` between parts.
pub(crate) trait Files {
    /// The names of what is in a folder, in no order; those of folders end in `/`. `""` is the folder itself.
    fn list(&mut self, folder: &str) -> Vec<String>;

    /// The text of a file; `None` after reporting that it cannot be read.
    fn read(&mut self, path: &str) -> Option<SourceFile>;

    /// What people call it.
    fn name(&self, path: &str) -> String;
}

pub(super) struct Folder<'a> {
    files: &'a mut dyn Files,
    /// The names of the files in it, in order, without hidden ones.
    pub(super) names: Vec<String>,
    /// The names of the folders in it, in order, without hidden ones.
    pub(super) folders: Vec<String>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Folder<'a> {
    pub(super) fn new(files: &'a mut dyn Files) -> Self {
        let (names, folders) = split(files.list(""));
        Self {
            files,
            names,
            folders,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|found| found == name)
    }

    /// The files and the folders in a folder, in order, without hidden ones.
    pub(super) fn list(&mut self, folder: &str) -> (Vec<String>, Vec<String>) {
        split(self.files.list(folder))
    }

    pub(super) fn read(&mut self, path: &str) -> Option<SourceFile> {
        self.files.read(path)
    }

    pub(super) fn name(&self, path: &str) -> String {
        self.files.name(path)
    }
}

fn split(mut names: Vec<String>) -> (Vec<String>, Vec<String>) {
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    let (folders, files): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| name.ends_with('/'));
    let folders = folders
        .iter()
        .map(|name| name.trim_end_matches('/').to_owned());
    (files, folders.collect())
}
