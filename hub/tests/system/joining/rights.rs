//! What somebody who was let in may not do to others, and who is not let in at all.

use crate::support::{FakeNode, Kind, Login, Machine, Message, Program, Site, Watcher, complaint};
use crate::support::{seconds, wait_for};
use picket_wire::sign::{self, SigningKey, Whose};
use picket_wire::{Frame, FrameWriter, Header, NodeId, SiteId, section};

/// Where a node may speak, so that what was refused before it would have been heard before it.
const FENCE: &str = "picket/v1/pi-07/report";

/// `pi-07` misbehaves by its own name and password while `pi-08` is at work.
struct Scene {
    // It shows its log before the site's folder is gone.
    victim_agent: Program,
    victim: Machine,
    bad: Login,
    bad_machine: Machine,
    site: Site,
}

impl Scene {
    fn of(kind: Kind) -> Scene {
        let site = Site::start(kind);
        let bad_machine = site.joined("pi-07");
        let victim = site.joined("pi-08");
        let victim_agent = victim.run();
        site.wait_alive("pi-08");
        Scene {
            bad: site.login_of(&bad_machine),
            site,
            bad_machine,
            victim,
            victim_agent,
        }
    }

    /// Publishes where it may, and waits until the watcher hears that.
    #[track_caller]
    fn fence(&self, watcher: &Watcher, word: &str) {
        let said = self.bad.publish(FENCE, word.as_bytes(), &[]);
        assert!(said.status.success(), "{}", complaint(&said));
        watcher.expect(word, seconds(20), |message| {
            message.topic == FENCE && message.payload == word.as_bytes()
        });
    }
}

fn heard(watcher: &Watcher, of: impl Fn(&Message) -> bool) -> usize {
    watcher.messages().iter().filter(|m| of(m)).count()
}

fn a_node_speaks_and_hears_for_itself_only(kind: Kind) {
    let scene = Scene::of(kind);
    let watcher = scene.site.hub_login().watch(&["picket/v1/#"]);
    for (topic, retain) in [
        ("picket/v1/pi-08/status", "-r"),
        ("picket/v1/pi-08/facts", "-r"),
        ("picket/v1/pi-08/report", "-q"),
        ("picket/v1/pi-08/power", "-q"),
        ("picket/v1/pi-08/order", "-q"),
        ("picket/v1/pi-07/order", "-q"),
        ("picket/v1/pi-08/joined", "-q"),
        ("picket/v1/hub/status", "-r"),
        ("picket/v1/hub/ask/pi-08/identify", "-q"),
    ] {
        let more: &[&str] = if retain == "-r" { &["-r"] } else { &[] };
        let said = scene.bad.publish(topic, b"forged", more);
        println!("{topic}: {}", complaint(&said).trim_end());
    }
    scene.fence(&watcher, "fence 1");
    let forged = heard(&watcher, |message| message.payload == b"forged");
    assert_eq!(forged, 0, "{:?}", watcher.messages());

    // Another's order: the fence is the node's own, sent after it.
    let ear = scene.bad.watch(&[
        "picket/v1/pi-08/order",
        "picket/v1/+/order",
        "picket/v1/pi-08/report",
        "picket/v1/pi-07/order",
    ]);
    let hub = scene.site.hub_login();
    for (topic, word) in [
        ("picket/v1/pi-08/order", "secret"),
        ("picket/v1/pi-07/order", "own"),
    ] {
        let said = hub.publish(topic, word.as_bytes(), &[]);
        assert!(said.status.success(), "{}", complaint(&said));
    }
    ear.expect("its own order", seconds(20), |message| {
        message.payload == b"own"
    });
    let others = heard(&ear, |message| message.topic != "picket/v1/pi-07/order");
    assert_eq!(others, 0, "{:?}", ear.messages());
    assert!(scene.site.hub.node("pi-08").is_some());
}

#[test]
fn a_node_speaks_and_hears_for_itself_only_at_the_embedded_broker() {
    a_node_speaks_and_hears_for_itself_only(Kind::Embedded);
}

#[test]
fn a_node_speaks_and_hears_for_itself_only_at_mosquitto() {
    a_node_speaks_and_hears_for_itself_only(Kind::Mosquitto);
}

