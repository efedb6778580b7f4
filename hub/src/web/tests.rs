//! The router as a client sees it, over a real hub core.

mod pages;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use picket_hub_core::seam::{Arrival, FrameTopic, Input, Wish};
use picket_hub_core::time::{Millis, Moment};
use picket_wire::{Facts, NodeId, Part, PartKind, Quantity};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::handle;
use crate::health::StoreHealth;
use crate::view::sample::{Fleet, PI_FACTS, PI_READINGS};

/// An answer with its whole body.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(fleet: &Fleet, request: Request<Body>) -> Answer {
    let (handle, mut desk) = handle::channel();
    let asked = async {
        let response = router(handle).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let body = String::from_utf8(body).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    };
    tokio::join!(asked, desk.answer_all(|| fleet.known())).0
}

fn request(method: Method, path: &str, host: &str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host);
    request.body(Body::empty()).unwrap()
}

async fn get(fleet: &Fleet, path: &str) -> Answer {
    send(fleet, request(Method::GET, path, "127.0.0.1:8470")).await
}

fn fleet_of_two() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    fleet.add_pi("pi-02");
    fleet
}

#[tokio::test]
async fn every_answer_forbids_foreign_scripts_frames_and_guesses() {
    let fleet = fleet_of_two();
    let paths = [
        "/",
        "/fragment",
        "/nodes/pi-01",
        "/api/v1/nodes",
        "/healthz",
        "/no",
        "/api/no",
    ];
    for path in paths {
        let answer = get(&fleet, path).await;
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn a_foreign_name_pointed_at_the_hub_is_refused() {
    let fleet = fleet_of_two();
    for host in [
        "evil.example",
        "evil.example:8470",
        "127.0.0.1.evil.example",
    ] {
        let answer = send(&fleet, request(Method::GET, "/api/v1/nodes", host)).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.body.contains("pi-01"));
        assert!(
            answer.json()["error"]
                .as_str()
                .unwrap()
                .contains("localhost")
        );
    }
    for host in ["localhost:8470", "[::1]:8470", "192.0.2.5"] {
        let answer = send(&fleet, request(Method::GET, "/api/v1/nodes", host)).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
    let without = Request::builder()
        .uri("/api/v1/nodes")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        send(&fleet, without).await.status,
        StatusCode::OK,
        "a client of the socket"
    );
    let absolute = request(Method::GET, "http://evil.example/api/v1/nodes", "localhost");
    assert_eq!(
        send(&fleet, absolute).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_said_in_one_sentence() {
    let fleet = fleet_of_two();
    for (path, status, words) in [
        ("/api/v1/nothing", 404, "/api/v1/nodes"),
        (
            "/api/v1/nodes/pi-99/history?quantity=uptime",
            404,
            "no node \"pi-99\"",
        ),
        (
            "/api/v1/nodes/PI/history?quantity=uptime",
            400,
            "an id has only a-z",
        ),
        ("/api/v1/nodes/pi-01/history", 400, "quantity"),
        (
            "/api/v1/nodes/pi-01/history?quantity=speed",
            400,
            "no quantity \"speed\"",
        ),
        (
            "/api/v1/nodes/pi-01/history?quantity=uptime&from=noon",
            400,
            "RFC 3339",
        ),
        ("/api/v1/nodes?limit=0", 400, "from 1 to 1000"),
        ("/api/v1/nodes?limit=many", 400, "from 1 to 1000"),
        ("/api/v1/nodes?colour=red", 400, "colour"),
        (
            "/api/v1/incidents?state=bad",
            400,
            "open, acknowledged or closed",
        ),
        ("/api/v1/incidents?node=hub", 400, "reserved"),
        ("/api/v1/incidents?after=none", 400, "no incident \"none\""),
    ] {
        let answer = get(&fleet, path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let body = answer.json();
        let sentence = body["error"].as_str().unwrap();
        assert!(sentence.contains(words), "{path}: {sentence}");
    }
    for path in ["/nothing", "/nodes/pi-99", "/assets/none"] {
        let answer = get(&fleet, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
}

#[tokio::test]
async fn only_get_is_answered_and_no_long_body_is_read() {
    let fleet = fleet_of_two();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        for path in ["/api/v1/nodes", "/healthz"] {
            let answer = send(&fleet, request(method.clone(), path, "localhost")).await;
            assert_eq!(
                answer.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), "GET, HEAD");
            assert!(answer.json()["error"].is_string());
        }
    }
    let head = send(&fleet, request(Method::HEAD, "/api/v1/nodes", "localhost")).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));

    let long = Request::builder()
        .uri("/api/v1/nodes")
        .header("content-length", "65537");
    let answer = send(&fleet, long.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn history_gives_the_points_from_a_time_on() {
    let mut fleet = fleet_of_two();
    let node = NodeId::parse("pi-01").unwrap();
    let Moment(begin) = fleet.now.moment;
    for (before_ms, value) in [(20_000, 461), (10_000, 470), (0, 482)] {
        let at = Moment(begin - before_ms);
        fleet
            .history
            .record(node, at, "node", Quantity::CPU_TEMPERATURE, value);
    }
    let path = "/api/v1/nodes/pi-01/history?quantity=cpu_temperature&from=2026-11-21T06:58:43Z";
    let answer = get(&fleet, path).await.json();
    let points = json!([
        {"at": "2026-11-21T06:58:43Z", "value": 47.0},
        {"at": "2026-11-21T06:58:53Z", "value": 48.2},
    ]);
    assert_eq!(answer["points"], points);
    let other_part = format!("{path}&part=%2Fboot");
    assert_eq!(get(&fleet, &other_part).await.json()["points"], json!([]));
}

#[tokio::test]
async fn health_is_503_while_the_hub_hears_nobody_or_forgets() {
    let mut fleet = fleet_of_two();
    let answer = get(&fleet, "/healthz").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (StatusCode::OK, &json!("ok"))
    );

    fleet.health.broker.set(false);
    let answer = get(&fleet, "/healthz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["broker"]["up"], false);

    fleet.health.broker.set(true);
    fleet.health.store = StoreHealth::Absent {
        why: "no space".into(),
    };
    let answer = get(&fleet, "/healthz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.json()["store"],
        json!({"state": "absent", "path": null, "why": "no space"})
    );
    assert!(
        get(&fleet, "/").await.body.contains("no space"),
        "the page says so too"
    );
}

#[tokio::test]
async fn a_hub_that_stops_says_so_instead_of_hanging() {
    let (handle, desk) = handle::channel();
    drop(desk);
    let response = router(handle).oneshot(request(Method::GET, "/api/v1/nodes", "localhost"));
    assert_eq!(
        response.await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn what_was_not_taken_is_shown_with_its_reason() {
    let mut fleet = fleet_of_two();
    assert_eq!(
        get(&fleet, "/healthz").await.json()["refused"]["newest"],
        json!([])
    );
    assert!(!get(&fleet, "/").await.body.contains("Not taken"));

    let topic = FrameTopic::Report(NodeId::parse("pi-07").unwrap());
    let arrival = Arrival {
        topic,
        verified: false,
        retained: false,
        bytes: b"<script>",
    };
    fleet.input(Input::Frame(arrival));
    let refused = get(&fleet, "/healthz").await.json()["refused"].clone();
    assert_eq!(refused["frames_garbled"], 1);
    assert_eq!(refused["newest"][0]["node"], "pi-07");
    assert_eq!(refused["newest"][0]["at"], "2026-11-21T06:58:53Z");
    assert!(
        refused["newest"][0]["why"]
            .as_str()
            .unwrap()
            .starts_with("no frame")
    );
    assert!(
        get(&fleet, "/")
            .await
            .body
            .contains("Not taken: something from pi-07, 0 s ago")
    );

    fleet.pass(Millis::from_s(700));
    assert!(
        !get(&fleet, "/").await.body.contains("Not taken"),
        "it is not shown for ever"
    );
}
