//! Limits of the box office, written down once. Every edge refuses what is beyond them with a
//! message that names the field and the limit.

/// Seats in one seat map. Above it an import is refused: 2-bit availability stays below 250 kB
/// and a reservation partition's memory stays small.
pub const MAX_SEATS_PER_MAP: usize = 1_000_000;
/// Sections (zones and standing areas) in one seat map.
pub const MAX_SECTIONS_PER_MAP: usize = 5_000;
/// Price categories in one seat map; their number is kept in a byte.
pub const MAX_CATEGORIES_PER_MAP: usize = 64;
/// Tickets in one booking.
pub const MAX_TICKETS_PER_BOOKING: usize = 10;
/// Tickets that one user may hold or have bought of one event at the same time.
pub const MAX_TICKETS_PER_USER_AND_EVENT: usize = 10;
/// Characters in the name of an event, venue, performer, section, row or category.
pub const MAX_NAME_CHARS: usize = 200;
/// Characters in a description.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// Characters in a search keyword.
pub const MAX_KEYWORD_CHARS: usize = 200;
/// Words of a search keyword that are looked for.
pub const MAX_KEYWORD_WORDS: usize = 12;
/// Events that can be reached by numbered pages of one search; beyond, a cursor goes on.
pub const MAX_PAGED_EVENTS: u32 = 10_000;
/// Values that one filter of a search may name.
pub const MAX_FILTER_VALUES: usize = 50;
/// The widest circle in which events can be looked for, in kilometres.
pub const MAX_RADIUS_KM: u32 = 1_000;
/// Events in one page of search results.
pub const MAX_PAGE_SIZE: u32 = 100;
/// Bytes in the body of an API request: enough to tell somebody with 10,000 ticket ids how many
/// are allowed, instead of only that the request is large.
pub const MAX_REQUEST_BODY_BYTES: usize = 256 * 1024;
/// Characters in an `Idempotency-Key`.
pub const MAX_IDEMPOTENCY_KEY_CHARS: usize = 128;
/// Seconds that a hold lasts unless the operator says otherwise.
pub const DEFAULT_HOLD_TTL_SECONDS: u32 = 600;
