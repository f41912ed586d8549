//! Reading what is looked for, and naming what is wrong with it.

use onsale_app::api::{Problem, SaleFilter, SearchQuery, SortBy};
use onsale_domain::{
    Timestamp, genre,
    limits::{
        MAX_FILTER_VALUES, MAX_KEYWORD_CHARS, MAX_KEYWORD_WORDS, MAX_NAME_CHARS, MAX_PAGE_SIZE,
        MAX_PAGED_EVENTS, MAX_RADIUS_KM,
    },
};
use onsale_search::{Circle, From, Month, Order, Question, Sale, embedded::View, keyword::Keyword};

use super::problems::{beyond_limit, invalid};

/// Events in one page unless the caller says otherwise.
const DEFAULT_PAGE_SIZE: u32 = 24;
/// How near is near unless the caller says otherwise, in kilometres.
const DEFAULT_RADIUS_KM: u32 = 50;

/// The page that is asked for, and how many events it has.
pub fn page_of(query: &SearchQuery) -> Result<(u32, u32), Problem> {
    let page = query.page.unwrap_or(1);
    let page_size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        let reason = format!("pageSize must be between 1 and {MAX_PAGE_SIZE}.");
        return Err(beyond_limit("pageSize", reason));
    }
    let last = MAX_PAGED_EVENTS / page_size;
    if !(1..=last).contains(&page) {
        let reason = format!(
            "page must be between 1 and {last} with this pageSize. To go deeper, send nextCursor \
             of an answer as cursor."
        );
        return Err(beyond_limit("page", reason));
    }
    Ok((page, page_size))
}

/// A keyword that can be looked for.
pub fn checked_keyword(keyword: Option<&str>) -> Result<String, Problem> {
    let keyword = keyword.unwrap_or_default();
    if keyword.chars().take(MAX_KEYWORD_CHARS + 1).count() > MAX_KEYWORD_CHARS {
        let reason = format!("A keyword has at most {MAX_KEYWORD_CHARS} characters.");
        return Err(beyond_limit("keyword", reason));
    }
    if keyword.contains('\0') {
        return Err(invalid("keyword", "must not contain the character NUL"));
    }
    if Keyword::count(keyword) > MAX_KEYWORD_WORDS {
        let reason = format!("A keyword has at most {MAX_KEYWORD_WORDS} words.");
        return Err(beyond_limit("keyword", reason));
    }
    Ok(keyword.to_owned())
}

/// The question that a query asks. The index knows which cities there are.
pub fn question_from(
    query: &SearchQuery,
    view: &View,
    now: Timestamp,
    page: u32,
    page_size: u32,
) -> Result<Question, Problem> {
    if let (Some(start), Some(end)) = (query.start, query.end)
        && end <= start
    {
        return Err(invalid("end", "must be later than start"));
    }
    let size = page_size as usize;
    let from = match &query.cursor {
        Some(cursor) => From::After(cursor.parse().map_err(|error| invalid("cursor", error))?),
        None => From::Offset((page as usize - 1) * size),
    };
    let genres = list("category", query.category.as_deref())?;
    Ok(Question {
        keyword: checked_keyword(query.keyword.as_deref())?,
        start: Some(query.start.unwrap_or(now)),
        end: query.end,
        cities: cities(query.city.as_deref(), view)?,
        venues: query.venue.into_iter().collect(),
        performers: query.performer.into_iter().collect(),
        genres: genres.iter().flat_map(|genre| genre::members(genre)).collect(),
        months: months(query.month.as_deref())?,
        min_price_minor: price("minPrice", query.min_price)?,
        max_price_minor: price("price", query.price)?,
        sale: query.sale.map(|sale| match sale {
            SaleFilter::OnSale => Sale::OnSale,
            SaleFilter::SoldOut => Sale::SoldOut,
            SaleFilter::Upcoming => Sale::Upcoming,
        }),
        now: Some(now),
        near: circle(query, view)?,
        order: match query.sort.unwrap_or_default() {
            SortBy::Relevance => Order::Relevance,
            SortBy::Date => Order::Date,
            SortBy::Price => Order::Price,
            SortBy::Distance => Order::Distance,
        },
        size,
        from,
    })
}

