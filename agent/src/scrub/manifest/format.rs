//! The bytes of a manifest: a beginning that names the version, and then frames, each with its length
//! and a CRC-32C. What has no right sum is no frame, and no frame behind it counts.
//!
//! ```text
//! "PICKETMF" version:u32 | frame(header) frame(record)… frame(mark) frame(record)… frame(trailer)
//! frame: length:u32 crc32c(length, body):u32 body          numbers: little endian, else LEB128
//! ```

mod fields;

use super::record::{BLOCK, Fault, MAX_BLOCKS, Record, Stamp, Trust};
use crate::scrub::pass::Progress;
use crate::scrub::standing::Unread;
use fields::{Fields, put, put_signed};
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// The version of these bytes.
pub const VERSION: u32 = 1;
/// What every manifest begins with, of whatever version.
pub const MAGIC: [u8; 8] = *b"PICKETMF";
/// Bytes before the first frame.
pub const BEGINNING: usize = MAGIC.len() + size_of::<u32>();
/// Bytes of a frame before its body.
pub const FRAME: usize = 8;
/// Longest path below the root, in bytes: the kernel takes no longer one (`PATH_MAX`).
pub const MAX_PATH: usize = 4096;
/// Most bytes of a body: a path, the sums of all blocks, and room for the rest.
pub const MAX_BODY: usize = MAX_PATH + MAX_BLOCKS * size_of::<u32>() + 512;
const _: () = assert!(BLOCK == 4096);

const HEADER: u8 = 1;
const RECORD: u8 = 2;
const MARK: u8 = 3;
const TRAILER: u8 = 4;

/// The lowest two bits of a record's flags are its trust.
const TRUST: u8 = 0b11;
const ATTESTED: u8 = 1 << 2;
const FAULT: u8 = 1 << 3;
const CACHED_COPY_IS_GOOD: u8 = 1 << 4;
const TIMES_ARE_WEAK: u8 = 1 << 5;

/// The first frame: which manifest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The filesystem that it belongs to.
    pub identity: u64,
    /// The random number that the first of its line began with.
    pub era: u32,
    /// The number of the pass that writes it, from 1.
    pub pass: u32,
    /// Misreads of all passes before.
    pub transient: u64,
    /// The boot in which that pass began, as [`identity::boot`](crate::identity::boot) names it.
    pub boot: u32,
}

/// The last frame: that it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// How many records there are.
    pub records: u64,
    /// BLAKE3 over what is true of every file.
    pub root: [u8; 32],
    /// When the pass ended, in seconds since 1970 by this machine's clock.
    pub ended_unix_s: u64,
    /// Misreads of all passes, this one included.
    pub transient: u64,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Which manifest it is.
    Header(Header),
    /// One segment of one file.
    Record(Record),
    /// How far the pass was when everything before was flushed, or when it ended.
    Mark(Progress),
    /// That it is whole.
    Trailer(Trailer),
}

/// The bytes before the first frame.
pub fn beginning() -> [u8; BEGINNING] {
    let mut bytes = [0; BEGINNING];
    let (magic, version) = bytes.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    version.copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// Appends a frame; `previous` is the path of the record before.
pub fn encode(body: &Body, previous: &[u8], out: &mut Vec<u8>) {
    let from = out.len();
    out.extend([0; FRAME]);
    match body {
        Body::Header(header) => put_header(header, out),
        Body::Record(record) => put_record(record, previous, out),
        Body::Mark(progress) => put_mark(progress, out),
        Body::Trailer(trailer) => put_trailer(trailer, out),
    }
    let length = u32::try_from(out.len() - from - FRAME).unwrap_or(u32::MAX);
    let sum = sum(length, out.get(from + FRAME..).unwrap_or_default());
    if let Some(frame) = out.get_mut(from..from + FRAME) {
        let (first, second) = frame.split_at_mut(size_of::<u32>());
        first.copy_from_slice(&length.to_le_bytes());
        second.copy_from_slice(&sum.to_le_bytes());
    }
}

/// Length and sum at the beginning of a frame.
pub fn frame(bytes: [u8; FRAME]) -> (u32, u32) {
    let [a, b, c, d, rest @ ..] = bytes;
    (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(rest))
}

/// The sum that a frame should have.
pub fn sum(length: u32, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()), body)
}

/// What a body says whose sum is right; none if no version of this program wrote it.
pub fn decode(body: &[u8], previous: &[u8]) -> Option<Body> {
    let (kind, rest) = body.split_first()?;
    let mut fields = Fields(rest);
    let body = match *kind {
        HEADER => Body::Header(header(&mut fields)?),
        RECORD => Body::Record(record(&mut fields, previous)?),
        MARK => Body::Mark(mark(&mut fields)?),
        TRAILER => Body::Trailer(trailer(&mut fields)?),
        _ => return None,
    };
    fields.0.is_empty().then_some(body)
}

fn put_header(header: &Header, out: &mut Vec<u8>) {
    out.push(HEADER);
    put(header.identity, out);
    put(u64::from(header.era), out);
    put(u64::from(header.pass), out);
    put(header.transient, out);
    put(u64::from(header.boot), out);
}

fn header(fields: &mut Fields) -> Option<Header> {
    Some(Header {
        identity: fields.number()?,
        era: fields.short()?,
        pass: fields.short()?,
        transient: fields.number()?,
        boot: fields.short()?,
    })
}

