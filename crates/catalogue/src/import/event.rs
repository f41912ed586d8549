//! One event of the list.

use std::collections::HashMap;

use onsale_domain::{
    Currency, Money, Timestamp,
    limits::{MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS},
};

use crate::{
    EventDraft, Faults, Price, VenueDraft,
    fault::{Path, Problem, quoted},
    json::Node,
};

/// Seconds between doors and start when nobody says otherwise.
const DOORS_BEFORE_START_SECONDS: i64 = 3600;
/// The highest price of a ticket, in minor units.
const MAX_PRICE_MINOR: i64 = 1_000_000_000;
/// Performers that one event lists at most.
const MAX_PERFORMERS: usize = 50;

/// An event whose performers are not looked up yet.
pub(super) struct OpenEvent {
    pub line: usize,
    pub draft: EventDraft,
}

/// Reads an event. `None` when it has no usable key; other faults leave gaps in the draft, which
/// nobody will see.
pub(super) fn read(
    faults: &mut Faults,
    path: &Path<'_>,
    line: usize,
    node: Node<'_>,
    venues: &HashMap<&str, &VenueDraft>,
) -> Option<OpenEvent> {
    let names = ["key", "title", "description", "genre", "venue", "performers", "soldSharePercent"];
    let [key, title, description, genre, venue, performers, sold] =
        faults.expect_fields(path, node, names)?;
    let key = faults.expect_name(&path.field("key"), key, MAX_NAME_CHARS);
    let title = faults.expect_name(&path.field("title"), title, MAX_NAME_CHARS);
    let description =
        faults.optional_text(&path.field("description"), description, MAX_DESCRIPTION_CHARS);
    let genre = faults.optional_text(&path.field("genre"), genre, MAX_NAME_CHARS);
    let venue_path = path.field("venue");
    let venue_key = faults.expect_name(&venue_path, venue, MAX_NAME_CHARS).unwrap_or_default();
    let venue = venues.get(venue_key.as_ref()).copied();
    if venue.is_none() && !venue_key.is_empty() {
        let problem = Problem::Unknown { what: "venue", name: quoted(&venue_key) };
        faults.report(venue_path, problem);
    }
    let performer_keys = read_performers(faults, &path.field("performers"), performers);
    let [starts_at, doors_at, on_sale_at] = read_times(faults, path, node);
    let prices = read_prices(faults, path, node, venue);
    let sold_share_percent = read_sold_share(faults, &path.field("soldSharePercent"), sold);
    let draft = EventDraft {
        key: key?.into_owned(),
        title: title.unwrap_or_default().into_owned(),
        description,
        genre,
        venue_key: venue_key.into_owned(),
        performer_keys,
        starts_at,
        doors_at,
        on_sale_at,
        prices,
        sold_share_percent,
    };
    Some(OpenEvent { line, draft })
}

fn read_performers(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    if node.is_none() {
        return keys;
    }
    faults.expect_list(path, node, |faults, path, number, item| {
        let Some(key) = faults.expect_name(path, Some(item), MAX_NAME_CHARS) else { return };
        if let Some(first) = keys.iter().position(|known| *known == key) {
            let first = format!("performers[{first}]");
            faults.report(path, Problem::Duplicate { value: quoted(&key), first });
        } else if keys.len() < MAX_PERFORMERS {
            keys.push(key.into_owned());
        } else if number == MAX_PERFORMERS {
            faults.report(path, Problem::TooMany { what: "performers", limit: MAX_PERFORMERS });
        }
    });
    keys
}

