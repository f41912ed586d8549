//! The event in the words of schema.org, for search engines and assistants.

use serde_json::{Value, json};

use crate::{
    api::{EventPage, SaleState},
    links,
    shell::PublicOrigin,
};

/// A JSON-LD document.
pub(super) fn event(content: &EventPage) -> Value {
    let EventPage { event, venue, performers, .. } = content;
    let venue = &venue.profile;
    let status = match event.sale {
        SaleState::Cancelled => "https://schema.org/EventCancelled",
        _ => "https://schema.org/EventScheduled",
    };
    let address = PublicOrigin::absolute(&links::event(event.id));
    let performers: Vec<_> = performers
        .iter()
        .map(|performer| json!({"@type": "PerformingGroup", "name": performer.name}))
        .collect();
    json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": event.description,
        "url": address,
        "image": [PublicOrigin::absolute(&links::poster(event.id, &event.genre))],
        "startDate": event.starts_at.to_string(),
        "eventStatus": status,
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": venue.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": venue.address,
                "addressLocality": venue.city,
                "addressCountry": venue.country,
            },
        },
        "performer": performers,
        "offers": offers(content, &address),
    })
}

fn offers(content: &EventPage, address: &str) -> Vec<Value> {
    let event = &content.event;
    let offer = |category: &crate::api::PriceCategory| {
        let availability = match (event.sale, category.available) {
            (SaleState::Upcoming, _) => "https://schema.org/PreOrder",
            (SaleState::Cancelled | SaleState::Past, _) | (_, 0) => "https://schema.org/SoldOut",
            (SaleState::FewLeft, _) => "https://schema.org/LimitedAvailability",
            _ => "https://schema.org/InStock",
        };
        let price = category.price;
        let unit = 10_i64.pow(price.currency.minor_digits());
        let amount = if unit == 1 {
            price.minor.to_string()
        } else {
            format!("{}.{:02}", price.minor / unit, price.minor % unit)
        };
        json!({
            "@type": "Offer",
            "name": category.name,
            "url": address,
            "price": amount,
            "priceCurrency": price.currency.code(),
            "availability": availability,
            "validFrom": event.on_sale_at.to_string(),
        })
    };
    event.price_categories.iter().map(offer).collect()
}
