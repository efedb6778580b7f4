//! What nobody may send through the embedded broker: a long message on a topic that nodes hear.
//!
//! A small device cannot take a long packet and ends its connection instead; one that is retained
//! would end every connection that it makes.

use picket_wire::{NodeTopic, Topic};
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType, Type};
use rmqtt::types::{PublishAclResult, TopicName};

/// Longest message that a node is sent, in bytes: twice a frame.
const MAX_TO_NODE: usize = 8 * 1024;
const _: () = assert!(MAX_TO_NODE >= 2 * picket_wire::MAX_FRAME);

/// Looks at every message.
pub(super) struct Guard;

impl Guard {
    /// What it has to be asked about.
    pub(super) const ASKED: Type = Type::MessagePublishCheckAcl;
}

#[async_trait::async_trait]
impl Handler for Guard {
    async fn hook(&self, parameter: &Parameter, so_far: Option<HookResult>) -> ReturnType {
        match parameter {
            Parameter::MessagePublishCheckAcl(_, publish)
                if publish.payload.len() > MAX_TO_NODE && is_heard_by_nodes(&publish.topic) =>
            {
                // The sender stays connected: it may be a node of a newer version.
                let refused = PublishAclResult::rejected(false, None);
                (false, Some(HookResult::PublishAclResult(refused)))
            }
            _ => (true, so_far),
        }
    }
}

fn is_heard_by_nodes(topic: &TopicName) -> bool {
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
