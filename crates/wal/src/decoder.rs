//! Messages of `pgoutput`, one after the other, as changes.

use std::collections::HashMap;

use bytes::Bytes;
use onsale_domain::{BookingId, SeatIndex, SeatState, UserId};
use onsale_messages::relay::{BookingStep, RowOp};
use pg_walstream::{
    ColumnInfo, LogicalReplicationMessage as Message, LogicalReplicationParser, TupleData,
};

use crate::{Change, Step, WalError, rows::Columns, rows::row_of};

/// The protocol in which transactions come whole, after their commit.
const PROTOCOL: u32 = 1;

/// A table as the log describes it.
struct Table {
    name: String,
    columns: Vec<String>,
}

/// Reads messages. It remembers the tables, which the log describes before their first row.
pub struct Decoder {
    parser: LogicalReplicationParser,
    tables: HashMap<u32, Table>,
}

impl Decoder {
    pub fn new() -> Self {
        let parser = LogicalReplicationParser::with_protocol_version(PROTOCOL);
        Self { parser, tables: HashMap::new() }
    }

    /// What a message says, if it says that something changed.
    pub fn read(&mut self, message: Bytes) -> Result<Option<Change>, WalError> {
        match self.parser.parse_wal_message_bytes(message)?.message {
            Message::Relation { relation_id, relation_name, columns, .. } => {
                let column = |column: ColumnInfo| column.name.to_string();
                let columns = columns.into_iter().map(column).collect();
                let table = Table { name: relation_name.to_string(), columns };
                self.tables.insert(relation_id, table);
                Ok(None)
            }
            Message::Insert { relation_id, tuple } => {
                self.table(relation_id)?.change(RowOp::Insert, None, &tuple)
            }
            Message::Update { relation_id, old_tuple, new_tuple, .. } => {
                self.table(relation_id)?.change(RowOp::Update, old_tuple.as_ref(), &new_tuple)
            }
            Message::Delete { relation_id, old_tuple, .. } => {
                self.table(relation_id)?.change(RowOp::Delete, None, &old_tuple)
            }
            _ => Ok(None),
        }
    }

    fn table(&self, id: u32) -> Result<&Table, WalError> {
        self.tables.get(&id).ok_or_else(|| WalError::Row {
            table: format!("relation {id}"),
            column: "every column",
            reason: "comes before the table was described".into(),
        })
    }
}

impl Table {
    fn change(
        &self,
        op: RowOp,
        old: Option<&TupleData>,
        new: &TupleData,
    ) -> Result<Option<Change>, WalError> {
        let text_of = |name: &str| self.text(name, old, new);
        match self.name.as_str() {
            "tickets" => self.seat(op, new),
            "bookings" => {
                // The status is part of the identity: without an old one it is as it was.
                let has_stepped = match op {
                    RowOp::Insert => true,
                    RowOp::Update => old.is_some(),
                    RowOp::Delete | RowOp::Snapshot => false,
                };
                if !has_stepped {
                    return Ok(None);
                }
                Ok(Some(Change::Booking(Box::new(step(&Columns::new("bookings", &text_of))?))))
            }
            table => {
                let row = row_of(table, &text_of)?;
                Ok(row.map(|row| Change::Row(op, Box::new(row))))
            }
        }
    }

    /// The busiest table, read without a copy of anything.
    fn seat(&self, op: RowOp, new: &TupleData) -> Result<Option<Change>, WalError> {
        if op != RowOp::Update {
            return Ok(None);
        }
        let number = |column: &'static str| -> Result<i64, WalError> {
            let text = self.bytes(column, new).map(std::str::from_utf8);
            let number = text.and_then(Result::ok).and_then(|text| text.parse().ok());
            number.ok_or_else(|| self.wrong(column))
        };
        let event = onsale_domain::EventId(number("event_id")?);
        let seat = u32::try_from(number("seat")?).map_err(|_| self.wrong("seat"))?;
        let state = match self.bytes("status", new) {
            Some(b"available") => SeatState::Available,
            Some(b"held") => SeatState::Held,
            Some(b"sold") => SeatState::Sold,
            Some(b"blocked") => SeatState::Blocked,
            _ => return Err(self.wrong("status")),
        };
        Ok(Some(Change::Seat { event, seat: SeatIndex(seat), state }))
    }

    fn wrong(&self, column: &'static str) -> WalError {
        WalError::Row { table: self.name.clone(), column, reason: "cannot be read".into() }
    }

    fn bytes<'t>(&self, name: &str, tuple: &'t TupleData) -> Option<&'t [u8]> {
        let at = self.columns.iter().position(|column| column == name)?;
        let column = tuple.get_column(at)?;
        (!column.is_null() && !column.is_unchanged()).then(|| column.as_bytes())
    }

    /// A long text that an update left alone is not repeated in the new row, but it is in the old
    /// one.
    fn text(&self, name: &str, old: Option<&TupleData>, new: &TupleData) -> Option<String> {
        let at = self.columns.iter().position(|column| column == name)?;
        let column = match new.get_column(at)? {
            column if column.is_unchanged() => old?.get_column(at)?,
            column => column,
        };
        column.as_string()
    }
}

fn step(columns: &Columns<'_>) -> Result<Step, WalError> {
    let status = columns.text("status")?;
    let Some(step) = step_to(&status) else {
        return Err(columns.wrong("status", format!("is `{status}`")));
    };
    Ok(Step {
        step,
        booking: columns.read::<BookingId>("id")?,
        event: columns.read("event_id")?,
        user: columns.read::<UserId>("user_id")?,
        seats: columns.optional("seats").map(|seats| numbers(columns, &seats)).transpose()?,
        total_minor: columns.read("total_minor")?,
        currency: columns.read("currency")?,
    })
}

