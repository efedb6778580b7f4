//! Readings, and what is said beside them, become frames of sequence numbers without a gap.

use crate::lists::{self, Lists};
use crate::outbox::Outbox;
use picket_wire::quantity::MAX_CODE;
use picket_wire::{FrameWriter, Header, MAX_FRAME, Reading};

/// Most frames that one sampling may take. What does not fit into them is left out.
pub(crate) const MAX_FRAMES: u32 = 8;
/// Most of them that findings take before the readings, which so always find room.
pub const MAX_FRAMES_BEFORE: u32 = 3;
/// Most writers that one sampling names.
pub const MAX_WRITERS: usize = 8;

/// Writes one sampling into the outbox. Readings that a frame has no room for go on in a further
/// one; no readings make one empty frame, a heartbeat. What the scrub found goes before them in
/// frames of its own: the readings that count the files are judged when they arrive, and which files
/// those are is to be known by then. The rest follows behind. `header` is that of the first frame;
/// gives the sequence number after the last one.
pub(crate) fn report<B: AsRef<[u8]> + AsMut<[u8]>>(
    outbox: &mut Outbox<B>,
    mut header: Header,
    readings: impl IntoIterator<Item = Reading>,
    mut lists: Lists<'_>,
) -> u32 {
    let mut first = Lists {
        writers: lists.writers.get(..MAX_WRITERS).unwrap_or(lists.writers),
        ..Lists::default()
    };
    let end = header.seq.wrapping_add(MAX_FRAMES);
    let mut found = Lists {
        findings: lists.findings,
        ..Lists::default()
    };
    let before = header.seq.wrapping_add(MAX_FRAMES_BEFORE);
    header.seq = say(outbox, header, before, &mut found);
    lists.findings = found.findings;
    let mut readings = Handed {
        // A code that no frame can carry must not keep the others from travelling.
        inner: readings.into_iter().filter(|r| r.quantity.0 <= MAX_CODE),
        count: 0,
        last: None,
    };
    // The reading that the frame before had no room for.
    let mut left: Option<Reading> = None;
    while header.seq != end {
        readings.count = usize::from(left.is_some());
        let offered = left.into_iter().chain(&mut readings);
        let written = one_frame(outbox, &header, offered, &core::mem::take(&mut first));
        header.seq = header.seq.wrapping_add(1);
        let all = written >= readings.count;
        // Where not one fits, a further frame would not help.
        if all || written == 0 {
            break;
        }
        left = readings.last;
    }
    say(outbox, header, end, &mut lists)
}

/// Writes findings and packages in frames of their own, as far as they go below the sequence number
/// `end`; leaves the rest in the lists, and gives the sequence number after the last frame.
fn say<B: AsRef<[u8]> + AsMut<[u8]>>(
    outbox: &mut Outbox<B>,
    mut header: Header,
    end: u32,
    lists: &mut Lists<'_>,
) -> u32 {
    while header.seq != end && !(lists.findings.is_empty() && lists.packages.is_empty()) {
        let len = outbox.desk().len().min(MAX_FRAME);
        let taken = lists::take_frame(lists, len);
        // What is left had no room in any frame.
        if taken == Lists::default() {
            break;
        }
        one_frame(outbox, &header, core::iter::empty(), &taken);
        header.seq = header.seq.wrapping_add(1);
    }
    header.seq
}

/// Writes one frame of these lists and of as many readings as fit; gives how many those are.
fn one_frame<B: AsRef<[u8]> + AsMut<[u8]>>(
    outbox: &mut Outbox<B>,
    header: &Header,
    readings: impl Iterator<Item = Reading>,
    lists: &Lists<'_>,
) -> usize {
    let loss = outbox.loss();
    let Ok(mut writer) = FrameWriter::new(outbox.desk(), header) else {
        outbox.lose(header.seq);
        return 0;
    };
    let carries_loss = lists::write(&mut writer, lists, loss);
    let written = writer.readings(readings).unwrap_or(0);
    let len = writer.finish().len();
    outbox.push(header.seq, len, carries_loss);
    written
}

/// Remembers what was taken from an iterator, because a frame takes one reading more than it has
/// room for.
struct Handed<I> {
    inner: I,
    /// Readings that the present frame was offered.
    count: usize,
    /// The one it was offered last.
    last: Option<Reading>,
}

impl<I: Iterator<Item = Reading>> Iterator for Handed<I> {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        let reading = self.inner.next()?;
        self.count += 1;
        self.last = Some(reading);
        Some(reading)
    }
}