fn price(field: &str, price: Option<i64>) -> Result<Option<i64>, Problem> {
    match price {
        Some(..0) => Err(invalid(field, "must not be negative")),
        price => Ok(price),
    }
}

/// A name with a comma is one city when there is one of that name, and several otherwise.
fn cities(text: Option<&str>, view: &View) -> Result<Vec<String>, Problem> {
    match text {
        Some(text) if text.contains(',') && view.has_city(text) => Ok(vec![text.to_owned()]),
        text => list("city", text),
    }
}

fn list(field: &str, text: Option<&str>) -> Result<Vec<String>, Problem> {
    let values = text.unwrap_or_default().split(',').map(str::trim);
    let values: Vec<&str> =
        values.filter(|value| !value.is_empty()).take(MAX_FILTER_VALUES + 1).collect();
    if values.len() > MAX_FILTER_VALUES {
        let reason = format!("{field} has at most {MAX_FILTER_VALUES} values.");
        return Err(beyond_limit(field, reason));
    }
    if values.iter().any(|value| value.chars().count() > MAX_NAME_CHARS) {
        let reason = format!("{field} has at most {MAX_NAME_CHARS} characters.");
        return Err(beyond_limit(field, reason));
    }
    Ok(values.into_iter().map(str::to_owned).collect())
}

fn months(text: Option<&str>) -> Result<Vec<Month>, Problem> {
    let values = list("month", text)?;
    let months = values.iter().map(|value| value.parse());
    months.collect::<Result<_, _>>().map_err(|error| invalid("month", error))
}

fn circle(query: &SearchQuery, view: &View) -> Result<Option<Circle>, Problem> {
    let radius = query.radius_km.unwrap_or(DEFAULT_RADIUS_KM);
    if !(1..=MAX_RADIUS_KM).contains(&radius) {
        let reason = format!("radiusKm must be between 1 and {MAX_RADIUS_KM}.");
        return Err(beyond_limit("radiusKm", reason));
    }
    let Some(near) = &query.near else { return Ok(None) };
    let (latitude, longitude) = match point(near) {
        Some(point) => point,
        None => view.middle_of(near).ok_or_else(|| {
            invalid("near", "must be degrees north and east, 48.86,2.35, or a city with a venue")
        })?,
    };
    Ok(Some(Circle { latitude, longitude, radius_km: f64::from(radius) }))
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (north, east) = text.split_once(',')?;
    let north = north.trim().parse().ok().filter(|it| (-90.0..=90.0).contains(it))?;
    let east = east.trim().parse().ok().filter(|it| (-180.0..=180.0).contains(it))?;
    Some((north, east))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_reach_as_far_as_they_say() {
        let page =
            |page, page_size| page_of(&SearchQuery { page, page_size, ..Default::default() });
        assert_eq!(page(Some(100), Some(100)), Ok((100, 100)));
        for (number, size) in [(Some(101), Some(100)), (Some(1_000_000_000), None), (Some(0), None)]
        {
            let problem = page(number, size).expect_err("too deep");
            assert_eq!((problem.field.as_deref(), problem.status), (Some("page"), 422));
        }
    }

    #[test]
    fn keywords_that_cannot_be_looked_for_are_named() {
        let status = |text: &str| checked_keyword(Some(text)).expect_err("refused").status;
        assert_eq!(status(&"x".repeat(1_000_000)), 422);
        assert_eq!(status(&"a ".repeat(10_000)), 422);
        assert_eq!(status("a\0b"), 400);
        assert!(checked_keyword(Some("?!*")).is_ok());
    }

    #[test]
    fn points_are_on_the_globe() {
        assert_eq!(point("48.86, 2.35"), Some((48.86, 2.35)));
        for text in ["91,0", "0,181", "NaN,0", "1", "a,b", "inf,0"] {
            assert_eq!(point(text), None, "{text}");
        }
    }
}
