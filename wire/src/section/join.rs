//! Joining: what a node hands to the hub that will know it, and what the hub answers.
//!
//! Both travel in a frame of kind join. The node's is signed by the key that it brings, which shows
//! that it holds the other half; the hub's is signed by the key that stands in the token.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Bytes of an ed25519 public key.
pub const KEY_LEN: usize = 32;
/// Bytes of a verifier's salt.
pub const SALT_LEN: usize = 12;
/// Bytes of a verifier's hash.
pub const HASH_LEN: usize = 64;
/// Rounds of PBKDF2-HMAC-SHA-512 in a verifier.
///
/// It is the number that Mosquitto 2.0 uses (`PW_DEFAULT_ITERATIONS` in its `password_mosq.h`), so
/// that one verifier serves its password file and the embedded broker. So few are enough because a
/// password of Picket's is 32 random bytes, which nobody guesses at any speed.
pub const ROUNDS: u32 = 101;

/// What tells whether a password is right, without telling the password: PBKDF2-HMAC-SHA-512 of it
/// with [`ROUNDS`] rounds.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier {
    /// Random.
    pub salt: [u8; SALT_LEN],
    /// The hash in two halves, because serde knows arrays up to 32 bytes.
    hash: [[u8; HASH_LEN / 2]; 2],
}

impl Verifier {
    /// Puts salt and hash together.
    pub fn new(salt: [u8; SALT_LEN], hash: &[u8; HASH_LEN]) -> Verifier {
        let mut halves = [[0; HASH_LEN / 2]; 2];
        for (half, bytes) in halves.iter_mut().zip(hash.chunks_exact(HASH_LEN / 2)) {
            half.copy_from_slice(bytes);
        }
        Verifier { salt, hash: halves }
    }

    /// The hash in one piece.
    pub fn hash(&self) -> [u8; HASH_LEN] {
        let mut hash = [0; HASH_LEN];
        for (bytes, half) in hash.chunks_exact_mut(HASH_LEN / 2).zip(&self.hash) {
            bytes.copy_from_slice(half);
        }
        hash
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// What a node hands over when it joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The public half of the key that the node made for itself.
    pub key: [u8; KEY_LEN],
    /// Of the password that the node will connect with.
    pub password: Verifier,
}

/// The hub's answer to [`Join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The node's key that it answers.
    pub key: [u8; KEY_LEN],
    /// Code of an [`Answer`].
    pub answer: u8,
    /// The key that this hub will sign with after the present one; a node that joins believes both.
    pub next_hub_key: [u8; KEY_LEN],
}

/// What a hub answers to a node that wants to join. A code of a newer hub stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The node is enrolled and may connect as itself.
    Welcome,
    /// Another key has joined by this token.
    TokenUsed,
    /// The node's name is enrolled with another key, and the token does not say to replace it.
    NameTaken,
    /// The request is malformed, or its signature is not that of the key it brings.
    Malformed,
    /// The hub could not write the enrolment down; it is worth trying again.
    NotKept,
    /// A refusal of a newer hub, by its code.
    Unknown(u8),
}

impl Answer {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Answer::Welcome => 0,
            Answer::TokenUsed => 1,
            Answer::NameTaken => 2,
            Answer::Malformed => 3,
            Answer::NotKept => 4,
            Answer::Unknown(code) => code,
        }
    }

    /// The answer of a code.
    pub const fn from_code(code: u8) -> Answer {
        match code {
            0 => Answer::Welcome,
            1 => Answer::TokenUsed,
            2 => Answer::NameTaken,
            3 => Answer::Malformed,
            4 => Answer::NotKept,
            other => Answer::Unknown(other),
        }
    }
}

impl Joined {
    /// What the hub says.
    pub fn answer(&self) -> Answer {
        Answer::from_code(self.answer)
    }
}

impl fmt::Display for Answer {
    /// One line for the owner, with what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Answer::Welcome => "welcome",
            Answer::TokenUsed => "this token was used already: a token is good for one node, once",
            Answer::NameTaken => {
                "another card is enrolled under this name: to put this one in its place, type \
                 `picket-hub enroll --replace` on the hub"
            }
            Answer::Malformed => {
                "the request was not understood: are agent and hub of one version?"
            }
            Answer::NotKept => "the hub could not write the enrolment down: look at its log",
            Answer::Unknown(code) => {
                return write!(f, "a refusal that this version does not know (code {code})");
            }
        })
    }
}
