//! One connection to the broker; only this file and those under it know the MQTT client.
//!
//! Every connection has a client of its own, because the client forgets what was not acknowledged
//! when a broker comes back without its session: what is unsent is kept above it, by the node. The
//! client tells no name of what it publishes, so that an acknowledgement is matched by order: it
//! announces publishing in the order in which it was asked, with the packet id that the
//! acknowledgement names.

pub mod exchange;
mod lost;

use crate::agent_id::SecretText;
use crate::broker::Broker;
use crate::tls::Tls;
use lost::Lost;
use picket_node::Ticket;
use picket_wire::{NodeId, NodeTopic, StatusText, topic};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Outgoing, Packet, QoS,
    TlsConfiguration, Transport,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;

/// Longer than it takes to find a hung node: the broker's will comes after 1.5 times this.
pub const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Longest packet that the agent sends, in bytes.
pub const MAX_PACKET: usize = 8 * 1024;
/// Longest packet that it reads, in bytes: what a hub's own broker lets through. A longer one ends
/// the connection, and a retained one would end each that follows; so a stranger's packet is rather
/// read and refused.
pub const MAX_INCOMING: usize = 260 * 1024;
/// Most messages handed over and not acknowledged; more are refused.
pub const MAX_UNACKED: usize = 32;
/// Nothing acknowledged for so long: the connection is dead, in milliseconds.
pub const ACK_TIMEOUT_MS: u64 = 15_000;
/// How long the agent looks once more before it gives a connection up, in milliseconds: after it
/// was stopped or the machine suspended, the acknowledgement may be there and unread.
pub const SECOND_LOOK_MS: u64 = 1000;

/// Where the hub's broker is, and how to get in there.
#[derive(Clone, Debug)]
pub struct Door {
    /// The address.
    pub broker: Broker,
    /// How to speak TLS with it; none for plain text.
    pub tls: Option<Tls>,
    /// The password; the user name is the client's id. None of both where everybody may come in.
    pub password: Option<SecretText>,
}

impl Door {
    fn options(&self, client: &str) -> MqttOptions {
        // For TLS the client takes an address as TLS calls it, without the brackets of IPv6.
        let host = match self.tls {
            Some(_) => self.broker.bare_host(),
            None => &self.broker.host,
        };
        let mut options = MqttOptions::new(client, host, self.broker.port);
        if let Some(password) = &self.password {
            options.set_credentials(client, password.reveal());
        }
        if let Some(tls) = &self.tls {
            let tls = TlsConfiguration::Rustls(tls.config());
            options.set_transport(Transport::tls_with_config(tls));
        }
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(MAX_INCOMING, MAX_PACKET);
        options
    }
}

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The facts.
    Facts,
    /// A status text.
    Status,
    /// A report of the node's outbox.
    Report(Ticket),
}

/// What happened on a connection.
#[derive(Debug)]
pub enum Happened {
    /// The broker accepted it.
    Connected,
    /// The broker has this now.
    Acked(What),
    /// The hub's status arrived; it may be anything.
    HubStatus {
        /// The bytes.
        payload: Vec<u8>,
        /// Whether the broker kept it from before the subscription.
        retained: bool,
    },
    /// The connection is gone, and why: one line that says what to do.
    Lost(String),
}

/// The near end of a connection.
#[derive(Debug)]
pub struct Link {
    client: AsyncClient,
    events: mpsc::Receiver<Result<Event, ConnectionError>>,
    broker: Broker,
    /// Whether the node shows that it has joined.
    joined: bool,
    node: NodeId,
    connected: bool,
    /// Handed over and not announced yet.
    handed: VecDeque<(What, u64)>,
    /// Announced and not acknowledged, by packet id.
    flying: BTreeMap<u16, (What, u64)>,
    /// Uptime when the connection was first found overdue.
    suspect_ms: Option<u64>,
}

/// The far end of a connection, to be run on a task of its own until it ends: it ends when the
/// connection is lost or its [`Link`] dropped.
pub struct Driver {
    event_loop: EventLoop,
    events: mpsc::Sender<Result<Event, ConnectionError>>,
}

/// Prepares a connection; [`Driver::run`] makes it. The will carries the connection's number.
pub fn open(door: &Door, node: NodeId, will: StatusText) -> (Link, Driver) {
    let mut options = door.options(node.as_str());
    let status = NodeTopic::Status.of(node);
    options
        .set_clean_session(false)
        // Twice what is ever handed over: a packet id that is still in use is never asked for.
        .set_inflight(2 * MAX_UNACKED as u16)
        .set_last_will(LastWill::new(
            status.as_str(),
            will.to_string(),
            QoS::AtLeastOnce,
            true,
        ));
    let (client, event_loop) = AsyncClient::new(options, MAX_UNACKED + 2);
    let (sender, events) = mpsc::channel(2 * MAX_UNACKED);
    let link = Link {
        client,
        events,
        broker: door.broker.clone(),
        joined: door.password.is_some(),
        node,
        connected: false,
        handed: VecDeque::new(),
        flying: BTreeMap::new(),
        suspect_ms: None,
    };
    (
        link,
        Driver {
            event_loop,
            events: sender,
        },
    )
}

