//! What a report says beside its readings: who writes most, in their first frame; what the scrub
//! found and what packages read as, in frames of their own before and behind the readings.

use picket_wire::frame::CRC_LEN;
use picket_wire::section::{self, MAX_PATH, MAX_TEXT};
use picket_wire::{Finding, FrameWriter, HEADER_LEN, Loss, MAX_FRAME, Package, Writer};

/// What a report says beside its readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lists<'a> {
    /// Who writes most; at most [`MAX_WRITERS`](crate::MAX_WRITERS) travel, their names cut.
    pub writers: &'a [Writer<'a>],
    /// What the scrub found. They are state and told again and again, so that one which finds no
    /// room in this report is not lost.
    pub findings: &'a [Finding<'a>],
    /// What packages read as. The same holds.
    pub packages: &'a [Package<'a>],
}

/// Most bytes of a frame that are no list: header, CRC, a loss record, and the heads of three
/// sections.
const OVERHEAD: usize = HEADER_LEN + CRC_LEN + LOSS_LEN + 3 * 3;
/// Most bytes of a loss record: a code and three numbers.
const LOSS_LEN: usize = 1 + 3 * 5;

/// Most bytes of an encoded finding without its texts: five bytes, three numbers of 10 and one of 5,
/// the hash, and the lengths of two texts.
const FINDING_LEN: usize = 5 + 3 * 10 + 5 + 32 + 2 + 1;
/// Most bytes of an encoded package without its name: the length of it, and two numbers of 10.
const PACKAGE_LEN: usize = 1 + 2 * 10;

// No finding and no package is too long for every frame.
const _: () = assert!(OVERHEAD + FINDING_LEN + MAX_PATH + MAX_TEXT <= MAX_FRAME);
const _: () = assert!(OVERHEAD + PACKAGE_LEN + MAX_TEXT <= MAX_FRAME);

/// Most bytes that a finding takes in a frame, its texts cut.
pub fn finding_len(finding: &Finding<'_>) -> usize {
    FINDING_LEN + end_of(finding.path).len() + section::cut(finding.package).len()
}

/// Most bytes that a package takes in a frame, its name cut.
pub fn package_len(package: &Package<'_>) -> usize {
    PACKAGE_LEN + section::cut(package.name).len()
}

/// The room for findings and packages in frames that are filled one after another: who chooses what
/// the next report is to say counts as the report itself does.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Bytes of a frame that are for lists.
    whole: usize,
    /// Those that are left of the present frame.
    left: usize,
    /// Frames behind the present one.
    further: u32,
}

impl Room {
    /// The room of so many frames of `len` bytes.
    pub const fn new(frames: u32, len: usize) -> Room {
        let whole = len.saturating_sub(OVERHEAD);
        Room {
            whole,
            left: if frames == 0 { 0 } else { whole },
            further: frames.saturating_sub(1),
        }
    }

    /// Takes so many bytes, which no two frames share; false if there is no room for them.
    pub fn take(&mut self, bytes: usize) -> bool {
        if bytes > self.left && self.further > 0 && bytes <= self.whole {
            self.further -= 1;
            self.left = self.whole;
        }
        let after = self.left.checked_sub(bytes);
        self.left = after.unwrap_or(self.left);
        after.is_some()
    }
}

/// Takes as many findings and packages as one frame of `len` bytes takes beside a loss.
pub(crate) fn take_frame<'a>(lists: &mut Lists<'a>, len: usize) -> Lists<'a> {
    let mut room = Room::new(1, len);
    Lists {
        writers: &[],
        findings: take(&mut lists.findings, &mut room, finding_len),
        packages: take(&mut lists.packages, &mut room, package_len),
    }
}

/// Takes from the beginning of a list what there is room for. What comes first and has no room even
/// in an empty frame, as frames of a node with little memory may have none, is left out: nothing
/// behind it would ever be said.
fn take<'a, T>(from: &mut &'a [T], room: &mut Room, len: fn(&T) -> usize) -> &'a [T] {
    let hopeless = from.iter().take_while(|value| len(value) > room.whole);
    let (_, hopeful) = from.split_at(hopeless.count());
    let count = hopeful.iter().take_while(|value| room.take(len(value)));
    let (taken, rest) = hopeful.split_at(count.count());
    *from = rest;
    taken
}

/// Writes what was taken for a frame; gives whether the loss stands in it.
pub(crate) fn write(writer: &mut FrameWriter<'_>, lists: &Lists<'_>, loss: Option<Loss>) -> bool {
    let carries_loss = loss.is_some_and(|loss| writer.repeated(section::LOSS, [loss]).is_ok());
    let writers = lists.writers.iter().map(|writer| Writer {
        name: section::cut(writer.name),
        ..*writer
    });
    // What was taken has room, so that no failure comes from the size.
    let _ = writer.repeated(section::WRITERS, writers);
    let _ = writer.repeated(section::FINDINGS, lists.findings.iter().map(cut_finding));
    let _ = writer.repeated(section::PACKAGES, lists.packages.iter().map(cut_package));
    carries_loss
}

fn cut_finding<'a>(finding: &Finding<'a>) -> Finding<'a> {
    Finding {
        path: end_of(finding.path),
        package: section::cut(finding.package),
        ..*finding
    }
}

/// The end of a path, as much as a frame may have.
fn end_of(path: &str) -> &str {
    let from = path.ceil_char_boundary(path.len().saturating_sub(MAX_PATH));
    path.get(from..).unwrap_or_default()
}

fn cut_package<'a>(package: &Package<'a>) -> Package<'a> {
    Package {
        name: section::cut(package.name),
        ..*package
    }
}
