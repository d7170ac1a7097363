//! What a run wants of a server, and what it finds out for later runs.

use super::version::Pin;

/// What a server is wanted for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// The only version that will do.
    pub(crate) pin: Option<&'a Pin>,
    /// If it is for one database with migrations: the digest of all of them, then that of all but the last, and so on as far
    /// as these are of use. They may have been applied already: see [`super::Server::lacking`].
    pub(crate) migrations: &'a [String],
    /// What the migrations create, for a server that has to be told.
    pub(crate) extensions: &'a [String],
}

/// What a run finds out of a server to which migrations have been applied, for later runs.
pub(crate) trait Facts: Sized + Send + 'static {
    /// What was kept, unless it is not understood.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// Whether more migrations can be applied where these ended, as if all were applied in one go.
    fn can_go_on(&self) -> bool;
}

/// For who wants to know nothing.
impl Facts for () {
    fn read(_: &[u8]) -> Option<Self> {
        None
    }

    fn can_go_on(&self) -> bool {
        false
    }
}
