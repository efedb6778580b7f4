//! What the commands have the registrar do.

use super::address::Chosen;
use super::handle::Wish;
use super::refused::{Refused, near};
use super::shapes::{
    Cleared, EnrollWish, Expelled, GivenToken, GivenTokens, Hidden, HomeAssistantLogin,
    HomeAssistantWish, Joining,
};
use super::{Work, leftovers};
use crate::clock;
use crate::roster::{HOME_ASSISTANT_USER, verifier};
use base64ct::{Base64UrlUnpadded, Encoding};
use picket_hub_core::Accepted;
use picket_wire::NodeId;
use picket_wire::section::SALT_LEN;
use picket_wire::token::{SECRET_LEN, SERVER_NAME, Secret, Token};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Random bytes of a password.
const PASSWORD: usize = 32;

impl Work {
    pub(super) async fn wish(&mut self, wish: Wish) {
        // Who asked may have given up meanwhile; what is done is done all the same.
        match wish {
            Wish::Enroll(wish, answer) => drop(answer.send(self.enroll(wish).await)),
            Wish::HomeAssistant(wish, answer) => {
                drop(answer.send(self.home_assistant(wish).await));
            }
            Wish::Expel(node, answer) => drop(answer.send(self.expel(&node).await)),
            Wish::Clear(answer) => drop(answer.send(self.clear().await)),
            Wish::Listen(address, answer) => drop(answer.send(self.listen(address).await)),
            Wish::Joining(answer) => drop(answer.send(Ok(self.joining()))),
        }
    }

    /// Gives a token for each node, or none at all.
    async fn enroll(&mut self, wish: EnrollWish) -> Result<GivenTokens, Refused> {
        let nodes = self.may_enroll(&wish)?;
        let chosen = self.address(wish.address.as_deref())?;
        let now = clock::moment();
        let mut tokens = Vec::new();
        for node in &nodes {
            let secret = Secret(random::<SECRET_LEN>()?);
            let verifier = verifier(secret.password().as_bytes(), random::<SALT_LEN>()?);
            self.own.tokens.offer(*node, wish.replace, now)?;
            self.roster.offer(*node, verifier);
            tokens.push(self.token(*node, secret, &chosen));
        }
        if let Err(why) = self.publish().await {
            self.shut(&nodes).await;
            return Err(Refused::Broker(why.to_string()));
        }
        for node in nodes {
            // Who holds the token of before is out.
            self.own.door.kick_joining(node).await;
            tracing::info!("a token was given out for {node}");
        }
        Ok(GivenTokens {
            tokens,
            address_from: chosen.source,
        })
    }

