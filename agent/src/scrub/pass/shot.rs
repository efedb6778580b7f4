//! One read of one segment past the cache: its digest, the sums of its blocks, or where it fails.

use super::why::{Why, why};
use crate::scrub::files::{Buffer, Extent, ReadBack};
use crate::scrub::judge::{Content, Failure, Seen};
use crate::scrub::manifest::record::{BLOCK, SEGMENT};
use md5::{Digest, Md5};
use nix::errno::Errno;
use picket_wire::FindingKind;

/// Bytes of one read.
const AT_ONCE: usize = 1024 * 1024;
/// Most blocks with errors of a segment that are counted: each may take a card seconds.
const MAX_FAILED: u32 = 16;
/// Zeros of a hole that are taken at once.
static ZEROS: [u8; 65_536] = [0; 65_536];

/// Room for reading.
#[derive(Debug)]
pub(super) struct Room {
    chunk: Buffer,
    block: Buffer,
}

/// What one read gave.
#[derive(Debug)]
pub(super) struct Shot {
    /// What was read.
    pub(super) seen: Seen,
    /// The sum of the file up to the end of this segment, if one was handed in.
    pub(super) md5: Option<Md5>,
    /// Bytes that were read from the medium.
    pub(super) bytes: u64,
    /// Whether the file ended elsewhere than it should.
    pub(super) is_cut: bool,
}

/// Which bytes of a file are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    from: u64,
    until: u64,
    /// Whether the file is to end there.
    pub(super) is_last: bool,
}

impl Range {
    /// Of one segment of a file of so many bytes.
    pub(super) fn of(segment: u32, size: u64) -> Range {
        let from = u64::from(segment) * SEGMENT;
        let until = from.saturating_add(SEGMENT).min(size);
        Range {
            from,
            until,
            is_last: until == size,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from >= self.until
    }

    /// Whether it is the whole file.
    pub(super) fn is_whole(&self) -> bool {
        self.from == 0 && self.is_last
    }

    /// Whether it is the beginning of a file.
    pub(super) fn is_first(&self) -> bool {
        self.from == 0
    }

    /// Whether a failure is one of all its blocks, as far as they were tried.
    pub(super) fn is_lost(&self, failure: &Failure) -> bool {
        let blocks = self.until.saturating_sub(self.from).div_ceil(BLOCK);
        failure.block == 0 && (failure.blocks == 0 || u64::from(failure.blocks) == blocks)
    }

    /// The end of the hole that this segment is; none if there are bytes in it.
    pub(super) fn hole(&self, file: &mut dyn ReadBack) -> Option<u64> {
        match file.extent(self.from) {
            Ok(Extent::Hole { until }) if until >= self.until => Some(until),
            Ok(_) | Err(_) => None,
        }
    }
}

/// Digest and sums of what was read so far.
struct Sums {
    digest: blake3::Hasher,
    blocks: Vec<u32>,
    /// Bytes of the block that is not whole yet.
    partial: usize,
    md5: Option<Md5>,
}

impl Sums {
    fn take(&mut self, mut bytes: &[u8]) {
        self.digest.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        while !bytes.is_empty() {
            let room = BLOCK as usize - self.partial;
            let (block, rest) = bytes.split_at(room.min(bytes.len()));
            match self.blocks.last_mut() {
                Some(sum) if self.partial > 0 => *sum = crc32c::crc32c_append(*sum, block),
                _ => self.blocks.push(crc32c::crc32c(block)),
            }
            self.partial = (self.partial + block.len()) % BLOCK as usize;
            bytes = rest;
        }
    }

    fn zeros(&mut self, mut count: u64) {
        while count > 0 {
            let some = count.min(ZEROS.len() as u64);
            self.take(ZEROS.get(..some as usize).unwrap_or_default());
            count -= some;
        }
    }
}

/// What fails of a segment.
struct Fails {
    kind: FindingKind,
    first: u64,
    blocks: u32,
    /// Whether there may be more.
    is_open: bool,
}

impl Room {
    pub(super) fn new() -> Room {
        Room {
            chunk: Buffer::new(AT_ONCE),
            block: Buffer::new(BLOCK as usize),
        }
    }

