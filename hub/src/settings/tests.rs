//! Settings as people write them, right and wrong.

mod endurance;

use super::*;

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, Path::new("hub.toml"))
}

#[test]
fn an_empty_file_means_the_defaults() {
    let read = Settings::parse("", Path::new(DEFAULT_FILE)).unwrap();
    assert_eq!(read, Settings::default());
    let elsewhere = Settings::parse("", Path::new("/srv/hub.toml")).unwrap();
    assert_eq!(elsewhere.nodes_file, Path::new("/srv/nodes.toml"));
}

#[test]
fn a_full_file_means_what_it_says() {
    let settings = parse(
        r#"
        site = "cabin"
        state_dir = "/srv/picket"
        nodes_file = "/srv/git/nodes.toml"
        max_nodes = 12
        [broker]
        listen = ["127.0.0.1:2883", "[::1]:2883"]
        listen_tls = ["0.0.0.0:8883"]
        address = "hub.lan"
        [web]
        listen = "0.0.0.0:80"
        [home_assistant]
        url = "mqtt://ha.lan"
        allow_plain = true
        user = "picket"
        password_from = "/srv/secret"
        discovery_prefix = "ha/disc"
        [presence]
        stopping_excuse = "2min"
        "#,
    )
    .unwrap();
    assert_eq!(settings.site, "cabin");
    assert_eq!(settings.state_dir, Path::new("/srv/picket"));
    assert_eq!(settings.max_nodes, 12);
    let listen = ["127.0.0.1:2883", "[::1]:2883"]
        .map(|a| a.parse().unwrap())
        .to_vec();
    let listen_tls = vec!["0.0.0.0:8883".parse().unwrap()];
    assert_eq!(settings.broker, Broker::Embedded { listen, listen_tls });
    assert_eq!(settings.address.as_deref(), Some("hub.lan:8883"));
    assert_eq!(settings.nodes_file, Path::new("/srv/git/nodes.toml"));
    assert_eq!(settings.identity_dir(), Path::new("/srv/picket/identity"));
    assert_eq!(settings.web.to_string(), "0.0.0.0:80");
    assert_eq!(
        settings.home_assistant.url.as_ref().unwrap().to_string(),
        "mqtt://ha.lan:1883"
    );
    assert_eq!(settings.home_assistant.discovery_prefix, "ha/disc");
    assert_eq!(settings.stopping_excuse, Millis::from_s(120));
    let words = explain(&settings);
    assert!(
        words.contains("unencrypted") && words.contains("no login"),
        "{words}"
    );
    assert!(words.contains("travels in plain text"), "{words}");
}

#[test]
fn an_external_broker_takes_the_place_of_the_embedded_one() {
    let settings = parse("[mqtt]\nurl = \"mqtt://127.0.0.1:1884\"").unwrap();
    let external = External {
        url: BrokerUrl::new("127.0.0.1", 1884),
        login: LoginFrom::Nobody,
        ca_file: None,
        files: None,
    };
    assert_eq!(settings.broker, Broker::External(external));
}

#[test]
fn a_mosquitto_whose_users_picket_keeps_is_met_as_hub() {
    let settings = parse(
        r#"
        [mqtt]
        url = "mqtts://broker.lan"
        address = "192.0.2.10:8883"
        password_file = "/etc/mosquitto/picket/passwords"
        acl_file = "/etc/mosquitto/picket/rights"
        reload = ["systemctl", "reload", "mosquitto"]
        [home_assistant]
        url = "mqtts://ha.lan"
        ca_file = "/etc/ssl/certs/ca-certificates.crt"
        "#,
    )
    .unwrap();
    let Broker::External(external) = &settings.broker else {
        panic!()
    };
    assert_eq!(external.login, LoginFrom::Identity);
    let files = external.files.as_ref().unwrap();
    assert_eq!(files.reload, ["systemctl", "reload", "mosquitto"]);
    assert_eq!(settings.address.as_deref(), Some("192.0.2.10:8883"));
    let words = explain(&settings);
    for part in [
        "as the user \"hub\"",
        "this site's own CA",
        "ca-certificates.crt vouches",
        "`systemctl reload mosquitto` is run",
        "told to find it at 192.0.2.10:8883",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!words.contains("unencrypted"), "{words}");
}

#[test]
fn a_password_in_plain_text_and_a_broker_without_login_are_said() {
    let plain = "[mqtt]\nurl = \"mqtt://broker.lan\"\nallow_plain = true\n";
    let words = explain(&parse(plain).unwrap());
    assert!(words.contains("does not log in"), "{words}");
    let login = "user = \"me\"\npassword_from = \"/p\"";
    let words = explain(&parse(&format!("{plain}{login}")).unwrap());
    assert!(
        words.contains("\"me\"") && words.contains("travels in plain text"),
        "{words}"
    );
    let local = "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nuser = \"me\"\npassword_from = \"/p\"";
    assert!(!explain(&parse(local).unwrap()).contains("plain text"));
}