impl Driver {
    /// Connects and serves the connection.
    pub async fn run(mut self) {
        loop {
            let event = tokio::select! {
                () = self.events.closed() => return,
                event = self.event_loop.poll() => event,
            };
            let lost = event.is_err();
            if self.events.send(event).await.is_err() || lost {
                return;
            }
        }
    }
}

impl Link {
    /// The next thing that happened. Nothing is lost if the future is dropped half-way.
    pub async fn next(&mut self) -> Happened {
        loop {
            let happened = match self.events.recv().await {
                Some(Ok(Event::Incoming(packet))) => self.incoming(packet),
                Some(Ok(Event::Outgoing(Outgoing::Publish(packet_id)))) => {
                    if let Some(what) = self.handed.pop_front() {
                        self.flying.insert(packet_id, what);
                    }
                    None
                }
                Some(Ok(Event::Outgoing(_))) => None,
                Some(Err(error)) => Some(Happened::Lost(self.explain(&error))),
                None => Some(Happened::Lost(format!(
                    "the connection to {} ended",
                    self.broker
                ))),
            };
            if let Some(happened) = happened {
                return happened;
            }
        }
    }

    fn incoming(&mut self, packet: Packet) -> Option<Happened> {
        match packet {
            Packet::ConnAck(_) => {
                self.connected = true;
                // QoS 0: a kept session would pile the statuses up while the node is away, and
                // the next one comes in seconds.
                match self
                    .client
                    .try_subscribe(topic::HUB_STATUS, QoS::AtMostOnce)
                {
                    Ok(()) => Some(Happened::Connected),
                    Err(error) => Some(Happened::Lost(format!("cannot subscribe: {error}"))),
                }
            }
            Packet::PubAck(ack) => {
                self.suspect_ms = None;
                let (what, _) = self.flying.remove(&ack.pkid)?;
                Some(Happened::Acked(what))
            }
            Packet::Publish(publish) if publish.topic == topic::HUB_STATUS => {
                Some(Happened::HubStatus {
                    payload: publish.payload.to_vec(),
                    retained: publish.retain,
                })
            }
            _ => None,
        }
    }

    /// Whether the broker accepted the connection.
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Whether one more message may be handed over.
    pub fn has_room(&self) -> bool {
        self.connected && self.handed.len() + self.flying.len() < MAX_UNACKED
    }

    /// Hands a message over, QoS 1. Gives false if there is no room for it.
    pub fn publish(
        &mut self,
        topic: &str,
        retained: bool,
        payload: &[u8],
        what: What,
        now_ms: u64,
    ) -> bool {
        let handed = self.has_room()
            && self
                .client
                .try_publish(topic, QoS::AtLeastOnce, retained, payload)
                .is_ok();
        if handed {
            self.handed.push_back((what, now_ms));
        }
        handed
    }

    /// When [`Link::is_dead`] is to be asked.
    pub fn overdue_ms(&self) -> Option<u64> {
        if let Some(suspect_ms) = self.suspect_ms {
            return Some(suspect_ms.saturating_add(SECOND_LOOK_MS));
        }
        let unacked = self.handed.iter().chain(self.flying.values());
        let oldest_ms = unacked.map(|(_, handed_ms)| *handed_ms).min()?;
        Some(oldest_ms.saturating_add(ACK_TIMEOUT_MS))
    }

    /// Whether the connection is to be given up, because the broker acknowledges nothing.
    pub fn is_dead(&mut self, now_ms: u64) -> bool {
        let overdue = self
            .overdue_ms()
            .is_some_and(|overdue_ms| now_ms >= overdue_ms);
        if overdue && self.suspect_ms.is_none() {
            self.suspect_ms = Some(now_ms);
            return false;
        }
        overdue
    }

    /// Says good-bye, so that the broker does not publish the will.
    pub fn disconnect(&mut self) {
        // If there is no room for it, the will says what a good-bye would not have.
        let _ = self.client.try_disconnect();
    }

    /// One line for the log: what failed, and what to do.
    fn explain(&self, error: &ConnectionError) -> String {
        let Link { broker, node, .. } = self;
        if self.connected {
            return format!(
                "the connection to {broker} was lost: {}",
                lost::ended(error)
            );
        }
        match lost::why(broker, error) {
            Lost::Login if self.joined => format!(
                "{broker} does not let this node in: its hub does not know it, or not any more; \
                 enrol it again: `picket-hub enroll --replace {node}` on the hub, then \
                 `picket-agent join --replace` here"
            ),
            Lost::Login => format!(
                "{broker} does not let this node in, which has not joined: type `picket-hub enroll \
                 {node}` on the hub, then `picket-agent join` here"
            ),
            Lost::Distrust(why) => format!(
                "what answers at {broker} is not the hub that this node has joined: {}; if the hub \
                 has a new identity, join anew: `picket-hub enroll --replace {node}` there, then \
                 `picket-agent join --replace` here",
                lost::in_words(&why)
            ),
            Lost::Unreachable(why) => format!("{why}, and is `hub` in the settings its address?"),
            Lost::Other(why) => why,
        }
    }
}
