//! States say what is known, and nothing else.

use super::*;
use crate::feed::home_assistant::render;
use crate::view::sample::{BEGIN_UNIX_MS, Fleet, PI_FACTS, PI_READINGS};
use picket_hub_core::seam::Input;
use picket_hub_core::{ClosedBy, Detector, Millis, Wall};
use picket_wire::{Connection, Quantity, SessionId, StatusText, StatusWord};

fn state_of(fleet: &Fleet, id: &str) -> Value {
    let known = fleet.known();
    node(known.hub.node(NodeId::parse(id).unwrap()).unwrap(), &known)
}

fn incident_of(number: u32, severity: Severity, closed_ago_s: Option<i64>) -> Incident {
    let wall = |unix_ms| Wall {
        unix_ms,
        synchronised: true,
    };
    let closed_at = |ago_s| (wall(BEGIN_UNIX_MS - ago_s * 1000), ClosedBy::Healthy);
    Incident {
        id: format!("0000002a-{number}"),
        node: NodeId::parse("pi-01").unwrap(),
        subject: "node".into(),
        detector: Detector::Overheating,
        severity,
        opened: wall(BEGIN_UNIX_MS - 200_000_000),
        closed: closed_ago_s.map(closed_at),
        summary: "too hot".into(),
        advice: "Look at the fan.".into(),
        evidence: vec!["84.2 °C".into()],
    }
}

fn status(fleet: &mut Fleet, id: &str, word: StatusWord) {
    let connection = Connection {
        session: SessionId(1),
        number: 1,
    };
    let text = StatusText { word, connection }.to_string();
    let node = NodeId::parse(id).unwrap();
    fleet.input(Input::Status {
        node,
        payload: text.as_bytes(),
        retained: false,
    });
}

#[test]
fn a_node_that_reports_has_its_readings_and_no_missing_ones() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let state = state_of(&fleet, "pi-01");
    assert_eq!(state["presence"], "alive");
    assert_eq!(state["availability"], "online");
    assert_eq!(state["connected"], 1);
    assert_eq!(state["problem"], 0);
    assert_eq!(state["readings"]["cpu_temperature"], json!(48.2));
    assert_eq!(state["readings"]["memory_total"], json!(7782.4));
    assert_eq!(state["readings"].as_object().unwrap().len(), 11);
}

#[test]
fn what_a_node_says_no_more_is_unknown_and_keeps_its_entity() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let known = fleet.known();
    let pi = NodeId::parse("pi-01").unwrap();
    let before = render::node(&known, pi, "homeassistant", &Default::default()).unwrap();
    let is_of_disk = |id: &&String| id.starts_with("disk_written_");
    let told = before.components.unwrap();
    let disk = told.keys().find(is_of_disk).unwrap();
    assert_eq!(state_of(&fleet, "pi-01")["readings"][disk], json!(1.57));

    // The disk is pulled: nothing says so, it is only in no report.
    fleet.reports_for("pi-01", Millis::from_s(200), &PI_READINGS[..6]);
    let state = state_of(&fleet, "pi-01");
    assert_eq!(state["readings"].get(disk), None);
    assert_eq!(state["readings"]["cpu_temperature"], json!(48.2));
    let after = render::node(&fleet.known(), pi, "homeassistant", &told).unwrap();
    assert_eq!(after.components, Some(told));
}

#[test]
fn a_node_that_went_on_purpose_is_off_and_one_that_vanished_is_unavailable() {
    let mut fleet = Fleet::new();
    fleet.input(Input::Link(true));
    fleet.add_pi("pi-01");
    fleet.add_pi("pi-02");
    status(&mut fleet, "pi-01", StatusWord::Online);
    status(&mut fleet, "pi-01", StatusWord::Stopping);
    fleet.pass(Millis::from_s(120));
    let off = state_of(&fleet, "pi-01");
    assert_eq!(off["presence"], "expected_off");
    assert_eq!(
        (&off["availability"], &off["connected"]),
        (&json!("online"), &json!(0))
    );
    assert_eq!(
        off["readings"],
        json!({}),
        "old readings are not shown as new ones"
    );
    let gone = state_of(&fleet, "pi-02");
    assert_eq!(
        (&gone["availability"], &gone["connected"]),
        (&json!("offline"), &json!(0))
    );
}

#[test]
fn a_node_not_heard_yet_is_unknown_rather_than_off() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &[]);
    fleet.report("pi-02", &[(Quantity::UPTIME, 0, Ok(1))]);
    let forgotten = forgotten_node();
    assert_eq!(forgotten["connected"], Value::Null);
    assert_eq!(forgotten["availability"], "offline");
    let heard = state_of(&fleet, "pi-02");
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        keys(&forgotten),
        keys(&heard),
        "templates find the same keys in both"
    );
}

#[test]
fn a_ticket_is_a_problem_and_a_note_is_not() {
    let mut fleet = Fleet::restored(vec![incident_of(1, Severity::Note, None)]);
    fleet.add_pi("pi-01");
    let noted = state_of(&fleet, "pi-01");
    assert_eq!(
        (&noted["problem"], &noted["open_incidents"]),
        (&json!(0), &json!(1))
    );

    let both = vec![
        incident_of(1, Severity::Note, None),
        incident_of(2, Severity::Ticket, None),
    ];
    let mut fleet = Fleet::restored(both);
    fleet.add_pi("pi-01");
    let state = state_of(&fleet, "pi-01");
    assert_eq!(
        (&state["problem"], &state["open_incidents"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(state["incidents"][0]["severity"], "ticket");
    assert_eq!(state["incidents"][0]["advice"], "Look at the fan.");
    let whole = hub(&fleet.known());
    assert_eq!(
        (&whole["problem"], &whole["nodes_connected"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn incidents_stand_at_the_broker_while_open_and_a_day_longer() {
    let day_s = 24 * 3600;
    let mut incidents = vec![
        incident_of(1, Severity::Ticket, None),
        incident_of(2, Severity::Ticket, Some(day_s - 1)),
        incident_of(3, Severity::Ticket, Some(day_s + 1)),
    ];
    let ids = |incidents: &[Incident]| -> Vec<String> {
        let mut fleet = Fleet::restored(incidents.to_vec());
        fleet.add_pi("pi-01");
        render::incidents(&fleet.known()).into_keys().collect()
    };
    assert_eq!(ids(&incidents), ["0000002a-1", "0000002a-2"]);
    let without_node = Fleet::restored(incidents.clone());
    let shown = render::incidents(&without_node.known());
    assert!(
        shown.keys().eq(["0000002a-1"]),
        "what ended of a node that is gone is not shown"
    );
    incidents.extend((10..300).map(|n| incident_of(n, Severity::Note, Some(60))));
    assert_eq!(ids(&incidents).len(), 51, "closed ones are bounded");
    incidents.extend((1000..1020).map(|n| incident_of(n, Severity::Note, None)));
    let shown = ids(&incidents);
    assert!(
        shown.contains(&"0000002a-1".to_owned()),
        "open ones are not pushed out"
    );
}
