//! Settings that are wrong, and what is said of them.

use super::*;
use std::fs;
use tempfile::TempDir;

fn file(text: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn load(text: &str) -> Result<Settings, String> {
    let (_dir, path) = file(text);
    Settings::load(Some(path.clone()), Written::default()).map_err(|e| {
        e.to_string()
            .replace(&path.display().to_string(), "agent.toml")
    })
}

fn flag(value: &str, name: &str) -> Option<Said<String>> {
    Some(Said {
        value: value.to_owned(),
        origin: name.to_owned(),
    })
}

#[test]
fn a_file_needs_only_the_hub() {
    let settings = load("hub = \"mqtt://127.0.0.1\"\n").unwrap();
    assert_eq!(settings.hub.to_string(), "mqtt://127.0.0.1:1883");
    assert_eq!(settings.node, None);
    assert_eq!(settings.every, DEFAULT_EVERY);
}

#[test]
fn every_wrong_file_is_one_line_with_the_place_and_what_is_right() {
    for (text, expected) in [
        (
            "hub = \"mqtt://h\"\nallow_plain = true\nevry = \"10s\"\n",
            "agent.toml:3: unknown key \"evry\"; did you mean \"every\"?",
        ),
        (
            "[ups]\nname = \"a\"\n",
            "agent.toml:1: unknown key \"ups\" (known: hub, node, every",
        ),
        (
            "[scrub]\npath = [\"/\"]\n",
            "agent.toml:2: unknown key \"path\"; did you mean \"paths\"?",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\n\nevery = 10\n",
            "agent.toml:3: invalid type: integer",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\nevery = \"10\"\n",
            "agent.toml:2: every: \"10\" has no unit",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\nevery = \"500ms\"\n",
            "agent.toml:2: every: \"500ms\" is out of range: from 1s to 1h",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\nevery = \"2h\"\n",
            "agent.toml:2: every: \"2h\" is out of range",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\nnode = \"Pi 1\"\n",
            "agent.toml:2: node: ",
        ),
        ("hub = \"mqtt://127.0.0.1\"\nnode = \"hub\"\n", "reserved"),
        ("hub = \"mqtt://192.0.2.1\"\n", "allow_plain = true"),
        ("hub = \n", "agent.toml:1: "),
        (
            "hub = \"mqtt://127.0.0.1\"\n[sd_health]\ncards = [\n  \"41\",\n]\n",
            "agent.toml:4: sd_health.cards: \"41\" is no CID: write the 32 hex digits",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\n[sd_health]\ncard = []\n",
            "agent.toml:3: unknown key \"card\"; did you mean \"cards\"?",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\n[sd_health]\n",
            "agent.toml:2: ",
        ),
        (
            "hub = \"mqtt://127.0.0.1\"\nhub = \"mqtt://127.0.0.1\"\n",
            "agent.toml:2: ",
        ),
        ("node = \"pi-01\"\n", "no hub is named"),
        ("", "no hub is named"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(expected), "{text:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn plain_text_leaves_the_machine_only_when_that_is_allowed() {
    let settings = load("hub = \"mqtt://192.0.2.1\"\nallow_plain = true\n").unwrap();
    assert_eq!(settings.hub.to_string(), "mqtt://192.0.2.1:1883");
    assert!(load("hub = \"mqtt://192.0.2.1\"\nallow_plain = false\n").is_err());
    let settings = load("hub = \"mqtts://192.0.2.1\"\n").unwrap();
    assert_eq!(settings.hub.to_string(), "mqtts://192.0.2.1:8883");
}

#[test]
fn a_flag_overrides_the_file_and_its_error_names_the_flag() {
    let (_dir, path) = file("hub = \"mqtt://127.0.0.1\"\nnode = \"a\"\nevery = \"1min\"\n");
    let flags = Written {
        node: flag("b", "--node"),
        ..Written::default()
    };
    let settings = Settings::load(Some(path.clone()), flags).unwrap();
    assert_eq!(settings.node.unwrap().as_str(), "b");
    assert_eq!(settings.every, Duration::from_secs(60));
    let flags = Written {
        every: flag("x", "--every"),
        ..Written::default()
    };
    let error = Settings::load(Some(path), flags).unwrap_err();
    assert!(error.to_string().starts_with("--every: "), "{error}");
}

#[test]
fn flags_that_name_a_hub_need_no_file_and_a_named_file_has_to_be_there() {
    let flags = Written {
        hub: flag("mqtt://localhost:1999", "--hub"),
        ..Written::default()
    };
    let settings = Settings::load(None, flags.clone()).unwrap();
    assert_eq!(settings.file, None);
    let nowhere = PathBuf::from("/nowhere/agent.toml");
    let error = Settings::load(Some(nowhere), flags).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cannot read the settings /nowhere/agent.toml"),
        "{error}"
    );
}

#[test]
fn a_file_that_never_ends_and_one_that_is_too_long_are_refused() {
    let error = Settings::load(Some(PathBuf::from("/dev/zero")), Written::default()).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    let why = load(&"#".repeat(written::MAX_FILE as usize + 1)).unwrap_err();
    assert!(why.contains("are longer than"), "{why}");
}

#[test]
fn the_cards_that_may_be_asked_are_read_without_a_hub_and_only_from_a_file_that_is_there() {
    const CARD: &str = "035344534431364780aabbccdd014a00";
    let (_dir, path) = file(&format!("[sd_health]\ncards = [\"{CARD}\"]\n"));
    let cards = WithRights::load(Some(&path)).unwrap().sd_health_cards;
    assert_eq!(cards, [Cid::parse(CARD).unwrap()]);
    let with_hub = load(&format!(
        "hub = \"mqtt://127.0.0.1\"\n[sd_health]\ncards = [\"{CARD}\"]\n"
    ));
    assert_eq!(with_hub.unwrap().sd_health_cards, cards);
    let (_dir, path) = file("every = \"1s\"\n");
    assert_eq!(WithRights::load(Some(&path)).unwrap().sd_health_cards, []);
    assert!(WithRights::load(Some(&path.with_extension("none"))).is_err());
    let many = format!("\"{CARD}\",").repeat(MAX_CARDS + 1);
    let (_dir, path) = file(&format!("[sd_health]\ncards = [{many}]\n"));
    let error = WithRights::load(Some(&path)).unwrap_err().to_string();
    assert!(error.contains("more than 16 cards"), "{error}");
}

#[test]
fn what_is_read_back_has_defaults_that_need_no_table() {
    let scrub = load("hub = \"mqtt://127.0.0.1\"\n").unwrap().scrub;
    assert_eq!(scrub, Scrub::default());
    assert!(scrub.enabled && scrub.paths == [Path::new("/")]);
    let (_dir, path) = file("[scrub]\n");
    assert_eq!(WithRights::load(Some(&path)).unwrap().scrub, scrub);
    let (_dir, path) = file(
        "[scrub]\nenabled = false\npaths = [\"/\", \"/srv//data/\"]\nperiod = \"30d\"\n\
         exclude = [\n  \"/srv/cache\",\n]\n",
    );
    let expected = Scrub {
        enabled: false,
        paths: vec![PathBuf::from("/"), PathBuf::from("/srv/data")],
        period: Duration::from_secs(30 * 86_400),
        exclude: vec![PathBuf::from("/srv/cache")],
    };
    assert_eq!(WithRights::load(Some(&path)).unwrap().scrub, expected);
}

#[test]
fn what_is_to_be_read_back_is_wrong_at_its_line() {
    let many = "  \"/a\",\n".repeat(scrub::MAX_PATHS);
    for (table, expected) in [
        (
            "period = \"1min\"",
            ":2: scrub.period: \"1min\" is out of range: from 1h to 90d",
        ),
        (
            "period = \"91d\"",
            ":2: scrub.period: \"91d\" is out of range",
        ),
        ("period = \"7\"", "has no unit"),
        (
            "paths = []",
            ":2: scrub.paths: names no folder; to read no file back write",
        ),
        (
            "paths = [\n  \"/\",\n  \"srv\",\n]",
            ":4: scrub.paths: \"srv\" is no whole path",
        ),
        (
            "exclude = [\"/srv/../etc\"]",
            ":2: scrub.exclude: \"/srv/../etc\" is no whole path",
        ),
        ("paths = [\"/srv\", \"/srv/\"]", "\"/srv/\" is named twice"),
        ("enabled = \"no\"", ":2: invalid type: string"),
        ("perid = \"7d\"", "did you mean \"period\"?"),
        (
            &format!("paths = [\n{many}  \"/b\",\n]"),
            ":11: scrub.paths: more than 8 paths",
        ),
    ] {
        let (_dir, path) = file(&format!("[scrub]\n{table}\n"));
        let error = WithRights::load(Some(&path)).unwrap_err().to_string();
        assert!(error.contains(expected), "{table:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
