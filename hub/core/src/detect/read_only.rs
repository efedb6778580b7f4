//! A filesystem that was writable is read-only: the kernel's answer to errors of the disk.
//!
//! One that was read-only from the first is so by design. What was writable is remembered as long
//! as the hub runs; an open incident of an earlier run says the same.

use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, KnownPart, Latest};
use picket_wire::{PartKind, Quantity};
use std::collections::BTreeSet;

/// Most filesystems of one node that are remembered as writable.
pub(crate) const MAX_WRITABLE: usize = 512;

/// The ids of the filesystems that were seen writable.
#[derive(Debug, Default)]
pub(crate) struct Writable {
    ids: BTreeSet<String>,
}

impl Writable {
    /// The subject of an open incident was writable once.
    pub(crate) fn restore(&mut self, subject: &str) {
        let prefix = PartKind::Filesystem.name();
        let id = subject
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('/'));
        if let Some(id) = id {
            self.remember(id);
        }
    }

    fn remember(&mut self, id: &str) {
        if !self.ids.contains(id) && self.ids.len() < MAX_WRITABLE {
            self.ids.insert(id.to_owned());
        }
    }
}

pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    writable: &mut Writable,
) -> Judgement<'a> {
    if reading.quantity != Quantity::FILESYSTEM_READ_ONLY {
        return None;
    }
    let part = known.part(reading.part)?;
    let verdict = match reading.value {
        Ok(0) => {
            writable.remember(&part.id);
            Verdict::Healthy
        }
        Ok(_) if writable.ids.contains(&part.id) => Verdict::Faulty(finding(part)),
        Ok(_) => Verdict::Blind("read-only since it was first seen"),
        Err(_) => Verdict::Blind("whether it is read-only is missing"),
    };
    Some((Subject::Part(part), verdict))
}

fn finding(part: &KnownPart) -> Finding {
    Finding {
        severity: Severity::Page,
        summary: format!("the filesystem {} was writable and is read-only", part.name),
        advice: "Copy what matters before any reboot, then look at `dmesg` for errors of the disk."
            .to_owned(),
        evidence: vec!["its super block is read-only; it was seen writable before".to_owned()],
    }
}
