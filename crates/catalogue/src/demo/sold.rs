//! Which seats are gone before the first visitor comes.

use onsale_domain::{
    SeatIndex,
    seat_map::{Point, Row, SeatMap, SectionKind},
};

use super::rng::Rng;

/// How many sit together, out of a hundred parties.
const PARTY_SIZES: [usize; 6] = [9, 46, 11, 24, 5, 5];
/// How much taste counts against distance: at 0 the front would fill up like a bucket.
const TASTE: f64 = 0.75;

/// A party that might have bought, and how soon it would have.
struct Party {
    eagerness: f64,
    first: u32,
    size: u32,
}

/// The seats of `share_percent` of the house, sold the way people buy: in parties of two and
/// four, the front and the middle first but not strictly, here and there a gap of one. The same
/// arguments give the same seats. Ascending.
#[must_use]
pub fn sold_seats(map: &SeatMap, share_percent: u8, seed: u64) -> Vec<SeatIndex> {
    let mut rng = Rng::new(seed).fork("sold seats");
    let share = u64::from(share_percent.min(100));
    let of_share = |seats: u64| (seats * share / 100) as usize;
    let mut sold: Vec<SeatIndex> = Vec::with_capacity(of_share(u64::from(map.seat_count())));
    let mut parties = Vec::new();
    let (mut seats, reach) = (0, furthest(map));
    for section in &map.sections {
        match &section.kind {
            SectionKind::Seated { rows } => {
                // Some sections are more popular than others, whatever their distance.
                let whim = rng.share() * 0.15;
                for row in rows {
                    seats += u64::from(row.seat_count());
                    seat_parties(&mut rng, &mut parties, row, map.focal_point, reach, whim);
                }
            }
            SectionKind::Standing { capacity, .. } => {
                let first = section.first_seat.0;
                let gone = of_share(u64::from(*capacity)) as u32;
                sold.extend((first..first + gone).map(SeatIndex));
            }
        }
    }
    parties.sort_by(|one, other| {
        one.eagerness.total_cmp(&other.eagerness).then(one.first.cmp(&other.first))
    });
    let mut left = of_share(seats);
    for party in parties {
        let size = (party.size as usize).min(left);
        sold.extend((party.first..).take(size).map(SeatIndex));
        left -= size;
    }
    sold.sort_unstable();
    sold
}

/// Cuts a row into parties.
fn seat_parties(
    rng: &mut Rng,
    parties: &mut Vec<Party>,
    row: &Row,
    focal_point: Point,
    reach: f64,
    whim: f64,
) {
    let mut at = 0;
    while at < row.seats.len() {
        let size = (rng.weighted(&PARTY_SIZES) + 1).min(row.seats.len() - at);
        let middle = row.seats[at + size / 2].position;
        let distance = f64::from(middle.distance_squared(focal_point).sqrt()) / reach;
        parties.push(Party {
            eagerness: distance + whim + rng.share() * TASTE,
            first: row.first_seat.0 + at as u32,
            size: size as u32,
        });
        at += size;
    }
}

/// The distance of the seat that is furthest from what people look at.
fn furthest(map: &SeatMap) -> f64 {
    let positions = map.sections.iter().flat_map(|section| section.seat_positions());
    let distances = positions.map(|position| position.distance_squared(map.focal_point));
    f64::from(distances.fold(1.0, f32::max).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::house;

    #[test]
    fn the_share_is_kept_and_seats_are_sold_once() {
        for map in [house::theatre("T", 0), house::hall("H", 900, 1), house::table_club("C")] {
            for share in [0, 1, 45, 95, 100, 200] {
                let sold = sold_seats(&map, share, 9);
                assert_eq!(sold, sold_seats(&map, share, 9));
                assert!(sold.windows(2).all(|pair| pair[0] < pair[1]));
                let expected = map.seat_count() as usize * usize::from(share.min(100)) / 100;
                assert!(sold.len().abs_diff(expected) <= 1, "{} of {expected}", sold.len());
                assert!(sold.iter().all(|seat| map.place(*seat).is_some()));
            }
        }
    }

    #[test]
    fn people_sit_together_and_near_the_front() {
        let map = house::theatre("T", 0);
        let sold = sold_seats(&map, 45, 1);
        let lonely = sold.iter().filter(|seat| {
            let beside = [seat.0.wrapping_sub(1), seat.0 + 1];
            beside.iter().all(|other| sold.binary_search(&SeatIndex(*other)).is_err())
        });
        assert!(lonely.count() * 8 < sold.len());
        let in_stalls =
            sold.iter().filter(|seat| map.category_of(**seat).is_some_and(|c| c.0 == 0));
        let share = in_stalls.count() as f64 / 520.0;
        assert!((0.5..0.95).contains(&share), "{share}");
        assert_ne!(sold, sold_seats(&map, 45, 2));
    }
}
