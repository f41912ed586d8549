//! The fields in which words are looked for, and what a find in each is worth.

use onsale_domain::Listing;

/// A field with words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The title of the event.
    Title,
    /// The names of its performers.
    Performers,
    /// The name of its venue.
    Venue,
    /// The city.
    City,
    /// The genre, and the groups it belongs to.
    Genre,
    /// Month, year and day of the week in which it starts, in English.
    When,
    /// Its description.
    Description,
}

impl Field {
    /// All of them, in the order of their bits in a [`FieldSet`].
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Performers,
        Self::Venue,
        Self::City,
        Self::Genre,
        Self::When,
        Self::Description,
    ];

    /// Its name in an index.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title_words",
            Self::Performers => "performer_words",
            Self::Venue => "venue_words",
            Self::City => "city_words",
            Self::Genre => "genre_words",
            Self::When => "when_words",
            Self::Description => "description_words",
        }
    }

    /// What a find is worth. Sums of these are exact in any order, so that two engines agree.
    #[must_use]
    pub const fn weight(self) -> f32 {
        match self {
            Self::Title | Self::Performers => 8.0,
            Self::Venue | Self::City => 4.0,
            Self::Genre | Self::When => 2.0,
            Self::Description => 1.0,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The text of a listing that stands in the field.
    #[must_use]
    pub fn text(self, listing: &Listing) -> String {
        match self {
            Self::Title => listing.title.clone(),
            Self::Performers => {
                let names: Vec<_> = listing.performers.iter().map(|it| it.name.as_str()).collect();
                names.join("\n")
            }
            Self::Venue => listing.venue.name.clone(),
            Self::City => listing.venue.city.clone(),
            Self::Genre => {
                let groups = onsale_domain::genre::GROUPS.iter();
                let groups = groups.filter(|(_, genres)| genres.contains(&&*listing.genre));
                groups.fold(listing.genre.clone(), |text, (name, _)| format!("{text} {name}"))
            }
            Self::When => crate::calendar::words_of(listing),
            Self::Description => listing.description.clone(),
        }
    }
}

/// Some of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldSet(pub(crate) u8);

impl FieldSet {
    /// With one more.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | field.bit())
    }

    /// Whether the field is one of them.
    #[must_use]
    pub const fn has(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// Those that are in one or the other.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
