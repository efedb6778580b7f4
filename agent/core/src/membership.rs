//! What a node that has joined holds: the site that it belongs to, its own key, and the keys of the
//! hub that it believes.
//!
//! A member signs its facts and believes only what one of the hub's two keys has signed. A node
//! that has not joined signs nothing and believes every hub: there is nobody it could tell apart.

use core::fmt;
use picket_wire::sign::{self, SigningKey, VerifyError, VerifyingKey, Whose};
use picket_wire::{EncodeError, Frame, FrameWriter, NodeId, SiteId};

/// A node's place in a site. `Debug` shows no key.
#[derive(Clone)]
pub struct Membership {
    /// What signatures are bound to.
    pub site: SiteId,
    /// What the node signs with.
    pub key: SigningKey,
    /// What the hub signs with, now and next.
    pub hub_keys: [VerifyingKey; 2],
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Membership({}, …)", self.site)
    }
}

impl Membership {
    /// Whether the hub of this site signed the frame, with either of its keys.
    ///
    /// # Errors
    /// The frame is unsigned, or signed by somebody else or for another site.
    pub fn is_from_hub(&self, frame: &Frame<'_>) -> Result<(), VerifyError> {
        let [now, next] = &self.hub_keys;
        match sign::verify(frame, now, &self.site, Whose::Hub) {
            Err(VerifyError::Mismatch) => sign::verify(frame, next, &self.site, Whose::Hub),
            verdict => verdict,
        }
    }

    /// Ends a frame whose flags promise a signature with that of `node`.
    ///
    /// # Errors
    /// The flags promise none.
    pub(crate) fn sign<'b>(
        &self,
        writer: FrameWriter<'b>,
        node: NodeId,
    ) -> Result<&'b [u8], EncodeError> {
        // The one other reason is a key that cannot sign, which no key of this kind is.
        sign::sign(writer, &self.key, &self.site, Whose::Node(node)).map_err(|_| EncodeError::Full)
    }
}
