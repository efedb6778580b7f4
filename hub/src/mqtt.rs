//! One connection to a broker, made again whenever it is lost. The only file that knows the MQTT
//! client.
//!
//! MQTT 5 is spoken because only there a client can say how large a packet it takes: a broker then
//! leaves out an oversized retained message, where MQTT 3.1.1 would deliver it, break the
//! connection, and deliver it again after every reconnect.
//!
//! ```text
//! Publisher --requests (REQUESTS)--> Driver <--> broker
//!                                      \--events (EVENTS)--> Receiver<Event>
//! ```

use crate::backoff::{Backoff, entropy};
use crate::broker_url::BrokerUrl;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, Filter, LastWill, Packet, Publish, SubAck, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ConnectionError, Event as ClientEvent, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest packet that Picket sends or takes, in bytes: a device discovery of Home Assistant fits.
pub const MAX_PACKET: usize = 256 * 1024;
/// Publishes that wait for the network at most.
const REQUESTS: usize = 2048;
/// Events that wait for their reader at most; then the network waits. With packets of 256 KiB that
/// is 16 MiB.
const EVENTS: usize = 64;
/// Publishes that wait for their acknowledgement at most; more wait in the queue. The client keeps
/// a table of this size, 14 MB by default.
const IN_FLIGHT: u16 = 64;
/// A ping goes out after so much silence, and the connection is given up one such time later.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Seconds for the broker to answer a new connection.
const CONNECT_TIMEOUT_S: u64 = 5;
/// Time for the last publishes and the goodbye when a connection is ended on purpose.
const GOODBYE: Duration = Duration::from_secs(2);
/// Room for what a broker adds to a packet on its way, in bytes: without it a packet of exactly the
/// broker's own limit would be too long for us, and rmqtt then breaks the connection.
const PACKET_MARGIN: usize = 16 * 1024;
/// Bytes of a publish besides topic and payload: fixed header, topic length, packet id, properties.
const PUBLISH_OVERHEAD: usize = 16;

/// What a connection is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The broker.
    pub url: BrokerUrl,
    /// The name towards the broker; a second connection of the same name ends the first.
    pub client_id: String,
    /// What the broker says when the connection is lost.
    pub will: Option<Will>,
    /// Topic filters, subscribed anew on every connection, QoS 1.
    pub subscriptions: Vec<String>,
    /// Longest packet taken, in bytes; announced to the broker, which leaves out longer ones.
    /// For Picket's own broker it must be at least that one's limit, because rmqtt does not leave
    /// them out.
    pub max_packet: usize,
}

/// What the broker says when the connection is lost.
#[derive(Clone, Debug)]
pub struct Will {
    /// Where.
    pub topic: String,
    /// What; empty and retained removes what was retained.
    pub payload: Vec<u8>,
    /// Whether it is kept for later subscribers.
    pub retained: bool,
}

/// What happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Connected; the subscriptions are asked for. Nothing of before is known to the broker.
    Up,
    /// The connection is lost; it is being made again.
    Down,
    /// A message arrived.
    Message {
        /// Where.
        topic: String,
        /// What; at most `max_packet` bytes.
        payload: Vec<u8>,
        /// Whether the broker kept it from before the subscription.
        retained: bool,
    },
}

/// Why a message was not taken for publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// There is no connection. Whoever publishes repeats everything after [`Event::Up`].
    #[error("not connected to the broker")]
    Down,
    /// More waits than may.
    #[error("too many messages wait for the broker")]
    Full,
    /// Longer than the broker takes.
    #[error("a message of {0} bytes is longer than the broker takes")]
    TooLong(usize),
    /// The topic holds a wildcard.
    #[error("the topic holds a wildcard")]
    Topic,
}

/// Hands messages to a connection; cheap to clone.
#[derive(Clone, Debug)]
pub struct Publisher {
    client: AsyncClient,
    shared: Arc<Shared>,
}

/// What the driver tells the publishers.
#[derive(Debug)]
struct Shared {
    up: AtomicBool,
    max_outgoing: AtomicUsize,
}

