//! Who asks: a guest named by a signed cookie. Whoever takes something for the first time gets
//! one; whoever only looks does not, so that pages can be cached.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
};
use onsale_app::backend::Viewer;
use onsale_domain::UserId;
use uuid::Uuid;

use super::Next;
use crate::Edge;

const COOKIE: &str = "onsale_user";
/// 400 days, the longest that browsers keep a cookie.
const COOKIE_LIFE_SECONDS: u32 = 34_560_000;

/// Puts the `Viewer` into the request's extensions, if there is one or must be one.
pub async fn recognise(edge: &Edge, mut request: Request, next: impl Next) -> Response {
    let known = user_from(edge, request.headers());
    let takes = request.method() == Method::POST;
    // In the order of time: newcomers who are written together lie together in the indexes.
    let user = known.or_else(|| takes.then(|| UserId(Uuid::now_v7())));
    if let Some(user) = user {
        request.extensions_mut().insert(Viewer { user });
    }
    let mut response = next.run(request).await;
    if let (None, Some(user)) = (known, user)
        && let Ok(cookie) = HeaderValue::from_str(&cookie_for(edge, user))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The user that the cookie names.
pub fn user_from(edge: &Edge, headers: &HeaderMap) -> Option<UserId> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .find_map(|(_, value)| edge.signer.user_of(value))
}

fn cookie_for(edge: &Edge, user: UserId) -> String {
    let value = edge.signer.user_cookie(user);
    let secure = if edge.settings.server.public_url.starts_with("https") { "; Secure" } else { "" };
    format!(
        "{COOKIE}={value}; Path=/; Max-Age={COOKIE_LIFE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    )
}
