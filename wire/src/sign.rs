//! Which bytes of a frame are signed, and the signature: ed25519, verified strictly.
//!
//! Signed are `"picket/1 frame\0" site "\0" whose "\0"` and the frame up to the signature. Site and
//! node do not travel: a frame that was signed for another node, or by another site's hub with the
//! same key, does not verify. No id holds a zero byte, so that no two pairs of site and node give
//! the same bytes.

use crate::frame::{Frame, FrameWriter, HEARTBEAT_LEN, MAX_FRAME, SIGNATURE_LEN};
use crate::id::{self, NodeId, SiteId};
use core::fmt;
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::MultipartSigner;

pub use ed25519_dalek::{SigningKey, VerifyingKey};

/// What stands in front of everything that is signed, so that no signature that the same key gave
/// for another purpose passes as a frame's.
pub const DOMAIN: &[u8] = b"picket/1 frame\0";
/// Most bytes in front of the frame: the domain, a site, a node, and a zero byte after each.
pub const MAX_PREFIX: usize = DOMAIN.len() + id::MAX_LEN + 1 + id::MAX_LEN + 1;
/// Most bytes that one signature covers. [`verify`] needs so many on its stack.
pub const MAX_SIGNED: usize = MAX_PREFIX + MAX_FRAME;

const _: () = assert!(MAX_PREFIX <= 96, "a small part of a small stack");
const _: () = assert!(
    HEARTBEAT_LEN + SIGNATURE_LEN <= 96,
    "a signed frame of no content"
);

/// Whose frame it is: the second half of what binds a signature to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The node that speaks, or that an order is for.
    Node(NodeId),
    /// The hub, speaking to everybody.
    Hub,
}

impl Whose {
    fn as_str(&self) -> &str {
        match self {
            Whose::Node(node) => node.as_str(),
            // Reserved, so that no node has this name.
            Whose::Hub => id::HUB,
        }
    }
}

/// Why a frame was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignError {
    /// The header's flags promise no signature, so that there is no room for one.
    NotPromised,
    /// The key refused to sign.
    Key,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignError::NotPromised => "the frame's flags promise no signature",
            SignError::Key => "the key refused to sign the frame",
        })
    }
}

impl core::error::Error for SignError {}

/// Why a frame is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// It carries no signature.
    Unsigned,
    /// The signature does not fit: another key, site or node, or other bytes.
    Mismatch,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VerifyError::Unsigned => "the frame is not signed",
            VerifyError::Mismatch => "the signature does not fit this key, site, node and content",
        })
    }
}

impl core::error::Error for VerifyError {}

/// Ends the frame with its signature and CRC, and gives the whole.
pub fn sign<'b>(
    writer: FrameWriter<'b>,
    key: &SigningKey,
    site: &SiteId,
    whose: Whose,
) -> Result<&'b [u8], SignError> {
    let frame = writer.to_sign().ok_or(SignError::NotPromised)?;
    let [domain, site, site_end, whose, whose_end] = prefix(site, &whose);
    let signature = key
        .try_multipart_sign(&[domain, site, site_end, whose, whose_end, frame])
        .map_err(|_| SignError::Key)?;
    Ok(writer.end(&signature.to_bytes()))
}

/// Whether `key` signed exactly this frame for this place. A key or a signature of small order is
/// refused, because such a one fits more than one content.
pub fn verify(
    frame: &Frame<'_>,
    key: &VerifyingKey,
    site: &SiteId,
    whose: Whose,
) -> Result<(), VerifyError> {
    let signature = frame.signature.ok_or(VerifyError::Unsigned)?;
    // Strict verification takes its message in one piece.
    let mut signed = heapless::Vec::<u8, MAX_SIGNED>::new();
    for piece in prefix(site, &whose).into_iter().chain([frame.covered]) {
        signed
            .extend_from_slice(piece)
            .map_err(|_| VerifyError::Mismatch)?;
    }
    key.verify_strict(&signed, &Signature::from_bytes(signature))
        .map_err(|_| VerifyError::Mismatch)
}

fn prefix<'a>(site: &'a SiteId, whose: &'a Whose) -> [&'a [u8]; 5] {
    [
        DOMAIN,
        site.as_str().as_bytes(),
        b"\0",
        whose.as_str().as_bytes(),
        b"\0",
    ]
}

#[cfg(test)]
mod tests;
