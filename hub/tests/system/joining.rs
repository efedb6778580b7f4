//! Machines become nodes: a token on the hub, a line on the machine, and nobody else gets in.

mod end_to_end;
mod identity_back;
mod leaving;
mod plain;
mod refused;
mod rights;
mod secrets;

use crate::support::site::wait_alive;
use crate::support::{
    Hub, HubSettings, Machine, Place, complaint, free_port, hub, seconds, wait_for,
};

#[test]
fn a_machine_joins_by_its_token_and_comes_back_after_a_restart_of_the_hub() {
    let place = Place::new();
    let settings = HubSettings {
        top: "# Mine, as is the next line.\nmax_nodes = 9 # of them".to_owned(),
        ..HubSettings::embedded(&place)
    };
    let mut hub = Hub::run(&place, &settings);
    let written = std::fs::read_to_string(place.path("hub.toml")).unwrap();

    let refused = hub.ask(&["enroll", "pi-07"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = complaint(&refused);
    assert!(
        words.contains("picket-hub enroll --listen 0.0.0.0:8883 pi-07"),
        "{words}"
    );
    assert_eq!(
        std::fs::read_to_string(place.path("hub.toml")).unwrap(),
        written
    );

    let listen = format!("127.0.0.1:{}", free_port());
    let token = hub.token("pi-07", &["--yes", "--listen", &listen]);
    let now = std::fs::read_to_string(place.path("hub.toml")).unwrap();
    let line = format!("listen_tls = [\"{listen}\"]\n");
    assert_eq!(now.replace(&line, ""), written, "nothing else has changed");

    let machine = Machine::new(&place, "pi-07", "a");
    let joined = machine.join(&token, &[]);
    assert!(joined.status.success(), "{}", complaint(&joined));
    let mut agent = machine.run();
    wait_alive(&hub, "pi-07");
    agent.assert_running();

    let other = Machine::new(&place, "pi-07", "b");
    let second = other.join(&token, &[]);
    assert_eq!(second.status.code(), Some(1));
    // Which words those are depends on whether the hub has heard the node as itself by then.
    let words = complaint(&second);
    let used = ["this token was used already", "it may be used up"];
    assert!(used.iter().any(|used| words.contains(used)), "{words}");
    assert!(!other.id.exists());

    hub.kill();
    let text = std::fs::read_to_string(place.path("hub.toml")).unwrap();
    let mut command = hub::command();
    command.arg("run");
    hub = Hub::run_text(&place, &settings, &text, command);
    wait_alive(&hub, "pi-07");
    let shown = hub.ask(&["status"]);
    assert!(shown.status.success(), "{}", complaint(&shown));
}

#[test]
fn a_card_that_is_replaced_or_expelled_is_out() {
    let place = Place::new();
    let settings = HubSettings::embedded(&place);
    let hub = Hub::run(&place, &settings);
    let listen = format!("127.0.0.1:{}", free_port());
    let old = Machine::new(&place, "pi-07", "old");
    let token = hub.token("pi-07", &["--listen", &listen]);
    assert!(old.join(&token, &[]).status.success());
    let _old = old.run();
    wait_alive(&hub, "pi-07");

    let refused = hub.ask(&["enroll", "pi-07"]);
    assert!(
        complaint(&refused).contains("enroll --replace pi-07"),
        "{}",
        complaint(&refused)
    );
    let token = hub.token("pi-07", &["--replace"]);
    let new = Machine::new(&place, "pi-07", "new");
    let joined = new.join(&token, &[]);
    assert!(joined.status.success(), "{}", complaint(&joined));
    let mut running = new.run();
    wait_alive(&hub, "pi-07");

    let unknown = hub.ask(&["expel", "--yes", "pi-70"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        complaint(&unknown).contains("did you mean pi-07?"),
        "{}",
        complaint(&unknown)
    );
    let unasked = hub.ask(&["expel", "pi-07"]);
    assert_eq!(
        unasked.status.code(),
        Some(1),
        "nobody was there to say yes"
    );
    assert!(hub.node("pi-07").is_some());
    let expelled = hub.ask(&["expel", "--yes", "pi-07"]);
    assert!(expelled.status.success(), "{}", complaint(&expelled));
    assert!(hub.node("pi-07").is_none());
    running.assert_running();
    let nodes = std::fs::read_to_string(place.path("nodes.toml")).unwrap();
    assert!(!nodes.contains("pi-07"), "{nodes}");
}

#[test]
fn a_token_that_is_too_old_lets_nobody_in() {
    let place = Place::new();
    let settings = HubSettings::embedded(&place);
    let text = settings.to_toml();
    let mut command = hub::command();
    command.args(["run", "--token-valid", "2s"]);
    let hub = Hub::run_text(&place, &settings, &text, command);
    let listen = format!("127.0.0.1:{}", free_port());
    let token = hub.token("pi-07", &["--listen", &listen]);
    wait_for("the token is over", seconds(20), || {
        hub.log()
            .contains("the token of pi-07 is over")
            .then_some(())
    });
    let machine = Machine::new(&place, "pi-07", "a");
    let refused = machine.join(&token, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        complaint(&refused).contains("older than an hour"),
        "{}",
        complaint(&refused)
    );
    assert!(
        !hub.log().contains(&token),
        "a token never stands in the log"
    );
}
