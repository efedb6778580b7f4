//! The token by which a node joins: all that it must know of its hub beforehand, in one word.
//!
//! ```text
//! version u8 = 1 | address len u8, text | site len u8, text | node len u8, text
//! SHA-256 of the CA's certificate (DER) [32] | hub key [32] | secret [16] | CRC-32 over all before, LE
//! ```
//! written in base64url without padding (RFC 4648, section 5). The CRC tells a word that was cut off
//! or mistyped from one that the hub does not know.

use crate::id::{self, NodeId, SiteId};
use crate::section::KEY_LEN;
use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use core::str::FromStr;

/// The one version of the layout.
const VERSION: u8 = 1;
/// Longest address, in bytes: what one byte of length tells, which is enough for a host name of 249.
pub const MAX_ADDRESS: usize = 255;
/// Bytes of the secret.
pub const SECRET_LEN: usize = 16;
/// Bytes of a SHA-256.
pub const FINGERPRINT_LEN: usize = 32;
const CRC_LEN: usize = 4;
const MAX_BYTES: usize = 1
    + (1 + MAX_ADDRESS)
    + 2 * (1 + id::MAX_LEN)
    + FINGERPRINT_LEN
    + KEY_LEN
    + SECRET_LEN
    + CRC_LEN;
/// Longest token, in characters.
pub const MAX_TEXT: usize = (MAX_BYTES * 4).div_ceil(3);
/// Characters of a secret as a password.
pub const PASSWORD_LEN: usize = (SECRET_LEN * 4).div_ceil(3);

/// The name that every hub's certificate carries, whatever address it is reached at (RFC 9476 sets
/// `.internal` names apart for private use).
pub const SERVER_NAME: &str = "hub.picket.internal";
/// What follows the node's id in the user name and client id of a node that joins. No node id holds
/// a dot, so that the name is nobody else's.
pub const JOIN_SUFFIX: &str = ".join";

/// `host:port` of the hub's listener for nodes.
pub type Address = heapless::String<MAX_ADDRESS>;
/// A token as text.
pub type TokenText = heapless::String<MAX_TEXT>;
/// The password of a node that joins, and its user name.
pub type PasswordText = heapless::String<PASSWORD_LEN>;
/// `NODE.join`.
pub type JoinUser = heapless::String<{ id::MAX_LEN + JOIN_SUFFIX.len() }>;

/// What a token proves its bearer by; never shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; SECRET_LEN]);

impl Secret {
    /// The secret as the password of the join connection.
    pub fn password(&self) -> PasswordText {
        let mut text = [0; PASSWORD_LEN];
        let text = Base64UrlUnpadded::encode(&self.0, &mut text).unwrap_or_default();
        PasswordText::try_from(text).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// All that a node must know of its hub before they meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where the hub listens for nodes.
    pub address: Address,
    /// The site, which signatures are bound to.
    pub site: SiteId,
    /// The name that the node will have.
    pub node: NodeId,
    /// SHA-256 of the CA's certificate in DER.
    pub ca_sha256: [u8; FINGERPRINT_LEN],
    /// What the hub signs with.
    pub hub_key: [u8; KEY_LEN],
    /// What the bearer proves itself by, once.
    pub secret: Secret,
}

/// Why a word is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It holds what base64url does not have.
    Character,
    /// It is cut off, too long, or a character of it is wrong.
    Damaged,
    /// It is of a version that is not known.
    Version(u8),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::Character => {
                f.write_str("a token has only letters, digits, '-' and '_': copy the whole word")
            }
            TokenError::Damaged => {
                f.write_str("the token is incomplete or mistyped: copy the whole word")
            }
            TokenError::Version(version) => write!(
                f,
                "the token is of version {version}, which this program does not know: agent and \
                 hub should be of one version"
            ),
        }
    }
}

impl core::error::Error for TokenError {}

/// User name and client id of `node` while it joins.
pub fn join_user(node: NodeId) -> JoinUser {
    let mut user = JoinUser::new();
    // The capacity is made of both lengths.
    let _ = user.push_str(node.as_str());
    let _ = user.push_str(JOIN_SUFFIX);
    user
}

