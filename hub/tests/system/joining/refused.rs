//! Who does not get in, and the words that the owner reads about it.

use crate::support::{Kind, Machine, Site, complaint, seconds, wait_for};
use picket_wire::token::{Secret, Token};

/// Joining fails, says so in these words, and leaves no identity behind.
#[track_caller]
fn assert_refused(machine: &Machine, token: &str, words: &str) {
    let refused = machine.join(token, &[]);
    let said = complaint(&refused);
    println!("{}", said.trim_end());
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(words), "no {words:?} in: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!machine.id.exists());
}

/// The token with something else in it.
fn changed(text: &str, change: impl FnOnce(&mut Token)) -> String {
    let mut token: Token = text.parse().unwrap();
    change(&mut token);
    token.to_text().as_str().to_owned()
}

fn tokens_are_good_once(kind: Kind) {
    let site = Site::start(kind);
    let token = site.hub.token("pi-07", &[]);
    let thief = Machine::new(&site.place, "pi-07", "thief");

    let other_ca = changed(&token, |token| token.ca_sha256 = [7; 32]);
    assert_refused(&thief, &other_ca, "is not the one that gave this token");
    let guessed = changed(&token, |token| token.secret = Secret([9; 16]));
    assert_refused(&thief, &guessed, "does not know this token");

    let first = Machine::new(&site.place, "pi-07", "a");
    let joined = first.join(&token, &[]);
    assert!(joined.status.success(), "{}", complaint(&joined));
    assert_refused(&thief, &token, "this token was used already");

    // Once the node is there the token opens nothing at all any more.
    let _agent = first.run();
    site.wait_alive("pi-07");
    let bearer = {
        let token: Token = token.parse().unwrap();
        site.login("pi-07.join", &token.secret.password())
    };
    let topic = "picket/v1/pi-07/join";
    wait_for("the token opens nothing any more", seconds(30), || {
        let refused = bearer.publish(topic, b"x", &[]);
        complaint(&refused)
            .contains("Connection error")
            .then_some(())
    });
    assert_refused(&thief, &token, "does not know this token");
    site.wait_alive("pi-07");
}

#[test]
fn a_token_is_good_once_and_at_its_own_hub_with_the_embedded_broker() {
    tokens_are_good_once(Kind::Embedded);
}

#[test]
fn a_token_is_good_once_and_at_its_own_hub_with_mosquitto() {
    tokens_are_good_once(Kind::Mosquitto);
}

#[test]
fn a_token_that_is_too_old_opens_nothing_at_mosquitto() {
    let site = Site::with(Kind::Mosquitto, &["--token-valid", "2s"], None);
    let token = site.hub.token("pi-07", &[]);
    wait_for("the token is over", seconds(20), || {
        site.hub
            .log()
            .contains("the token of pi-07 is over")
            .then_some(())
    });
    let late = Machine::new(&site.place, "pi-07", "a");
    assert_refused(&late, &token, "older than an hour");
}

#[test]
fn another_hub_at_the_same_address_is_told_from_the_one_that_gave_the_token() {
    let mut site = Site::start(Kind::Embedded);
    let token = site.hub.token("pi-07", &[]);
    let member = site.joined("pi-08");
    site.hub.kill();
    std::fs::remove_dir_all(&site.settings.state_dir).unwrap();
    let site = site.again();

    let machine = Machine::new(&site.place, "pi-07", "a");
    assert_refused(&machine, &token, "is not the one that gave this token");
    // Nor does a member of the site that is gone speak to it.
    let agent = member.run();
    wait_for("the member says so", seconds(30), || {
        let log = agent.log();
        let words = "is not the hub that this node has joined";
        let line = log.lines().find(|line| line.contains(words))?;
        println!("{line}");
        Some(())
    });
}
