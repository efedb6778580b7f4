//! The embedded broker: rmqtt on the hub's own runtime, MQTT 3.1.1 and 5 on one port.
//!
//! It listens on loopback only. There it lets in whoever gives no name: who has an account on this
//! machine. A name has to log in. One more listener lets in nobody without a name: TLS is ended by
//! the hub (`tls`) and piped to that one. What each may do stands in `access`.
//!
//! Retained messages are in memory; every client of Picket's announces itself again after a
//! reconnect. rmqtt leaves retained messages and shared subscriptions to plugins and does nothing
//! by default: both are brought along here.

mod guard;
mod handle;
mod retained;

pub use handle::BrokerHandle;

use crate::access::Access;
use crate::listen::ListenError;
use crate::mqtt::MAX_PACKET;
use guard::Guard;
use handle::end_session;
use retained::Retained;
use rmqtt::context::ServerContext;
use rmqtt::net::Builder;
use rmqtt::server::MqttServer;
use rmqtt::subscribe::SharedSubscription;
use rmqtt::types::{
    ClientId, Id, IsOnline, ListenerId, NodeId, SharedGroup, SubscriptionIdentifier,
    SubscriptionOptions, TopicName,
};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Retained messages: so many for each node that may be, and some more.
const RETAINED_PER_NODE: usize = 8;
/// See [`RETAINED_PER_NODE`].
const RETAINED_BESIDES: usize = 1024;
/// Bytes of retained messages: so many for each node that may be, and some more.
const RETAINED_BYTES_PER_NODE: usize = 64 * 1024;
/// See [`RETAINED_BYTES_PER_NODE`].
const RETAINED_BYTES_BESIDES: usize = 16 * 1024 * 1024;
/// Messages that wait for one client, beyond all the retained ones; the oldest are dropped.
const QUEUED_BESIDES: usize = 512;
/// Sessions, connected or kept: so many for each node that may be, and some more.
const SESSIONS_PER_NODE: usize = 4;
/// See [`SESSIONS_PER_NODE`].
const SESSIONS_BESIDES: usize = 256;
/// Longest time that a session is kept without a connection.
const SESSION_KEPT: Duration = Duration::from_secs(2 * 3600);
/// Time for a new connection to introduce itself.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections that introduce themselves at once.
const HANDSHAKES: usize = 128;
/// Connections at once; file descriptors are the harder limit.
const CONNECTIONS: usize = 20_000;
/// Subscriptions of one client.
const SUBSCRIPTIONS: usize = 1024;
/// Levels of a topic.
const TOPIC_LEVELS: usize = 16;
/// Bytes of a client id.
const CLIENT_ID: usize = 256;

/// A broker that has its ports and does not serve them yet.
pub struct Broker {
    server: MqttServer,
    addresses: Vec<SocketAddr>,
    inner: SocketAddr,
    handle: BrokerHandle,
}

