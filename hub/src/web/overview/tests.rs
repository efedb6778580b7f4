//! The order and the words of the first page.

use super::*;
use crate::view::sample::{BEGIN_UNIX_MS, Fleet};
use picket_hub_core::time::Wall;
use picket_hub_core::{Detector, Incident};

fn incident(number: u32, node: &str, severity: Severity) -> Incident {
    Incident {
        id: format!("0000002a-{number}"),
        node: NodeId::parse(node).unwrap(),
        subject: "node".into(),
        detector: Detector::Filesystem,
        severity,
        opened: Wall {
            unix_ms: BEGIN_UNIX_MS - 60_000,
            synchronised: true,
        },
        closed: None,
        summary: format!("trouble {number}"),
        advice: "Look.".into(),
        evidence: Vec::new(),
    }
}

fn overview(fleet: &Fleet) -> Overview {
    Overview::of(&fleet.known(), &TimeZone::UTC)
}

#[test]
fn the_worst_node_stands_first_and_the_worst_incident_too() {
    let mut fleet = Fleet::restored(vec![
        incident(1, "pi-03", Severity::Note),
        incident(2, "pi-04", Severity::Page),
        incident(3, "pi-03", Severity::Ticket),
        incident(4, "pi-02", Severity::Ticket),
    ]);
    for id in ["pi-01", "pi-02", "pi-03", "pi-04"] {
        fleet.add_pi(id);
    }
    let shown = overview(&fleet);
    let nodes: Vec<&str> = shown.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(nodes, ["pi-04", "pi-02", "pi-03", "pi-01"]);
    let incidents: Vec<&str> = shown.open.iter().map(|row| row.summary.as_str()).collect();
    assert_eq!(
        incidents,
        ["trouble 2", "trouble 4", "trouble 3", "trouble 1"]
    );
    assert_eq!(
        shown.headline,
        "1 page, 2 tickets, 1 note open, 4 of 4 nodes alive"
    );
    assert!(!shown.calm);
    assert_eq!(shown.nodes[2].open, "1 ticket, 1 note");
    assert_eq!(shown.nodes[2].worst, "ticket");
}

#[test]
fn all_is_calm_only_when_every_node_is_alive_and_the_hub_is_well() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let shown = overview(&fleet);
    assert_eq!(shown.headline, "No open incident, the one node is alive");
    assert!(shown.calm);

    fleet.health.broker.set(false);
    let shown = overview(&fleet);
    assert!(!shown.calm && shown.troubles[0].contains("not connected to mqtt://127.0.0.1:1883"));
}

#[test]
fn a_node_that_no_frame_came_from_yet_is_not_counted_as_alive() {
    let shown = overview(&Fleet::new());
    assert_eq!(shown.headline, "No node yet");
    for (presence, expected) in [
        (Presence::Unheard, "warn"),
        (Presence::Hung, "bad"),
        (Presence::ExpectedOff, "off"),
        (Presence::Alive, "good"),
    ] {
        assert_eq!(mood(presence), expected);
    }
}

#[test]
fn more_incidents_than_the_page_holds_are_counted() {
    let many = (0..MAX_OPEN as u32 + 7).map(|n| incident(n, "pi-01", Severity::Ticket));
    let mut fleet = Fleet::restored(many.collect());
    fleet.add_pi("pi-01");
    let shown = overview(&fleet);
    assert_eq!((shown.open.len(), shown.more_open), (MAX_OPEN, 7));
}
