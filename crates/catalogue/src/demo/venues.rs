//! The venues of the demo: real cities, invented houses.

use onsale_domain::seat_map::SeatMap;

use super::house;
use crate::VenueDraft;

/// What kind of house a venue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Theatre,
    Hall,
    Club,
    Arena,
    Stadium,
}

/// A venue as it stands in the table below.
pub(super) struct Venue {
    pub kind: Kind,
    plan: Plan,
    pub key: &'static str,
    pub name: &'static str,
    address: &'static str,
    pub city: &'static str,
    country: &'static str,
    pub time_zone: &'static str,
    latitude: f64,
    longitude: f64,
    /// The currency of its prices.
    pub currency: &'static str,
}

/// Which of the drawn houses it is.
#[derive(Clone, Copy)]
enum Plan {
    /// One of three shapes.
    Theatre(usize),
    /// People on the floor, and one of three balconies.
    Hall(u32, usize),
    Tables,
    /// One of three sizes.
    Rows(usize),
    /// People on the floor.
    Mezzanine(u32),
    Arena,
    Stadium,
}

impl Venue {
    pub fn draft(&self) -> VenueDraft {
        let seat_map = self.seat_map();
        VenueDraft {
            key: self.key.to_owned(),
            name: self.name.to_owned(),
            address: self.address.to_owned(),
            city: self.city.to_owned(),
            country: self.country.to_owned(),
            time_zone: self.time_zone.to_owned(),
            latitude: self.latitude,
            longitude: self.longitude,
            capacity: seat_map.seat_count(),
            seat_map,
        }
    }

    fn seat_map(&self) -> SeatMap {
        match self.plan {
            Plan::Theatre(shape) => house::theatre(self.name, shape),
            Plan::Hall(standing, shape) => house::hall(self.name, standing, shape),
            Plan::Tables => house::table_club(self.name),
            Plan::Rows(shape) => house::row_club(self.name, shape),
            Plan::Mezzanine(standing) => house::mezzanine_club(self.name, standing),
            Plan::Arena => house::arena(self.name),
            Plan::Stadium => house::stadium(self.name),
        }
    }
}

/// Keys of the venues of a small demo: one of each kind but the stadium.
pub(super) const SMALL: [&str; 6] = [
    "kestrel-hall",
    "teatro-del-almendro",
    "the-tannery",
    "the-blue-heron",
    "night-ferry",
    "meridian-arena",
];

macro_rules! venues {
    ($($kind:ident $plan:expr, $key:literal, $name:literal, $address:literal, $city:literal,
       $country:literal, $zone:literal, $latitude:literal, $longitude:literal, $currency:literal;)*) => {
        &[$(Venue {
            kind: Kind::$kind,
            plan: $plan,
            key: $key,
            name: $name,
            address: $address,
            city: $city,
            country: $country,
            time_zone: $zone,
            latitude: $latitude,
            longitude: $longitude,
            currency: $currency,
        }),*]
    };
}

