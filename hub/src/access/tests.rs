//! Names, passwords and topics: who is let in, and who may say and hear what.

use super::*;
use crate::roster::{Enrolled, Own, verifier};
use picket_wire::SiteId;
use picket_wire::sign::{SigningKey, VerifyingKey};
use std::collections::BTreeMap;

fn key(seed: u8) -> VerifyingKey {
    SigningKey::from_bytes(&[seed; 32]).verifying_key()
}

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

/// pi-01 and pi-02 are enrolled, each with its name as its password; the hub's is `hub`.
pub(crate) fn roster() -> Roster {
    let own = Own {
        site: SiteId::parse("home").unwrap(),
        hub_keys: [key(8), key(9)],
        hub_password: verifier(b"hub", [2; 12]),
    };
    let enrolled = |id: &str| {
        let password = Some(verifier(id.as_bytes(), [1; 12]));
        (
            node(id),
            Enrolled {
                key: key(1),
                password,
            },
        )
    };
    let nodes = BTreeMap::from([enrolled("pi-01"), enrolled("pi-02")]);
    let roster = Roster::new(own, nodes, None);
    roster.offer(node("pi-07"), verifier(b"secret", [3; 12]));
    roster.let_home_assistant_in(verifier(b"ha", [4; 12]));
    roster
}

fn access() -> Access {
    Access::new(roster(), "homeassistant")
}

fn who(user: &str) -> Client {
    access().client_of(Some(user)).unwrap()
}

/// Checks each text by the question, given whether the answer is to be yes.
fn check(client: Client, ask: fn(&Access, Client, &str) -> bool, rows: &[(&str, bool)]) {
    let access = access();
    for (text, allowed) in rows {
        assert_eq!(ask(&access, client, text), *allowed, "{client:?} {text}");
    }
}

#[test]
fn a_user_name_tells_who_it_is() {
    assert_eq!(who("pi-01"), Client::Who(Who::Node(node("pi-01"))));
    assert_eq!(who("pi-07.join"), Client::Who(Who::Joining(node("pi-07"))));
    assert_eq!(who("hub"), Client::Who(Who::Hub));
    assert_eq!(who("home.assistant"), Client::Who(Who::HomeAssistant));
    assert_eq!(access().client_of(None), Some(Client::Anonymous));
    for nobody in ["", "ask", "pi.01", "pi-07.join.join", "Pi-01"] {
        assert_eq!(access().client_of(Some(nobody)), None, "{nobody}");
    }
    for who in [
        Who::Node(node("pi-01")),
        Who::Joining(node("pi-07")),
        Who::Hub,
        Who::HomeAssistant,
    ] {
        assert_eq!(
            access().client_of(Some(&user_of(who))),
            Some(Client::Who(who))
        );
    }
}

#[test]
fn a_node_speaks_for_itself_alone_and_hears_the_hub_and_its_own_orders() {
    let pi = who("pi-01");
    check(
        pi,
        Access::may_connect,
        &[
            ("pi-01", true),
            ("pi-02", false),
            ("pi-011", false),
            ("", false),
        ],
    );
    check(
        pi,
        Access::may_publish,
        &[
            ("picket/v1/pi-01/status", true),
            ("picket/v1/pi-01/facts", true),
            ("picket/v1/pi-01/report", true),
            ("picket/v1/pi-01/power", true),
            ("picket/v1/pi-01/order", false),
            ("picket/v1/pi-01/join", false),
            ("picket/v1/pi-01/joined", false),
            ("picket/v1/pi-01/other", false),
            ("picket/v1/pi-01/status/more", false),
            ("picket/v1/pi-02/status", false),
            ("picket/v1/pi-03/report", false),
            ("picket/v1/hub/status", false),
            ("picket/v1/hub/ask/drill", false),
            ("homeassistant/device/picket_pi-01/config", false),
            ("elsewhere", false),
            ("$SYS/x", false),
        ],
    );
    check(
        pi,
        Access::may_subscribe,
        &[
            ("picket/v1/hub/status", true),
            ("picket/v1/pi-01/order", true),
            ("$share/g/picket/v1/pi-01/order", true),
            ("picket/v1/pi-02/order", false),
            ("picket/v1/+/order", false),
            ("$share/g/picket/v1/+/order", false),
            ("picket/v1/pi-01/+", false),
            ("picket/v1/pi-01/#", false),
            ("picket/v1/pi-01/report", false),
            ("picket/v1/hub/#", false),
            ("+/v1/hub/status", false),
            ("#", false),
        ],
    );
}

#[test]
fn an_expelled_node_may_nothing_while_its_connection_still_stands() {
    let roster = roster();
    let access = Access::new(roster.clone(), "homeassistant");
    let pi = who("pi-01");
    assert!(access.may_publish(pi, "picket/v1/pi-01/report"));
    roster.expel(node("pi-01"));
    assert!(!access.may_publish(pi, "picket/v1/pi-01/report"));
    assert!(!access.may_subscribe(pi, "picket/v1/pi-01/order"));
}

