//! Why the registrar does not do what is wished, in one line that says what to do.

use super::address::NoAddress;
use super::tokens::TooMany;
use picket_wire::{IdError, NodeId};
use std::fmt::Write;

/// See the file's first lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A name that no node can have.
    #[error("{name:?} is no name of a node: {why}")]
    Name {
        /// As it was written.
        name: String,
        /// Why not.
        why: IdError,
    },
    /// No node was named.
    #[error("name at least one node")]
    Nobody,
    /// More nodes would be enrolled than may be known.
    #[error(
        "max_nodes = {max_nodes} nodes may be known, with those that have a token; raise max_nodes, \
         or expel one"
    )]
    Full {
        /// How many that is.
        max_nodes: usize,
    },
    /// The node has joined, and replacing it was not wished.
    #[error(
        "{0} is enrolled already; to put another card in its place, type \
         `picket-hub enroll --replace {0}`"
    )]
    Enrolled(NodeId),
    /// Too many tokens wait.
    #[error(transparent)]
    Tokens(#[from] TooMany),
    /// No machine but this one could use a token.
    #[error(
        "the broker does not listen for other machines yet; type `picket-hub enroll --listen \
         0.0.0.0:8883 NODE`"
    )]
    NoListener,
    /// There is no address to tell.
    #[error(transparent)]
    Address(#[from] NoAddress),
    /// The broker's users are the owner's own.
    #[error(
        "the users of the broker {0} are managed by you, so no node can join there by a token; to \
         have Picket write them, set password_file, acl_file and reload under [mqtt]"
    )]
    Foreign(String),
    /// The listener belongs to a broker elsewhere.
    #[error("the broker {0} is an external one; it listens where its own settings say")]
    External(String),
    /// The listener cannot be had.
    #[error("{0}")]
    Listen(String),
    /// The disk, or what writes to it.
    #[error("{0}")]
    NotKept(String),
    /// The broker was not told, or did not understand.
    #[error("{0}")]
    Broker(String),
    /// Nothing is known of this node.
    #[error("there is no node {node}{}", near_words(near))]
    Unknown {
        /// The name.
        node: NodeId,
        /// Names like it.
        near: Vec<String>,
    },
    /// A part of it cannot be cleared.
    #[error("only everything can be cleared: {{\"all\": true}}")]
    NotAll,
    /// Home Assistant's broker did not confirm it.
    #[error("{0}")]
    NotCleared(String),
    /// The nodes' broker did not.
    #[error(
        "the broker {0} cannot be reached, or did not confirm that everything is cleared; look at \
         `picket-hub status`, and try again"
    )]
    NotConnected(String),
    /// The kernel gives no random numbers.
    #[error("the kernel gives no random numbers: {0}")]
    Entropy(String),
    /// The hub ends.
    #[error("the hub is stopping; ask again in a moment")]
    Stopping,
}

/// Names less alike than this are no help.
const ALIKE: f64 = 0.75;
/// Names that are listed at most.
const NEAR: usize = 3;

fn near_words(near: &[String]) -> String {
    let mut words = String::new();
    for (index, name) in near.iter().enumerate() {
        let before = match index {
            0 => "; did you mean ",
            _ => " or ",
        };
        // Writing to a String cannot fail.
        let _ = write!(words, "{before}{name}");
    }
    match near {
        [] => "; `picket-hub status` lists the nodes".to_owned(),
        _ => words + "?",
    }
}

/// The names that are most like `node`.
pub(super) fn near(node: NodeId, known: impl IntoIterator<Item = NodeId>) -> Vec<String> {
    let likeness = |other: NodeId| {
        let likeness = strsim::jaro_winkler(node.as_str(), other.as_str());
        (likeness >= ALIKE).then(|| (likeness, other.as_str().to_owned()))
    };
    let mut near: Vec<_> = known.into_iter().filter_map(likeness).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.dedup();
    near.into_iter().take(NEAR).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str) -> NodeId {
        NodeId::parse(id).unwrap()
    }

    #[test]
    fn an_unknown_node_lists_those_that_could_be_meant() {
        let known = ["pi-01", "pi-07", "nas", "camera-front"].map(node);
        let unknown = |id: &str| {
            let node = node(id);
            let near = near(node, known);
            Refused::Unknown { node, near }.to_string()
        };
        let words = unknown("pi-O7".to_lowercase().as_str());
        assert_eq!(
            words,
            "there is no node pi-o7; did you mean pi-07 or pi-01?"
        );
        assert_eq!(unknown("nass"), "there is no node nass; did you mean nas?");
        let words = unknown("xyz");
        assert_eq!(
            words,
            "there is no node xyz; `picket-hub status` lists the nodes"
        );
    }

    #[test]
    fn what_to_type_stands_in_the_words() {
        let words = Refused::Enrolled(node("pi-07")).to_string();
        assert!(
            words.contains("`picket-hub enroll --replace pi-07`"),
            "{words}"
        );
        let words = Refused::NoListener.to_string();
        assert!(words.contains("--listen 0.0.0.0:8883"), "{words}");
    }
}