fn read_time(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> Option<Timestamp> {
    let node = faults.expect(path, node)?;
    let time = node.text().and_then(|text| text.parse().ok());
    if time.is_none() {
        let expected = "an RFC 3339 time, such as 2026-12-04T19:00:00Z";
        faults.report(path, Problem::Value { expected, found: node.as_written() });
    }
    time
}

/// Start, doors and beginning of sales.
fn read_times(faults: &mut Faults, path: &Path<'_>, node: Node<'_>) -> [Timestamp; 3] {
    let [starts, doors, on_sale] =
        node.fields(["startsAt", "doorsAt", "onSaleAt"]).unwrap_or_default();
    let starts_at = read_time(faults, &path.field("startsAt"), starts);
    let doors_at = match (doors, starts_at) {
        (None, Some(start)) => Some(start.plus_seconds(-DOORS_BEFORE_START_SECONDS)),
        (None, None) => None,
        (Some(_), _) => read_time(faults, &path.field("doorsAt"), doors),
    };
    let on_sale_at = read_time(faults, &path.field("onSaleAt"), on_sale);
    for (name, time) in [("doorsAt", doors_at), ("onSaleAt", on_sale_at)] {
        if starts_at.is_some_and(|start| time.is_some_and(|time| time > start)) {
            faults.report(path.field(name), Problem::After { other: "startsAt" });
        }
    }
    [starts_at, doors_at, on_sale_at].map(|time| time.unwrap_or(Timestamp(0)))
}

/// The prices in the order of the venue's categories.
fn read_prices(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Node<'_>,
    venue: Option<&VenueDraft>,
) -> Vec<Price> {
    let [list] = node.fields(["prices"]).unwrap_or_default();
    let mut prices: Vec<Price> = Vec::new();
    let prices_path = path.field("prices");
    faults.expect_list(&prices_path, list, |faults, path, _, item| {
        let Some(price) = read_price(faults, path, item, venue) else { return };
        if let Some(first) = prices.iter().position(|other| other.category == price.category) {
            let first = format!("prices[{first}]");
            let value = quoted(&price.category);
            faults.report(path.field("category"), Problem::Duplicate { value, first });
        } else {
            if prices.first().is_some_and(|first| first.price.currency != price.price.currency) {
                let expected = "the currency of the other prices";
                let found = price.price.currency.to_string();
                faults.report(path.field("currency"), Problem::Value { expected, found });
            }
            prices.push(price);
        }
    });
    let Some(venue) = venue else { return prices };
    let mut has_seats = vec![false; venue.seat_map.categories.len()];
    for category in venue.seat_map.seat_categories() {
        has_seats[usize::from(category.0)] = true;
    }
    let order: Vec<&str> =
        venue.seat_map.categories.iter().map(|category| category.name.as_str()).collect();
    for (name, _) in order.iter().zip(has_seats).filter(|(_, has_seats)| *has_seats) {
        if list.is_some() && !prices.iter().any(|price| price.category == **name) {
            faults.report(prices_path, Problem::NoPrice { category: quoted(name) });
        }
    }
    prices.sort_by_key(|price| order.iter().position(|name| *name == price.category));
    prices
}

fn read_price(
    faults: &mut Faults,
    path: &Path<'_>,
    node: Node<'_>,
    venue: Option<&VenueDraft>,
) -> Option<Price> {
    let [category, amount, currency] =
        faults.expect_fields(path, node, ["category", "amountMinor", "currency"])?;
    let category_path = path.field("category");
    let category = faults.expect_name(&category_path, category, MAX_NAME_CHARS);
    if let (Some(venue), Some(name)) = (venue, &category)
        && !venue.seat_map.categories.iter().any(|category| category.name == *name)
    {
        let problem = Problem::Unknown { what: "category", name: quoted(name) };
        faults.report(category_path, problem);
    }
    let amount_path = path.field("amountMinor");
    let amount = faults.expect(&amount_path, amount).and_then(|node| {
        let amount = node.whole_number().filter(|amount| (0..=MAX_PRICE_MINOR).contains(amount));
        if amount.is_none() {
            let expected = "a whole number of minor units from 0 to 1000000000";
            faults.report(amount_path, Problem::Value { expected, found: node.as_written() });
        }
        amount
    });
    let currency_path = path.field("currency");
    let currency = faults.expect(&currency_path, currency).and_then(|node| {
        let currency = node.text().and_then(|text| Currency::parse(&text).ok());
        if currency.is_none() {
            let expected = "a currency code of three letters, such as EUR";
            faults.report(currency_path, Problem::Value { expected, found: node.as_written() });
        }
        currency
    });
    Some(Price { category: category?.into_owned(), price: Money::new(amount?, currency?) })
}

fn read_sold_share(faults: &mut Faults, path: &Path<'_>, node: Option<Node<'_>>) -> u8 {
    let Some(node) = node else { return 0 };
    let share = node.whole_number().and_then(|share| u8::try_from(share).ok());
    share.filter(|share| *share <= 100).unwrap_or_else(|| {
        let expected = "a whole number from 0 to 100";
        faults.report(path, Problem::Value { expected, found: node.as_written() });
        0
    })
}
