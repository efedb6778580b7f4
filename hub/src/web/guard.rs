//! What every answer carries, and which requests get none.
//!
//! A page of somebody else in the owner's browser must not read the hub: no answer allows another
//! origin, none can be framed, and a request is refused if its `Host` is a name. By DNS rebinding
//! a name of somebody else can be made to point here; an address and `localhost` cannot.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::MAX_BODY;
use super::problem::{self, Problem};

/// No script, style or picture but the hub's own; nothing inline; no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Refuses foreign hosts and long bodies, and adds the headers.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refusal(request.headers(), request.uri().host()) {
        Some(problem) => problem::at(request.uri().path(), problem),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    // What the hub knows is not for a disk; what may be kept says so itself.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(headers: &HeaderMap, target: Option<&str>) -> Option<Problem> {
    let own = |host: &str| is_own(host_name(host));
    let hosts = headers.get_all(header::HOST).iter();
    let foreign = hosts
        .map(|host| host.to_str().unwrap_or_default())
        .chain(target)
        .any(|host| !own(host));
    if foreign {
        let sentence = "this hub answers under its address or localhost only, so that no foreign \
                        name can be pointed at it; open it as http://ADDRESS:PORT/";
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, sentence));
    }
    let length = headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .unwrap_or_default();
    let fits = length.parse().is_ok_and(|length: usize| length <= MAX_BODY);
    (!fits).then(|| {
        let sentence = format!("the body of a request has at most {MAX_BODY} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    })
}

/// The host without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether no foreign resolver can have pointed this host here.
fn is_own(name: &str) -> bool {
    let lower = name.trim_end_matches('.').to_ascii_lowercase();
    if lower == "localhost" || lower.ends_with(".localhost") || name.parse::<IpAddr>().is_ok() {
        return true;
    }
    let bracketed = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    bracketed.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_own_hosts() {
        for (host, own) in [
            ("127.0.0.1:8470", true),
            ("127.0.0.1", true),
            ("[::1]:8470", true),
            ("[::1]", true),
            ("192.0.2.7:8470", true),
            ("localhost:8470", true),
            ("LocalHost.", true),
            ("picket.localhost:1", true),
            ("localhost.evil.example", false),
            ("evil.example:8470", false),
            ("127.0.0.1.evil.example", false),
            ("notlocalhost", false),
            ("[evil]:80", false),
            ("", false),
        ] {
            assert_eq!(is_own(host_name(host)), own, "{host:?}");
        }
    }
}
