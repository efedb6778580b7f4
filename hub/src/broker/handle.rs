//! What others may tell the embedded broker while it runs.

use picket_wire::NodeId;
use picket_wire::token::join_user;
use rmqtt::context::ServerContext;
use rmqtt::shared::Entry;
use rmqtt::types::{ClientId, Id};
use std::time::Duration;

/// Tries to have a session for oneself, while its client is just connecting.
const TRIES: u32 = 50;
/// Time between two of them.
const BETWEEN: Duration = Duration::from_millis(20);

/// Ends sessions; cheap to clone.
#[derive(Clone)]
pub struct BrokerHandle {
    pub(super) context: ServerContext,
}

impl BrokerHandle {
    /// Ends whatever has the client id of a node: connection, subscriptions and what waits for it.
    /// What such a connection leaves as its will is published only if it still may. For a node that
    /// was expelled, or that has joined anew.
    pub async fn kick(&self, node: NodeId) {
        self.end(node.as_str()).await;
    }

    /// The same for the bearer of a node's token.
    pub async fn kick_joining(&self, node: NodeId) {
        self.end(&join_user(node)).await;
    }

    async fn end(&self, name: &str) {
        let client = ClientId::from(name);
        let id = Id::new(self.context.node.id(), 0, None, None, client, None);
        let entry = self.context.extends.shared().await.entry(id);
        end_session(entry).await;
    }
}

/// Ends the session of an entry, if there is one.
pub(super) async fn end_session(entry: Box<dyn Entry>) {
    for _ in 0..TRIES {
        if let Ok(mut mine) = entry.try_lock().await {
            // That a session did not answer is said by rmqtt; it is removed all the same.
            let _ = mine.kick(false, true, true).await;
            return;
        }
        tokio::time::sleep(BETWEEN).await;
    }
    tracing::warn!("a session of the broker's could not be ended, because it is just beginning");
}

impl std::fmt::Debug for BrokerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BrokerHandle")
    }
}
