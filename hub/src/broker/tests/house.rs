//! A broker with TLS, an identity and nodes, for the tests, and Mosquitto's programs as its clients.

use super::*;
use crate::identity::Identity;
use crate::mqtt::tests::{program_at, run};
use crate::roster::{Enrolled, Roster, verifier};
use crate::tls::TlsListeners;
use picket_wire::sign::SigningKey;
use picket_wire::{NodeId as Node, SiteId};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Child;

/// Longest wait for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct House {
    _folder: tempfile::TempDir,
    pub(super) identity: Identity,
    pub(super) roster: Roster,
    pub(super) plain: SocketAddr,
    pub(super) tls: SocketAddr,
    pub(super) handle: BrokerHandle,
}

pub(super) fn node(id: &str) -> Node {
    Node::parse(id).unwrap()
}

/// An enrolled node whose password is its name.
pub(super) fn enrolled(id: &str) -> Enrolled {
    Enrolled {
        key: SigningKey::from_bytes(&[1; 32]).verifying_key(),
        password: Some(verifier(id.as_bytes(), [1; 12])),
    }
}

pub(super) fn identity_in(folder: &tempfile::TempDir) -> Identity {
    let (dir, nodes) = (
        folder.path().join("identity"),
        folder.path().join("nodes.toml"),
    );
    Identity::open(&dir, &nodes, SiteId::parse("home").unwrap()).unwrap()
}

impl House {
    /// pi-01 and pi-02 are enrolled, pi-07 has the token `secret`, Home Assistant's password is `ha`.
    pub(super) async fn start() -> House {
        let folder = tempfile::tempdir().unwrap();
        let identity = identity_in(&folder);
        let roster = identity.roster();
        for id in ["pi-01", "pi-02"] {
            roster.enrol(node(id), enrolled(id));
        }
        roster.offer(node("pi-07"), verifier(b"secret", [3; 12]));
        roster.let_home_assistant_in(verifier(b"ha", [4; 12]));
        let any = "127.0.0.1:0".parse().unwrap();
        let access = Access::new(roster.clone(), "homeassistant");
        let broker = Broker::bind(&[any], 200, access).await.unwrap();
        let (plain, handle) = (broker.addresses()[0], broker.handle());
        let (chain, key) = (identity.server_chain(), identity.server_key());
        let (listeners, server) = TlsListeners::new(chain, key, broker.inner(), 200).unwrap();
        tokio::spawn(broker.run());
        tokio::spawn(server.run());
        let tls = listeners.add(any).await.unwrap();
        House {
            _folder: folder,
            identity,
            roster,
            plain,
            tls,
            handle,
        }
    }

    /// The hub's own connection, listening.
    pub(super) async fn hub(&self) -> (Publisher, mpsc::Receiver<Event>) {
        let login = Login::new("hub", self.identity.hub_password().expose());
        let (publisher, mut events) = link(
            url_of(self.plain).with_login(login),
            &["picket/v1/#", "homeassistant/#"],
        );
        up(&mut events).await;
        (publisher, events)
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.identity.dir().join("ca.pem")
    }

    /// A program of Mosquitto's over TLS, as this user and client id.
    pub(super) fn over_tls(
        &self,
        program: &str,
        user: &str,
        password: &str,
        args: &[&str],
    ) -> Command {
        let mut command = program_at(program, self.tls);
        let ca = self.ca();
        // --insecure is about the name alone; the CA is checked.
        command.arg("--insecure").arg("--cafile").arg(ca);
        command.args(["-u", user, "-P", password]).args(args);
        command
    }

    /// What a node hears on `hub/status` first, by its own client id and the session kept for it.
    pub(super) async fn hears_first(&self, name: &str) -> (bool, String) {
        let topic = "picket/v1/hub/status";
        let args = [
            "-i", name, "-c", "-q", "1", "-t", topic, "-C", "1", "-W", "20",
        ];
        run(self.over_tls("mosquitto_sub", name, name, &args)).await
    }

    /// Publishes over TLS; gives whether the broker let the client in, and what the program said.
    pub(super) async fn publish(
        &self,
        user: &str,
        password: &str,
        args: &[&str],
    ) -> (bool, String) {
        let own_id = ["-i", user, "-q", "1"];
        let args: Vec<_> = own_id.iter().chain(args).copied().collect();
        run(self.over_tls("mosquitto_pub", user, password, &args)).await
    }
}

/// A program that goes on, with what it prints.
pub(super) fn running(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The topic and payload of the next message.
pub(super) async fn heard(events: &mut mpsc::Receiver<Event>) -> (String, Vec<u8>) {
    match next_event(events).await {
        Event::Message { topic, payload, .. } => (topic, payload),
        other => panic!("{other:?}"),
    }
}
