//! A hub without feeds, page and socket at a real broker, to be looked into.

use super::frames::{key, node, site};
use super::*;
use crate::handle::{self, Handle};
use crate::hub_status::Signer;
use crate::mqtt;
use crate::mqtt::tests::Mosquitto;
use crate::roster::{Enrolled, Own, verifier};
use crate::stop::Stopper;
use crate::store::Database;
use picket_hub_core::{Config, Refusal};
use picket_wire::{BootId, RunBits, SessionId};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::task::JoinHandle;

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A hub without feeds, page and socket.
pub(super) struct Hubling {
    pub(super) handle: Handle,
    stopper: Stopper,
    task: JoinHandle<()>,
    drivers: [JoinHandle<()>; 2],
    pub(super) roster: Roster,
    pub(super) joining: mpsc::Receiver<(NodeId, Vec<u8>)>,
}

pub(super) const JOINS: usize = 2;

/// A roster of one node, `pi-01`, whose key is that of seed 1. The hub's are those of 8 and 9.
pub(super) fn roster() -> Roster {
    let own = Own {
        site: site(),
        hub_keys: [key(8).verifying_key(), key(9).verifying_key()],
        hub_password: verifier(b"the hub's", [2; 12]),
    };
    let enrolled = Enrolled {
        key: key(1).verifying_key(),
        password: None,
    };
    Roster::new(own, BTreeMap::from([(node("pi-01"), enrolled)]), None)
}

pub(super) async fn hub(mosquitto: &Mosquitto, state_dir: Option<&Path>) -> Hubling {
    let opened = state_dir.map(|dir| Database::open(dir).unwrap());
    let (store, saved) = match opened {
        Some((database, saved)) => (Some(Writer::start(database).unwrap()), saved),
        None => (None, Saved::default()),
    };
    let url = crate::settings::url_of(mosquitto.address());
    let (publisher, events, driver) = mqtt::connect(connections::reports(url.clone(), "hub"));
    let (_, power, power_driver) = mqtt::connect(connections::power(url, "hub"));
    let signer = Signer {
        key: key(8),
        site: site(),
    };
    let (joins, joining) = mpsc::channel(JOINS);
    let roster = roster();
    let (handle, desk) = handle::channel();
    let (stopper, stop) = Stopper::new();
    let mut clock = Clock::new();
    let config = Config {
        max_nodes: 3,
        ..Config::default()
    };
    let core = CoreTask {
        hub: Hub::new(config, getrandom::u64().unwrap(), clock.now()),
        history: History::new(),
        health: Health::starting("test"),
        clock,
        desk,
        events,
        power,
        joins,
        roster: roster.clone(),
        publisher,
        status: HubStatus::new(BootId(1), SessionId(2), signer),
        store,
        stop,
    };
    let task = tokio::spawn(core.run(saved));
    let drivers = [driver.run(), power_driver.run()].map(tokio::spawn);
    Hubling {
        handle,
        stopper,
        task,
        drivers,
        roster,
        joining,
    }
}
impl Hubling {
    /// Waits until what is known is as it should be.
    pub(super) async fn until(&self, holds: fn(&Known<'_>) -> bool) {
        let seen = async {
            while !self.handle.read(holds).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            let known = self
                .handle
                .read(|known| format!("{:?} {:?}", known.hub.counters(), known.health));
            panic!("it did not come: {}", known.await.unwrap());
        }
    }

    pub(super) async fn stop(self) {
        self.stopper.stop();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap();
        for driver in self.drivers {
            tokio::time::timeout(PATIENCE, driver)
                .await
                .unwrap()
                .unwrap();
        }
    }

    pub(super) async fn is_up(&self) -> RunBits {
        self.until(|known| known.health.broker.up && known.health.power.up)
            .await;
        let run = self.handle.read(|known| known.hub.run());
        run.await.unwrap().bits
    }

    pub(super) async fn last_refusal(&self) -> Option<Refusal> {
        let read = |known: &Known<'_>| known.hub.refusals().last().map(|refused| refused.why);
        self.handle.read(read).await.unwrap()
    }
}

pub(super) fn url(mosquitto: &Mosquitto) -> crate::broker_url::BrokerUrl {
    crate::settings::url_of(mosquitto.address())
}
