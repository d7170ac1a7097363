//! The phases of a run, for those who show its progress.

/// Calls a function at the beginning of each phase.
#[derive(Default)]
pub(super) struct Phases(Option<OnPhase>);

type OnPhase = Box<dyn Fn(&str)>;

impl Phases {
    pub(super) fn new(on_phase: impl Fn(&str) + 'static) -> Self {
        Self(Some(Box::new(on_phase)))
    }

    /// Another phase begins; `name` is a few words for people.
    pub(super) fn begin(&self, name: &str) {
        if let Some(on_phase) = &self.0 {
            on_phase(name);
        }
    }
}
