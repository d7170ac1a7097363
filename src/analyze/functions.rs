//! What the server's own functions do with NULL, by object id.
//!
//! The tables in `functions/` list functions by name and object ids. An id keeps its meaning in every server version
//! that has it, with a few exceptions among administrative functions, which are left out; a function whose behaviour
//! changed (`int4(jsonb)` gives NULL since 18, `extract(… from interval)` since 17) is listed for what holds everywhere.
//! So one table serves Postgres 14 to 18, and an id that no table lists, of a newer server or an extension, may do
//! anything.
//!
//! **To extend them**: add the id to a table, then run `cargo test functions_agree` once per server version, naming its
//! `bin` folder in `ROWSMITH_TEST_POSTGRES_BIN`. The test compares every line with `pg_proc` and calls every listed
//! function with a few thousand combinations of odd values, looking for a NULL. It cannot prove that there is none: read
//! the function's source before you list it as total.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::analyze::fault::{Fault, made};
use crate::catalog::Oid;

/// The first id of an object that is not the server's own.
pub(super) const FIRST_USER_OID: Oid = 16384;

/// Which arguments must not be NULL for the result not to be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Never NULL, whatever the arguments.
    Nothing,
    /// The first so many.
    First(usize),
    /// Every argument.
    All,
    /// One of them, no matter which.
    Any,
}

/// What an aggregate gives for a group that has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    /// Not NULL even without rows.
    NeverNull,
    /// Not NULL for one row or more, even where its input is NULL.
    NeedsRows,
    /// Not NULL where no input is NULL, for one row or more.
    NeedsInput,
}

/// What a window function that is no aggregate gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    NeverNull,
    /// Not NULL where no argument is, whatever the frame.
    NeedsArguments,
    /// The value of a row of the frame: not NULL where the argument is not and the frame is never empty.
    OfFrame,
}

static STRICT_TOTAL: LazyLock<HashMap<Oid, &str>> =
    LazyLock::new(|| table(include_str!("functions/strict_total.txt")).collect());
static STRICT: LazyLock<HashMap<Oid, &str>> =
    LazyLock::new(|| table(include_str!("functions/strict.txt")).collect());
static VOLATILE: LazyLock<HashMap<Oid, &str>> =
    LazyLock::new(|| table(include_str!("functions/volatile.txt")).collect());

/// Extensions with the names of their functions.
static EXTENSIONS: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
    let lines = include_str!("functions/extensions.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(extension, names)| names.split(' ').map(move |name| (extension, name)))
        .collect()
});

/// The ids of a table with their names.
fn table(text: &'static str) -> impl Iterator<Item = (Oid, &'static str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        words.filter_map(move |oid| Some((oid.parse().ok()?, name)))
    })
}

/// What a built-in function that returns no set needs of its arguments; `None` where it may return NULL anyway.
///
/// Not for a call with `VARIADIC`: `concat(VARIADIC NULL)` is NULL.
pub(super) fn needs(function: Oid) -> Option<Needs> {
    let strict = made(Fault::StrictIsTotal) && STRICT.contains_key(&function);
    if STRICT_TOTAL.contains_key(&function) || strict {
        return Some(Needs::All);
    }
    Some(not_strict(function)?.1)
}

/// Whether a function of an extension is known to return NULL only for NULL, if it is strict.
pub(super) fn is_total_of_extension(extension: &str, name: &str) -> bool {
    EXTENSIONS.contains(&(extension, name))
}

/// The extensions of which functions are listed.
#[cfg(test)]
pub(super) fn extensions() -> std::collections::BTreeSet<&'static str> {
    of_extensions().map(|(extension, _)| extension).collect()
}

/// The listed functions of extensions.
#[cfg(test)]
pub(super) fn of_extensions() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXTENSIONS.iter().copied()
}

/// What an aggregate of an extension gives.
pub(super) fn aggregate_of_extension(extension: &str, name: &str) -> Option<Aggregate> {
    matches!(
        (extension, name),
        ("citext", "max" | "min") | ("vector", "avg" | "sum")
    )
    .then_some(Aggregate::NeedsInput)
}

