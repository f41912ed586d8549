//! Streams and consumers, as declared in `nats/`.

/// Name of the stream of payment work.
pub const PAYMENTS_STREAM: &str = "PAYMENTS";
/// Name of the stream of messages that were given up.
pub const DEAD_LETTERS_STREAM: &str = "DEAD_LETTERS";
/// Name of the stream of rows of the catalogue.
pub const CDC_STREAM: &str = "CDC";
/// Name of the stream of what happened to bookings.
pub const BOOKINGS_STREAM: &str = "BOOKINGS";
/// Name of the stream by which servers tell the admission worker what they see.
pub const ADMISSION_STREAM: &str = "ADMISSION";
/// Durable consumer of the admission worker.
pub const ADMISSION_CONSUMER: &str = "admission";
/// Durable consumer of the payments workers.
pub const PAYMENTS_CONSUMER: &str = "payments";

/// Every stream: its declaration in the form of the server's `STREAM.CREATE` request.
pub const STREAMS: &[&str] = &[
    include_str!("../../../nats/streams/payments.json"),
    include_str!("../../../nats/streams/dead_letters.json"),
    include_str!("../../../nats/streams/cdc.json"),
    include_str!("../../../nats/streams/bookings.json"),
    include_str!("../../../nats/streams/admission.json"),
];

/// Every consumer: its declaration in the form of the server's consumer configuration, with the
/// name of its stream as `stream_name`.
pub const CONSUMERS: &[&str] = &[
    include_str!("../../../nats/consumers/payments.json"),
    include_str!("../../../nats/consumers/admission.json"),
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use serde_json::Value;

    use onsale_domain::{EventId, UserId};

    use super::*;
    use crate::{
        Lsn, SETTLE_SUBJECT, dead_letter_subject, holds_subject,
        relay::{
            BookingStep, BookingTold, CatalogueRow, EventPerformerRow, RowOp, RowTold,
            SNAPSHOT_BEGUN_SUBJECT, SNAPSHOT_ENDED_SUBJECT,
        },
        webhook_subject,
    };

    fn parsed(declarations: &[&str]) -> Vec<Value> {
        let parse = |text: &&str| serde_json::from_str(text).expect("a declaration is JSON");
        declarations.iter().map(parse).collect()
    }

    fn row() -> RowTold {
        let performer_id = onsale_domain::PerformerId(4);
        let row = EventPerformerRow { event_id: EventId(7), performer_id, position: 0 };
        let row = CatalogueRow::EventPerformers(row);
        RowTold { epoch: 1, lsn: Lsn(2), op: RowOp::Insert, row }
    }

    fn booking() -> BookingTold {
        BookingTold {
            epoch: 1,
            lsn: Lsn(2),
            step: BookingStep::RefundDue,
            booking: "0190f3e4-0000-7000-8000-000000000001".parse().expect("a booking id"),
            event: EventId(7),
            user: "0190f3e4-0000-7000-8000-000000000002".parse::<UserId>().expect("a user id"),
            seats: None,
            total_minor: 100,
            currency: "EUR".into(),
        }
    }

    #[test]
    fn the_relays_messages_say_in_their_subject_what_they_are() {
        assert_eq!(row().subject(), "cdc.event_performers.insert");
        assert_eq!(booking().subject(), "bookings.7.refund_due");
        let bytes = crate::encode(&row()).expect("encodes");
        assert_eq!(crate::decode::<RowTold>(&bytes).ok(), Some(row()));
        let bytes = crate::encode(&booking()).expect("encodes");
        assert_eq!(crate::decode::<BookingTold>(&bytes).ok(), Some(booking()));
    }

    fn names(declarations: &[Value]) -> BTreeSet<String> {
        declarations.iter().filter_map(|d| Some(d["name"].as_str()?.to_owned())).collect()
    }

    #[test]
    fn every_file_is_compiled_in() {
        for (folder, declarations) in [("streams", STREAMS), ("consumers", CONSUMERS)] {
            let path = format!("{}/../../nats/{folder}", env!("CARGO_MANIFEST_DIR"));
            let files = fs::read_dir(path).expect("the folder").count();
            assert_eq!(files, declarations.len(), "nats/{folder}");
        }
    }

    #[test]
    fn names_are_those_of_the_constants() {
        let streams =
            [PAYMENTS_STREAM, DEAD_LETTERS_STREAM, CDC_STREAM, BOOKINGS_STREAM, ADMISSION_STREAM];
        assert_eq!(names(&parsed(STREAMS)), streams.map(str::to_owned).into());
        let consumers = [PAYMENTS_CONSUMER, ADMISSION_CONSUMER].map(str::to_owned);
        assert_eq!(names(&parsed(CONSUMERS)), consumers.into());
    }

    #[test]
    fn every_subject_we_publish_to_is_kept_by_a_stream() {
        let streams = parsed(STREAMS);
        let kept: Vec<&str> = streams
            .iter()
            .flat_map(|s| s["subjects"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let matches = |pattern: &str, subject: &str| {
            let (pattern, subject) = (pattern.split('.'), subject.split('.'));
            pattern.clone().count() == subject.clone().count()
                && pattern.zip(subject).all(|(p, s)| p == "*" || p == s)
        };
        let (row, booking) = (row().subject(), booking().subject());
        let dead_letter = dead_letter_subject(PAYMENTS_STREAM, PAYMENTS_CONSUMER);
        for subject in [
            webhook_subject("stripe").as_str(),
            SETTLE_SUBJECT,
            &holds_subject(EventId(7)),
            &dead_letter,
            &row,
            &booking,
            SNAPSHOT_BEGUN_SUBJECT,
            SNAPSHOT_ENDED_SUBJECT,
        ] {
            assert!(kept.iter().any(|pattern| matches(pattern, subject)), "{subject}");
        }
    }
}
