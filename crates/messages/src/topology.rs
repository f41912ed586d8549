//! Streams and consumers, as declared in `nats/`.

/// Name of the stream of payment work.
pub const PAYMENTS_STREAM: &str = "PAYMENTS";
/// Name of the stream of messages that were given up.
pub const DEAD_LETTERS_STREAM: &str = "DEAD_LETTERS";
/// Durable consumer of the payments workers.
pub const PAYMENTS_CONSUMER: &str = "payments";

/// Every stream: its declaration in the form of the server's `STREAM.CREATE` request.
pub const STREAMS: &[&str] = &[
    include_str!("../../../nats/streams/payments.json"),
    include_str!("../../../nats/streams/dead_letters.json"),
];

/// Every consumer: its declaration in the form of the server's consumer configuration, with the
/// name of its stream as `stream_name`.
pub const CONSUMERS: &[&str] = &[include_str!("../../../nats/consumers/payments.json")];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use serde_json::Value;

    use super::*;
    use crate::{SETTLE_SUBJECT, dead_letter_subject, webhook_subject};

    fn parsed(declarations: &[&str]) -> Vec<Value> {
        let parse = |text: &&str| serde_json::from_str(text).expect("a declaration is JSON");
        declarations.iter().map(parse).collect()
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
        let streams = [PAYMENTS_STREAM, DEAD_LETTERS_STREAM];
        assert_eq!(names(&parsed(STREAMS)), streams.map(str::to_owned).into());
        assert_eq!(names(&parsed(CONSUMERS)), BTreeSet::from([PAYMENTS_CONSUMER.to_owned()]));
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
        let dead_letter = dead_letter_subject(PAYMENTS_STREAM, PAYMENTS_CONSUMER);
        for subject in [webhook_subject("stripe").as_str(), SETTLE_SUBJECT, &dead_letter] {
            assert!(kept.iter().any(|pattern| matches(pattern, subject)), "{subject}");
        }
    }
}