fn nobody_takes_the_place_of_another(kind: Kind) {
    let mut scene = Scene::of(kind);
    let status = "picket/v1/pi-08/status";
    let watcher = scene
        .site
        .hub_login()
        .watch(&[status, "picket/v1/pi-08/report"]);
    let by_its_id = scene.bad.with_id("pi-08");
    let said = by_its_id.publish("picket/v1/pi-08/report", b"forged", &[]);
    println!("as pi-08: {}", complaint(&said).trim_end());

    let reports = |watcher: &Watcher| heard(watcher, |message| message.topic != status);
    let before = reports(&watcher);
    wait_for("pi-08 reports on", seconds(30), || {
        (reports(&watcher) >= before + 2).then_some(())
    });
    // It would say `online` anew, and the broker `offline` for it.
    let connections = heard(&watcher, |message| {
        message.topic == status && !message.retained
    });
    assert_eq!(connections, 0, "{:?}", watcher.messages());
    assert_eq!(heard(&watcher, |message| message.payload == b"forged"), 0);
    scene.victim_agent.assert_running();
    let log = scene.victim_agent.log();
    assert!(
        log.contains("connected") && !log.contains("was lost"),
        "{log}"
    );

    // Who has no name, or a wrong password, or the hub's name, is not let in.
    let Login { user, .. } = scene.site.login_of(&scene.victim);
    let (_, password) = user.unwrap();
    for (user, client_id) in [
        (None, "anybody"),
        (Some(("pi-08", "wrong")), "pi-08"),
        (Some(("hub", password.as_str())), "hub-00000001"),
        (Some(("pi-07", password.as_str())), "pi-07"),
    ] {
        let stranger = Login {
            user: user.map(|(user, password)| (user.to_owned(), password.to_owned())),
            ..scene.bad.with_id(client_id)
        };
        let said = stranger.publish("picket/v1/pi-08/report", b"forged", &[]);
        let words = complaint(&said);
        println!("{client_id}: {}", words.trim_end());
        assert!(!said.status.success(), "{words}");
        let refusals = ["Not authorized", "Bad User Name or Password"];
        let refused = |r: &&str| words.contains(&format!("Connection error: {r}"));
        assert!(refusals.iter().any(refused), "{words}");
    }

    if kind == Kind::Mosquitto {
        // Not even on this machine, where the embedded broker lets everybody look.
        let stranger = Login {
            user: None,
            ..scene.site.hub_login().with_id("anybody")
        };
        let said = stranger.publish(FENCE, b"forged", &[]);
        let words = complaint(&said);
        assert!(words.contains("Connection error"), "{words}");
    }

    // Without TLS nothing is understood at that port.
    let plain = Login {
        ca: None,
        ..scene.bad.clone()
    };
    let said = plain.publish(FENCE, b"forged", &[]);
    println!("plain text: {}", complaint(&said).trim_end());
    assert!(!said.status.success());
    scene.fence(&scene.site.hub_login().watch(&[FENCE]), "fence 2");
    assert_eq!(heard(&watcher, |message| message.payload == b"forged"), 0);
}

#[test]
fn nobody_takes_the_place_of_another_at_the_embedded_broker() {
    nobody_takes_the_place_of_another(Kind::Embedded);
}

#[test]
fn nobody_takes_the_place_of_another_at_mosquitto() {
    nobody_takes_the_place_of_another(Kind::Mosquitto);
}

/// The frame again, signed by the key of a node.
fn signed(bytes: &[u8], machine: &Machine) -> Vec<u8> {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let seed = Base64UrlUnpadded::decode_vec(&machine.secret("key")).unwrap();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    let frame = Frame::decode(bytes).unwrap();
    let mut flags = frame.header.flags;
    flags.signed = true;
    let header = Header {
        flags,
        ..frame.header
    };
    let Some(Ok(picket_wire::Section::Facts(facts))) = frame.sections().next() else {
        panic!("facts come first")
    };
    let mut buffer = [0; picket_wire::MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buffer, &header).unwrap();
    writer.section(section::FACTS, &facts).unwrap();
    let whose = Whose::Node(NodeId::parse(&machine.node).unwrap());
    sign::sign(writer, &key, &SiteId::parse("test").unwrap(), whose)
        .unwrap()
        .to_vec()
}

#[test]
fn a_node_that_has_joined_is_not_heard_without_its_signature() {
    let scene = Scene::of(Kind::Embedded);
    let status = "picket/v1/hub/status";
    let watcher = scene.site.hub_login().watch(&[status]);
    let status = watcher.expect(status, seconds(20), |_| true);
    let facts = FakeNode::following(&status.payload).facts(1, 1_000, 0);
    let topic = "picket/v1/pi-07/facts";
    let model = || {
        let node = scene.site.hub.node("pi-07").unwrap_or_default();
        node["model"].as_str().unwrap_or_default().to_owned()
    };
    assert!(scene.bad.publish(topic, &facts, &[]).status.success());
    wait_for("the hub says that it is not heard", seconds(20), || {
        let log = scene.site.hub.log();
        let line = log
            .lines()
            .find(|l| l.contains("WARN") && l.contains("pi-07"))?;
        println!("{line}");
        Some(())
    });
    assert_eq!(model(), "");
    let facts = signed(&facts, &scene.bad_machine);
    assert!(scene.bad.publish(topic, &facts, &[]).status.success());
    wait_for("the same with its signature is heard", seconds(20), || {
        (model() == "no machine at all").then_some(())
    });
}