#[test]
fn the_bearer_of_a_token_can_only_join() {
    let bearer = who("pi-07.join");
    check(
        bearer,
        Access::may_connect,
        &[("pi-07.join", true), ("pi-07", false), ("pi-01", false)],
    );
    check(
        bearer,
        Access::may_publish,
        &[
            ("picket/v1/pi-07/join", true),
            ("picket/v1/pi-07/joined", false),
            ("picket/v1/pi-07/status", false),
            ("picket/v1/pi-01/join", false),
        ],
    );
    check(
        bearer,
        Access::may_subscribe,
        &[
            ("picket/v1/pi-07/joined", true),
            ("picket/v1/pi-07/join", false),
            ("picket/v1/+/joined", false),
            ("picket/v1/hub/status", false),
        ],
    );
}

#[test]
fn the_hub_has_all_of_picket_and_of_discovery() {
    let hub = who("hub");
    check(
        hub,
        Access::may_connect,
        &[
            ("hub-0123abcd", true),
            ("hub-0123abcd-feed", true),
            ("pi-01", false),
        ],
    );
    check(
        hub,
        Access::may_publish,
        &[
            ("picket/v1/hub/status", true),
            ("picket/v1/pi-01/order", true),
            ("picket/v1/pi-07/joined", true),
            ("homeassistant/device/picket_pi-01/config", true),
            ("elsewhere", false),
        ],
    );
    check(
        hub,
        Access::may_subscribe,
        &[
            ("picket/v1/+/report", true),
            ("picket/v1/+/join", true),
            ("homeassistant/status", true),
            ("#", false),
        ],
    );
}

#[test]
fn home_assistant_asks_and_hears_what_is_made_for_it() {
    let ha = who("home.assistant");
    check(
        ha,
        Access::may_connect,
        &[
            ("any thing", true),
            ("pi-03", true),
            ("pi-01", false),
            ("pi-07.join", false),
            ("hub-0123abcd", false),
        ],
    );
    check(
        ha,
        Access::may_publish,
        &[
            ("picket/v1/hub/ask/pi-01/identify", true),
            ("picket/v1/hub/ask/drill", true),
            ("homeassistant/status", true),
            ("homeassistant/device/picket_pi-01/config", false),
            ("picket/v1/hub/available", false),
            ("picket/v1/hub/status", false),
            ("picket/v1/pi-01/order", false),
            ("picket/v1/pi-03/report", false),
            ("elsewhere", false),
        ],
    );
    check(
        ha,
        Access::may_subscribe,
        &[
            ("homeassistant/#", true),
            ("homeassistant/+/+/config", true),
            ("picket/v1/hub/available", true),
            ("picket/v1/hub/node/+", true),
            ("picket/v1/pi-01/report", false),
            ("picket/v1/#", false),
            ("#", false),
        ],
    );
}

#[test]
fn who_gives_no_name_has_the_first_look_and_harms_no_enrolled_node() {
    check(
        Client::Anonymous,
        Access::may_connect,
        &[
            ("pi-03", true),
            ("hub-pi", true),
            ("anything", true),
            ("pi-01", false),
            ("pi-03.join", false),
            ("hub-0123abcd", false),
            ("hub-0123abcd-feed", false),
        ],
    );
    check(
        Client::Anonymous,
        Access::may_publish,
        &[
            ("picket/v1/pi-03/status", true),
            ("picket/v1/pi-03/facts", true),
            ("picket/v1/pi-03/report", true),
            ("picket/v1/pi-03/power", true),
            ("picket/v1/Wrong/report", true),
            ("picket/v1/Wrong/order", false),
            ("picket/v1/pi-03/order", false),
            ("picket/v1/pi-03/join", false),
            ("picket/v1/pi-03/joined", false),
            ("picket/v1/pi-03/other", false),
            ("picket/v1/pi-01/report", false),
            ("picket/v1/pi-01/status", false),
            ("picket/v1/hub/status", false),
            ("picket/v1/hub/report", false),
            ("picket/v1/hub/available", false),
            ("picket/v1/ask/report", false),
            ("picket/v1/hub/ask/pi-01/identify", true),
            ("picket/v1", false),
            ("homeassistant/status", true),
            ("homeassistant/device/picket_pi-01/config", false),
            ("homeassistant", false),
            ("zigbee2mqtt/lamp", true),
            ("$SYS/x", false),
        ],
    );
    check(
        Client::Anonymous,
        Access::may_subscribe,
        &[
            ("picket/v1/+/status", true),
            ("picket/v1/pi-01/report", true),
            ("picket/v1/hub/#", true),
            ("homeassistant/#", true),
            ("zigbee2mqtt/#", true),
            ("picket/v1/+/order", false),
            ("picket/v1/pi-01/join", false),
            ("picket/v1/pi-01/joined", false),
            ("picket/v1/pi-01/+", false),
            ("picket/v1/pi-01/#", false),
            ("picket/#", false),
            ("+/v1/+/+", false),
            ("$share/g/picket/v1/+/join", false),
            ("#", false),
        ],
    );
}
