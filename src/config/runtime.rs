//! What queries run on: `clients`, and `runtime`, which says where the code is that runs them, and which entries share it.

use super::file::Written;
use super::rename::is_identifier;
use super::{Checker, Target};
use crate::diagnostic::nearest;
use crate::options::{ClientOptions, Runtime};

const HELP: &str = concat!(
    "write `inline`, `crate`, or the path of another entry's module, such as `crate",
    "::shop::client`"
);

impl Checker<'_> {
    /// The pools on whose connections queries run.
    pub(super) fn pools(&mut self, names: &[Written<String>], client: &mut ClientOptions) {
        for name in names {
            match name.value.as_str() {
                "deadpool" => client.deadpool = true,
                "bb8" => client.bb8 = true,
                unknown => {
                    let message = format!("there is no client `{unknown}`");
                    let help = "implement the generated trait `Client` for other clients";
                    self.report(&name.place, message, "expected `deadpool` or `bb8`", help);
                }
            }
        }
    }

    /// Says of each target where its run-time code is.
    pub(super) fn runtimes(&mut self, targets: &mut [Target]) {
        let written: Vec<_> = targets
            .iter()
            .map(|target| target.rust.runtime.clone())
            .collect();
        for (number, runtime) in written.iter().enumerate() {
            let Some(runtime) = runtime else { continue };
            let found = if is_path_of_client(&runtime.value) {
                self.shared(targets, &written, number, runtime)
            } else {
                self.runtime(runtime)
            };
            targets[number].rust.options.runtime = found.unwrap_or_default();
        }
    }

    /// The runtime of code that sqlc has a plugin generate.
    pub(super) fn runtime_of_plugin(&mut self, written: Option<&Written<String>>) -> Runtime {
        written
            .and_then(|written| self.runtime(written))
            .unwrap_or_default()
    }

    fn runtime(&mut self, written: &Written<String>) -> Option<Runtime> {
        match written.value.as_str() {
            "inline" => Some(Runtime::Inline),
            "crate" => Some(Runtime::Crate),
            word => {
                let message = format!("there is no runtime `{word}`");
                let suggestion = nearest(word, ["inline", "crate"]);
                let suggestion = suggestion.map(|word| format!("did you mean `{word}`?"));
                let help = suggestion.as_deref().unwrap_or(HELP);
                self.report(&written.place, message, "", help);
                None
            }
        }
    }

    /// The runtime of the target `number`, which names a module: its own, or that of another one.
    fn shared(
        &mut self,
        targets: &[Target],
        written: &[Option<Written<String>>],
        number: usize,
        runtime: &Written<String>,
    ) -> Option<Runtime> {
        // Those that have a module `client` of their own, or say of this module that it is theirs.
        let owners = written.iter().enumerate().filter(|(_, written)| {
            let written = written.as_ref().map(|written| written.value.as_str());
            written.is_none_or(|written| written == "inline" || written == runtime.value)
        });
        let owners: Vec<usize> = owners.map(|(number, _)| number).collect();
        let module = runtime.value.rsplit("::").nth(1).unwrap_or_default();
        let called = owners
            .iter()
            .copied()
            .filter(|owner| is_called(&targets[*owner], module));
        let called: Vec<usize> = called.collect();
        let own: Vec<usize> = owners
            .iter()
            .copied()
            .filter(|owner| {
                targets[*owner].rust.runtime.as_ref().map(|w| &w.value) != Some(&runtime.value)
            })
            .collect();
        match (called.as_slice(), own.as_slice()) {
            ([owner], _) | ([], [owner]) if *owner != number => Some(Runtime::Shared {
                client: runtime.value.clone(),
                target: *owner,
            }),
            ([_], _) => Some(Runtime::Inline),
            ([], _) => {
                let message = format!("no entry generates the module `{}`", runtime.value);
                let label = format!("no `out` of an entry ends in `{module}`");
                let help = "name the module `client` of another entry, whose `runtime` is `inline`";
                self.report(&runtime.place, message, &label, help);
                None
            }
            (several, _) => {
                let folders = several.iter().map(|owner| &targets[*owner].rust.out_name);
                let folders: Vec<String> = folders.map(|name| format!("`{name}`")).collect();
                let message = format!(
                    "`{}` may be the module of several entries: {}",
                    runtime.value,
                    folders.join(", ")
                );
                let help = "give their `out` folders names that differ in the last part";
                self.report(&runtime.place, message, "", help);
                None
            }
        }
    }
}

/// Whether the folder of a target has the name of the module.
fn is_called(target: &Target, module: &str) -> bool {
    let folder = target.rust.out.file_name().unwrap_or_default();
    folder.to_string_lossy() == *module.trim_start_matches("r#")
}

/// Whether it is a path in Rust that ends in `client` and has a module before that.
fn is_path_of_client(path: &str) -> bool {
    let segments: Vec<&str> = path.split("::").collect();
    matches!(segments.as_slice(), ["crate", .., _, "client"])
        && segments
            .iter()
            .all(|name| is_identifier(name.trim_start_matches("r#")))
}
