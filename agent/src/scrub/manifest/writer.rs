//! The manifest of the pass under way: streamed into `manifest.new`, and renamed when it is whole.

use super::format::{self, Body, Header, Trailer};
use super::record::Record;
use super::root::Root;
use super::{MANIFEST, NEW};
use crate::replace;
use crate::scrub::pass::Progress;
use nix::fcntl::OFlag;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Bytes after which what was written is put on the medium.
const FLUSH_BYTES: u64 = 1024 * 1024;
/// Time after which that is done with less, in milliseconds: so much work is lost at most.
const FLUSH_MS: u64 = 60 * 60 * 1000;
/// Bytes that are written at once.
const AT_ONCE: usize = 64 * 1024;

/// The new manifest cannot be written: the pass goes on without it.
#[derive(Debug, Error)]
#[error("cannot {what} {}: {error}", path.display())]
pub struct Unwritten {
    what: &'static str,
    path: PathBuf,
    #[source]
    error: io::Error,
}

/// A manifest that is being written.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    /// What is encoded and not yet written.
    buffer: Vec<u8>,
    /// The path of the last record.
    previous: Vec<u8>,
    root: Root,
    records: u64,
    unflushed: u64,
    flushed_ms: u64,
}

/// Where an interrupted manifest goes on.
#[derive(Clone, Debug, Default)]
pub struct Prefix {
    /// Bytes that are kept.
    pub until: u64,
    /// How many records these have.
    pub records: u64,
    /// The path of the last of them.
    pub path: Vec<u8>,
    /// Their root.
    pub root: Root,
}

impl Writer {
    /// Begins a manifest in a folder; what was begun there before is gone.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn begin(folder: &Path, header: &Header, now_ms: u64) -> Result<Writer, Unwritten> {
        let mut writer = Writer::open(folder, &Prefix::default(), now_ms)?;
        writer.buffer.extend(format::beginning());
        format::encode(&Body::Header(*header), &[], &mut writer.buffer);
        Ok(writer)
    }

    /// Goes on with a manifest that was begun; what stands behind the prefix is cut off.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn go_on(folder: &Path, prefix: &Prefix, now_ms: u64) -> Result<Writer, Unwritten> {
        Writer::open(folder, prefix, now_ms)
    }

    fn open(folder: &Path, prefix: &Prefix, now_ms: u64) -> Result<Writer, Unwritten> {
        let path = folder.join(NEW);
        let open = || {
            let mut file = File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(OFlag::O_NOFOLLOW.bits())
                .open(&path)?;
            file.set_len(prefix.until)?;
            file.seek(SeekFrom::Start(prefix.until))?;
            Ok(file)
        };
        Ok(Writer {
            file: open().map_err(|error| unwritten("begin", &path, error))?,
            path,
            buffer: Vec::new(),
            previous: prefix.path.clone(),
            root: prefix.root.clone(),
            records: prefix.records,
            unflushed: 0,
            flushed_ms: now_ms,
        })
    }

    /// Adds a record, which stands behind the one before in the manifest's order.
    ///
    /// # Errors
    /// What the kernel answered; then nothing more is to be written.
    pub fn add(&mut self, record: Record) -> Result<(), Unwritten> {
        self.root.take(&record);
        let body = Body::Record(record);
        format::encode(&body, &self.previous, &mut self.buffer);
        if let Body::Record(record) = body {
            self.previous = record.path;
        }
        self.records += 1;
        match self.buffer.len() {
            ..AT_ONCE => Ok(()),
            _ => self.write(),
        }
    }

    /// Whether it is time to flush.
    pub fn is_due(&self, now_ms: u64) -> bool {
        let waiting = self.unflushed + self.buffer.len() as u64;
        waiting >= FLUSH_BYTES || waiting > 0 && now_ms.saturating_sub(self.flushed_ms) >= FLUSH_MS
    }

    /// Whether everything is on the medium.
    pub fn is_flushed(&self) -> bool {
        self.unflushed == 0 && self.buffer.is_empty()
    }

    /// Puts everything on the medium, with how far the pass is.
    ///
    /// # Errors
    /// What the kernel answered; then nothing more is to be written.
    pub fn flush(&mut self, progress: &Progress, now_ms: u64) -> Result<(), Unwritten> {
        format::encode(&Body::Mark(*progress), &[], &mut self.buffer);
        self.write()?;
        let synced = self.file.sync_data();
        synced.map_err(|error| unwritten("flush", &self.path, error))?;
        self.unflushed = 0;
        self.flushed_ms = now_ms;
        Ok(())
    }

    /// Ends the manifest, with what the pass looked at, and puts it in the place of the one before.
    /// Gives its digest root.
    ///
    /// # Errors
    /// What the kernel answered; the manifest before is there.
    pub fn end(
        mut self,
        progress: &Progress,
        ended_unix_s: u64,
        transient: u64,
    ) -> Result<[u8; 32], Unwritten> {
        let root = self.root.digest();
        let trailer = Trailer {
            records: self.records,
            root,
            ended_unix_s,
            transient,
        };
        format::encode(&Body::Mark(*progress), &[], &mut self.buffer);
        format::encode(&Body::Trailer(trailer), &[], &mut self.buffer);
        self.write()?;
        let synced = self.file.sync_all();
        synced.map_err(|error| unwritten("flush", &self.path, error))?;
        let whole = self.path.with_file_name(MANIFEST);
        match replace::rename(&self.path, &whole) {
            Ok(()) => Ok(root),
            Err(error) => Err(unwritten("rename to manifest", &self.path, error)),
        }
    }

    fn write(&mut self) -> Result<(), Unwritten> {
        let written = self.file.write_all(&self.buffer);
        written.map_err(|error| unwritten("write", &self.path, error))?;
        self.unflushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

fn unwritten(what: &'static str, path: &Path, error: io::Error) -> Unwritten {
    let path = path.to_owned();
    Unwritten { what, path, error }
}