impl Broker {
    /// Takes the ports. Its limits grow with `max_nodes`. Port 0 means any free one.
    pub async fn bind(
        listen: &[SocketAddr],
        max_nodes: usize,
        access: Access,
    ) -> Result<Broker, ListenError> {
        let retained = max_nodes.saturating_mul(RETAINED_PER_NODE) + RETAINED_BESIDES;
        let bytes = max_nodes.saturating_mul(RETAINED_BYTES_PER_NODE) + RETAINED_BYTES_BESIDES;
        let sessions = max_nodes.saturating_mul(SESSIONS_PER_NODE) + SESSIONS_BESIDES;
        let mut listeners = Vec::new();
        let mut addresses = Vec::new();
        let inner = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        for address in listen.iter().chain([&inner]) {
            let error = |source| ListenError {
                who: "broker",
                address: *address,
                source: io_error(source),
            };
            let bound = options(*address, retained + QUEUED_BESIDES)
                .bind()
                .map_err(error)?;
            addresses.push(bound.local_addr().map_err(error)?);
            listeners.push(bound.tcp().map_err(error)?);
        }
        let inner = addresses.pop().unwrap_or(inner);
        let context = ServerContext::new()
            .mqtt_max_sessions(isize::try_from(sessions).unwrap_or(isize::MAX))
            // Else it refuses nodes whenever the machine is busy with something else.
            .busy_check_enable(false)
            .build()
            .await;
        *context.extends.retain_mut().await = Box::new(Retained::new(retained, bytes));
        *context.extends.shared_subscription_mut().await = Box::new(TakeTurns::default());
        let hooks = context.extends.hook_mgr().register();
        let inner_id = ListenerId::try_from(listeners.len()).unwrap_or(ListenerId::MAX);
        let guard = Guard::new(context.clone(), access, inner_id);
        for asked in Guard::ASKED {
            hooks.add(asked, Box::new(guard.clone())).await;
        }
        hooks.start().await;
        let handle = BrokerHandle {
            context: context.clone(),
        };
        let mut server = MqttServer::new(context);
        for (id, listener) in (1..).zip(listeners) {
            server = server.listener_by_id(listener, id);
        }
        Ok(Broker {
            server: server.build(),
            addresses,
            inner,
            handle,
        })
    }

    /// Where it takes connections whose TLS was ended, from this program.
    pub fn inner(&self) -> SocketAddr {
        self.inner
    }

    /// What others may tell it while it runs.
    pub fn handle(&self) -> BrokerHandle {
        self.handle.clone()
    }

    /// Where it listens, in the order of the settings.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until dropped. Sessions end with the runtime.
    pub async fn run(self) {
        // It serves for ever; what it returns at an end that never comes is nothing to act on.
        let _ = self.server.run().await;
    }
}

fn options(address: SocketAddr, queue: usize) -> Builder {
    Builder::new()
        .name("picket")
        .laddr(address)
        // Else a restart has to wait until the connections of before are forgotten.
        .reuseaddr(Some(true))
        .nodelay(true)
        // With true, who gives no name would get in without the guard being asked.
        .allow_anonymous(false)
        .max_packet_size(u32::try_from(MAX_PACKET).unwrap_or(u32::MAX))
        .max_connections(CONNECTIONS)
        .max_handshaking_limit(HANDSHAKES)
        .handshake_timeout(HANDSHAKE)
        .max_mqueue_len(queue)
        .max_clientid_len(CLIENT_ID)
        .max_topic_levels(TOPIC_LEVELS)
        .max_subscriptions(SUBSCRIPTIONS)
        .session_expiry_interval(SESSION_KEPT)
        .max_session_expiry_interval(SESSION_KEPT)
}

fn io_error(error: rmqtt::net::Error) -> io::Error {
    match error.downcast::<io::Error>() {
        Ok(error) => error,
        Err(other) => io::Error::other(other.to_string()),
    }
}

/// The members of a shared subscription take turns; who is offline is passed over.
#[derive(Default)]
struct TakeTurns {
    next: AtomicUsize,
}

/// A member of a shared subscription, as rmqtt describes it.
type Member = (
    NodeId,
    ClientId,
    SubscriptionOptions,
    Option<Vec<SubscriptionIdentifier>>,
    Option<IsOnline>,
);

#[async_trait::async_trait]
impl SharedSubscription for TakeTurns {
    fn is_supported(&self) -> bool {
        true
    }

    async fn choice(
        &self,
        context: &ServerContext,
        _group: &SharedGroup,
        _publisher: &Id,
        _topic: &TopicName,
        members: &[Member],
    ) -> Option<(usize, IsOnline)> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let turns = (0..members.len()).map(|step| first.wrapping_add(step) % members.len());
        let mut fallback = None;
        for index in turns {
            let (node, client, _, _, online) = members.get(index)?;
            let online = match online {
                Some(online) => *online,
                None => {
                    context
                        .extends
                        .router()
                        .await
                        .is_online(*node, client)
                        .await
                }
            };
            if online {
                return Some((index, true));
            }
            fallback = fallback.or(Some((index, false)));
        }
        fallback
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
