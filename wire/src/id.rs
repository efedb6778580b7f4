//! Node ids: what is allowed, and what a host name becomes.

use core::fmt;

/// Longest node id, in bytes.
pub const MAX_LEN: usize = 32;
/// Ids that are levels of Picket's own topics.
pub const RESERVED: [&str; 2] = ["hub", "ask"];

/// The name of a node: `[a-z0-9_-]{1,32}`, never `hub` or `ask`.
/// It is also the node's user name and client id at the broker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    // Padded with zero bytes, which no id holds, so that the derived order is that of the text.
    bytes: [u8; MAX_LEN],
    len: u8,
}

/// Why a text is no node id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// It is empty.
    Empty,
    /// It is longer than [`MAX_LEN`] bytes.
    TooLong,
    /// It holds a character that is not in `[a-z0-9_-]`.
    Character(char),
    /// It is one of [`RESERVED`].
    Reserved,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdError::Empty => f.write_str("a node id cannot be empty"),
            IdError::TooLong => write!(f, "a node id has at most {MAX_LEN} characters"),
            IdError::Character(c) => {
                write!(f, "a node id has only a-z, 0-9, '_' and '-', not {c:?}")
            }
            IdError::Reserved => f.write_str("the ids 'hub' and 'ask' are reserved"),
        }
    }
}

impl core::error::Error for IdError {}

impl NodeId {
    /// Checks a text and keeps it.
    pub fn parse(text: &str) -> Result<NodeId, IdError> {
        let allowed = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if let Some(c) = text.chars().find(|c| !allowed(c)) {
            return Err(IdError::Character(c));
        }
        if text.len() > MAX_LEN {
            return Err(IdError::TooLong);
        }
        if RESERVED.contains(&text) {
            return Err(IdError::Reserved);
        }
        let mut bytes = [0; MAX_LEN];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let len = text.len() as u8;
        Ok(NodeId { bytes, len })
    }

    /// The default id of a machine: its host name up to the first dot, in lower case.
    /// An error says what is not allowed in it; the owner then names the node in the settings.
    pub fn from_host_name(host_name: &str) -> Result<NodeId, IdError> {
        let short = host_name.split('.').next().unwrap_or_default();
        let mut lower = heapless::String::<64>::new();
        for c in short.chars() {
            lower.push(c.to_ascii_lowercase()).map_err(|_| IdError::TooLong)?;
        }
        NodeId::parse(&lower)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({})", self.as_str())
    }
}
