//! The singular and plural of English table names, for the names of models and relations.

/// Whole words that the endings below would get wrong.
const IRREGULAR: &[(&str, &str)] = &[
    ("analyses", "analysis"),
    ("axes", "axis"),
    ("bonuses", "bonus"),
    ("buses", "bus"),
    ("caches", "cache"),
    ("campuses", "campus"),
    ("children", "child"),
    ("cookies", "cookie"),
    ("crises", "crisis"),
    ("criteria", "criterion"),
    ("echoes", "echo"),
    ("feet", "foot"),
    ("geese", "goose"),
    ("halves", "half"),
    ("heroes", "hero"),
    ("hypotheses", "hypothesis"),
    ("indices", "index"),
    ("knives", "knife"),
    ("leaves", "leaf"),
    ("lives", "life"),
    ("matrices", "matrix"),
    ("men", "man"),
    ("mice", "mouse"),
    ("movies", "movie"),
    ("news", "news"),
    ("people", "person"),
    ("phenomena", "phenomenon"),
    ("potatoes", "potato"),
    ("quizzes", "quiz"),
    ("series", "series"),
    ("shelves", "shelf"),
    ("species", "species"),
    ("statuses", "status"),
    ("teeth", "tooth"),
    ("ties", "tie"),
    ("tomatoes", "tomato"),
    ("vertices", "vertex"),
    ("viruses", "virus"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    ("women", "woman"),
];

/// Endings with what replaces them; the first that fits wins.
const ENDINGS: &[(&str, &str)] = &[
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zzes", "zz"),
    ("ies", "y"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
];

/// The singular of a table's name; only its last word changes: `order_items` → `order_item`.
pub(crate) fn singular(name: &str) -> String {
    let (rest, word) = name.split_at(last_word(name));
    let lower = word.to_lowercase();
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == lower) {
        return format!("{rest}{singular}");
    }
    let stem = ENDINGS
        .iter()
        .find_map(|(ending, replacement)| Some((word.strip_suffix(ending)?, replacement)));
    match stem {
        Some((stem, replacement)) if !stem.is_empty() => format!("{rest}{stem}{replacement}"),
        _ => name.to_owned(),
    }
}

/// The plural of a name in the singular; only its last word changes: `friend` → `friends`.
pub(crate) fn plural(name: &str) -> String {
    let (rest, word) = name.split_at(last_word(name));
    let lower = word.to_lowercase();
    if let Some((plural, _)) = IRREGULAR.iter().find(|(_, singular)| *singular == lower) {
        return format!("{rest}{plural}");
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    if word.is_empty() {
        name.to_owned()
    } else if ends(&["s", "x", "z", "ch", "sh"]) {
        format!("{name}es")
    } else if ends(&["y"]) && !ends(&["ay", "ey", "oy", "uy"]) {
        format!("{}ies", &name[..name.len() - 1])
    } else {
        format!("{name}s")
    }
}

/// Where the last word of a name in snake case or camel case starts.
fn last_word(name: &str) -> usize {
    let boundary = name.char_indices().rev().find(|(index, c)| {
        !c.is_alphanumeric()
            || (c.is_uppercase() && name[..*index].ends_with(|before: char| before.is_lowercase()))
    });
    match boundary {
        Some((index, c)) if !c.is_alphanumeric() => index + c.len_utf8(),
        Some((index, _)) => index,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{plural, singular};

    #[test]
    fn names_get_a_plural() {
        for (name, expected) in [
            ("friend", "friends"),
            ("best_friend", "best_friends"),
            ("category", "categories"),
            ("day", "days"),
            ("box", "boxes"),
            ("branch", "branches"),
            ("child", "children"),
            ("", ""),
        ] {
            assert_eq!(plural(name), expected, "{name}");
        }
    }

    #[test]
    fn table_names_lose_their_plural() {
        for (plural, expected) in [
            ("users", "user"),
            ("order_items", "order_item"),
            ("orderItems", "orderItem"),
            ("addresses", "address"),
            ("categories", "category"),
            ("statuses", "status"),
            ("order_status", "order_status"),
            ("boxes", "box"),
            ("batches", "batch"),
            ("caches", "cache"),
            ("dishes", "dish"),
            ("people", "person"),
            ("series", "series"),
            ("movies", "movie"),
            ("houses", "house"),
            ("databases", "database"),
            ("cases", "case"),
            ("analysis", "analysis"),
            ("analyses", "analysis"),
            ("buses", "bus"),
            ("causes", "cause"),
            ("news", "news"),
            ("kiss", "kiss"),
            ("cities", "city"),
            ("ties", "tie"),
            ("indices", "index"),
            ("heroes", "hero"),
            ("sizes", "size"),
            ("messages", "message"),
            ("prices", "price"),
            ("invoices", "invoice"),
            ("s", "s"),
            ("", ""),
            ("été_données", "été_donnée"),
        ] {
            assert_eq!(singular(plural), expected, "{plural}");
        }
    }
}
