//! The doorkeeper of the embedded broker: who gets in, what is taken from them, what they hear.
//!
//! rmqtt asks nobody about a will, neither when it is left nor when it is published: both are
//! looked at here. Nor does it ask whose session it hands to a client id that returns.

use crate::access::{Access, Client};
use crate::seldom::Seldom;
use picket_wire::{NodeTopic, Topic};
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, From, FromType, Id, LastWill, ListenerId, Publish, PublishAclResult,
    Subscribe, SubscribeAclResult,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest message that a node is sent, in bytes: twice a frame.
const MAX_TO_NODE: usize = 8 * 1024;
const _: () = assert!(MAX_TO_NODE >= 2 * picket_wire::MAX_FRAME);
/// Where a will goes that its client may not publish any more: to nobody.
const NOWHERE: &str = "$picket/refused";
/// Characters of a foreign text in a log line.
const SHOWN: usize = 64;

/// Answers everything that the broker asks; cheap to clone.
#[derive(Clone)]
pub(super) struct Guard {
    context: ServerContext,
    access: Access,
    /// The listener that nobody comes through without a name.
    inner: ListenerId,
    refusals: Arc<Mutex<Seldom>>,
}

impl Guard {
    /// What it has to be asked about.
    pub(super) const ASKED: [Type; 4] = [
        Type::ClientAuthenticate,
        Type::ClientSubscribeCheckAcl,
        Type::MessagePublish,
        Type::MessagePublishCheckAcl,
    ];

    pub(super) fn new(context: ServerContext, access: Access, inner: ListenerId) -> Guard {
        Guard {
            context,
            access,
            inner,
            refusals: Arc::default(),
        }
    }

    async fn admit(&self, info: &ConnectInfo) -> AuthResult {
        let id = info.id();
        let client = match (info.username(), info.password()) {
            (None, _) if id.lid != self.inner => Client::Anonymous,
            (Some(user), Some(password)) => match self.access.login(user, password) {
                Some(client) => client,
                None => {
                    self.refuse(id, "user name or password is wrong, or unknown here");
                    return AuthResult::BadUsernameOrPassword;
                }
            },
            (None, _) | (Some(_), None) => {
                self.refuse(id, "it gives no user name or no password");
                return AuthResult::NotAuthorized;
            }
        };
        if !self.access.may_connect(client, &id.client_id) {
            self.refuse(id, "its client id is somebody else's");
            return AuthResult::NotAuthorized;
        }
        if let Some(will) = info.last_will()
            && !self.may_leave(client, &will)
        {
            self.refuse(id, "it may not publish its will");
            return AuthResult::NotAuthorized;
        }
        self.end_session_of_another(id).await;
        AuthResult::Allow(false, None)
    }

    fn may_leave(&self, client: Client, will: &LastWill<'_>) -> bool {
        let (topic, length) = match will {
            LastWill::V3(will) => (&will.topic, will.message.len()),
            LastWill::V5(will) => (&will.topic, will.message.len()),
        };
        !is_too_long(topic, length) && self.access.may_publish(client, topic)
    }

    /// What a client of another name subscribed to, or left behind, is not for this one.
    async fn end_session_of_another(&self, id: &Id) {
        let entry = self.context.extends.shared().await.entry(id.clone());
        let other = entry.session().filter(|s| s.id.username != id.username);
        if other.is_some() {
            super::end_session(entry).await;
        }
    }

    fn may_publish(&self, session: &Session, publish: &Publish) -> bool {
        let client = self.client(session);
        !is_too_long(&publish.topic, publish.payload.len())
            && client.is_some_and(|client| self.access.may_publish(client, &publish.topic))
    }

    fn check_publish(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        if self.may_publish(session, publish) {
            return PublishAclResult::allow();
        }
        let topic = shown(&publish.topic);
        self.refuse(&session.id, &format!("it may not publish {topic}"));
        // The sender stays connected: it may be a node of a newer version.
        PublishAclResult::rejected(false, None)
    }

    /// A will that is not to be published is turned into nothing: it cannot be held back.
    fn check_will(&self, session: &Session, publish: &Publish) -> Option<Publish> {
        if self.may_publish(session, publish) {
            return None;
        }
        let mut nothing = publish.clone();
        nothing.inner.topic = NOWHERE.into();
        nothing.inner.payload = Default::default();
        nothing.inner.retain = false;
        Some(nothing)
    }

    fn check_subscribe(&self, session: &Session, asked: &Subscribe) -> SubscribeAclResult {
        let client = self.client(session);
        let filter = &asked.topic_filter;
        if client.is_some_and(|client| self.access.may_subscribe(client, filter)) {
            return SubscribeAclResult::new_success(asked.opts.qos(), None);
        }
        self.refuse(&session.id, &format!("it may not hear {}", shown(filter)));
        SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
    }

    fn client(&self, session: &Session) -> Option<Client> {
        self.access.client_of(session.id.username.as_deref())
    }

    fn refuse(&self, id: &Id, why: &str) {
        let user = id.username.as_deref();
        let user = user.map_or_else(String::new, |user| format!(" (user {})", shown(user)));
        let client = shown(&id.client_id);
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.warn(&format!("the broker refuses client {client}{user}: {why}"));
    }
}

#[async_trait::async_trait]
impl Handler for Guard {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        let answer = match parameter {
            Parameter::ClientAuthenticate(info) => HookResult::AuthResult(self.admit(info).await),
            Parameter::ClientSubscribeCheckAcl(session, asked) => {
                HookResult::SubscribeAclResult(self.check_subscribe(session, asked))
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                HookResult::PublishAclResult(self.check_publish(session, publish))
            }
            Parameter::MessagePublish(Some(session), from, publish) if is_will(from) => {
                match self.check_will(session, publish) {
                    Some(nothing) => HookResult::Publish(nothing),
                    None => return (true, so_far),
                }
            }
            _ => return (true, so_far),
        };
        (false, Some(answer))
    }
}

fn is_will(from: &From) -> bool {
    matches!(from.typ(), FromType::LastWill)
}

/// A small device cannot take a long packet and ends its connection instead; one that is retained
/// would end every connection that it makes.
fn is_too_long(topic: &str, length: usize) -> bool {
    length > MAX_TO_NODE && is_heard_by_nodes(topic)
}

fn is_heard_by_nodes(topic: &str) -> bool {
    match Topic::parse(topic) {
        Topic::HubStatus | Topic::Node(_, NodeTopic::Order | NodeTopic::Joined) => true,
        Topic::Node(
            _,
            NodeTopic::Status
            | NodeTopic::Facts
            | NodeTopic::Report
            | NodeTopic::Power
            | NodeTopic::Join,
        )
        | Topic::BadId(_)
        | Topic::Unknown => false,
    }
}

/// A foreign text for a log line: bounded, and without what moves a terminal's cursor.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    format!("{short:?}")
}
