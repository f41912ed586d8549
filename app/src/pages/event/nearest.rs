//! Which seats to offer instead of those that were just taken, from the list of one section.
//!
//! In the browser the whole map decides that; here, without JavaScript, the section that the fan
//! was looking at is enough.

use onsale_domain::{SeatState, TicketId};

use crate::{
    api::{SectionDetail, SectionRow},
    components::seat_code,
};

/// Seats to offer: side by side in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// "G 17 and G 18".
    pub names: String,
    /// The tickets, in the order of the seats.
    pub tickets: Vec<TicketId>,
}

/// As many seats as were lost, side by side, nearest first by row and then by seat.
pub(super) fn offer(section: &SectionDetail, lost: &[TicketId]) -> Option<Offer> {
    let (lost_row, lost_seat) = find(section, *lost.first()?)?;
    let candidates = section.rows.iter().enumerate().flat_map(|(row_number, row)| {
        row.seats.windows(lost.len()).enumerate().filter_map(move |(first, seats)| {
            let free = seats
                .iter()
                .all(|seat| seat.status == SeatState::Available && !lost.contains(&seat.ticket));
            // A row further away is worse than some seats to the side.
            let distance = row_number.abs_diff(lost_row) * 4 + first.abs_diff(lost_seat);
            free.then_some((distance, row, first))
        })
    });
    let (_, row, first) = candidates.min_by_key(|(distance, ..)| *distance)?;
    Some(describe(row, first, lost.len()))
}

fn find(section: &SectionDetail, ticket: TicketId) -> Option<(usize, usize)> {
    section.rows.iter().enumerate().find_map(|(row_number, row)| {
        let seat = row.seats.iter().position(|seat| seat.ticket == ticket)?;
        Some((row_number, seat))
    })
}

fn describe(row: &SectionRow, first: usize, quantity: usize) -> Offer {
    let seats = &row.seats[first..first + quantity];
    let names: Vec<_> = seats.iter().map(|seat| seat_code(&row.label, &seat.label)).collect();
    let names = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    Offer { names, tickets: seats.iter().map(|seat| seat.ticket).collect() }
}

/// "Row G seat 15", for those of the tickets that are in the section.
pub(super) fn names(section: &SectionDetail, tickets: &[TicketId]) -> Vec<String> {
    let name = |ticket: &TicketId| {
        let (row, seat) = find(section, *ticket)?;
        let row = &section.rows[row];
        Some(format!("row {} seat {}", row.label, row.seats[seat].label))
    };
    tickets.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use onsale_domain::{EventId, SeatIndex};

    use super::*;
    use crate::api::{SeatDetail, SectionSummary};

    /// A section of rows written as `.` for free and `x` for taken seats.
    fn section(rows: &[&str]) -> SectionDetail {
        let mut number = 0;
        let mut row = |(label, pattern): (char, &&str)| {
            let seat = |(position, state): (usize, char)| {
                number += 1;
                SeatDetail {
                    ticket: ticket(number),
                    label: (position + 1).to_string(),
                    category: 0,
                    accessible: false,
                    status: if state == '.' { SeatState::Available } else { SeatState::Sold },
                }
            };
            let seats = pattern.chars().enumerate().map(seat).collect();
            SectionRow { label: label.to_string(), seats }
        };
        SectionDetail {
            section: SectionSummary {
                number: 0,
                name: "Stalls".into(),
                standing: false,
                seat_count: 0,
                available: 0,
                from_price: None,
            },
            standing_category: None,
            rows: ('A'..).zip(rows).map(&mut row).collect(),
        }
    }

    fn ticket(seat: u32) -> TicketId {
        TicketId { event: EventId(1), seat: SeatIndex(seat) }
    }

    fn offered(rows: &[&str], lost: &[u32]) -> Option<String> {
        let lost: Vec<_> = lost.iter().copied().map(ticket).collect();
        offer(&section(rows), &lost).map(|offer| offer.names)
    }

    #[test]
    fn the_same_row_comes_before_the_next() {
        assert_eq!(offered(&["xx...", "....."], &[1, 2]).as_deref(), Some("A 3 and A 4"));
        assert_eq!(offered(&["xx...", "....."], &[2]).as_deref(), Some("A 3"));
    }

    #[test]
    fn seats_stay_together_even_if_that_is_a_row_away() {
        assert_eq!(offered(&["x.x.x", "....."], &[2, 3]).as_deref(), Some("B 2 and B 3"));
        assert_eq!(offered(&["x.x.x", "x.x.x"], &[1, 2]), None);
    }

    #[test]
    fn what_was_lost_is_not_offered_even_if_the_list_is_older() {
        assert_eq!(offered(&["...", "x.x"], &[1, 2, 3]), None);
        assert_eq!(offered(&["..."], &[2]).as_deref(), Some("A 1"));
        assert_eq!(offered(&["..."], &[99]), None);
    }

    #[test]
    fn lost_seats_are_named() {
        let section = section(&["...", "..."]);
        assert_eq!(names(&section, &[ticket(5), ticket(77)]), ["row B seat 2"]);
    }
}
