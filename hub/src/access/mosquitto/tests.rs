//! A real mosquitto with the files and the settings that are written for it.

use super::*;
use crate::access::tests::roster;
use crate::identity::Identity;
use crate::mqtt::tests::{mosquitto_program, program_at, run};
use crate::settings::{External, LoginFrom};
use picket_testing::free_port;
use picket_wire::NodeId;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tokio::net::TcpStream;
use tokio::process::Child;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mosquitto that runs by what was written for it; it ends with the value.
struct Theirs {
    folder: tempfile::TempDir,
    identity: Identity,
    settings: Settings,
    roster: Roster,
    tls: SocketAddr,
    plain: SocketAddr,
    child: Child,
}

fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}

fn files_in(folder: &Path) -> MosquittoFiles {
    MosquittoFiles {
        password_file: folder.join("passwords"),
        acl_file: folder.join("rights"),
        reload: Vec::new(),
    }
}

fn settings_of(files: MosquittoFiles) -> Settings {
    let url = "mqtt://127.0.0.1".parse().unwrap();
    let external = External {
        url,
        login: LoginFrom::Identity,
        ca_file: None,
        files: Some(files),
    };
    Settings {
        broker: Broker::External(external),
        ..Settings::default()
    }
}

impl Theirs {
    async fn start() -> Theirs {
        let folder = tempfile::tempdir().unwrap();
        let site = SiteId::parse("home").unwrap();
        let (dir, nodes) = (
            folder.path().join("identity"),
            folder.path().join("nodes.toml"),
        );
        let identity = Identity::open(&dir, &nodes, site).unwrap();
        let (roster, files) = (roster(), files_in(folder.path()));
        let mut settings = settings_of(files.clone());
        publish(&roster, &settings).await.unwrap();
        let (tls, plain) = (free_address(), free_address());
        let text = std::fs::read_to_string(folder.path().join(SAMPLE)).unwrap();
        let text = text
            .replace(
                "file /etc/mosquitto/picket-tls",
                &format!("file {}", dir.display()),
            )
            .replace(
                "listener 8883",
                &format!("listener {} 127.0.0.1", tls.port()),
            )
            .replace("listener 1883", &format!("listener {}", plain.port()));
        let file = folder.path().join("mosquitto.conf");
        // Started as root it would change to a user who cannot read this folder.
        let me = nix::unistd::User::from_uid(nix::unistd::geteuid())
            .unwrap()
            .unwrap();
        std::fs::write(&file, format!("user {}\n{text}", me.name)).unwrap();
        let mut command = Command::new(mosquitto_program());
        command
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn().unwrap();
        // It opens one listener after the other.
        let answers = async {
            for listener in [tls, plain] {
                while TcpStream::connect(listener).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.unwrap();
        let Broker::External(external) = &mut settings.broker else {
            panic!()
        };
        let pid = child.id().unwrap().to_string();
        external.files.as_mut().unwrap().reload =
            ["kill", "-HUP", &pid].map(str::to_owned).to_vec();
        Theirs {
            folder,
            identity,
            settings,
            roster,
            tls,
            plain,
            child,
        }
    }

    fn ca(&self) -> PathBuf {
        self.identity.dir().join("ca.pem")
    }

    fn over_tls(&self, program: &str, user: &str, args: &[&str]) -> Command {
        let mut command = program_at(program, self.tls);
        command.arg("--insecure").arg("--cafile").arg(self.ca());
        command.args(["-u", user, "-q", "1"]).args(args);
        command
    }

    /// The hub's own word to pi-01, kept for it.
    async fn order_pi_01(&self, word: &str) {
        let mut order = program_at("mosquitto_pub", self.plain);
        order.args(["-u", "hub", "-P", "hub", "-r"]);
        order.args(["-t", "picket/v1/pi-01/order", "-m", word]);
        assert!(run(order).await.0);
    }

    /// What reaches the hub, up to the message on `hub/mark`.
    fn as_hub(&self) -> Child {
        let mut command = program_at("mosquitto_sub", self.plain);
        command.args(["-u", "hub", "-P", "hub", "-q", "1", "-v", "-W", "20"]);
        command.args(["-t", "picket/v1/#", "-t", "homeassistant/#"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }
}

#[tokio::test]
async fn mosquitto_lets_each_say_its_own_and_hear_its_own() {
    let theirs = Theirs::start().await;
    let hub = theirs.as_hub();
    // Retained, so that it does not matter which of the two connects first.
    for (user, password, topic, arrives) in [
        ("pi-01", "pi-01", "picket/v1/pi-01/facts", true),
        ("pi-01", "pi-01", "picket/v1/pi-01/order", false),
        ("pi-01", "pi-01", "picket/v1/pi-02/facts", false),
        ("pi-01", "pi-01", "picket/v1/hub/status", false),
        ("pi-07.join", "secret", "picket/v1/pi-07/join", true),
        ("pi-07.join", "secret", "picket/v1/pi-07/facts", false),
        ("home.assistant", "ha", "homeassistant/status", true),
        ("home.assistant", "ha", "picket/v1/hub/ask/drill", true),
        (
            "home.assistant",
            "ha",
            "homeassistant/device/x/config",
            false,
        ),
    ] {
        let word = format!("{user}:{arrives}");
        let args = ["-P", password, "-r", "-t", topic, "-m", &word];
        let (done, said) = run(theirs.over_tls("mosquitto_pub", user, &args)).await;
        assert!(done, "{user} {topic}: {said}");
    }
    let mark = [
        "-P",
        "pi-02",
        "-r",
        "-t",
        "picket/v1/pi-02/facts",
        "-m",
        "mark",
    ];
    assert!(
        run(theirs.over_tls("mosquitto_pub", "pi-02", &mark))
            .await
            .0
    );
    let heard = everything_until_mark(hub).await;
    assert_eq!(heard.matches(":true").count(), 4, "{heard}");
    assert!(!heard.contains(":false"), "{heard}");
    theirs.order_pi_01("own").await;
    let args = ["-P", "pi-01", "-t", "#", "-C", "1", "-W", "20", "-v"];
    let (_, said) = run(theirs.over_tls("mosquitto_sub", "pi-01", &args)).await;
    assert_eq!(
        said.trim(),
        "picket/v1/pi-01/order own",
        "all else is kept from it"
    );
}

async fn everything_until_mark(mut hub: Child) -> String {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut lines = BufReader::new(hub.stdout.take().unwrap()).lines();
    let mut heard = String::new();
    while let Some(line) = tokio::time::timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
    {
        if line.ends_with(" mark") {
            return heard;
        }
        heard.push_str(&line);
        heard.push('\n');
    }
    heard
}

#[tokio::test]
async fn mosquitto_refuses_who_is_not_in_the_files_and_gives_nobody_another_s_client_id() {
    let theirs = Theirs::start().await;
    let word = ["-t", "picket/v1/pi-01/facts", "-m", "x"];
    for (user, password) in [("pi-01", "wrong"), ("pi-09", "pi-09"), ("hub", "pi-01")] {
        let args = [&["-P", password], &word[..]].concat();
        let (done, said) = run(theirs.over_tls("mosquitto_pub", user, &args)).await;
        assert!(!done && said.contains("not authorised"), "{user}: {said}");
    }
    let mut nobody = program_at("mosquitto_pub", theirs.plain);
    nobody.args(word);
    assert!(!run(nobody).await.0);
    // pi-02 asks for the client id of pi-01, whose connection stays.
    let args = [
        "-P",
        "pi-01",
        "-t",
        "picket/v1/pi-01/order",
        "-C",
        "1",
        "-W",
        "20",
    ];
    let waits = theirs
        .over_tls("mosquitto_sub", "pi-01", &args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let args = [
        "-P",
        "pi-02",
        "-i",
        "pi-01",
        "-t",
        "picket/v1/pi-02/facts",
        "-m",
        "x",
    ];
    assert!(
        run(theirs.over_tls("mosquitto_pub", "pi-02", &args))
            .await
            .0
    );
    theirs.order_pi_01("mark").await;
    let output = tokio::time::timeout(PATIENCE, waits.wait_with_output())
        .await
        .unwrap();
    assert_eq!(output.unwrap().stdout, b"mark\n");
}

#[tokio::test]
async fn a_change_is_known_to_mosquitto_once_it_is_published() {
    let mut theirs = Theirs::start().await;
    let word = ["-P", "pi-09", "-t", "picket/v1/pi-09/facts", "-m", "x"];
    let node = NodeId::parse("pi-09").unwrap();
    assert!(
        !run(theirs.over_tls("mosquitto_pub", "pi-09", &word))
            .await
            .0
    );
    let password = Some(crate::roster::verifier(b"pi-09", [9; 12]));
    let key = theirs.roster.key(NodeId::parse("pi-01").unwrap()).unwrap();
    theirs
        .roster
        .enrol(node, crate::roster::Enrolled { key, password });
    publish(&theirs.roster, &theirs.settings).await.unwrap();
    let gets_in = async {
        while !run(theirs.over_tls("mosquitto_pub", "pi-09", &word))
            .await
            .0
        {}
    };
    // A signal is not waited for by who sends it.
    tokio::time::timeout(PATIENCE, gets_in).await.unwrap();
    let args = ["-P", "pi-09", "-t", "picket/v1/pi-09/order", "-W", "20"];
    let mut waits = theirs
        .over_tls("mosquitto_sub", "pi-09", &args)
        .spawn()
        .unwrap();
    theirs.roster.expel(node);
    publish(&theirs.roster, &theirs.settings).await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, waits.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(!ended.success(), "an expelled node is cut off");
    assert!(
        theirs.child.try_wait().unwrap().is_none(),
        "mosquitto still runs"
    );
    for file in ["passwords", "rights"] {
        let found = std::fs::metadata(theirs.folder.path().join(file)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o640, "{file}");
    }
}

#[tokio::test]
async fn a_command_that_fails_or_hangs_or_is_missing_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (words, why) in [
        (
            &["sh", "-c", "echo no such unit >&2; exit 3"][..],
            "no such unit",
        ),
        (&["/nonexistent/program"], "cannot be run"),
        (&["sleep", "60"], "did not end within 10s"),
    ] {
        let mut files = files_in(folder.path());
        files.reload = words.iter().map(|word| (*word).to_owned()).collect();
        let error = publish(&roster(), &settings_of(files))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(why) && error.contains("read its files anew"),
            "{error}"
        );
    }
    let missing = settings_of(files_in(&folder.path().join("missing")));
    let error = publish(&roster(), &missing).await.unwrap_err().to_string();
    assert!(error.contains("missing/picket.conf.sample"), "{error}");
}