impl Publisher {
    /// Takes a message for publishing with QoS 1. Never waits. What was taken is lost if the
    /// connection is.
    pub fn try_publish(
        &self,
        topic: &str,
        payload: impl Into<Vec<u8>>,
        retained: bool,
    ) -> Result<(), PublishError> {
        let payload = payload.into();
        let length = topic.len() + payload.len() + PUBLISH_OVERHEAD;
        // The client would break the connection over a packet that the broker refuses.
        if length > self.shared.max_outgoing.load(Ordering::Relaxed) {
            return Err(PublishError::TooLong(payload.len()));
        }
        if topic.contains(['+', '#']) {
            return Err(PublishError::Topic);
        }
        if !self.shared.up.load(Ordering::Relaxed) {
            return Err(PublishError::Down);
        }
        self.client
            .try_publish(topic, QoS::AtLeastOnce, retained, payload)
            .map_err(|_| PublishError::Full)
    }

    /// Whether the connection is up.
    pub fn is_up(&self) -> bool {
        self.shared.up.load(Ordering::Relaxed)
    }
}

/// Carries a connection: somebody has to run it.
pub struct Driver {
    options: Options,
    client: AsyncClient,
    event_loop: EventLoop,
    events: mpsc::Sender<Event>,
    shared: Arc<Shared>,
}

/// Makes a connection's three ends. Nothing happens until [`Driver::run`] is polled.
pub fn connect(options: Options) -> (Publisher, mpsc::Receiver<Event>, Driver) {
    let (client, event_loop) = AsyncClient::new(client_options(&options), REQUESTS);
    let (events, receiver) = mpsc::channel(EVENTS);
    let shared = Arc::new(Shared {
        up: AtomicBool::new(false),
        max_outgoing: AtomicUsize::new(usize::MAX),
    });
    let publisher = Publisher {
        client: client.clone(),
        shared: shared.clone(),
    };
    (
        publisher,
        receiver,
        Driver {
            options,
            client,
            event_loop,
            events,
            shared,
        },
    )
}

