//! Atlas: a flat folder of numbered files, some of which make all before them needless.

use super::Read;

/// A checkpoint holds the whole schema so far: an empty database starts there.
pub(super) fn start_at_checkpoint(read: &mut Vec<Read>) {
    if let Some(last) = read.iter().rposition(|(_, _, marks)| marks.checkpoint) {
        read.drain(..last);
    }
}
