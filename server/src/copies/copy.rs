//! One answer, ready to be sent to anybody: its bytes as they are, with gzip and with brotli, each
//! made once, and the tag by which a browser that has it already is told so.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::compress::{brotli, gzip};

/// Shorter bodies gain nothing from being compressed.
const COMPRESSED_FROM_BYTES: usize = 256;
/// Digits of a tag; 64 bits tell the versions of one page apart.
const TAG_DIGITS: usize = 16;

/// By what an edge is told which copies to forget.
pub const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// How the bytes of an answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Brotli,
}

/// One way to send it.
#[derive(Debug)]
struct Form {
    headers: HeaderMap,
    body: Bytes,
}

/// An answer that is the same for everybody.
#[derive(Debug)]
pub struct Copy {
    status: StatusCode,
    /// The tag without its quotes and coding.
    tag: String,
    identity: Form,
    gzip: Option<Form>,
    brotli: Option<Form>,
    /// What it shows, such as `event-1`.
    pub keys: Vec<String>,
}

impl Copy {
    /// Prepares an answer. What one request has to itself is left out of its headers.
    pub fn new(status: StatusCode, mut headers: HeaderMap, body: Bytes, keys: Vec<String>) -> Self {
        for name in [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::DATE, REQUEST_ID] {
            headers.remove(name);
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(keys) = HeaderValue::from_str(&keys.join(" "))
            && !keys.is_empty()
        {
            headers.insert(SURROGATE_KEY, keys);
        }
        let mut tag = hex::encode(Sha256::digest(&body));
        tag.truncate(TAG_DIGITS);
        let form = |coding, body| Form { headers: headers_of(&headers, &tag, coding), body };
        let compressible = body.len() >= COMPRESSED_FROM_BYTES && status == StatusCode::OK;
        let smaller = |packed: Vec<u8>| (packed.len() < body.len()).then(|| Bytes::from(packed));
        let packed =
            |pack: fn(&[u8]) -> Vec<u8>| compressible.then(|| pack(&body)).and_then(smaller);
        let (gzip, brotli) = (packed(gzip), packed(brotli));
        Self {
            status,
            gzip: gzip.map(|body| form(Coding::Gzip, body)),
            brotli: brotli.map(|body| form(Coding::Brotli, body)),
            identity: form(Coding::Identity, body),
            tag,
            keys,
        }
    }

    /// Bytes that it takes in memory, about.
    pub fn size(&self) -> usize {
        let size = |form: &Option<Form>| form.as_ref().map_or(0, |form| form.body.len());
        1_024 + self.identity.body.len() + size(&self.gzip) + size(&self.brotli)
    }

    /// Whether it is an answer and not a complaint of ours.
    pub fn is_good(&self) -> bool {
        !self.status.is_server_error()
    }

    /// The answer to one request: 304 when its sender has it already.
    pub fn answer(&self, method: &Method, asked: &HeaderMap) -> Response {
        let form = self.form_for(asked);
        let known = self.status == StatusCode::OK
            && asked.get_all(header::IF_NONE_MATCH).iter().any(|tags| self.is_named_by(tags));
        let (status, body) = match () {
            () if known => (StatusCode::NOT_MODIFIED, Body::empty()),
            () if method == Method::HEAD => (self.status, Body::empty()),
            () => (self.status, Body::from(form.body.clone())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = form.headers.clone();
        if method == Method::HEAD && !known {
            response.headers_mut().insert(header::CONTENT_LENGTH, form.body.len().into());
        }
        response
    }

    fn form_for(&self, asked: &HeaderMap) -> &Form {
        let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let accepts = |coding: &str| accepted.is_some_and(|accepted| accepts(accepted, coding));
        match (&self.brotli, &self.gzip) {
            (Some(form), _) if accepts("br") => form,
            (_, Some(form)) if accepts("gzip") => form,
            _ => &self.identity,
        }
    }

    /// Whether `If-None-Match` names this version, in whichever coding.
    fn is_named_by(&self, tags: &HeaderValue) -> bool {
        let Ok(tags) = tags.to_str() else { return false };
        tags.split(',').any(|tag| {
            let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
            tag == "*" || tag.split('-').next() == Some(&self.tag)
        })
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

fn headers_of(shared: &HeaderMap, tag: &str, coding: Coding) -> HeaderMap {
    let mut headers = shared.clone();
    let (name, suffix) = match coding {
        Coding::Identity => (None, ""),
        Coding::Gzip => (Some("gzip"), "-gzip"),
        Coding::Brotli => (Some("br"), "-br"),
    };
    if let Some(name) = name {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}{suffix}\"")) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// Whether an `Accept-Encoding` allows a coding: named, and not with a weight of zero.
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = |part: &str| {
            part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32))
        };
        is_it && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy() -> Copy {
        let body = Bytes::from("Onsale sells seats. ".repeat(50));
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("1"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        Copy::new(StatusCode::OK, headers, body, vec!["event-1".into(), "venue-2".into()])
    }

    fn asked(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a value"))])
    }

    fn text<'r>(response: &'r Response, name: &HeaderName) -> &'r str {
        response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
    }

    #[test]
    fn everybody_gets_the_coding_they_can_read() {
        let copy = copy();
        for (accepted, coding) in
            [("gzip, deflate, br", "br"), ("gzip;q=0.5", "gzip"), ("br;q=0", ""), ("", "")]
        {
            let answer = copy.answer(&Method::GET, &asked(header::ACCEPT_ENCODING, accepted));
            assert_eq!(text(&answer, &header::CONTENT_ENCODING), coding, "{accepted}");
            assert_eq!(text(&answer, &SURROGATE_KEY), "event-1 venue-2");
            assert_eq!(text(&answer, &header::VARY), "accept-encoding");
            assert_eq!(text(&answer, &REQUEST_ID), "");
        }
    }

    #[test]
    fn whoever_has_it_is_told_so() {
        let copy = copy();
        let first = copy.answer(&Method::GET, &asked(header::ACCEPT_ENCODING, "br"));
        let tag = text(&first, &header::ETAG).to_owned();
        assert!(tag.ends_with("-br\""), "codings have tags of their own: {tag}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = copy.answer(&Method::GET, &asked(header::IF_NONE_MATCH, &known));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        let other = copy.answer(&Method::GET, &asked(header::IF_NONE_MATCH, "\"other\""));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn short_and_faulty_answers_are_left_as_they_are() {
        let short = Copy::new(StatusCode::OK, HeaderMap::new(), Bytes::from("ok"), Vec::new());
        assert!(short.brotli.is_none() && short.gzip.is_none());
        let long = Bytes::from("x".repeat(1000));
        let fault = Copy::new(StatusCode::BAD_GATEWAY, HeaderMap::new(), long, Vec::new());
        assert!(fault.brotli.is_none() && !fault.is_good());
    }
}
