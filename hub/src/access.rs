//! Who may do what at the broker: one table, for the embedded broker and for Mosquitto's files.
//!
//! | who | publishes | hears |
//! |---|---|---|
//! | node | its own `status`, `facts`, `report`, `power` | `hub/status`, its own `order` |
//! | bearer of a token | its node's `join` | its node's `joined` |
//! | hub | everything of Picket's, and discovery | the same |
//! | Home Assistant | `hub/ask/#`, its own birth | `hub/#`, discovery |
//! | nobody by name, on loopback | what a node that is not enrolled says, `hub/ask/#`, Home Assistant's birth, foreign topics | all but `order`, `join`, `joined` |
//!
//! The last row is the first look: whoever has an account on the hub's machine.

mod filter;
pub mod mosquitto;

use crate::roster::{HOME_ASSISTANT_USER, HUB_USER, Roster, Who};
use filter::{covers, overlaps};
use picket_wire::token::{JOIN_SUFFIX, join_user};
use picket_wire::{NodeId, NodeTopic, Topic, topic};

/// What a node publishes; its will is one of these too.
const OF_A_NODE: [NodeTopic; 4] = [
    NodeTopic::Status,
    NodeTopic::Facts,
    NodeTopic::Report,
    NodeTopic::Power,
];
/// What only its receiver hears.
const ADDRESSED: [NodeTopic; 3] = [NodeTopic::Order, NodeTopic::Join, NodeTopic::Joined];
/// Digits of the random number in a client id of the hub's: `hub-0123abcd`, and more behind it.
const HUB_DIGITS: usize = 8;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Somebody on this machine who gave no name.
    Anonymous,
    /// Somebody who logged in.
    Who(Who),
}

/// A right to the topics of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Publishing them, or hearing them.
    pub right: Right,
    /// Which.
    pub filter: String,
}

/// What may be done with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Hear it.
    Read,
    /// Publish it.
    Write,
    /// Both.
    Both,
}

/// The table, for the nodes of a roster.
#[derive(Clone, Debug)]
pub struct Access {
    roster: Roster,
    discovery_prefix: String,
}

/// Everything that somebody who logged in may do. `discovery_prefix` is the front of Home
/// Assistant's topics.
pub fn grants(who: Who, discovery_prefix: &str) -> Vec<Grant> {
    let grant = |right, filter: String| Grant { right, filter };
    match who {
        Who::Node(node) => {
            let own = OF_A_NODE.map(|topic| grant(Right::Write, topic.of(node).to_string()));
            let heard = [
                grant(Right::Read, topic::HUB_STATUS.to_owned()),
                grant(Right::Read, NodeTopic::Order.of(node).to_string()),
            ];
            own.into_iter().chain(heard).collect()
        }
        Who::Joining(node) => vec![
            grant(Right::Write, NodeTopic::Join.of(node).to_string()),
            grant(Right::Read, NodeTopic::Joined.of(node).to_string()),
        ],
        Who::Hub => vec![
            grant(Right::Both, format!("{}/#", topic::ROOT)),
            grant(Right::Both, format!("{discovery_prefix}/#")),
        ],
        Who::HomeAssistant => vec![
            grant(Right::Write, ask_filter()),
            grant(Right::Write, birth_topic(discovery_prefix)),
            grant(Right::Read, format!("{}/hub/#", topic::ROOT)),
            grant(Right::Read, format!("{discovery_prefix}/#")),
        ],
    }
}

/// The user name of somebody who logs in.
pub fn user_of(who: Who) -> String {
    match who {
        Who::Node(node) => node.to_string(),
        Who::Joining(node) => join_user(node).to_string(),
        Who::Hub => HUB_USER.to_owned(),
        Who::HomeAssistant => HOME_ASSISTANT_USER.to_owned(),
    }
}

fn ask_filter() -> String {
    format!("{}/hub/ask/#", topic::ROOT)
}

fn birth_topic(discovery_prefix: &str) -> String {
    format!("{discovery_prefix}/status")
}

impl Access {
    /// The table for these nodes; `discovery_prefix` is the front of Home Assistant's topics.
    pub fn new(roster: Roster, discovery_prefix: &str) -> Access {
        Access {
            roster,
            discovery_prefix: discovery_prefix.to_owned(),
        }
    }

    /// Who logs in by this name and password; none if they are not right.
    pub fn login(&self, user: &str, password: &[u8]) -> Option<Client> {
        self.roster.login(user, password).map(Client::Who)
    }