fn client_options(options: &Options) -> MqttOptions {
    let url = &options.url;
    let max_packet = options.max_packet.saturating_add(PACKET_MARGIN);
    let max_packet = u32::try_from(max_packet).unwrap_or(u32::MAX);
    // The name that is asked for by TLS has no brackets; the one that is only resolved needs them.
    let host = if url.is_tls() {
        url.bare_host()
    } else {
        url.host()
    };
    let mut client = MqttOptions::new(&options.client_id, host, url.port());
    client
        .set_clean_start(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_connection_timeout(CONNECT_TIMEOUT_S)
        .set_max_packet_size(Some(max_packet))
        .set_receive_maximum(Some(IN_FLIGHT))
        .set_outgoing_inflight_upper_limit(IN_FLIGHT);
    let mut network = client.network_options();
    network.set_tcp_nodelay(true);
    client.set_network_options(network);
    if let Some(login) = url.login() {
        client.set_credentials(login.user(), login.password());
    }
    if let (true, Some(trust)) = (url.is_tls(), url.trust()) {
        let tls = TlsConfiguration::Rustls(trust.config());
        client.set_transport(Transport::tls_with_config(tls));
    }
    if let Some(will) = &options.will {
        let payload = will.payload.clone();
        client.set_last_will(LastWill::new(
            &will.topic,
            payload,
            QoS::AtLeastOnce,
            will.retained,
            None,
        ));
    }
    client
}

impl Driver {
    /// Keeps the connection until the receiver of events is dropped, then says goodbye: what was
    /// taken for publishing still goes out, and the will does not.
    pub async fn run(mut self) {
        let url = &self.options.url;
        if url.is_tls() && url.trust().is_none() {
            // Else the client would speak in plain text, and tell the password.
            tracing::error!("nobody said whom to believe at {url}; it is not connected to");
            return;
        }
        let mut backoff = Backoff::new();
        let mut subscribed = false;
        loop {
            let events = self.events.clone();
            let polled = tokio::select! {
                () = events.closed() => break,
                polled = self.event_loop.poll() => polled,
            };
            let event = match polled {
                Ok(event) => event,
                Err(error) => {
                    subscribed = false;
                    if !self.lost(&error, &mut backoff).await {
                        return;
                    }
                    continue;
                }
            };
            let heard = match event {
                ClientEvent::Incoming(Packet::ConnAck(ack)) => {
                    backoff.reset();
                    subscribed = self.subscribe();
                    self.came_up(&ack);
                    Some(Event::Up)
                }
                ClientEvent::Incoming(Packet::Publish(publish)) => Some(message(publish)),
                ClientEvent::Incoming(Packet::SubAck(ack)) => {
                    self.check_subscribed(&ack);
                    None
                }
                ClientEvent::Incoming(_) | ClientEvent::Outgoing(_) => None,
            };
            // The queue was full of messages of before the connection; polling empties it.
            if !subscribed && self.shared.up.load(Ordering::Relaxed) {
                subscribed = self.subscribe();
            }
            if let Some(event) = heard
                && self.events.send(event).await.is_err()
            {
                break;
            }
        }
        self.goodbye().await;
    }

    fn subscribe(&self) -> bool {
        if self.options.subscriptions.is_empty() {
            return true;
        }
        let filters = self.options.subscriptions.iter();
        let filters = filters.map(|path| Filter::new(path.clone(), QoS::AtLeastOnce));
        self.client.try_subscribe_many(filters).is_ok()
    }

    fn came_up(&self, ack: &ConnAck) {
        let limit = ack.properties.as_ref().and_then(|p| p.max_packet_size);
        let limit = limit.map_or(usize::MAX, |bytes| {
            usize::try_from(bytes).unwrap_or(usize::MAX)
        });
        self.shared.max_outgoing.store(limit, Ordering::Relaxed);
        self.shared.up.store(true, Ordering::Relaxed);
        let Options { url, client_id, .. } = &self.options;
        tracing::info!("connected to the broker {url} as {client_id}");
    }

    fn check_subscribed(&self, ack: &SubAck) {
        for (filter, code) in self.options.subscriptions.iter().zip(&ack.return_codes) {
            if !matches!(code, SubscribeReasonCode::Success(_)) {
                let url = &self.options.url;
                tracing::warn!(
                    "the broker {url} refuses the subscription to {filter}: {code:?}; \
                     allow it there"
                );
            }
        }
    }

    /// Says once per outage that the connection is lost, and waits; false if nobody listens.
    async fn lost(&mut self, error: &ConnectionError, backoff: &mut Backoff) -> bool {
        let was_up = self.shared.up.swap(false, Ordering::Relaxed);
        let first = backoff.is_fresh();
        let wait = backoff.next_wait(entropy());
        let url = &self.options.url;
        let wait_ms = wait.as_millis();
        let error = in_words(error);
        if was_up {
            tracing::warn!("lost the broker {url}: {error}; trying again");
            if self.events.send(Event::Down).await.is_err() {
                return false;
            }
        } else if first {
            tracing::warn!("cannot reach the broker {url}: {error}; trying again");
        } else {
            tracing::debug!("still no broker {url}: {error}; next try in {wait_ms} ms");
        }
        tokio::select! {
            () = self.events.closed() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    async fn goodbye(mut self) {
        if !self.shared.up.swap(false, Ordering::Relaxed) {
            return;
        }
        let deadline = tokio::time::sleep(GOODBYE);
        tokio::pin!(deadline);
        let mut asked = false;
        loop {
            // The queue may be full; polling empties it.
            asked = asked || self.client.try_disconnect().is_ok();
            let polled = tokio::select! {
                () = &mut deadline => return,
                polled = self.event_loop.poll() => polled,
            };
            match polled {
                Ok(ClientEvent::Outgoing(rumqttc::Outgoing::Disconnect)) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// The client's words, and what to do where they do not tell.
fn in_words(error: &ConnectionError) -> String {
    use rumqttc::v5::mqttbytes::v5::ConnectReturnCode as Code;
    match error {
        ConnectionError::ConnectionRefused(Code::BadUserNamePassword | Code::NotAuthorized) => {
            "it refuses the login; check user name and password".to_owned()
        }
        other => other.to_string(),
    }
}

fn message(publish: Publish) -> Event {
    Event::Message {
        // A topic that is no text is none of Picket's and matches none of them afterwards.
        topic: String::from_utf8_lossy(&publish.topic).into_owned(),
        payload: publish.payload.to_vec(),
        retained: publish.retain,
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
