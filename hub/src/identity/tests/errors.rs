//! Every line that a start may end with.

use super::*;

#[test]
fn another_site_is_refused_and_both_are_named() {
    let place = Place::new();
    drop(place.open());
    let error = Identity::open(&place.dir(), &place.nodes_file(), site("lab")).unwrap_err();
    let line = error.to_string();
    for said in ["site \"home\"", "site = \"lab\"", "write site = \"home\""] {
        assert!(line.contains(said), "{line}");
    }
}

#[test]
fn an_incomplete_identity_is_refused_and_never_made_anew() {
    for (name, _) in folder::FILES {
        let place = Place::new();
        drop(place.open());
        fs::remove_file(place.dir().join(name)).unwrap();
        let line = place.error();
        let said = format!("/state/identity is incomplete, it lacks {name}: put a backup back");
        assert!(line.contains(&said), "{line}");
        assert!(!place.dir().join(name).exists());
    }
}

#[test]
fn a_missing_identity_beside_an_earlier_one_is_an_interrupted_restore() {
    let place = Place::new();
    drop(place.open());
    fs::rename(place.dir(), place.root.path().join("state/identity.old-1")).unwrap();
    let line = place.error();
    assert!(line.contains("a restore was interrupted"), "{line}");
    assert!(line.contains("/state/identity.old-1"), "{line}");
}

#[test]
fn a_wrong_nodes_file_is_named_with_its_line_and_left_alone() {
    let place = Place::new();
    let mut hub = place.open();
    let weak = keys::to_base64(&{
        let mut neutral = [0; 32];
        neutral[0] = 1;
        neutral
    });
    let no_point = (2..=255).map(|y| [y; 32]);
    let no_point = no_point.filter(|bytes| VerifyingKey::from_bytes(bytes).is_err());
    let no_point = keys::to_base64(&no_point.into_iter().next().unwrap());
    let good = keys::to_base64(key(1).as_bytes());
    let long = "# ".repeat(2 << 20);
    for (text, said) in [
        ("[nodes.pi-01\nkey = 1\n".to_owned(), "nodes.toml:1: "),
        ("# a\n[nodes.pi-01]\nkey = 1\n".to_owned(), "nodes.toml:3: "),
        (
            "[nodes.pi-01]\n".to_owned(),
            "nodes.toml:1: missing field `key`",
        ),
        (
            "[nodes.pi-01]\nkey = \"AAAA\"\n".to_owned(),
            "nodes.toml:2: the key of pi-01 is not 32 bytes",
        ),
        (
            format!("[nodes.pi-01]\nkey = \"{weak}\"\n"),
            "nodes.toml:2: the key of pi-01 is of small order",
        ),
        (
            format!("[nodes.pi-01]\nkey = \"{no_point}\"\n"),
            "nodes.toml:2: the key of pi-01 is no key of ed25519",
        ),
        (
            format!("[nodes.hub]\nkey = \"{good}\"\n"),
            "nodes.toml:2: \"hub\" cannot be a node",
        ),
        (
            format!("[nodes.pi-01]\nkey = \"{good}\"\nname = \"a\"\n"),
            "nodes.toml:3: unknown field `name`",
        ),
        (
            "[nodes.pi-01]\nkey = 1\n[nodes.pi-01]\nkey = 2\n".to_owned(),
            "nodes.toml:3: duplicate key",
        ),
        ("nodes = 5\n".to_owned(), "nodes.toml:1: "),
        (
            "node = 5\n".to_owned(),
            "nodes.toml:1: unknown field `node`",
        ),
        (long, "nodes.toml: is longer than 2097152 bytes"),
    ] {
        place.write_nodes(&text);
        // While the hub runs nothing is written over it either.
        let running = hub.enrol(node("pi-02"), enrolled(2, "p")).unwrap_err();
        assert!(running.to_string().contains(said), "{said}: {running}");
        assert_eq!(hub.roster().nodes(), []);
        drop(hub);
        let line = place.error();
        assert!(line.contains(said), "{said}: {line}");
        assert_eq!(place.nodes_text(), text);
        fs::remove_file(place.nodes_file()).unwrap();
        hub = place.open();
    }
}