fn step_to(status: &str) -> Option<BookingStep> {
    Some(match status {
        "in_progress" => BookingStep::Held,
        "confirmed" => BookingStep::Confirmed,
        "expired" => BookingStep::Expired,
        "released" => BookingStep::Released,
        "refund_due" => BookingStep::RefundDue,
        "refunded" => BookingStep::Refunded,
        _ => return None,
    })
}

/// `{1,2,3}`
fn numbers(columns: &Columns<'_>, text: &str) -> Result<Vec<SeatIndex>, WalError> {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let seat = |number: &str| number.parse().map(SeatIndex).ok();
    let seats = inner.and_then(|inner| inner.split(',').map(seat).collect());
    seats.ok_or_else(|| columns.wrong("seats", "are no list of numbers".into()))
}

#[cfg(test)]
mod tests {
    use onsale_domain::{EventId, PerformerId};
    use onsale_messages::relay::CatalogueRow;
    use pg_walstream::{ColumnData, encode_message_to_bytes};

    use super::*;

    fn read(decoder: &mut Decoder, message: &Message) -> Result<Option<Change>, WalError> {
        decoder.read(encode_message_to_bytes(message, 1).freeze())
    }

    /// A decoder that knows one table, number 9.
    fn knowing(table: &str, columns: &[&str]) -> Decoder {
        let column = |name: &&str| ColumnInfo::new(0, (*name).to_owned(), 25, -1);
        let relation = Message::Relation {
            relation_id: 9,
            namespace: "public".into(),
            relation_name: table.into(),
            replica_identity: b'd',
            columns: columns.iter().map(column).collect(),
        };
        let mut decoder = Decoder::new();
        assert_eq!(read(&mut decoder, &relation).ok(), Some(None));
        decoder
    }

    /// A row of texts; `~` is null and `=` a long text that is not repeated.
    fn row(values: &[&str]) -> TupleData {
        let column = |value: &&str| match *value {
            "~" => ColumnData::null(),
            "=" => ColumnData::unchanged(),
            text => ColumnData::text(text.as_bytes().to_vec()),
        };
        TupleData::new(values.iter().map(column).collect())
    }

    fn updated(old: Option<TupleData>, new: TupleData) -> Message {
        let key_type = old.as_ref().map(|_| 'K');
        Message::Update { relation_id: 9, old_tuple: old, new_tuple: new, key_type }
    }

    const BOOKING: &[&str] =
        &["id", "event_id", "user_id", "status", "seats", "total_minor", "currency"];
    const ID: &str = "0190f3e4-0000-7000-8000-000000000001";

    #[test]
    fn an_updated_ticket_is_a_seat_and_its_state() {
        let mut decoder = knowing("tickets", &["event_id", "seat", "status"]);
        let seat = |state| Change::Seat { event: EventId(7), seat: SeatIndex(31), state };
        let told = read(&mut decoder, &updated(None, row(&["7", "31", "sold"])));
        assert_eq!(told.ok(), Some(Some(seat(SeatState::Sold))));
        let wrong = read(&mut decoder, &updated(None, row(&["7", "31", "eaten"])));
        assert!(matches!(wrong, Err(WalError::Row { column: "status", .. })), "{wrong:?}");
    }

    #[test]
    fn a_booking_steps_only_when_its_status_changes() {
        let mut decoder = knowing("bookings", BOOKING);
        let now = [ID, "7", ID, "confirmed", "{3,14}", "2500", "EUR"];
        let touched = read(&mut decoder, &updated(None, row(&now)));
        assert_eq!(touched.ok(), Some(None));
        let old = row(&[ID, "~", "~", "in_progress", "~", "~", "~"]);
        let stepped = read(&mut decoder, &updated(Some(old.clone()), row(&now)));
        let Ok(Some(Change::Booking(step))) = stepped else { panic!("{stepped:?}") };
        assert_eq!((step.step, step.event), (BookingStep::Confirmed, EventId(7)));
        assert_eq!(step.seats, Some(vec![SeatIndex(3), SeatIndex(14)]));
        let many = [ID, "7", ID, "expired", "=", "2500", "EUR"];
        let stepped = read(&mut decoder, &updated(Some(old), row(&many)));
        let Ok(Some(Change::Booking(step))) = stepped else { panic!("{stepped:?}") };
        assert_eq!((step.step, step.seats), (BookingStep::Expired, None));
        let gone = Message::Delete { relation_id: 9, old_tuple: row(&now), key_type: 'K' };
        assert_eq!(read(&mut decoder, &gone).ok(), Some(None));
    }

    #[test]
    fn a_long_text_that_was_left_alone_comes_from_the_old_row() {
        let columns = &["id", "key", "name", "genre", "description"];
        let mut decoder = knowing("performers", columns);
        let old = row(&["4", "key", "old name", "jazz", "a long story"]);
        let new = row(&["4", "key", "new name", "jazz", "="]);
        let told = read(&mut decoder, &updated(Some(old), new));
        let Ok(Some(Change::Row(RowOp::Update, row))) = told else { panic!("{told:?}") };
        let CatalogueRow::Performers(performer) = *row else { panic!("{row:?}") };
        assert_eq!((performer.id, performer.name.as_str()), (PerformerId(4), "new name"));
        assert_eq!(performer.description, "a long story");
    }

    #[test]
    fn a_row_of_an_undescribed_table_is_an_error() {
        let insert = Message::Insert { relation_id: 8, tuple: row(&["1"]) };
        let mut decoder = knowing("tickets", &["event_id"]);
        assert!(matches!(read(&mut decoder, &insert), Err(WalError::Row { .. })));
    }
}
