//! What a node says when it joins, and the hub's signed answer, byte by byte.

use picket_hub_core::time::Moment;
use picket_wire::section::KEY_LEN;
use picket_wire::sign::{self, SigningKey, VerifyingKey, Whose};
use picket_wire::{
    Answer, BootId, Flags, Frame, FrameWriter, Header, Join, Joined, Kind, MAX_FRAME, NodeId,
    RunBits, Section, SessionId, SiteId, section,
};

/// What a node asks for, and its key in a form that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// As it travelled.
    pub(super) join: Join,
    /// What the node will sign with.
    pub(super) key: VerifyingKey,
}

/// Why a payload is no request to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// No frame of this kind with this content; there is no key that an answer could name.
    #[error("it is no frame that joins")]
    NoRequest,
    /// Its key is none, or one that fits more than one content.
    #[error("the key that it brings is none that may be believed")]
    Key([u8; KEY_LEN]),
    /// The signature is not that of the key that it brings, for this site and node.
    #[error("its signature is not that of the key that it brings")]
    Signature([u8; KEY_LEN]),
}

impl Malformed {
    /// The key that an answer can name.
    pub(super) fn key(&self) -> Option<[u8; KEY_LEN]> {
        match *self {
            Malformed::NoRequest => None,
            Malformed::Key(key) | Malformed::Signature(key) => Some(key),
        }
    }
}

/// Takes apart what arrived on the join topic of `node`, and checks that who sent it holds the
/// other half of the key that it brings.
pub(super) fn read(payload: &[u8], site: &SiteId, node: NodeId) -> Result<Wanted, Malformed> {
    let frame = Frame::decode(payload).map_err(|_| Malformed::NoRequest)?;
    let join = content(&frame).ok_or(Malformed::NoRequest)?;
    let key = VerifyingKey::from_bytes(&join.key).map_err(|_| Malformed::Key(join.key))?;
    if key.is_weak() {
        return Err(Malformed::Key(join.key));
    }
    sign::verify(&frame, &key, site, Whose::Node(node))
        .map_err(|_| Malformed::Signature(join.key))?;
    Ok(Wanted { join, key })
}

/// The one join section. Whatever else stands in the frame is of a newer node, and signed.
fn content(frame: &Frame<'_>) -> Option<Join> {
    if frame.header.kind != Kind::Join {
        return None;
    }
    let mut found = None;
    for section in frame.sections() {
        if let Section::Join(join) = section.ok()?
            && found.replace(join).is_some()
        {
            return None;
        }
    }
    found
}

/// Writes the answers of one start of the hub.
#[derive(Debug)]
pub struct Answers {
    boot: BootId,
    session: SessionId,
    seq: u32,
}

impl Answers {
    /// For a start of the hub, named by `session`, in a boot of its machine.
    pub fn new(boot: BootId, session: SessionId) -> Answers {
        Answers {
            boot,
            session,
            seq: 0,
        }
    }

    /// The next answer, signed by the hub for `node`; none if it cannot be signed, which no content
    /// causes.
    pub fn write(
        &mut self,
        (node, key): (NodeId, [u8; KEY_LEN]),
        answer: Answer,
        own: (&SigningKey, [u8; KEY_LEN], &SiteId),
        now: Moment,
    ) -> Option<Vec<u8>> {
        let (signing_key, next_hub_key, site) = own;
        let header = Header {
            kind: Kind::Join,
            flags: Flags {
                signed: true,
                ..Flags::default()
            },
            boot: self.boot,
            session: self.session,
            seq: self.seq,
            run: RunBits::NONE,
            uptime_ms: now.0,
        };
        let joined = Joined {
            key,
            answer: answer.code(),
            next_hub_key,
        };
        let mut buffer = [0; MAX_FRAME];
        let mut writer = FrameWriter::new(&mut buffer, &header).ok()?;
        writer.section(section::JOINED, &joined).ok()?;
        self.seq = self.seq.wrapping_add(1);
        let frame = sign::sign(writer, signing_key, site, Whose::Node(node)).ok()?;
        Some(frame.to_vec())
    }
}

#[cfg(test)]
mod tests;
