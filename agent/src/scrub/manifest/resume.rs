//! What of an interrupted manifest still counts: everything up to its last whole record.

use super::NEW;
use super::format::Header;
use super::reader::{Item, Reader, Refused};
use super::record::{Record, SEGMENT};
use super::root::Root;
use super::writer::Prefix;
use crate::scrub::pass::Progress;
use std::path::Path;
use thiserror::Error;

/// Where an interrupted pass goes on.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// Which manifest it was writing.
    pub header: Header,
    /// What of it is kept; the path is that of the last record.
    pub prefix: Prefix,
    /// The segment of the last record.
    pub segment: u32,
    /// How far the pass was.
    pub progress: Progress,
}

/// Why an interrupted pass begins anew.
#[derive(Debug, Error)]
pub enum Anew {
    /// Its manifest is not used.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It compared with a manifest that is no longer there.
    #[error("the manifest that it compared with is another one by now")]
    OtherBase,
}

/// Looks at the manifest that a pass was writing, and hands each of its records to `note`. The pass
/// compared with the manifest of `base`; with none if it was the first.
///
/// # Errors
/// It begins anew, and why.
pub fn resume(
    folder: &Path,
    identity: u64,
    base: Option<&Header>,
    note: &mut dyn FnMut(&Record),
) -> Result<Resumed, Anew> {
    let mut reader = Reader::open(&folder.join(NEW), identity)?;
    let header = *reader.header();
    let goes_on = match base {
        Some(base) => header.era == base.era && Some(header.pass) == base.pass.checked_add(1),
        None => header.pass == 1,
    };
    if !goes_on {
        return Err(Anew::OtherBase);
    }
    let mut resumed = Resumed {
        header,
        prefix: Prefix::default(),
        segment: 0,
        progress: Progress::default(),
    };
    let mut root = Root::default();
    resumed.prefix.until = reader.at();
    // Where it does not go on is where it was cut off. An end that was not renamed is one as well.
    while let Ok(item) = reader.read() {
        match item {
            Item::Mark(progress) => resumed.progress = progress,
            Item::End(_) => break,
            Item::Record(record) => {
                note(&record);
                root.take(&record);
                resumed.take(record);
            }
        }
        resumed.prefix.until = reader.at();
    }
    resumed.prefix.root = root;
    Ok(resumed)
}

impl Resumed {
    /// The marks say how far it was; what was written behind the last of them adds to it.
    fn take(&mut self, record: Record) {
        let is_next_file = self.prefix.records == 0 || record.path != self.prefix.path;
        self.progress.files += u64::from(is_next_file);
        let before = u64::from(record.segment) * SEGMENT;
        self.progress.bytes += record.stamp.size.saturating_sub(before).min(SEGMENT);
        self.prefix.records += 1;
        self.prefix.path = record.path;
        self.segment = record.segment;
    }
}