/// The built-in functions that are called with NULL and of which something is known.
fn not_strict(function: Oid) -> Option<(&'static str, Needs)> {
    Some(match function {
        378 => ("array_append", Needs::Nothing),
        379 => ("array_prepend", Needs::Nothing),
        438 => ("num_nulls", Needs::Nothing),
        440 => ("num_nonnulls", Needs::Nothing),
        1289 | 1290 => ("quote_nullable", Needs::Nothing),
        1619 => ("pg_typeof", Needs::Nothing),
        3058 => ("concat", Needs::Nothing),
        3198 | 3199 => ("json_build_array", Needs::Nothing),
        3200 | 3201 => ("json_build_object", Needs::Nothing),
        3271 | 3272 => ("jsonb_build_array", Needs::Nothing),
        3273 | 3274 => ("jsonb_build_object", Needs::Nothing),
        // A NULL bound is no bound; NULL flags are an error.
        3840 | 3841 => ("int4range", Needs::Nothing),
        3844 | 3845 => ("numrange", Needs::Nothing),
        3933 | 3934 => ("tsrange", Needs::Nothing),
        3937 | 3938 => ("tstzrange", Needs::Nothing),
        3941 | 3942 => ("daterange", Needs::Nothing),
        3945 | 3946 => ("int8range", Needs::Nothing),
        // The argument only says which type is meant.
        3528 => ("enum_first", Needs::Nothing),
        3529 => ("enum_last", Needs::Nothing),
        3531 => ("enum_range", Needs::Nothing),
        376 | 394 => ("string_to_array", Needs::First(1)),
        1081 => ("format_type", Needs::First(1)),
        3059 => ("concat_ws", Needs::First(1)),
        3167 => ("array_remove", Needs::First(1)),
        3168 => ("array_replace", Needs::First(1)),
        3279 => ("array_positions", Needs::First(1)),
        3539 | 3540 => ("format", Needs::First(1)),
        384 => ("array_to_string", Needs::First(2)),
        383 => ("array_cat", Needs::Any),
        2900 => ("xmlconcat2", Needs::Any),
        1271 | 1304..=1311 | 2041..=2044 => ("overlaps", Needs::All),
        2078 => ("set_config", Needs::All),
        _ => return None,
    })
}

/// Whether a built-in function may give something else in the next call of a statement, for the same arguments: it is
/// volatile, or tells the time.
pub(super) fn varies(function: Oid) -> bool {
    // `now()` and its other names, and `age` with one argument.
    VOLATILE.contains_key(&function) || matches!(function, 1299 | 1386 | 2059 | 2647 | 2648)
}

/// Whether it is the `||` of a text and any other value, or `quote_literal` of one: it casts that to text, by a user's cast if
/// there is one.
pub(super) fn casts_to_text(function: Oid) -> bool {
    matches!(function, 1285 | 2003 | 2004)
}

/// Whether a built-in function is written in SQL, so that the planner may put its text in its place.
pub(super) fn is_written_in_sql(function: Oid) -> bool {
    matches!(
        function,
        879 | 880 | 1176 | 1215 | 1216 | 1285 | 1290 | 1296 | 1298 | 1305..=1307 | 1309..=1311 | 1348 | 1384
            | 1386 | 1426 | 1481 | 1544 | 1708 | 1710 | 1741 | 1810..=1812 | 1848 | 1993 | 2003 | 2004
            | 2042..=2044 | 2059 | 2074 | 2325 | 2546..=2550 | 2631 | 2932 | 3050 | 5023
    )
}

/// Whether a built-in function gives NULL as soon as one argument is NULL.
pub(super) fn is_strict(function: Oid) -> bool {
    STRICT_TOTAL.contains_key(&function) || STRICT.contains_key(&function)
}

/// Whether two calls with the same arguments in one statement are known to give the same.
pub(super) fn is_repeatable(function: Oid) -> bool {
    (is_strict(function) || not_strict(function).is_some()) && !VOLATILE.contains_key(&function)
}

/// The name of a built-in function that some table lists.
pub(super) fn name(function: Oid) -> Option<&'static str> {
    let tables = [&STRICT_TOTAL, &STRICT, &VOLATILE];
    let listed = tables
        .iter()
        .find_map(|table| table.get(&function).copied());
    listed
        .or_else(|| not_strict(function).map(|(name, _)| name))
        .or_else(|| aggregate(function).map(|(name, _)| name))
        .or_else(|| window(function).map(|(name, _)| name))
        .or_else(|| set_columns(function).map(|(name, _)| name))
        .or_else(|| may_be_null(function))
}

/// Whether a function of that name is behind `=`, `<>`, `<`, `<=`, `>` or `>=`.
pub(super) fn is_comparison(name: &str) -> bool {
    const ORDERS: [&str; 6] = ["eq", "ne", "lt", "le", "gt", "ge"];
    // `~`, and `<<=` of networks.
    let is_other = ["regex", "like", "subeq", "supeq"]
        .iter()
        .any(|part| name.contains(part));
    let ends = ORDERS.iter().any(|order| name.ends_with(order));
    let between = || {
        ORDERS
            .iter()
            .any(|order| name.contains(&format!("_{order}_")))
    };
    !is_other && (ends || between())
}

/// The names of aggregates and window functions that give NULL for some rows, whatever is in them.
pub(super) fn may_be_null(function: Oid) -> Option<&'static str> {
    Some(match function {
        2148..=2153 => "variance",
        2154..=2159 => "stddev",
        2641..=2646 => "var_samp",
        2712..=2717 => "stddev_samp",
        2819 => "regr_sxx",
        2820 => "regr_syy",
        2821 => "regr_sxy",
        2822 => "regr_avgx",
        2823 => "regr_avgy",
        2824 => "regr_r2",
        2825 => "regr_slope",
        2826 => "regr_intercept",
        2827 => "covar_pop",
        2828 => "covar_samp",
        2829 => "corr",
        3106 | 3107 => "lag",
        3109 | 3110 => "lead",
        3114 => "nth_value",
        _ => return None,
    })
}