    fn may_enroll(&self, wish: &EnrollWish) -> Result<Vec<NodeId>, Refused> {
        let mut nodes = Vec::new();
        for name in &wish.nodes {
            let node = parse(name)?;
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        if nodes.is_empty() {
            return Err(Refused::Nobody);
        }
        self.lets_others_in()?;
        let enrolled = |node: &&NodeId| self.roster.key(**node).is_some();
        if let Some(node) = nodes.iter().find(enrolled).filter(|_| !wish.replace) {
            return Err(Refused::Enrolled(*node));
        }
        let max_nodes = self.own.settings.max_nodes;
        let mut belong: BTreeSet<NodeId> = self.roster.nodes().into_iter().collect();
        // Whoever has a token may join at any time.
        belong.extend(self.own.tokens.nodes().chain(nodes.iter().copied()));
        if belong.len() > max_nodes {
            return Err(Refused::Full { max_nodes });
        }
        self.own.tokens.has_room(&nodes)?;
        Ok(nodes)
    }

    fn token(&self, node: NodeId, secret: Secret, chosen: &Chosen) -> GivenToken {
        let identity = &self.own.identity;
        let token = Token {
            address: chosen.address.clone(),
            site: identity.site(),
            node,
            ca_sha256: identity.ca_sha256(),
            hub_key: identity.signing_key().verifying_key().to_bytes(),
            secret,
        };
        GivenToken {
            node: node.as_str().to_owned(),
            token: Hidden(token.to_text().as_str().to_owned()),
            valid_s: self.own.tokens.valid().0 / 1000,
            address: chosen.address.as_str().to_owned(),
        }
    }

    /// Gives Home Assistant a new password; the one of before is void.
    async fn home_assistant(
        &mut self,
        wish: HomeAssistantWish,
    ) -> Result<HomeAssistantLogin, Refused> {
        let address = match self.lets_others_in() {
            Ok(()) => Some(self.address(wish.address.as_deref())?),
            // It may run on this machine.
            Err(Refused::NoListener) => None,
            Err(refused) => return Err(refused),
        };
        let password = Base64UrlUnpadded::encode_string(&random::<PASSWORD>()?);
        let verifier = verifier(password.as_bytes(), random::<SALT_LEN>()?);
        let kept =
            tokio::task::block_in_place(|| self.own.identity.let_home_assistant_in(verifier));
        kept.map_err(|why| Refused::NotKept(why.to_string()))?;
        let told = self.publish().await;
        told.map_err(|why| Refused::Broker(why.to_string()))?;
        tracing::info!("Home Assistant was given a new password");
        Ok(HomeAssistantLogin {
            user: HOME_ASSISTANT_USER.to_owned(),
            password: Hidden(password),
            address: address.map(|chosen| chosen.address.as_str().to_owned()),
            local: self.local(),
            ca_file: self.own.identity.dir().join("ca.pem"),
            server_name: SERVER_NAME.to_owned(),
        })
    }

    /// The node belongs to the site no more, and leaves nothing behind. Once it is struck from the
    /// roster, a fault keeps nothing else from being done, and is said at the end.
    async fn expel(&mut self, name: &str) -> Result<Expelled, Refused> {
        let node = parse(name)?;
        let identity = &mut self.own.identity;
        let struck =
            tokio::task::block_in_place(|| identity.expel(node)).map_err(|why| why.to_string());
        if self.roster.key(node).is_some() {
            struck.clone().map_err(Refused::NotKept)?;
        }
        let had_token = self.own.tokens.void(node);
        self.roster.withdraw(node);
        let told = self.publish().await;
        self.own.door.kick(node).await;
        self.own.door.kick_joining(node).await;
        let retired = match self.own.core.expel(node).await {
            Ok(Accepted::Expelled { retired }) => retired,
            Ok(_) => 0,
            Err(_) if had_token || struck != Ok(false) => 0,
            Err(_) => return Err(self.unknown(node).await),
        };
        tracing::info!("{node} was expelled");
        let again = |why| {
            Refused::NotKept(format!(
                "{node} is let in no more, but {why}; expel it again"
            ))
        };
        let was_enrolled = struck.map_err(again)?;
        told.map_err(|why| Refused::Broker(why.to_string()))?;
        Ok(Expelled {
            node: node.as_str().to_owned(),
            was_enrolled,
            retired,
        })
    }

    async fn unknown(&self, node: NodeId) -> Refused {
        let seen = self.own.core.read(|known| {
            let nodes = known.hub.nodes().map(|node| node.id());
            nodes.collect::<Vec<_>>()
        });
        let seen = seen.await.unwrap_or_default();
        let near = near(node, self.roster.nodes().into_iter().chain(seen));
        Refused::Unknown { node, near }
    }

    /// Removes what Picket keeps at both brokers. The feed and the hub's own status are silent from
    /// then on.
    async fn clear(&mut self) -> Result<Cleared, Refused> {
        let home_assistant = self.own.core.clear_feeds().await;
        let home_assistant = home_assistant.map_err(|why| Refused::NotCleared(why.to_string()))?;
        self.own
            .core
            .fall_silent()
            .await
            .map_err(|_| Refused::Stopping)?;
        let nodes_broker = leftovers::clear(self.own.connection.clone()).await;
        let broker = || Refused::NotConnected(self.broker_url());
        let nodes_broker = nodes_broker.ok_or_else(broker)?;
        tracing::warn!("everything retained was cleared; the hub is silent until it is restarted");
        Ok(Cleared {
            nodes_broker,
            home_assistant,
        })
    }

    fn joining(&self) -> Joining {
        let mut fingerprint = String::new();
        for byte in self.own.identity.ca_sha256() {
            // Writing to a String cannot fail.
            let _ = write!(fingerprint, "{byte:02x}");
        }
        let address = self
            .lets_others_in()
            .ok()
            .and_then(|()| self.address(None).ok());
        Joining {
            site: self.own.identity.site().as_str().to_owned(),
            ca_sha256: fingerprint,
            broker: self.broker_kind(),
            listeners_tls: self.own.door.listeners(),
            address: address.map(|chosen| chosen.address.as_str().to_owned()),
            config: self.own.config.clone(),
        }
    }
}

fn parse(name: &str) -> Result<NodeId, Refused> {
    NodeId::parse(name).map_err(|why| Refused::Name {
        name: name.chars().take(2 * picket_wire::id::MAX_LEN).collect(),
        why,
    })
}

fn random<const N: usize>() -> Result<[u8; N], Refused> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refused::Entropy(error.to_string()))?;
    Ok(bytes)
}
