//! What a report says beside its readings: who writes most, in their first frame; what the scrub
//! found and what packages read as, in frames of their own before and behind the readings.

use picket_wire::frame::CRC_LEN;
use picket_wire::section::{self, MAX_PATH};
use picket_wire::{Finding, FrameWriter, HEADER_LEN, Loss, Package, Writer};

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

/// Takes as many findings and packages as one frame of `len` bytes takes beside a loss.
pub(crate) fn take_frame<'a>(lists: &mut Lists<'a>, len: usize) -> Lists<'a> {
    let mut room = len.saturating_sub(OVERHEAD);
    Lists {
        writers: &[],
        findings: take(&mut lists.findings, &mut room, finding_len),
        packages: take(&mut lists.packages, &mut room, package_len),
    }
}

/// Takes from the beginning of a list what there is room for; what would have no room even in an
/// empty frame is left out.
fn take<'a, T>(from: &mut &'a [T], room: &mut usize, len: fn(&T) -> usize) -> &'a [T] {
    let mut count = 0;
    for value in from.iter() {
        let Some(left) = room.checked_sub(len(value)) else {
            break;
        };
        *room = left;
        count += 1;
    }
    let (taken, rest) = from.split_at(count);
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
    let path = finding.path;
    let from = path.ceil_char_boundary(path.len().saturating_sub(MAX_PATH));
    Finding {
        path: path.get(from..).unwrap_or_default(),
        package: section::cut(finding.package),
        ..*finding
    }
}

fn cut_package<'a>(package: &Package<'a>) -> Package<'a> {
    Package {
        name: section::cut(package.name),
        ..*package
    }
}

/// Most bytes of an encoded finding: five bytes, three numbers of 10 and one of 5, the hash, and
/// two texts with their lengths.
fn finding_len(finding: &Finding<'_>) -> usize {
    5 + 3 * 10 + 5 + 32 + 2 + finding.path.len().min(MAX_PATH) + 1 + finding.package.len()
}

/// Most bytes of an encoded package: a text with its length and two numbers of 10.
fn package_len(package: &Package<'_>) -> usize {
    1 + package.name.len() + 2 * 10
}
