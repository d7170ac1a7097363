//! Atlas: a flat folder of numbered files, some of which make all before them needless.

use super::Read;
use crate::diagnostic::{Code, Diagnostic};

/// A checkpoint holds the whole schema so far: an empty database starts there.
pub(super) fn start_at_checkpoint(read: &mut Vec<Read>) {
    if let Some(last) = read.iter().rposition(|(_, _, marks)| marks.checkpoint) {
        read.drain(..last);
    }
}

/// A database may have been migrated before the checkpoint was written: which part of the rest it needs, only Atlas knows.
pub(super) fn unsupported(read: &[Read]) -> Option<Diagnostic> {
    let (_, migration, _) = read.iter().find(|(_, _, marks)| marks.checkpoint)?;
    let message = "a checkpoint of Atlas cannot be applied by rowsmith";
    Some(
        Diagnostic::error(Code::InvalidMigration, message)
            .in_file(migration.file.name())
            .help("remove the file: the migrations before it make the same schema"),
    )
}