    /// Who is behind a connection that was let in under this user name.
    pub fn client_of(&self, user: Option<&str>) -> Option<Client> {
        let Some(user) = user else {
            return Some(Client::Anonymous);
        };
        let joining = user.strip_suffix(JOIN_SUFFIX);
        let who = match (user, joining) {
            (HUB_USER, _) => Who::Hub,
            (HOME_ASSISTANT_USER, _) => Who::HomeAssistant,
            (_, Some(node)) => Who::Joining(NodeId::parse(node).ok()?),
            (_, None) => Who::Node(NodeId::parse(user).ok()?),
        };
        Some(Client::Who(who))
    }

    /// Whether a client may have this client id, by which it would end the connection of whoever
    /// has the same one.
    pub fn may_connect(&self, client: Client, client_id: &str) -> bool {
        match client {
            Client::Who(Who::Node(node)) => client_id == node.as_str(),
            Client::Who(Who::Joining(node)) => client_id == join_user(node).as_str(),
            Client::Who(Who::Hub) => is_hub_id(client_id),
            Client::Who(Who::HomeAssistant) | Client::Anonymous => {
                let bearer = client_id.ends_with(JOIN_SUFFIX);
                !bearer && !is_hub_id(client_id) && !self.is_enrolled(client_id)
            }
        }
    }

    /// Whether a client may publish a topic, or leave it as its will.
    pub fn may_publish(&self, client: Client, topic: &str) -> bool {
        match client {
            // An expelled node is one no more, even before its connection is ended.
            Client::Who(Who::Node(node)) if !self.is_enrolled(node.as_str()) => false,
            Client::Who(who) => self.is_granted(who, Right::Write, topic),
            Client::Anonymous => self.may_anybody_publish(topic),
        }
    }

    /// Whether a client may hear every topic that a filter matches, which may be one of a shared
    /// subscription.
    pub fn may_subscribe(&self, client: Client, filter: &str) -> bool {
        let filter = filter::without_share(filter);
        match client {
            Client::Who(Who::Node(node)) if !self.is_enrolled(node.as_str()) => false,
            Client::Who(who) => self.is_granted(who, Right::Read, filter),
            Client::Anonymous => ADDRESSED.iter().all(|kind| {
                let private = format!("{}/+/{kind}", topic::ROOT);
                is_of_hub(filter) || !overlaps(&private, filter)
            }),
        }
    }

    fn is_granted(&self, who: Who, right: Right, wanted: &str) -> bool {
        let grants = grants(who, &self.discovery_prefix);
        let mut of_right = grants
            .iter()
            .filter(|grant| grant.right == right || grant.right == Right::Both);
        of_right.any(|grant| covers(&grant.filter, wanted))
    }

    fn may_anybody_publish(&self, topic: &str) -> bool {
        let within = |root: &str| covers(&format!("{root}/#"), topic);
        if topic == birth_topic(&self.discovery_prefix) || covers(&ask_filter(), topic) {
            return true;
        }
        if within(topic::ROOT) {
            return match Topic::parse(topic) {
                Topic::Node(node, kind) => {
                    OF_A_NODE.contains(&kind) && !self.is_enrolled(node.as_str())
                }
                // The hub says what is wrong with the name.
                Topic::BadId(_) => !is_of_hub(topic) && !is_addressed(topic),
                Topic::HubStatus | Topic::Unknown => false,
            };
        }
        !within(&self.discovery_prefix) && !topic.starts_with('$')
    }

    fn is_enrolled(&self, name: &str) -> bool {
        NodeId::parse(name).is_ok_and(|node| self.roster.key(node).is_some())
    }
}

/// Whether a client id is of the form that the hub's own have.
fn is_hub_id(client_id: &str) -> bool {
    let digits = client_id
        .strip_prefix("hub-")
        .and_then(|rest| rest.get(..HUB_DIGITS));
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether the third level of a topic or filter is the hub's, which is no node.
fn is_of_hub(topic: &str) -> bool {
    let level = topic
        .strip_prefix(topic::ROOT)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.split('/').next());
    level.is_some_and(|level| picket_wire::id::RESERVED.contains(&level))
}

fn is_addressed(topic: &str) -> bool {
    let last = topic.rsplit('/').next();
    ADDRESSED.iter().any(|kind| last == Some(kind.name()))
}

#[cfg(test)]
pub(crate) mod tests;
