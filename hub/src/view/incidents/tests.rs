//! The answer of `/api/v1/incidents`, letter by letter.

use super::*;
use crate::view::sample::{BEGIN_UNIX_MS, Fleet};
use picket_hub_core::time::Wall;
use picket_hub_core::{ClosedBy, Detector, Severity};
use serde_json::{Value, json};

fn incident(number: u32, node: &str) -> Incident {
    Incident {
        id: format!("0000002a-{number}"),
        node: NodeId::parse(node).unwrap(),
        subject: "filesystem//".into(),
        detector: Detector::ReadOnly,
        severity: Severity::Page,
        opened: Wall {
            unix_ms: BEGIN_UNIX_MS - 60_000,
            synchronised: true,
        },
        closed: None,
        summary: "/ is read-only".into(),
        advice: "Copy what matters off the card, then replace it.".into(),
        evidence: vec!["it was writable at 06:57".into()],
    }
}

fn fleet() -> Fleet {
    let mut over = incident(2, "pi-02");
    let closed = Wall {
        unix_ms: BEGIN_UNIX_MS - 1_500,
        synchronised: false,
    };
    over.closed = Some((closed, ClosedBy::Healthy));
    over.severity = Severity::Note;
    Fleet::restored(vec![incident(1, "pi-01"), over, incident(3, "pi-02")])
}

fn ids(wanted: &Wanted) -> Vec<String> {
    let fleet = fleet();
    let shown = incidents(&fleet.hub, &fleet.now, wanted).unwrap();
    shown
        .incidents
        .into_iter()
        .map(|incident| incident.id)
        .collect()
}

#[test]
fn incidents_are_shown_newest_first_with_all_that_their_owner_needs() {
    let fleet = fleet();
    let shown = incidents(&fleet.hub, &fleet.now, &Wanted::default()).unwrap();
    let shown = serde_json::to_value(shown).unwrap();
    assert_eq!(shown["next"], Value::Null);
    assert_eq!(shown["clock"], "synchronised");
    let all = shown["incidents"].as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[2],
        json!({
            "id": "0000002a-1", "subject": "filesystem//", "node": "pi-01",
            "detector": "read_only", "severity": "page", "state": "open", "closed_by": null,
            "opened": "2026-11-21T06:57:53Z", "closed": null, "clock": "synchronised",
            "summary": "/ is read-only",
            "advice": "Copy what matters off the card, then replace it.",
            "evidence": ["it was writable at 06:57"],
            "folds": [],
        })
    );
    assert_eq!(all[1]["state"], "closed");
    assert_eq!(all[1]["closed_by"], "healthy");
    assert_eq!(all[1]["closed"], "2026-11-21T06:58:51.5Z");
    assert_eq!(
        all[1]["clock"], "unsynchronised",
        "one of its times cannot be trusted"
    );
}

#[test]
fn state_and_node_choose_among_them() {
    let node = NodeId::parse("pi-02").ok();
    let open = Some(State::Open);
    let of = |state, node| {
        ids(&Wanted {
            state,
            node,
            ..Wanted::default()
        })
    };
    assert_eq!(of(open, None), ["0000002a-3", "0000002a-1"]);
    assert_eq!(of(None, node), ["0000002a-3", "0000002a-2"]);
    assert_eq!(of(open, node), ["0000002a-3"]);
    assert_eq!(of(Some(State::Closed), None), ["0000002a-2"]);
    assert!(of(Some(State::Acknowledged), None).is_empty());
}

#[test]
fn a_page_goes_on_after_the_incident_that_it_names() {
    let fleet = fleet();
    let mut wanted = Wanted::default();
    wanted.paging.limit = 2;
    let first = incidents(&fleet.hub, &fleet.now, &wanted).unwrap();
    assert_eq!(first.next.as_deref(), Some("0000002a-2"));
    wanted.paging.after = first.next;
    assert_eq!(ids(&wanted), ["0000002a-1"]);

    wanted.paging.after = Some("gone".into());
    let refused = incidents(&fleet.hub, &fleet.now, &wanted).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is no incident \"gone\" to go on after; ask again without `after`"
    );
}