#[test]
fn damaged_files_of_the_identity_are_named_and_show_no_secret() {
    let place = Place::new();
    drop(place.open());
    let secret = "U0VDUkVU";
    for (name, text, said) in [
        (
            folder::KEYS,
            format!(
                "site = \"home\"\nhub_key = \"{secret}\"\nnext_hub_key = \"\"\nhub_password = \"p\"\n"
            ),
            "keys.toml:2: a key is 32 bytes",
        ),
        (
            folder::KEYS,
            format!("hub_key = \"{secret}\n"),
            "keys.toml:1: ",
        ),
        (
            folder::KEYS,
            String::new(),
            "keys.toml:1: missing field `site`",
        ),
        (folder::CA, String::new(), "ca.pem is not one certificate"),
        (
            folder::SERVER,
            secret.to_owned(),
            "server.pem is not the hub's certificate",
        ),
        (
            folder::SERVER_KEY,
            secret.to_owned(),
            "server.key is not a key in PEM",
        ),
        (
            folder::CREDENTIALS,
            format!("[[node]]\nid = \"pi-01\"\nkey = \"{secret}\"\nsalt = \"\"\nhash = \"\"\n"),
            "credentials of \"pi-01\" are damaged",
        ),
        (
            folder::CREDENTIALS,
            format!("[home_assistant]\nsalt = \"{secret}\"\nhash = \"\"\n"),
            "Home Assistant are damaged",
        ),
        (
            folder::CREDENTIALS,
            "[[nodes]]\n".to_owned(),
            "credentials.toml:1: unknown field `nodes`",
        ),
    ] {
        let path = place.dir().join(name);
        let right = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let line = place.error();
        assert!(line.contains(said), "{said}: {line}");
        assert!(!line.contains(secret), "{line}");
        fs::write(&path, right).unwrap();
    }
    place.open();
}

#[test]
fn what_cannot_be_written_down_is_not_in_the_roster() {
    let place = Place::new();
    let mut hub = place.open();
    hub.enrol(node("pi-01"), enrolled(1, "old")).unwrap();
    let away = place.root.path().join("away");
    fs::rename(place.root.path().join("etc"), &away).unwrap();
    for (id, seed) in [("pi-02", 2), ("pi-01", 3)] {
        let line = hub
            .enrol(node(id), enrolled(seed, "new"))
            .unwrap_err()
            .to_string();
        assert!(
            line.contains("cannot write") && line.contains("nodes.toml"),
            "{line}"
        );
    }
    let check = |roster: &Roster| {
        assert_eq!(roster.nodes(), [node("pi-01")]);
        assert!(
            roster.login("pi-01", b"old").is_some(),
            "the old card goes on"
        );
        assert!(roster.login("pi-01", b"new").is_none());
    };
    check(&hub.roster());
    drop(hub);
    fs::rename(&away, place.root.path().join("etc")).unwrap();
    check(&place.open().roster());
}

#[test]
fn more_nodes_than_may_be_are_refused() {
    let place = Place::new();
    let key = keys::to_base64(key(1).as_bytes());
    let many = (0..MAX_NODES).map(|n| format!("nodes.n{n}.key = \"{key}\"\n"));
    place.write_nodes(&many.collect::<String>());
    let mut hub = place.open();
    let error = hub.enrol(node("pi-01"), enrolled(1, "p")).unwrap_err();
    assert_eq!(error, IdentityError::Full);
    hub.enrol(node("n5"), enrolled(2, "p")).unwrap();
    drop(hub);
    place.write_nodes(&format!(
        "{}nodes.pi-01.key = \"{key}\"\n",
        place.nodes_text()
    ));
    let line = place.error();
    assert!(line.contains("names more than 10000 nodes"), "{line}");
}
