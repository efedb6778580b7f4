//! The tokens that were given out: for which node, how long, and who has used them.
//!
//! ```text
//! offer -> offered --join by key K--> used by K -> gone
//!             \---------- its hour ends ------------/
//! ```
//! The secret itself is not kept: the broker knows its verifier, and lets nobody else speak on the
//! node's join topic. A token of a node voids its earlier one.

use picket_hub_core::time::{Millis, Moment};
use picket_wire::NodeId;
use picket_wire::section::{Join, KEY_LEN};
use std::collections::BTreeMap;

/// How long a token is good, from its giving out.
pub const VALID: Millis = Millis::from_s(3600);
/// Tokens at once: more machines than one sets up in an hour.
pub const MAX_TOKENS: usize = 256;

/// See the file's first lines.
#[derive(Debug)]
pub struct Tokens {
    valid: Millis,
    tokens: BTreeMap<NodeId, Given>,
}

/// A token that was given out.
#[derive(Clone, Copy, Debug)]
struct Given {
    until: Moment,
    replaces: bool,
    used: Option<Used>,
}

/// Who has used it, and when.
#[derive(Clone, Copy, Debug)]
struct Used {
    by: Join,
    at: Moment,
}

/// More tokens than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{MAX_TOKENS} tokens wait to be used, and more may not; use some of them, or wait until their \
     hour is over"
)]
pub struct TooMany;

/// What a node that wants to join is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be written down, and then welcomed.
    Enrol,
    /// It was welcomed already, by this token and with this content.
    Again,
    /// Another key has used the token.
    Used,
    /// The name is enrolled with another key, and the token does not replace it.
    Taken,
    /// No token of this node is pending.
    Unknown,
}

impl Tokens {
    /// None given out yet; each will be good for so long.
    pub fn new(valid: Millis) -> Tokens {
        Tokens {
            valid,
            tokens: BTreeMap::new(),
        }
    }

    /// Whether so many more fit, for nodes of these names.
    pub fn has_room(&self, nodes: &[NodeId]) -> Result<(), TooMany> {
        let new = nodes.iter().filter(|node| !self.tokens.contains_key(node));
        match self.tokens.len() + new.count() <= MAX_TOKENS {
            true => Ok(()),
            false => Err(TooMany),
        }
    }

    /// A token is given out; `replaces` says whether it may put another card in an enrolled one's
    /// place.
    pub fn offer(&mut self, node: NodeId, replaces: bool, now: Moment) -> Result<(), TooMany> {
        self.has_room(&[node])?;
        let given = Given {
            until: now + self.valid,
            replaces,
            used: None,
        };
        self.tokens.insert(node, given);
        Ok(())
    }

    /// What to answer to `join` of a node that is enrolled with the key `enrolled`, if it is. Its
    /// signature is right and the broker has let it in by the token. A token that ends now is over.
    pub fn judge(
        &self,
        node: NodeId,
        join: &Join,
        enrolled: Option<[u8; KEY_LEN]>,
        now: Moment,
    ) -> Verdict {
        let Some(given) = self.tokens.get(&node).filter(|given| now < given.until) else {
            return Verdict::Unknown;
        };
        match given.used {
            Some(used) if used.by == *join => Verdict::Again,
            // The same card, with another password than the one that got lost.
            Some(used) if used.by.key == join.key => Verdict::Enrol,
            Some(_) => Verdict::Used,
            None if given.replaces => Verdict::Enrol,
            None if enrolled.is_none_or(|key| key == join.key) => Verdict::Enrol,
            None => Verdict::Taken,
        }
    }

    /// Whose tokens are out.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.tokens.keys().copied()
    }

    /// Whether a token of this node is out.
    pub fn is_pending(&self, node: NodeId, now: Moment) -> bool {
        let given = self.tokens.get(&node);
        given.is_some_and(|given| now < given.until)
    }

    /// The token was used, and its use is written down.
    pub fn used(&mut self, node: NodeId, join: Join, now: Moment) {
        if let Some(given) = self.tokens.get_mut(&node) {
            given.used = Some(Used { by: join, at: now });
        }
    }

    /// Used tokens whose bearer has not been heard as itself yet, and when they were used.
    pub fn awaited(&self) -> Vec<(NodeId, Moment)> {
        let used = |(node, given): (&NodeId, &Given)| Some((*node, given.used?.at));
        self.tokens.iter().filter_map(used).collect()
    }

    /// A token is void. Gives whether there was one.
    pub fn void(&mut self, node: NodeId) -> bool {
        self.tokens.remove(&node).is_some()
    }

    /// Voids what is over, and gives whose it was.
    pub fn expire(&mut self, now: Moment) -> Vec<NodeId> {
        let over = self
            .tokens
            .iter()
            .filter(|(_, given)| given.until <= now)
            .map(|(node, _)| *node)
            .collect::<Vec<_>>();
        for node in &over {
            self.tokens.remove(node);
        }
        over
    }

    /// When the next one is over.
    pub fn next_end(&self) -> Option<Moment> {
        self.tokens.values().map(|given| given.until).min()
    }

    /// How long a token is good.
    pub fn valid(&self) -> Millis {
        self.valid
    }
}

#[cfg(test)]
mod tests;
