//! What keeps the sandbox's memory and work bounded. Past a limit, calls are answered 429 and
//! nothing is forgotten; only what is finished and old is let go.

/// Intents that are kept. With their answers and events they take about 6 kB each.
pub const MAX_INTENTS: usize = 100_000;
/// Refunds that are kept.
pub const MAX_REFUNDS: usize = 100_000;
/// Answers that are remembered for their idempotency key; older ones are forgotten first.
pub const MAX_ANSWERS: usize = 200_000;
/// How long an answer is remembered, in milliseconds: a day.
pub const ANSWER_AGE_MS: i64 = 24 * 60 * 60 * 1000;
/// Events that still have to be delivered.
pub const MAX_OPEN_EVENTS: usize = 100_000;
/// Delivered, lost and abandoned events that can be delivered again on request.
pub const MAX_CLOSED_EVENTS: usize = 20_000;

/// Requests that are worked on at once.
pub const MAX_REQUESTS: usize = 512;
/// Webhooks that are on their way at once.
pub const MAX_DELIVERIES: usize = 32;
/// Attempts at delivering an event, 1 s, 2 s, 4 s … apart, before it is abandoned.
pub const MAX_ATTEMPTS: u32 = 10;

/// Length of a request's body, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;
/// Length of an idempotency key, in characters.
pub const MAX_KEY_CHARACTERS: usize = 255;
/// Largest amount of an intent, in minor units.
pub const MAX_AMOUNT_MINOR: i64 = 99_999_999;
/// Notes on an object.
pub const MAX_METADATA: usize = 50;
/// Length of a note's name, in characters.
pub const MAX_METADATA_NAME_CHARACTERS: usize = 40;
/// Length of a note, in characters.
pub const MAX_METADATA_VALUE_CHARACTERS: usize = 500;
/// Longest time that `tok_late_SECONDS` may take to settle, in seconds: a day.
pub const MAX_LATE_SECONDS: u64 = 24 * 60 * 60;
/// Longest delay of webhooks that faults may ask for, in milliseconds.
pub const MAX_DELAY_MS: u64 = 60 * 60 * 1000;
/// Longest delay of answers that faults may ask for, in milliseconds.
pub const MAX_ANSWER_DELAY_MS: u64 = 60 * 1000;
