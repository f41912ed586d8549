//! Keys made from names.

/// Letters that have no ASCII letter of their own, and what stands for them in a key.
const LETTERS: [(&str, &str); 18] = [
    ("áàâäãåāą", "a"),
    ("çćč", "c"),
    ("ďđð", "d"),
    ("éèêëēęě", "e"),
    ("íìîïī", "i"),
    ("łľ", "l"),
    ("ñńň", "n"),
    ("óòôöõøōő", "o"),
    ("řŕ", "r"),
    ("śšş", "s"),
    ("ť", "t"),
    ("úùûüūůű", "u"),
    ("ýÿ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
    ("þ", "th"),
];

/// A key from a name: small letters and digits of ASCII with hyphens between the words.
/// "Théâtre des Tilleuls" becomes `theatre-des-tilleuls`; empty when nothing is left.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if let Some((_, plain)) = LETTERS.iter().find(|(known, _)| known.contains(letter)) {
            slug.push_str(plain);
        } else if !matches!(letter, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_keys() {
        assert_eq!(slug("Théâtre des Tilleuls"), "theatre-des-tilleuls");
        assert_eq!(slug("  Alderman's Playhouse (old) "), "aldermans-playhouse-old");
        assert_eq!(slug("Jazzkælderen"), "jazzkaelderen");
        assert_eq!(slug("檜ホール"), "");
    }
}
