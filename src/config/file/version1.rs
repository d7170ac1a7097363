//! Version 1 of sqlc's configuration: a list of `packages`, whose keys for Go stand among the others.

use super::node::Node;
use super::sections::Section;
use super::target::{SHARED_WITH_GO, Shared};
use super::{ConfigFile, Entry, Fields, Reader, last_folder};

const TOP: Section = Section {
    name: "at the top level of version 1",
    read: &["version", "packages", "overrides", "rename", "options"],
    ignored: &["cloud", "servers", "rules", "plugins"],
};

const PACKAGE: Section = Section {
    name: "in `packages[]`",
    read: &[
        "name",
        "path",
        "schema",
        "queries",
        "engine",
        "database",
        "gen",
        "codegen",
        "overrides",
        "rename",
        "query_parameter_limit",
        "inflection_exclude_table_names",
        "emit_exact_table_names",
    ],
    ignored: &[
        "analyzer",
        "build_tags",
        "emit_all_enum_values",
        "emit_db_tags",
        "emit_empty_slices",
        "emit_enum_valid_method",
        "emit_exported_queries",
        "emit_interface",
        "emit_json_tags",
        "emit_methods_with_db_argument",
        "emit_params_struct_pointers",
        "emit_pointers_for_null_enum_types",
        "emit_pointers_for_null_types",
        "emit_prepared_queries",
        "emit_result_struct_pointers",
        "emit_sql_as_comment",
        "initialisms",
        "json_tags_case_style",
        "json_tags_id_uppercase",
        "omit_sqlc_version",
        "omit_unused_structs",
        "output_batch_file_name",
        "output_copyfrom_file_name",
        "output_db_file_name",
        "output_files_suffix",
        "output_models_file_name",
        "output_querier_file_name",
        "rules",
        "sql_driver",
        "sql_package",
        "strict_function_checks",
        "strict_order_by",
        "wrap_errors",
    ],
};

/// Keys of a package that are about SQL, not about Go.
const ABOUT_SQL: [&str; 4] = [
    "analyzer",
    "rules",
    "strict_function_checks",
    "strict_order_by",
];

impl Reader {
    /// Reads the packages as entries.
    pub(super) fn version1(&mut self, document: &Node) -> ConfigFile {
        let Some(top) = self.fields(document, document, &TOP) else {
            return ConfigFile::default();
        };
        let mut shared = self.shared_options(&top);
        shared.add_keys_for_go(&top);
        let help = "add a list `packages:` with an entry for each database";
        let entries = self.entries(document, &top, "packages", help, |reader, key, item| {
            reader.package(key, item, &shared)
        });
        ConfigFile {
            sql: entries,
            go_keys: std::mem::take(&mut self.go_keys),
            substance: String::new(),
        }
    }

    fn package(&mut self, packages: &Node, item: &Node, shared: &Shared<'_>) -> Option<Entry> {
        let mistakes = self.diagnostics.len();
        let fields = self.fields(packages, item, &PACKAGE)?;
        let mut go = Fields::default();
        go.add(&fields, |key| SHARED_WITH_GO.contains(&key));
        for (key, ..) in &fields.0 {
            if PACKAGE.ignored.contains(key) && !ABOUT_SQL.contains(key) {
                self.go_keys.insert((*key).to_owned());
            }
        }
        let path = self.text(&fields, "path");
        let mut entry = self.common(item, &fields, &go, shared);
        // As sqlc: the package is called as its folder.
        if entry.name.is_none() {
            let folder = path.as_ref().and_then(|path| last_folder(&path.value));
            entry.name = folder.map(str::to_owned);
        }
        entry.has_default_engine = true;
        entry.sound = self.diagnostics.len() == mistakes;
        Some(entry)
    }
}