/// Whether it is `lag` or `lead` without a default, or `nth_value`, which look for another row.
pub(super) fn looks_elsewhere(function: Oid) -> bool {
    matches!(function, 3106 | 3107 | 3109 | 3110 | 3114)
}

/// For each column of a built-in function that returns a set, whether it is never NULL. A NULL argument gives no rows.
pub(super) fn set_columns(function: Oid) -> Option<(&'static str, &'static [bool])> {
    Some(match function {
        938 | 939 | 1066..=1069 | 3259 | 3260 | 6274 => ("generate_series", &[true]),
        1191 | 1192 => ("generate_subscripts", &[true]),
        1179 => ("jsonb_path_query_tz", &[true]),
        1293 => ("unnest", &[true]), // Of a multirange.
        2763 | 2764 => ("regexp_matches", &[true]),
        2765 | 2766 => ("regexp_split_to_table", &[true]),
        3219 => ("jsonb_array_elements", &[true]),
        3931 => ("jsonb_object_keys", &[true]),
        3955 => ("json_array_elements", &[true]),
        3957 => ("json_object_keys", &[true]),
        4006 => ("jsonb_path_query", &[true]),
        6160 => ("string_to_table", &[true]), // The other form has a string that stands for NULL.
        3208 => ("jsonb_each", &[true, true]),
        3958 => ("json_each", &[true, true]),
        // A JSON null becomes NULL.
        3932 => ("jsonb_each_text", &[true, false]),
        3959 => ("json_each_text", &[true, false]),
        // A stripped lexeme has no positions and weights.
        3322 => ("unnest", &[true, false, false]),
        2331 => ("unnest", &[false]),
        _ => return None,
    })
}

/// What a built-in aggregate gives. Those not listed may give NULL: `stddev` of one row, `corr`.
pub(super) fn aggregate(function: Oid) -> Option<(&'static str, Aggregate)> {
    use Aggregate::{NeedsInput, NeedsRows, NeverNull};
    Some(match function {
        2147 | 2803 => ("count", NeverNull),
        2818 => ("regr_count", NeverNull),
        3986 => ("rank", NeverNull),
        3988 => ("percent_rank", NeverNull),
        3990 => ("cume_dist", NeverNull),
        3992 => ("dense_rank", NeverNull),
        2335 | 4053 => ("array_agg", NeedsRows),
        3175 => ("json_agg", NeedsRows),
        3197 => ("json_object_agg", NeedsRows),
        3267 => ("jsonb_agg", NeedsRows),
        3270 => ("jsonb_object_agg", NeedsRows),
        2050
        | 2115..=2120
        | 2122..=2130
        | 2244
        | 2797
        | 3526
        | 3564
        | 4189
        | 5099
        | 6373
        | 6395 => ("max", NeedsInput),
        2051
        | 2131..=2136
        | 2138..=2146
        | 2245
        | 2798
        | 3527
        | 3565
        | 4190
        | 5100
        | 6374
        | 6396 => ("min", NeedsInput),
        2100..=2106 => ("avg", NeedsInput),
        2107..=2114 => ("sum", NeedsInput),
        2236 | 2238 | 2240 | 2242 => ("bit_and", NeedsInput),
        2237 | 2239 | 2241 | 2243 => ("bit_or", NeedsInput),
        6164..=6167 => ("bit_xor", NeedsInput),
        2517 => ("bool_and", NeedsInput),
        2518 => ("bool_or", NeedsInput),
        2519 => ("every", NeedsInput),
        2718..=2723 => ("var_pop", NeedsInput),
        2724..=2729 => ("stddev_pop", NeedsInput),
        2901 => ("xmlagg", NeedsInput),
        3538 | 3545 => ("string_agg", NeedsInput),
        3972 | 3978 => ("percentile_disc", NeedsInput),
        3974 | 3976 | 3980 | 3982 => ("percentile_cont", NeedsInput),
        3984 => ("mode", NeedsInput),
        4301 | 6227 => ("range_agg", NeedsInput),
        4389 | 4450 => ("range_intersect_agg", NeedsInput),
        6276 => ("json_agg_strict", NeedsInput),
        6284 => ("jsonb_agg_strict", NeedsInput),
        6291 => ("any_value", NeedsInput),
        _ => return None,
    })
}

/// What a built-in window function gives. `lag` and `lead` without a default are not listed: they look past the end of
/// the partition; `nth_value` past the end of the frame.
pub(super) fn window(function: Oid) -> Option<(&'static str, Window)> {
    Some(match function {
        3100 => ("row_number", Window::NeverNull),
        3101 => ("rank", Window::NeverNull),
        3102 => ("dense_rank", Window::NeverNull),
        3103 => ("percent_rank", Window::NeverNull),
        3104 => ("cume_dist", Window::NeverNull),
        3105 => ("ntile", Window::NeedsArguments),
        3108 => ("lag", Window::NeedsArguments),
        3111 => ("lead", Window::NeedsArguments),
        3112 => ("first_value", Window::OfFrame),
        3113 => ("last_value", Window::OfFrame),
        _ => return None,
    })
}
