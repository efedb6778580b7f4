//! A site without a hub: a real mosquitto that speaks TLS and wants passwords, and what its hub
//! would sign.

use super::{Broker, free_port, hub_status};
use base64ct::{Base64, Encoding};
use picket_agent::agent_id::{AgentId, Own};
use picket_testing::{Ca, Leaf};
use picket_wire::section::{HUB_RUN, JOINED, ROUNDS};
use picket_wire::sign::{self, SigningKey, Whose};
use picket_wire::token::{Address, Secret, Token, join_user};
use picket_wire::{
    Answer, Frame, FrameWriter, HubRun, Join, Joined, Kind, NodeId, NodeTopic, SiteId,
};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// See above. Everybody may come in at the broker's other listener, without TLS, where the tests
/// listen and speak.
pub(crate) struct Site {
    pub(crate) broker: Broker,
    pub(crate) tls_port: u16,
    dir: TempDir,
    ca: Ca,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// What the hub signs with, now and next.
pub(crate) const HUB_KEY: u8 = 8;
const NEXT_HUB_KEY: u8 = 9;

pub(crate) fn home() -> SiteId {
    SiteId::parse("home").unwrap()
}

pub(crate) fn node() -> NodeId {
    NodeId::parse("pi-07").unwrap()
}

impl Site {
    /// The broker lets in the bearers of these secrets to join as `pi-07`.
    pub(crate) fn start() -> Site {
        let dir = tempfile::tempdir().unwrap();
        let ca = Ca::generate();
        let tls_port = free_port();
        write_chain(&dir, &ca.hub(), &ca);
        let file = |name: &str| dir.path().join(name).display().to_string();
        fs::write(file("passwords"), "").unwrap();
        let before = "per_listener_settings true\nuser root";
        let after = format!(
            "allow_anonymous true\nlistener {tls_port} 127.0.0.1\nallow_anonymous false\n\
             password_file {}\ncertfile {}\nkeyfile {}\ntls_version tlsv1.3\n",
            file("passwords"),
            file("chain.pem"),
            file("key.pem")
        );
        let site = Site {
            broker: Broker::configured(before, &after),
            tls_port,
            dir,
            ca,
        };
        // Who answers has begun to listen for signals: an earlier SIGHUP would end it.
        site.broker.say("test/up", b"!");
        site.let_in(&join_user(node()), &Secret([3; 16]).password());
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn let_in(&self, user: &str, password: &str) {
        let status = Command::new("mosquitto_passwd")
            .arg("-b")
            .arg(self.path("passwords"))
            .args([user, password])
            .status();
        assert!(status.unwrap().success());
        self.broker.reload();
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtts://127.0.0.1:{}", self.tls_port)
    }

    pub(crate) fn token(&self) -> Token {
        Token {
            address: Address::try_from(format!("127.0.0.1:{}", self.tls_port).as_str()).unwrap(),
            site: home(),
            node: node(),
            ca_sha256: Sha256::digest(self.ca.der()).into(),
            hub_key: key(HUB_KEY).verifying_key().to_bytes(),
            secret: Secret([3; 16]),
        }
    }

    /// Makes `pi-07` a member of it, whose settings lie in its folder.
    pub(crate) fn member(&self) -> AgentId {
        let id = AgentId {
            own: Own::make(home(), node(), key(HUB_KEY).verifying_key()).unwrap(),
            ca: self.ca.der(),
            next_hub_key: key(NEXT_HUB_KEY).verifying_key(),
        };
        id.write(&self.path("agent.id"), None).unwrap();
        self.let_in("pi-07", id.own.password.reveal());
        let settings = format!("hub = \"{}\"\nevery = \"1s\"\n", self.url());
        fs::write(self.path("agent.toml"), settings).unwrap();
        id
    }

    /// What the hub says of its run.
    pub(crate) fn hub_status(&self, ordinal: u32, bits: u32, by: u8) -> Vec<u8> {
        let mut header = Frame::decode(&hub_status(ordinal, bits)).unwrap().header;
        header.flags.signed = true;
        let mut buf = [0; 256];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.section(HUB_RUN, &HubRun { ordinal }).unwrap();
        sign::sign(writer, &key(by), &home(), Whose::Hub)
            .unwrap()
            .to_vec()
    }

    /// Answers a request as the hub does. The verifier goes into mosquitto's password file as it
    /// is, in the form of mosquitto_passwd.
    pub(crate) fn answer(&self, join: &Join, answer: Answer) {
        if answer == Answer::Welcome {
            let [salt, hash] =
                [&join.password.salt[..], &join.password.hash()].map(Base64::encode_string);
            let mut file = OpenOptions::new()
                .append(true)
                .open(self.path("passwords"))
                .unwrap();
            writeln!(file, "pi-07:$7${ROUNDS}${salt}${hash}").unwrap();
            self.broker.reload();
        }
        let mut header = Frame::decode(&hub_status(1, 1)).unwrap().header;
        header.flags.signed = true;
        header.kind = Kind::Join;
        let joined = Joined {
            key: join.key,
            answer: answer.code(),
            next_hub_key: key(NEXT_HUB_KEY).verifying_key().to_bytes(),
        };
        let mut buf = [0; 256];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.section(JOINED, &joined).unwrap();
        let frame = sign::sign(writer, &key(HUB_KEY), &home(), Whose::Node(node())).unwrap();
        self.broker.say(&NodeTopic::Joined.of(node()), frame);
    }
}

fn write_chain(dir: &TempDir, leaf: &Leaf, ca: &Ca) {
    let chain = pem("CERTIFICATE", &leaf.der) + &pem("CERTIFICATE", &ca.der());
    fs::write(dir.path().join("chain.pem"), chain).unwrap();
    fs::write(dir.path().join("key.pem"), pem("PRIVATE KEY", &leaf.key)).unwrap();
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