/// The file, the line at fault, words that its error must hold.
type Fault = (&'static str, usize, &'static [&'static str]);

const FAULTS: &[Fault] = &[
    (
        "sit = \"home\"",
        1,
        &["unknown key \"sit\"", "did you mean \"site\"?"],
    ),
    (
        "\n[broker]\nlisten = []\nlisen = 1",
        4,
        &["\"lisen\"", "\"listen\""],
    ),
    (
        "[home_asistant]\nurl = \"mqtt://x\"",
        1,
        &["\"home_asistant\"", "\"home_assistant\""],
    ),
    (
        "[web]\nqqq = 1",
        2,
        &["unknown key \"qqq\"", "known here: listen"],
    ),
    ("site = 3", 1, &["invalid type", "string"]),
    ("site = \"My Home\"", 1, &["site", "a-z"]),
    ("site = \"", 1, &["string"]),
    ("state_dir = \"var\"", 1, &["absolute"]),
    ("max_nodes = 0", 1, &["between 1 and 10000"]),
    ("max_nodes = 20000", 1, &["between 1 and 10000"]),
    ("max_nodes = \"many\"", 1, &["a whole number"]),
    ("[broker]\nlisten = []", 2, &["1 to 8 addresses"]),
    (
        "[broker]\nlisten = [\"127.0.0.1\"]",
        2,
        &["no address and port", "127.0.0.1:1883"],
    ),
    (
        "[broker]\nlisten = [\n\"127.0.0.1:1\",\n\"0.0.0.0:1883\"]",
        4,
        &["0.0.0.0:1883", "listen_tls = [\"0.0.0.0:8883\"]"],
    ),
    (
        "[broker]\n[mqtt]\nurl = \"mqtt://127.0.0.1\"",
        3,
        &["keep one"],
    ),
    ("[mqtt]", 1, &["missing field `url`"]),
    (
        "[broker]\nlisten_tls = [\"8883\"]",
        2,
        &["no address and port", "0.0.0.0:8883"],
    ),
    ("[broker]\naddress = \"hub lan\"", 2, &["hub.lan:8883"]),
    ("[broker]\naddress = \"hub.lan:0\"", 2, &["hub.lan:8883"]),
    ("nodes_file = \"nodes.toml\"", 1, &["absolute"]),
    (
        "[mqtt]\nurl = \"mqtt://me:s3cret@127.0.0.1\"",
        2,
        &["password_from"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nuser = \"me\"",
        3,
        &["belong together"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nca_file = \"/ca\"",
        3,
        &["write mqtts://"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nacl_file = \"/a\"",
        3,
        &["name both"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nreload = [\"true\"]",
        3,
        &["name both"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nacl_file = \"/a\"\npassword_file = \"/a\"",
        3,
        &["two files"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nacl_file = \"/a\"\npassword_file = \"/p\"\nreload = []",
        5,
        &["systemctl"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nuser = \"me\"\npassword_from = \"/f\"\nacl_file = \"/a\"\npassword_file = \"/p\"",
        3,
        &["keep one"],
    ),
    (
        "[home_assistant]\nuser = \"me\"\npassword_from = \"/f\"",
        2,
        &["name that one by url"],
    ),
    (
        "[home_assistant]\ndiscovery_prefix = \"picket/v1\"",
        2,
        &["discovery_prefix"],
    ),
    (
        "[mqtt]\nurl = \"mqtt://broker.lan\"",
        2,
        &["allow_plain = true"],
    ),
    ("[web]\nlisten = \"8470\"", 2, &["127.0.0.1:8470"]),
    (
        "[home_assistant]\nurl = \"http://ha\"",
        2,
        &["begins with mqtt://"],
    ),
    (
        "[home_assistant]\nurl = \"mqtt://ha.lan\"",
        2,
        &["allow_plain"],
    ),
    (
        "[home_assistant]\ndiscovery_prefix = \"a/#\"",
        2,
        &["discovery_prefix"],
    ),
    ("[presence]\nstopping_excuse = 600", 2, &["string"]),
    (
        "[presence]\nstopping_excuse = \"ten minutes\"",
        2,
        &["like \"90s\""],
    ),
    ("[presence]\nstopping_excuse = \"10\"", 2, &["like \"90s\""]),
    (
        "[presence]\nstopping_excuse = \"10 years\"",
        2,
        &["like \"90s\""],
    ),
    (
        "[presence]\nstopping_excuse = \"500ms\"",
        2,
        &["between 1s and 7d"],
    ),
    (
        "[presence]\nstopping_excuse = \"99999999999999999d\"",
        2,
        &["length of time"],
    ),
];

#[test]
fn every_fault_is_one_line_that_names_file_line_and_what_to_write() {
    check(FAULTS);
}

fn check(faults: &[Fault]) {
    for (text, line, words) in faults {
        let error = parse(text).expect_err(text);
        let shown = error.to_string();
        assert_eq!(error.line, Some(*line), "{text:?} gave {shown}");
        assert!(shown.starts_with(&format!("hub.toml:{line}: ")), "{shown}");
        assert!(!shown.contains('\n'), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
        for word in *words {
            assert!(
                shown.contains(word),
                "{text:?} gave {shown:?}, without {word:?}"
            );
        }
    }
}

#[test]
fn a_missing_file_says_how_to_do_without() {
    let error = Settings::load(Path::new("/nonexistent/hub.toml")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nonexistent/hub.toml: there is no such file")
    );
}

#[test]
fn lengths_of_time_have_a_unit() {
    for (text, millis) in [
        ("250ms", 250),
        ("90s", 90_000),
        ("10min", 600_000),
        ("2 h", 7_200_000),
        ("1d", 86_400_000),
    ] {
        assert_eq!(duration::parse(text), Ok(Millis(millis)), "{text}");
    }
}
