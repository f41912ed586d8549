//! Genres, and the groups under which people look for them.

/// A group and its genres. A genre may be in several groups.
pub const GROUPS: &[(&str, &[&str])] = &[
    (
        "Music",
        &[
            "Jazz",
            "Rock",
            "Pop",
            "Classical",
            "Electronic",
            "Folk",
            "Hip-hop",
            "Metal",
            "Soul",
            "Indie",
            "World",
            "Opera",
            "Blues",
            "Country",
            "Fado",
            "Latin",
            "Reggae",
        ],
    ),
    ("Theatre", &["Theatre", "Musical", "Opera", "Dance", "Ballet"]),
    ("Sport", &["Sport", "Football", "Basketball", "Handball", "Ice hockey", "Rugby"]),
    ("Comedy", &["Comedy"]),
    ("Family", &["Family", "Circus", "Musical"]),
];

/// The genres that a word stands for: those of a group, or the word itself.
#[must_use]
pub fn members(word: &str) -> Vec<String> {
    let group = GROUPS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    match group {
        Some((_, genres)) => genres.iter().map(|genre| (*genre).to_owned()).collect(),
        None => vec![word.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stands_for_its_genres_and_a_genre_for_itself() {
        assert!(members("music").contains(&"Jazz".to_owned()));
        assert_eq!(members("Jazz"), ["Jazz"]);
        assert_eq!(members("Comedy"), ["Comedy"]);
    }
}
