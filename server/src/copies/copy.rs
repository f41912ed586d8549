//! One answer, ready to be sent to anybody: its bytes as they are, with gzip and with brotli, each
//! made once, and the tag by which a browser that has it already is told so.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
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
    /// Those that tell somebody who has it already for how much longer it is good.
    known_headers: HeaderMap,
    body: Bytes,
}

impl Form {
    fn new(shared: &HeaderMap, tag: &str, coding: Coding, body: Bytes) -> Self {
        let headers = headers_of(shared, tag, coding);
        let of_known = [header::ETAG, header::CACHE_CONTROL, header::VARY];
        let known = of_known.into_iter().filter_map(|name| {
            let value = headers.get(&name)?.clone();
            Some((name, value))
        });
        Self { known_headers: known.collect(), headers, body }
    }
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
        let form = |coding, body| Form::new(&headers, &tag, coding, body);
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
    pub fn size(&self) -> u32 {
        let size = |form: &Option<Form>| form.as_ref().map_or(0, |form| form.body.len());
        let size = 4_096 + self.identity.body.len() + size(&self.gzip) + size(&self.brotli);
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// Whether it is an answer and not a complaint of ours.
    pub fn is_good(&self) -> bool {
        !self.status.is_server_error()
    }

    /// The answer to one request: 304 when its sender has it already.
    pub fn answer(&self, method: &Method, asked: &HeaderMap) -> Response<Full<Bytes>> {
        let form = self.form_for(asked);
        let known = self.status == StatusCode::OK
            && asked.get_all(header::IF_NONE_MATCH).iter().any(|tags| self.is_named_by(tags));
        let (status, headers, body) = match () {
            () if known => (StatusCode::NOT_MODIFIED, &form.known_headers, Bytes::new()),
            () if method == Method::HEAD => (self.status, &form.headers, Bytes::new()),
            () => (self.status, &form.headers, form.body.clone()),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers.clone();
        if method == Method::HEAD && !known {
            response.headers_mut().insert(header::CONTENT_LENGTH, form.body.len().into());
        }
        response
    }

    /// All of it as bytes, for another server; [`Copy::from_bytes`] reads them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let forms = [Some(&self.identity), self.gzip.as_ref(), self.brotli.as_ref()];
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = self.identity.headers.iter();
        let head = Head {
            status: self.status.as_u16(),
            tag: self.tag.clone(),
            keys: self.keys.clone(),
            headers: headers
                .filter(|(name, _)| *name != header::ETAG)
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            lengths: forms.map(|form| form.map(|form| form.body.len())),
        };
        // Text and numbers can always be written.
        let head = serde_json::to_vec(&head).unwrap_or_default();
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(4 + head.len() + self.size() as usize);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&head);
        forms.iter().flatten().for_each(|form| bytes.extend_from_slice(&form.body));
        bytes
    }

    /// Reads what [`Copy::to_bytes`] wrote; `None` when it is not that.
    pub fn from_bytes(mut bytes: Bytes) -> Option<Self> {
        let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
        let head: Head = serde_json::from_slice(bytes.get(4..length.checked_add(4)?)?).ok()?;
        bytes = bytes.slice(4 + length..);
        let mut shared = HeaderMap::with_capacity(head.headers.len());
        for (name, value) in &head.headers {
            shared.append(name.parse::<HeaderName>().ok()?, value.parse().ok()?);
        }
        let mut take = |length: Option<usize>, coding| {
            let Some(length) = length else { return Some(None) };
            let body = (length <= bytes.len()).then(|| bytes.split_to(length))?;
            Some(Some(Form::new(&shared, &head.tag, coding, body)))
        };
        let [identity, gzip, brotli] = head.lengths;
        Some(Self {
            status: StatusCode::from_u16(head.status).ok()?,
            identity: take(identity, Coding::Identity)??,
            gzip: take(gzip, Coding::Gzip)?,
            brotli: take(brotli, Coding::Brotli)?,
            tag: head.tag.clone(),
            keys: head.keys,
        })
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

/// What stands before the bodies when a copy is given to another server.
#[derive(serde::Serialize, serde::Deserialize)]
struct Head {
    status: u16,
    tag: String,
    keys: Vec<String>,
    headers: Vec<(String, String)>,
    lengths: [Option<usize>; 3],
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

    fn text<'r>(response: &'r Response<Full<Bytes>>, name: &HeaderName) -> &'r str {
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
            assert!(again.headers().contains_key(header::ETAG), "{known}");
            assert!(!again.headers().contains_key(header::CONTENT_TYPE), "it has that already");
        }
        let other = copy.answer(&Method::GET, &asked(header::IF_NONE_MATCH, "\"other\""));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn another_server_sends_the_same() {
        let copy = copy();
        let bytes = Bytes::from(copy.to_bytes());
        let other = Copy::from_bytes(bytes.clone()).expect("a copy");
        for accepted in ["br", "gzip", ""] {
            let asked = asked(header::ACCEPT_ENCODING, accepted);
            let answers = [&copy, &other].map(|copy| copy.answer(&Method::GET, &asked));
            assert_eq!(answers[0].headers(), answers[1].headers());
            let bodies = [&copy, &other].map(|copy| copy.form_for(&asked).body.clone());
            assert_eq!(bodies[0], bodies[1]);
        }
        assert_eq!(other.keys, copy.keys);
        for end in [0, 3, 20, bytes.len() - 1] {
            assert!(Copy::from_bytes(bytes.slice(..end)).is_none(), "cut off at {end}");
        }
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
