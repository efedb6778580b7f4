//! A manifest read from its beginning, record by record.

use super::format::{self, BEGINNING, Body, FRAME, Header, MAGIC, MAX_BODY, Trailer, VERSION};
use super::record::Record;
use crate::scrub::files::compare;
use crate::scrub::pass::Progress;
use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;
use thiserror::Error;

/// Bytes that are read at once.
const AT_ONCE: usize = 64 * 1024;

/// Why a manifest is not used at all.
#[derive(Debug, Error)]
pub enum Refused {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It does not begin like one, or its first frame is damaged.
    #[error("it is damaged from its beginning")]
    Garbled,
    /// A newer program wrote it.
    #[error("version {0} of its bytes is of a newer picket-agent; this one knows up to {VERSION}")]
    Newer(u32),
    /// It is of other files.
    #[error("it belongs to another filesystem: the card was changed, or copied")]
    OtherCard,
}

/// Why a manifest does not go on.
#[derive(Debug, Error)]
pub enum Broken {
    /// It ends without its end.
    #[error("it is cut off at byte {at}")]
    Truncated {
        /// Where the last whole frame ends.
        at: u64,
    },
    /// What follows is not what was written.
    #[error("it is damaged at byte {at}")]
    Garbled {
        /// Where the last whole frame ends.
        at: u64,
    },
    /// It cannot be read on.
    #[error("it cannot be read from byte {at} on: {error}")]
    Unreadable {
        /// Where the last whole frame ends.
        at: u64,
        /// What the kernel answered.
        #[source]
        error: io::Error,
    },
}

/// What comes next.
#[derive(Debug)]
pub enum Item {
    /// One segment of one file.
    Record(Record),
    /// How far the pass was when everything before was flushed.
    Mark(Progress),
    /// The end: it is whole.
    End(Trailer),
}

/// A manifest that is being read.
#[derive(Debug)]
pub struct Reader {
    file: BufReader<File>,
    header: Header,
    body: Vec<u8>,
    /// Path and segment of the last record.
    last: Option<(Vec<u8>, u32)>,
    records: u64,
    at: u64,
}

impl Reader {
    /// Opens the manifest of a filesystem.
    ///
    /// # Errors
    /// It is not used, and why.
    pub fn open(path: &Path, identity: u64) -> Result<Reader, Refused> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Refused::Missing,
            _ => Refused::Unreadable(error),
        })?;
        let mut file = BufReader::with_capacity(AT_ONCE, file);
        beginning(&mut file)?;
        let mut body = Vec::new();
        let length = frame(&mut file, &mut body, 0).map_err(|broken| match broken {
            Broken::Unreadable { error, .. } => Refused::Unreadable(error),
            Broken::Truncated { .. } | Broken::Garbled { .. } => Refused::Garbled,
        })?;
        let Some(Body::Header(header)) = format::decode(&body, &[]) else {
            return Err(Refused::Garbled);
        };
        if header.identity != identity {
            return Err(Refused::OtherCard);
        }
        Ok(Reader {
            file,
            header,
            body,
            last: None,
            records: 0,
            at: BEGINNING as u64 + length,
        })
    }

    /// Which manifest it is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where what was read ends.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// What comes next. Behind the end or an error it is not to be asked.
    ///
    /// # Errors
    /// It does not go on; everything that was given counts.
    pub fn read(&mut self) -> Result<Item, Broken> {
        let at = self.at;
        let garbled = Broken::Garbled { at };
        let length = frame(&mut self.file, &mut self.body, at)?;
        let previous = self.last.as_ref().map(|(path, _)| path.as_slice());
        let body = format::decode(&self.body, previous.unwrap_or_default());
        let item = match body.ok_or(Broken::Garbled { at })? {
            Body::Header(_) => return Err(garbled),
            Body::Mark(progress) => Item::Mark(progress),
            Body::Trailer(trailer) if trailer.records != self.records => return Err(garbled),
            Body::Trailer(trailer) => Item::End(trailer),
            Body::Record(record) => {
                if !self.follows(&record) {
                    return Err(garbled);
                }
                self.records += 1;
                self.last = Some((record.path.clone(), record.segment));
                Item::Record(record)
            }
        };
        self.at += length;
        Ok(item)
    }

    /// Whether it stands behind the one before in the order of the manifest.
    fn follows(&self, record: &Record) -> bool {
        self.last.as_ref().is_none_or(|(path, segment)| {
            compare(path, &record.path).then(segment.cmp(&record.segment)) == Ordering::Less
        })
    }
}

fn beginning(file: &mut impl Read) -> Result<(), Refused> {
    let mut bytes = [0; BEGINNING];
    file.read_exact(&mut bytes)
        .map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Refused::Garbled,
            _ => Refused::Unreadable(error),
        })?;
    let [magic @ .., a, b, c, d] = bytes;
    match u32::from_le_bytes([a, b, c, d]) {
        _ if magic != MAGIC => Err(Refused::Garbled),
        VERSION => Ok(()),
        newer if newer > VERSION => Err(Refused::Newer(newer)),
        _ => Err(Refused::Garbled),
    }
}

/// Reads a frame's body; gives the bytes of the whole frame.
fn frame(file: &mut impl Read, body: &mut Vec<u8>, at: u64) -> Result<u64, Broken> {
    let broken = |error: io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => Broken::Truncated { at },
        _ => Broken::Unreadable { at, error },
    };
    let mut first = [0; FRAME];
    file.read_exact(&mut first).map_err(broken)?;
    let (length, sum) = format::frame(first);
    let bytes = usize::try_from(length).unwrap_or(usize::MAX);
    if bytes > MAX_BODY {
        return Err(Broken::Garbled { at });
    }
    body.resize(bytes, 0);
    file.read_exact(body).map_err(broken)?;
    match format::sum(length, body) == sum {
        true => Ok(FRAME as u64 + u64::from(length)),
        false => Err(Broken::Garbled { at }),
    }
}
