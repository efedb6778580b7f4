//! Which run of the hub the node follows: the highest ordinal it has heard.

use crate::membership::Membership;
use core::fmt;
use picket_wire::sign::VerifyError;
use picket_wire::{Frame, FrameError, Kind, RunBits, Section, SectionError};

/// What came of a payload on the topic of the hub's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The node follows another run than before; its facts are to be published again.
    NewRun,
    /// The run that the node follows already.
    SameRun,
    /// The hub is gone: its will, or its last word.
    Left,
    /// The payload changed nothing.
    Refused(Refusal),
}

/// Why a payload on the topic of the hub's status changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no frame.
    Frame(FrameError),
    /// A frame of another kind.
    Kind(Kind),
    /// The node has joined, and this is not its hub speaking.
    NotTheHub(VerifyError),
    /// A section of it does not decode.
    Section(SectionError),
    /// It names no run: the header's bits or the section are missing.
    NoRun,
    /// Its ordinal is below the one that the node follows, or the same with other bits.
    NotNewer {
        /// Its ordinal.
        heard: u32,
        /// The ordinal that the node follows.
        followed: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Frame(why) => write!(f, "the hub's status is no frame: {why}"),
            Refusal::Kind(kind) => write!(f, "the hub's status is a frame of kind {kind:?}"),
            Refusal::NotTheHub(why) => write!(f, "it is not from the hub of this site: {why}"),
            Refusal::Section(why) => write!(f, "the hub's status is malformed: {why}"),
            Refusal::NoRun => f.write_str("the hub's status names no run"),
            Refusal::NotNewer { heard, followed } => {
                write!(
                    f,
                    "run {heard} of the hub is not newer than {followed}, which is followed"
                )
            }
        }
    }
}

impl core::error::Error for Refusal {}

/// The run that a node follows, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    ordinal: u32,
    bits: RunBits,
}

impl Default for Following {
    fn default() -> Self {
        Following {
            ordinal: 0,
            bits: RunBits::NONE,
        }
    }
}

impl Following {
    /// The ordinal of the run; 0 if none was heard.
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// What the headers echo; [`RunBits::NONE`] if no run was heard.
    pub fn bits(&self) -> RunBits {
        self.bits
    }

    /// Takes what arrived on the topic of the hub's status; it may be anything. A member believes
    /// only its hub.
    pub fn hear(&mut self, payload: &[u8], membership: Option<&Membership>) -> Heard {
        match named_run(payload, membership) {
            Ok((ordinal, bits)) => self.follow(ordinal, bits),
            Err(why) => Heard::Refused(why),
        }
    }

    fn follow(&mut self, ordinal: u32, bits: RunBits) -> Heard {
        if ordinal == self.ordinal && bits == self.bits {
            return Heard::SameRun;
        }
        // A retained status of an earlier run may arrive after the present one. Of two runs with
        // one ordinal the hub notices the clash from the facts and takes a higher one.
        if ordinal <= self.ordinal {
            return Heard::Refused(Refusal::NotNewer {
                heard: ordinal,
                followed: self.ordinal,
            });
        }
        *self = Following { ordinal, bits };
        Heard::NewRun
    }
}

fn named_run(payload: &[u8], membership: Option<&Membership>) -> Result<(u32, RunBits), Refusal> {
    let frame = Frame::decode(payload).map_err(Refusal::Frame)?;
    if frame.header.kind != Kind::HubStatus {
        return Err(Refusal::Kind(frame.header.kind));
    }
    if let Some(membership) = membership {
        membership.is_from_hub(&frame).map_err(Refusal::NotTheHub)?;
    }
    let mut ordinal = None;
    for section in frame.sections() {
        if let Section::HubRun(run) = section.map_err(Refusal::Section)? {
            ordinal.get_or_insert(run.ordinal);
        }
    }
    match (ordinal, frame.header.run) {
        (None, _) | (_, RunBits::NONE) => Err(Refusal::NoRun),
        (Some(ordinal), bits) => Ok((ordinal, bits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::{BootId, Flags, FrameWriter, Header, HubRun, SessionId, section};
    use std::vec::Vec;

    fn status(kind: Kind, ordinal: Option<u32>, bits: u32) -> Vec<u8> {
        let header = Header {
            kind,
            flags: Flags::default(),
            boot: BootId(1),
            session: SessionId(2),
            seq: 0,
            run: RunBits(bits),
            uptime_ms: 0,
        };
        let mut buf = [0; 128];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        if let Some(ordinal) = ordinal {
            writer
                .section(section::HUB_RUN, &HubRun { ordinal })
                .unwrap();
        }
        writer.finish().to_vec()
    }

    fn run(ordinal: u32, bits: u32) -> Vec<u8> {
        status(Kind::HubStatus, Some(ordinal), bits)
    }

    #[test]
    fn the_first_run_heard_is_followed_and_its_repetition_changes_nothing() {
        let mut following = Following::default();
        assert_eq!((following.ordinal(), following.bits()), (0, RunBits::NONE));
        assert_eq!(following.hear(&run(4, 0xAB), None), Heard::NewRun);
        assert_eq!(following.hear(&run(4, 0xAB), None), Heard::SameRun);
        assert_eq!((following.ordinal(), following.bits()), (4, RunBits(0xAB)));
    }

    #[test]
    fn only_a_higher_ordinal_moves_a_node() {
        let mut following = Following::default();
        following.hear(&run(4, 0xAB), None);
        let refused = |heard| Heard::Refused(Refusal::NotNewer { heard, followed: 4 });
        assert_eq!(
            following.hear(&run(3, 0xCD), None),
            refused(3),
            "a retained status of before"
        );
        assert_eq!(
            following.hear(&run(4, 0xCD), None),
            refused(4),
            "two hubs with one ordinal"
        );
        assert_eq!(following.bits(), RunBits(0xAB));
        assert_eq!(following.hear(&run(5, 0xCD), None), Heard::NewRun);
        assert_eq!(following.bits(), RunBits(0xCD));
    }

    #[test]
    fn anything_else_than_a_run_is_refused_by_its_reason() {
        let mut following = Following::default();
        let mut refused = |payload: &[u8]| match following.hear(payload, None) {
            Heard::Refused(why) => why,
            heard => panic!("{heard:?}"),
        };
        assert_eq!(refused(b"online"), Refusal::Frame(FrameError::TooShort(6)));
        assert_eq!(
            refused(&status(Kind::Report, Some(1), 7)),
            Refusal::Kind(Kind::Report)
        );
        assert_eq!(refused(&status(Kind::HubStatus, None, 7)), Refusal::NoRun);
        assert_eq!(refused(&run(1, 0)), Refusal::NoRun);
        assert_eq!(
            refused(&run(0, 7)),
            Refusal::NotNewer {
                heard: 0,
                followed: 0
            }
        );
        assert_eq!(following, Following::default());
    }
}
