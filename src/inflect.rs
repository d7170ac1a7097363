//! The singular and plural of English table names, for the names of models and relations.

/// Whole words that the endings below would get wrong.
const IRREGULAR: &[(&str, &str)] = &[
    ("alias", "alias"),
    ("aliases", "alias"),
    ("analyses", "analysis"),
    ("analytics", "analytics"),
    ("antennae", "antenna"),
    ("apis", "api"),
    ("appendices", "appendix"),
    ("atlas", "atlas"),
    ("atlases", "atlas"),
    ("avalanches", "avalanche"),
    ("axes", "axis"),
    ("bias", "bias"),
    ("biases", "bias"),
    ("bonuses", "bonus"),
    ("brownies", "brownie"),
    ("buses", "bus"),
    ("caches", "cache"),
    ("calories", "calorie"),
    ("calves", "calf"),
    ("campuses", "campus"),
    ("canvas", "canvas"),
    ("canvases", "canvas"),
    ("cargoes", "cargo"),
    ("censuses", "census"),
    ("chaos", "chaos"),
    ("children", "child"),
    ("christmas", "christmas"),
    ("cookies", "cookie"),
    ("cpus", "cpu"),
    ("creches", "creche"),
    ("crises", "crisis"),
    ("criteria", "criterion"),
    ("debris", "debris"),
    ("diagnoses", "diagnosis"),
    ("dice", "die"),
    ("dns", "dns"),
    ("echoes", "echo"),
    ("ellipses", "ellipsis"),
    ("elves", "elf"),
    ("emojis", "emoji"),
    ("ethics", "ethics"),
    ("feet", "foot"),
    ("focuses", "focus"),
    ("gas", "gas"),
    ("gases", "gas"),
    ("geese", "goose"),
    ("genies", "genie"),
    ("gps", "gps"),
    ("gpus", "gpu"),
    ("guis", "gui"),
    ("gurus", "guru"),
    ("halves", "half"),
    ("headaches", "headache"),
    ("heroes", "hero"),
    ("hoodies", "hoodie"),
    ("hooves", "hoof"),
    ("hypotheses", "hypothesis"),
    ("indices", "index"),
    ("ios", "ios"),
    ("knives", "knife"),
    ("kpis", "kpi"),
    ("kudos", "kudos"),
    ("leaves", "leaf"),
    ("lens", "lens"),
    ("lenses", "lens"),
    ("lives", "life"),
    ("loaves", "loaf"),
    ("logistics", "logistics"),
    ("mathematics", "mathematics"),
    ("matrices", "matrix"),
    ("means", "means"),
    ("men", "man"),
    ("menus", "menu"),
    ("mice", "mouse"),
    ("mosquitoes", "mosquito"),
    ("moustaches", "moustache"),
    ("movies", "movie"),
    ("neuroses", "neurosis"),
    ("news", "news"),
    ("niches", "niche"),
    ("oases", "oasis"),
    ("oxen", "ox"),
    ("parentheses", "parenthesis"),
    ("people", "person"),
    ("phenomena", "phenomenon"),
    ("physics", "physics"),
    ("pies", "pie"),
    ("pois", "poi"),
    ("politics", "politics"),
    ("potatoes", "potato"),
    ("prognoses", "prognosis"),
    ("quizzes", "quiz"),
    ("rookies", "rookie"),
    ("scarves", "scarf"),
    ("selfies", "selfie"),
    ("selves", "self"),
    ("series", "series"),
    ("shelves", "shelf"),
    ("skus", "sku"),
    ("smoothies", "smoothie"),
    ("sms", "sms"),
    ("species", "species"),
    ("statuses", "status"),
    ("synopses", "synopsis"),
    ("syntheses", "synthesis"),
    ("taxis", "taxi"),
    ("teeth", "tooth"),
    ("theses", "thesis"),
    ("thieves", "thief"),
    ("ties", "tie"),
    ("tls", "tls"),
    ("tomatoes", "tomato"),
    ("torpedoes", "torpedo"),
    ("tutus", "tutu"),
    ("uris", "uri"),
    ("vertices", "vertex"),
    ("vetoes", "veto"),
    ("viruses", "virus"),
    ("volcanoes", "volcano"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    ("women", "woman"),
    ("zombies", "zombie"),
];

/// Endings with what replaces them; the first that fits wins.
const ENDINGS: &[(&str, &str)] = &[
    ("people", "person"),
    ("children", "child"),
    ("women", "woman"),
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
            ("salespeople", "salesperson"),
            ("user_children", "user_child"),
            ("data", "data"),
            ("media", "media"),
            ("metadata", "metadata"),
            ("campus", "campus"),
            ("api_keys", "api_key"),
            ("apis", "api"),
            ("menus", "menu"),
            ("aliases", "alias"),
            ("alias", "alias"),
            ("waves", "wave"),
            ("calories", "calorie"),
            ("diagnoses", "diagnosis"),
            ("dns", "dns"),
            ("People", "person"),
            ("s", "s"),
            ("", ""),
            ("été_données", "été_donnée"),
        ] {
            assert_eq!(singular(plural), expected, "{plural}");
        }
    }
}
