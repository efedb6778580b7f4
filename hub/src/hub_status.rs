//! The hub's sign of life, by which nodes know its run: signed with the hub's key.
//!
//! Its will is an empty retained message, and so is its last word when it stops: what is retained
//! on `hub/status` is then never the word of a hub that is gone.

use picket_hub_core::seam::Run;
use picket_hub_core::time::{Millis, Moment};
use picket_wire::sign::{self, SignError, SigningKey, Whose};
use picket_wire::{
    BootId, EncodeError, Flags, FrameWriter, Header, HubRun, Kind, MAX_FRAME, SessionId, SiteId,
    Witness, section,
};
use std::fmt;

/// It is said again after so long.
pub const EVERY: Millis = Millis::from_s(10);
/// It is said to a node that has come online as well, which keeps its reports until it hears that a
/// hub listens; but no more often than this, however many nodes come.
pub const GREETING: Millis = Millis(500);

/// What the hub signs with.
#[derive(Clone)]
pub struct Signer {
    /// The hub's present key.
    pub key: SigningKey,
    /// What signatures are bound to.
    pub site: SiteId,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer {{ key: …, site: {} }}", self.site.as_str())
    }
}

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// It does not fit.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Writes the frames of one start of the hub.
#[derive(Debug)]
pub struct HubStatus {
    signer: Signer,
    boot: BootId,
    session: SessionId,
    seq: u32,
}

impl HubStatus {
    /// For a start of the hub, named by `session`, in a boot of its machine.
    pub fn new(boot: BootId, session: SessionId, signer: Signer) -> HubStatus {
        HubStatus {
            signer,
            boot,
            session,
            seq: 0,
        }
    }

    /// The next frame. `witnesses` is what the nodes are to remember of the hub's own disks.
    pub fn frame(
        &mut self,
        run: Run,
        witnesses: &[Witness],
        now: Moment,
    ) -> Result<Vec<u8>, StatusError> {
        let header = Header {
            kind: Kind::HubStatus,
            flags: Flags {
                signed: true,
                backlog: false,
            },
            boot: self.boot,
            session: self.session,
            seq: self.seq,
            run: run.bits,
            uptime_ms: now.0,
        };
        let mut buffer = [0; MAX_FRAME];
        let mut writer = FrameWriter::new(&mut buffer, &header)?;
        writer.section(
            section::HUB_RUN,
            &HubRun {
                ordinal: run.ordinal,
            },
        )?;
        writer.repeated(section::WITNESSES, witnesses)?;
        let Signer { key, site } = &self.signer;
        let frame = sign::sign(writer, key, site, Whose::Hub)?;
        self.seq = self.seq.wrapping_add(1);
        Ok(frame.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::{Frame, RunBits, Section};

    #[test]
    fn a_frame_carries_the_run_counts_up_and_is_signed_for_this_site() {
        let signer = Signer {
            key: SigningKey::from_bytes(&[7; 32]),
            site: SiteId::parse("home").unwrap(),
        };
        assert_eq!(format!("{signer:?}"), "Signer { key: …, site: home }");
        let mut status = HubStatus::new(BootId(7), SessionId(9), signer.clone());
        let run = Run {
            ordinal: 3,
            bits: RunBits(0xABCD),
        };
        for seq in 0..3 {
            let bytes = status.frame(run, &[], Moment(1234)).unwrap();
            let frame = Frame::decode(&bytes).unwrap();
            assert_eq!(frame.header.kind, Kind::HubStatus);
            let key = signer.key.verifying_key();
            assert_eq!(sign::verify(&frame, &key, &signer.site, Whose::Hub), Ok(()));
            let other = SiteId::parse("other").unwrap();
            assert!(sign::verify(&frame, &key, &other, Whose::Hub).is_err());
            assert_eq!(
                (frame.header.boot, frame.header.session),
                (BootId(7), SessionId(9))
            );
            assert_eq!((frame.header.seq, frame.header.run), (seq, RunBits(0xABCD)));
            assert_eq!(frame.header.uptime_ms, 1234);
            let sections: Vec<_> = frame.sections().collect();
            assert_eq!(sections, [Ok(Section::HubRun(HubRun { ordinal: 3 }))]);
        }
    }
    #[test]
    fn a_frame_carries_what_the_nodes_are_to_remember() {
        let signer = Signer {
            key: SigningKey::from_bytes(&[7; 32]),
            site: SiteId::parse("home").unwrap(),
        };
        let mut status = HubStatus::new(BootId(7), SessionId(9), signer);
        let run = Run {
            ordinal: 3,
            bits: RunBits(1),
        };
        let most = Witness {
            disk: u64::MAX,
            lineage: u32::MAX,
            generation: u32::MAX,
        };
        let witnesses = [most; picket_hub_core::witness::MAX_WITNESSES];
        let bytes = status.frame(run, &witnesses, Moment(1)).unwrap();
        let frame = Frame::decode(&bytes).unwrap();
        let told = frame.sections().find_map(|section| match section {
            Ok(Section::Witnesses(told)) => Some(told.collect::<Vec<_>>()),
            _ => None,
        });
        assert_eq!(told.unwrap(), witnesses);
    }
}