    /// Reads a segment from the medium.
    ///
    /// # Errors
    /// What the kernel answered where that says nothing of the content.
    pub(super) fn shoot(
        &mut self,
        file: &mut dyn ReadBack,
        range: Range,
        md5: Option<Md5>,
    ) -> Result<Shot, Errno> {
        let mut sums = Sums {
            digest: blake3::Hasher::new(),
            blocks: Vec::new(),
            partial: 0,
            md5,
        };
        let (mut at, mut bytes) = (range.from, 0);
        let (mut fails, mut is_cut) = (None, false);
        while at < range.until {
            let hole = hole_until(file, at, range);
            if hole > at {
                sums.zeros(hole - at);
                at = hole;
                continue;
            }
            match file.read(at, &mut self.chunk) {
                Ok(length) => {
                    bytes += length as u64;
                    let left = range.until - at;
                    let Some(taken) = usable(length, left, range.is_last) else {
                        is_cut = true;
                        break;
                    };
                    sums.take(self.chunk.first(taken));
                    at += taken as u64;
                }
                Err(errno) => {
                    let Why::Lost(kind) = why(errno) else {
                        return Err(errno);
                    };
                    let until = range.until.min(at + AT_ONCE as u64);
                    self.locate(file, (at, until), kind, &mut fails);
                    at = until;
                    if fails.as_ref().is_some_and(|fails: &Fails| fails.is_open) {
                        break;
                    }
                }
            }
        }
        let seen = match fails {
            Some(fails) => Seen::Failed(fails.failure(range.from)),
            None => Seen::Bytes(Content {
                digest: *sums.digest.finalize().as_bytes(),
                blocks: sums.blocks,
            }),
        };
        let md5 = sums.md5;
        Ok(Shot {
            seen,
            md5,
            bytes,
            is_cut,
        })
    }

    /// What a segment of nothing but a hole reads as.
    pub(super) fn of_hole(range: Range) -> Shot {
        let mut digest = blake3::Hasher::new();
        let mut left = range.until.saturating_sub(range.from);
        while left > 0 {
            let some = left.min(ZEROS.len() as u64);
            digest.update(ZEROS.get(..some as usize).unwrap_or_default());
            left -= some;
        }
        Shot {
            seen: Seen::Bytes(Content {
                digest: *digest.finalize().as_bytes(),
                blocks: Vec::new(),
            }),
            md5: None,
            bytes: 0,
            is_cut: false,
        }
    }

    /// Reads as programs do; gives the digest and the sum of what they get. None if it cannot be.
    pub(super) fn cached(
        &mut self,
        file: &mut dyn ReadBack,
        range: Range,
    ) -> Option<([u8; 32], [u8; 16])> {
        let (mut digest, mut md5) = (blake3::Hasher::new(), Md5::new());
        let mut at = range.from;
        while at < range.until {
            let length = file.read_cached(at, &mut self.chunk).ok()?;
            let taken = usable(length, range.until - at, false)?;
            let bytes = self.chunk.first(taken);
            digest.update(bytes);
            md5.update(bytes);
            at += taken as u64;
        }
        Some((*digest.finalize().as_bytes(), md5.finalize().into()))
    }

    /// Reads a stretch that failed block by block.
    fn locate(
        &mut self,
        file: &mut dyn ReadBack,
        (mut at, until): (u64, u64),
        kind: FindingKind,
        fails: &mut Option<Fails>,
    ) {
        let is_first = fails.is_none();
        let fails = fails.get_or_insert(Fails {
            kind,
            first: at,
            blocks: 0,
            is_open: false,
        });
        while at < until && !fails.is_open {
            if let Err(errno) = file.read(at, &mut self.block)
                && let Why::Lost(_) = why(errno)
            {
                if fails.blocks == 0 && is_first {
                    fails.first = at;
                }
                fails.blocks += 1;
                fails.is_open = fails.blocks >= MAX_FAILED;
            }
            at += BLOCK;
        }
    }
}

impl Fails {
    fn failure(&self, from: u64) -> Failure {
        let block = self.first.saturating_sub(from) / BLOCK;
        Failure {
            kind: self.kind,
            block: u32::try_from(block).unwrap_or(u32::MAX),
            blocks: if self.is_open { 0 } else { self.blocks },
        }
    }
}

/// Where the hole at an offset ends, in whole blocks; the offset itself if there is none. What is
/// no larger than one read is read: asking for its holes costs as much.
fn hole_until(file: &mut dyn ReadBack, at: u64, range: Range) -> u64 {
    if range.until - range.from <= AT_ONCE as u64 {
        return at;
    }
    match file.extent(at) {
        Ok(Extent::Hole { until }) if until >= range.until => range.until,
        Ok(Extent::Hole { until }) => (until / BLOCK * BLOCK).max(at),
        Ok(Extent::Data { .. }) | Err(_) => at,
    }
}

/// How many of the bytes of a read count; none if the file ends early, or goes on where it should
/// end.
fn usable(length: usize, left: u64, is_last: bool) -> Option<usize> {
    match length as u64 {
        length_u64 if length_u64 == left => Some(length),
        length_u64 if length_u64 > left && is_last => None,
        length_u64 if length_u64 > left => usize::try_from(left).ok(),
        // Behind a part of a block nothing can be read past the cache.
        _ => Some(length / BLOCK as usize * BLOCK as usize).filter(|taken| *taken > 0),
    }
}