fn put_mark(progress: &Progress, out: &mut Vec<u8>) {
    let Progress {
        files,
        bytes,
        unread,
    } = progress;
    out.push(MARK);
    for number in [files, bytes] {
        put(*number, out);
    }
    for number in [unread.denied, unread.cached, unread.changing, unread.other] {
        put(number, out);
    }
}

fn mark(fields: &mut Fields) -> Option<Progress> {
    Some(Progress {
        files: fields.number()?,
        bytes: fields.number()?,
        unread: Unread {
            denied: fields.number()?,
            cached: fields.number()?,
            changing: fields.number()?,
            other: fields.number()?,
        },
    })
}

fn put_trailer(trailer: &Trailer, out: &mut Vec<u8>) {
    out.push(TRAILER);
    put(trailer.records, out);
    out.extend(trailer.root);
    put(trailer.ended_unix_s, out);
    put(trailer.transient, out);
}

fn trailer(fields: &mut Fields) -> Option<Trailer> {
    Some(Trailer {
        records: fields.number()?,
        root: fields.array()?,
        ended_unix_s: fields.number()?,
        transient: fields.number()?,
    })
}

/// Of the path only what differs from the one before: the names of a folder share its own.
fn put_record(record: &Record, previous: &[u8], out: &mut Vec<u8>) {
    let pairs = record.path.iter().zip(previous);
    let shared = pairs.take_while(|(a, b)| a == b).count();
    let own = record.path.get(shared..).unwrap_or_default();
    out.push(RECORD);
    put(shared as u64, out);
    put(own.len() as u64, out);
    out.extend(own);
    put(u64::from(record.segment), out);
    out.push(flags(record));
    put(record.stamp.inode, out);
    put(record.stamp.size, out);
    put_signed(record.stamp.mtime_ns, out);
    put_signed(
        record.stamp.ctime_ns.wrapping_sub(record.stamp.mtime_ns),
        out,
    );
    out.extend(record.digest);
    put(record.blocks.len() as u64, out);
    record
        .blocks
        .iter()
        .for_each(|sum| out.extend(sum.to_le_bytes()));
    if let Some(fault) = &record.fault {
        put_fault(fault, out);
    }
}

fn flags(record: &Record) -> u8 {
    let trust = match record.trust {
        Trust::Unsettled => 0,
        Trust::Candidate => 1,
        Trust::Truth => 2,
    };
    let bit = |is: bool, bit: u8| if is { bit } else { 0 };
    let weak = record.fault.is_some_and(|fault| fault.times_are_weak);
    let cached = record.fault.is_some_and(|fault| fault.cached_copy_is_good);
    trust
        | bit(record.attested, ATTESTED)
        | bit(record.fault.is_some(), FAULT)
        | bit(cached, CACHED_COPY_IS_GOOD)
        | bit(weak, TIMES_ARE_WEAK)
}

fn record(fields: &mut Fields, previous: &[u8]) -> Option<Record> {
    let shared = previous.get(..fields.count(MAX_PATH)?)?;
    let own = fields.count(MAX_PATH)?;
    let path = [shared, fields.bytes(own)?].concat();
    let segment = fields.short()?;
    let flags = fields.byte()?;
    let stamp = stamp(fields)?;
    let digest = fields.array()?;
    let blocks = fields.count(MAX_BLOCKS)?;
    let blocks = fields.bytes(blocks * size_of::<u32>())?;
    let (blocks, _) = blocks.as_chunks();
    let fault = match flags & FAULT {
        0 => None,
        _ => Some(Fault {
            times_are_weak: flags & TIMES_ARE_WEAK != 0,
            ..fault(fields, flags & CACHED_COPY_IS_GOOD != 0)?
        }),
    };
    (path.len() <= MAX_PATH).then_some(())?;
    Some(Record {
        path,
        segment,
        stamp,
        trust: match flags & TRUST {
            0 => Trust::Unsettled,
            1 => Trust::Candidate,
            2 => Trust::Truth,
            _ => return None,
        },
        attested: flags & ATTESTED != 0,
        digest,
        blocks: blocks.iter().map(|sum| u32::from_le_bytes(*sum)).collect(),
        fault,
    })
}

fn stamp(fields: &mut Fields) -> Option<Stamp> {
    let (inode, size) = (fields.number()?, fields.number()?);
    let mtime_ns = fields.signed()?;
    Some(Stamp {
        inode,
        size,
        mtime_ns,
        ctime_ns: mtime_ns.wrapping_add(fields.signed()?),
    })
}

fn put_fault(fault: &Fault, out: &mut Vec<u8>) {
    out.extend([fault.kind.code(), fault.state.code(), fault.truth.code()]);
    put(fault.found_unix_s, out);
    put(u64::from(fault.block), out);
    put(u64::from(fault.blocks), out);
    put(fault.sector, out);
}

fn fault(fields: &mut Fields, cached_copy_is_good: bool) -> Option<Fault> {
    Some(Fault {
        kind: FindingKind::from_code(fields.byte()?),
        state: FindingState::from_code(fields.byte()?),
        truth: GroundTruth::from_code(fields.byte()?),
        found_unix_s: fields.number()?,
        block: fields.short()?,
        blocks: fields.short()?,
        sector: fields.number()?,
        cached_copy_is_good,
        times_are_weak: false,
    })
}