impl Token {
    /// The token as the one word that is carried from hub to node. It is a secret.
    pub fn to_text(&self) -> TokenText {
        let mut bytes = heapless::Vec::<u8, MAX_BYTES>::new();
        // The capacity is made of the longest fields, so that all of them fit.
        let _ = bytes.push(VERSION);
        for text in [
            self.address.as_str(),
            self.site.as_str(),
            self.node.as_str(),
        ] {
            let _ = bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            let _ = bytes.extend_from_slice(text.as_bytes());
        }
        for field in [&self.ca_sha256[..], &self.hub_key, &self.secret.0] {
            let _ = bytes.extend_from_slice(field);
        }
        let crc = crate::frame::CRC.checksum(&bytes);
        let _ = bytes.extend_from_slice(&crc.to_le_bytes());
        let mut text = [0; MAX_TEXT];
        let text = Base64UrlUnpadded::encode(&bytes, &mut text).unwrap_or_default();
        TokenText::try_from(text).unwrap_or_default()
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Token, TokenError> {
        let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if !text.bytes().all(in_alphabet) {
            return Err(TokenError::Character);
        }
        let mut bytes = [0; MAX_BYTES];
        let bytes = match text.len() > MAX_TEXT {
            true => None,
            false => Base64UrlUnpadded::decode(text, &mut bytes).ok(),
        };
        let bytes = bytes.ok_or(TokenError::Damaged)?;
        let (rest, crc) = bytes
            .split_last_chunk::<CRC_LEN>()
            .ok_or(TokenError::Damaged)?;
        if crate::frame::CRC.checksum(rest).to_le_bytes() != *crc {
            return Err(TokenError::Damaged);
        }
        let (version, rest) = rest.split_first().ok_or(TokenError::Damaged)?;
        if *version != VERSION {
            return Err(TokenError::Version(*version));
        }
        fields(rest).ok_or(TokenError::Damaged)
    }
}

fn fields(rest: &[u8]) -> Option<Token> {
    let (address, rest) = short_text(rest)?;
    let (site, rest) = short_text(rest)?;
    let (node, rest) = short_text(rest)?;
    let (ca_sha256, rest) = rest.split_first_chunk::<FINGERPRINT_LEN>()?;
    let (hub_key, rest) = rest.split_first_chunk::<KEY_LEN>()?;
    let secret = <[u8; SECRET_LEN]>::try_from(rest).ok()?;
    Some(Token {
        address: Address::try_from(address).ok()?,
        site: SiteId::parse(site).ok()?,
        node: NodeId::parse(node).ok()?,
        ca_sha256: *ca_sha256,
        hub_key: *hub_key,
        secret: Secret(secret),
    })
}

fn short_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*len))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::{String, ToString};

    fn token(address: &str) -> Token {
        Token {
            address: Address::try_from(address).unwrap(),
            site: SiteId::parse("home").unwrap(),
            node: NodeId::parse("pi-07").unwrap(),
            ca_sha256: [1; 32],
            hub_key: [2; 32],
            secret: Secret([3; 16]),
        }
    }

    #[test]
    fn a_token_comes_back_from_its_text_and_the_longest_fits() {
        for address in [
            "192.0.2.10:8883",
            "[2001:db8::1]:8883",
            &"a".repeat(MAX_ADDRESS),
        ] {
            let token = token(address);
            let text = token.to_text();
            assert!(!text.is_empty());
            assert_eq!(text.parse(), Ok(token));
        }
        let usual = token("192.0.2.10:8883").to_text();
        assert_eq!(usual.len(), 150, "two lines of a terminal");
    }

    #[test]
    fn a_word_with_one_wrong_character_or_a_missing_end_is_no_token() {
        let text = token("192.0.2.10:8883").to_text().to_string();
        for at in 0..text.len() {
            let mut wrong: String = text.clone();
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            wrong.replace_range(at..=at, other);
            assert!(wrong.parse::<Token>().is_err(), "character {at}");
            assert_eq!(text[..at].parse::<Token>(), Err(TokenError::Damaged));
        }
        assert_eq!("a token".parse::<Token>(), Err(TokenError::Character));
        let long = "A".repeat(MAX_TEXT + 4);
        assert_eq!(long.parse::<Token>(), Err(TokenError::Damaged));
    }

    #[test]
    fn neither_debug_form_shows_the_secret() {
        let token = token("192.0.2.10:8883");
        let shown = std::format!("{token:?}");
        assert!(
            shown.contains("Secret(…)") && !shown.contains("3, 3"),
            "{shown}"
        );
    }

    #[test]
    fn the_join_user_is_no_node_id() {
        let user = join_user(NodeId::parse(&"a".repeat(32)).unwrap());
        assert_eq!(user.len(), 37);
        assert!(NodeId::parse(&user).is_err());
    }
}