/// All venues; the first is the one that the README and tests point to.
#[rustfmt::skip]
pub(super) const ALL: &[Venue] = venues! {
    Theatre Plan::Theatre(0), "kestrel-hall", "Kestrel Hall", "Rua do Açor 12", "Lisbon", "PT", "Europe/Lisbon", 38.7139, -9.1457, "EUR";
    Theatre Plan::Theatre(1), "teatro-del-almendro", "Teatro del Almendro", "Calle del Almendro Viejo 8", "Madrid", "ES", "Europe/Madrid", 40.4118, -3.7106, "EUR";
    Theatre Plan::Theatre(2), "theatre-des-tilleuls", "Théâtre des Tilleuls", "14 rue des Tilleuls", "Lyon", "FR", "Europe/Paris", 45.7676, 4.8357, "EUR";
    Theatre Plan::Theatre(0), "lindenhof-theater", "Lindenhof-Theater", "Lindenhofgasse 5", "Vienna", "AT", "Europe/Vienna", 48.2052, 16.3611, "EUR";
    Theatre Plan::Theatre(1), "aldermans-playhouse", "Alderman's Playhouse", "31 Portland Row", "Manchester", "GB", "Europe/London", 53.4809, -2.2374, "GBP";
    Theatre Plan::Theatre(2), "teatro-della-fontana", "Teatro della Fontana", "Via della Fontana 22", "Bologna", "IT", "Europe/Rome", 44.4949, 11.3426, "EUR";
    Theatre Plan::Theatre(0), "schouwburg-de-reiger", "Schouwburg De Reiger", "Reigerkade 40", "Rotterdam", "NL", "Europe/Amsterdam", 51.9207, 4.4792, "EUR";
    Theatre Plan::Theatre(1), "divadlo-u-studny", "Divadlo U Studny", "Studniční 9", "Brno", "CZ", "Europe/Prague", 49.1951, 16.6068, "CZK";
    Theatre Plan::Theatre(2), "teatr-pod-klonem", "Teatr Pod Klonem", "ul. Klonowa 17", "Kraków", "PL", "Europe/Warsaw", 50.0614, 19.9366, "PLN";
    Theatre Plan::Theatre(0), "sodra-lyktan", "Södra Lyktan", "Lyktgatan 6", "Gothenburg", "SE", "Europe/Stockholm", 57.7003, 11.9746, "SEK";
    Theatre Plan::Theatre(1), "larkin-playhouse", "Larkin Playhouse", "1480 North Alder Avenue", "Chicago", "US", "America/Chicago", 41.9061, -87.6343, "USD";
    Theatre Plan::Theatre(2), "theatre-du-vieux-quai", "Théâtre du Vieux-Quai", "77 rue du Vieux-Quai", "Montreal", "CA", "America/Toronto", 45.5048, -73.5538, "CAD";
    Theatre Plan::Theatre(0), "teatro-jacaranda", "Teatro Jacarandá", "Calle Jacarandá 310", "Mexico City", "MX", "America/Mexico_City", 19.4270, -99.1677, "MXN";
    Theatre Plan::Theatre(1), "hinoki-hall", "Hinoki Hall", "3-8 Hinokizaka", "Tokyo", "JP", "Asia/Tokyo", 35.6681, 139.7314, "JPY";

    Hall Plan::Hall(1100, 1), "the-tannery", "The Tannery", "9 Tanners Brae", "Glasgow", "GB", "Europe/London", 55.8570, -4.2437, "GBP";
    Hall Plan::Hall(1500, 2), "halle-am-kanal", "Halle am Kanal", "Kanalstraße 61", "Berlin", "DE", "Europe/Berlin", 52.4967, 13.4241, "EUR";
    Hall Plan::Hall(900, 0), "la-grande-filature", "La Grande Filature", "3 quai des Fileurs", "Nantes", "FR", "Europe/Paris", 47.2064, -1.5646, "EUR";
    Hall Plan::Hall(1200, 2), "sala-cobalto", "Sala Cobalto", "Carrer del Cobalt 118", "Barcelona", "ES", "Europe/Madrid", 41.3978, 2.1916, "EUR";
    Hall Plan::Hall(800, 1), "smelteverket", "Smelteverket", "Smelteveien 4", "Oslo", "NO", "Europe/Oslo", 59.9229, 10.7521, "NOK";
    Hall Plan::Hall(600, 0), "armazem-nove", "Armazém Nove", "Cais das Pipas 9", "Porto", "PT", "Europe/Lisbon", 41.1402, -8.6131, "EUR";
    Hall Plan::Hall(1300, 2), "ironworks-ballroom", "Ironworks Ballroom", "52 Foundry Lane", "Melbourne", "AU", "Australia/Melbourne", -37.8053, 144.9802, "AUD";
    Hall Plan::Hall(1000, 1), "foundry-hall", "Foundry Hall", "288 Sorauren Street", "Toronto", "CA", "America/Toronto", 43.6488, -79.4439, "CAD";
    Hall Plan::Hall(700, 0), "tehdassali", "Tehdassali", "Tehtaankuja 2", "Helsinki", "FI", "Europe/Helsinki", 60.1873, 24.9718, "EUR";

    Club Plan::Tables, "the-blue-heron", "The Blue Heron", "17 Greek Yard", "London", "GB", "Europe/London", 51.5136, -0.1304, "GBP";
    Club Plan::Rows(0), "caveau-du-merle", "Caveau du Merle", "26 rue du Merle", "Paris", "FR", "Europe/Paris", 48.8530, 2.3462, "EUR";
    Club Plan::Mezzanine(300), "unterdeck", "Unterdeck", "Hafentreppe 11", "Hamburg", "DE", "Europe/Berlin", 53.5459, 9.9664, "EUR";
    Club Plan::Tables, "jazzkaelderen", "Jazzkælderen", "Krystalgade 30", "Copenhagen", "DK", "Europe/Copenhagen", 55.6812, 12.5746, "DKK";
    Club Plan::Rows(1), "cafe-onda", "Café Onda", "Travessa da Onda 5", "Lisbon", "PT", "Europe/Lisbon", 38.7096, -9.1432, "EUR";
    Club Plan::Mezzanine(240), "gatto-nero", "Gatto Nero", "Via Gatto Nero 3", "Milan", "IT", "Europe/Rome", 45.4525, 9.1770, "EUR";
    Club Plan::Rows(2), "the-wren", "The Wren", "8 Wren's Lane", "Dublin", "IE", "Europe/Dublin", 53.3438, -6.2635, "EUR";
    Club Plan::Rows(0), "bar-lucia", "Bar Lucía", "Calle Lucía 44", "Seville", "ES", "Europe/Madrid", 37.3974, -5.9918, "EUR";
    Club Plan::Mezzanine(280), "piwnica-33", "Piwnica 33", "ul. Zaułek 33", "Warsaw", "PL", "Europe/Warsaw", 52.2373, 21.0331, "PLN";
    Club Plan::Tables, "the-lamplight-room", "The Lamplight Room", "212 West 9th Place", "New York", "US", "America/New_York", 40.7335, -73.9996, "USD";
    Club Plan::Mezzanine(200), "night-ferry", "Night Ferry", "6 Wharf Steps", "Sydney", "AU", "Australia/Sydney", -33.8568, 151.2065, "AUD";
    Club Plan::Rows(1), "basement-sora", "Basement Sora", "1-14 Soramachi", "Osaka", "JP", "Asia/Tokyo", 34.6722, 135.4987, "JPY";

    Arena Plan::Arena, "meridian-arena", "Meridian Arena", "1 Meridian Way", "Birmingham", "GB", "Europe/London", 52.4796, -1.8898, "GBP";
    Arena Plan::Arena, "rheinbogen-arena", "Rheinbogen Arena", "Am Rheinbogen 1", "Cologne", "DE", "Europe/Berlin", 50.9386, 6.9827, "EUR";
    Arena Plan::Arena, "great-lakes-arena", "Great Lakes Arena", "900 Erieside Boulevard", "Cleveland", "US", "America/New_York", 41.5087, -81.6954, "USD";

    Stadium Plan::Stadium, "northgate-stadium", "Northgate Stadium", "Northgate Road", "Newcastle", "GB", "Europe/London", 54.9783, -1.6178, "GBP";
    Stadium Plan::Stadium, "estadio-del-mar", "Estadio del Mar", "Avenida del Mar 2", "Valencia", "ES", "Europe/Madrid", 39.4699, -0.3359, "EUR";
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn venues_are_where_they_say() {
        let keys: HashSet<&str> = ALL.iter().map(|venue| venue.key).collect();
        assert_eq!((ALL.len(), keys.len()), (40, 40));
        assert!(SMALL.iter().all(|key| keys.contains(key)));
        for venue in ALL {
            let zone = jiff::tz::TimeZoneDatabase::bundled().get(venue.time_zone);
            assert!(zone.is_ok(), "{}", venue.time_zone);
            assert!(onsale_domain::Currency::parse(venue.currency).is_ok(), "{}", venue.key);
            assert!(venue.latitude.abs() <= 90.0 && venue.longitude.abs() <= 180.0);
        }
    }
}
