//! Names of nodes and sites: what is allowed, and what a host name becomes.

use core::fmt;
use core::str::FromStr;

/// Longest id of a node or a site, in bytes.
pub const MAX_LEN: usize = 32;
const _: () = assert!(MAX_LEN <= u8::MAX as usize, "a length is kept in one byte");

/// The level of the hub's own topics.
pub const HUB: &str = "hub";
/// Ids that are levels of Picket's own topics.
pub const RESERVED: [&str; 2] = [HUB, "ask"];

/// The name of a node: `[a-z0-9_-]{1,32}`, never `hub` or `ask`.
/// It is also the node's user name and client id at the broker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(Name);

/// The name of a site, which signatures are bound to: `[a-z0-9_-]{1,32}`.
/// Two ways to write one letter would be two sites, so only plain letters are allowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(Name);

/// Why a text is no id.
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
            IdError::Empty => f.write_str("an id cannot be empty"),
            IdError::TooLong => write!(f, "an id has at most {MAX_LEN} characters"),
            IdError::Character(c) => write!(f, "an id has only a-z, 0-9, '_' and '-', not {c:?}"),
            IdError::Reserved => f.write_str("the ids 'hub' and 'ask' are reserved"),
        }
    }
}

impl core::error::Error for IdError {}

impl NodeId {
    /// Checks a text and keeps it.
    pub fn parse(text: &str) -> Result<NodeId, IdError> {
        if RESERVED.contains(&text) {
            return Err(IdError::Reserved);
        }
        Name::parse(text).map(NodeId)
    }

    /// The default id of a machine: its host name up to the first dot, in lower case.
    /// An error says what is not allowed in it; the owner then names the node in the settings.
    pub fn from_host_name(host_name: &str) -> Result<NodeId, IdError> {
        let short = host_name.split('.').next().unwrap_or_default();
        let mut lower = heapless::String::<64>::new();
        for c in short.chars() {
            lower
                .push(c.to_ascii_lowercase())
                .map_err(|_| IdError::TooLong)?;
        }
        NodeId::parse(&lower)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl SiteId {
    /// Checks a text and keeps it.
    pub fn parse(text: &str) -> Result<SiteId, IdError> {
        Name::parse(text).map(SiteId)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for NodeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<NodeId, IdError> {
        NodeId::parse(text)
    }
}

impl FromStr for SiteId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<SiteId, IdError> {
        SiteId::parse(text)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

impl fmt::Debug for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SiteId({self})")
    }
}

/// A text of 1 to [`MAX_LEN`] characters of `[a-z0-9_-]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name {
    // Padded with zero bytes, which no name holds, so that the derived order is that of the text.
    bytes: [u8; MAX_LEN],
    len: u8,
}

impl Name {
    fn parse(text: &str) -> Result<Name, IdError> {
        let allowed = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if let Some(c) = text.chars().find(|c| !allowed(c)) {
            return Err(IdError::Character(c));
        }
        let mut bytes = [0; MAX_LEN];
        let room = bytes.get_mut(..text.len()).ok_or(IdError::TooLong)?;
        room.copy_from_slice(text.as_bytes());
        Ok(Name {
            bytes,
            len: text.len() as u8,
        })
    }

    fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(used).unwrap_or_default()
    }
}
