//! The text of the status topic: one word for people, and the connection that said it.
//!
//! `online 1a2b.3`: the agent's session in four hex digits, and how many connections it has made.
//! The text proves nothing; it only tells a late will of an old connection from a new one.

use crate::header::SessionId;
use core::fmt::{self, Write};

/// Longest status text, in bytes: the longest word, a blank, 4 digits, a dot, 10 digits.
pub const MAX_LEN: usize = LONGEST_WORD + 1 + 4 + 1 + 10;
const LONGEST_WORD: usize = "stopping".len();

/// A status text as text.
pub type StatusString = heapless::String<MAX_LEN>;

/// What the node said of itself, or the broker of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusWord {
    /// Connected.
    Online,
    /// The agent was told to end; excuses silence for a while.
    Stopping,
    /// The machine is going down on purpose; excuses silence until it is back.
    Halted,
    /// The will: the broker lost the connection.
    Offline,
}

impl StatusWord {
    const ALL: [StatusWord; 4] = [
        StatusWord::Online,
        StatusWord::Stopping,
        StatusWord::Halted,
        StatusWord::Offline,
    ];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            StatusWord::Online => "online",
            StatusWord::Stopping => "stopping",
            StatusWord::Halted => "halted",
            StatusWord::Offline => "offline",
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

const _: () = {
    let mut i = 0;
    while i < StatusWord::ALL.len() {
        assert!(StatusWord::ALL[i].name().len() <= LONGEST_WORD);
        i += 1;
    }
};

/// One connection of one session of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection {
    /// The start of the agent.
    pub session: SessionId,
    /// Counts the connections of the session from 1.
    pub number: u32,
}

/// A whole status text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusText {
    /// What is said.
    pub word: StatusWord,
    /// By which connection.
    pub connection: Connection,
}

impl StatusText {
    /// Reads a status text; none if it is anything else than exactly that.
    pub fn parse(payload: &[u8]) -> Option<StatusText> {
        let text = core::str::from_utf8(payload)
            .ok()
            .filter(|t| t.len() <= MAX_LEN)?;
        let (word, connection) = text.split_once(' ')?;
        let word = StatusWord::ALL.into_iter().find(|w| w.name() == word)?;
        let (session, number) = connection.split_once('.')?;
        let hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        // One connection has one text, so a number has no leading zeros.
        let digits = (number == "0" || !number.starts_with('0'))
            && number.bytes().all(|c| c.is_ascii_digit());
        if session.len() != 4 || !session.bytes().all(hex) || !digits {
            return None;
        }
        let session = SessionId(u16::from_str_radix(session, 16).ok()?);
        let number = number.parse().ok()?;
        Some(StatusText {
            word,
            connection: Connection { session, number },
        })
    }

    /// The text as the payload of a message, without allocating.
    pub fn to_text(self) -> StatusString {
        let mut text = StatusString::new();
        // MAX_LEN is made of the longest parts, so that this always fits.
        let _ = write!(text, "{self}");
        text
    }
}

impl fmt::Display for StatusText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Connection { session, number } = self.connection;
        write!(f, "{} {session}.{number}", self.word)
    }
}
