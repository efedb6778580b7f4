//! The content of a facts frame, cut to its bounds, and how much room each takes.

use picket_wire::frame::{CRC_LEN, SIGNATURE_LEN};
use picket_wire::section::{MAX_TEXT, cut};
use picket_wire::{Board, Facts, HEADER_LEN, Machine, Medium, Part};

/// What a machine says of itself beside the facts; what it does not say is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Its board.
    pub board: Option<&'a Board<'a>>,
    /// Which installation of a system it runs.
    pub machine: Option<Machine>,
}

impl Identity<'_> {
    /// Bytes of it in a facts frame, at most.
    pub(crate) fn room(&self) -> usize {
        let board = if self.board.is_some() { BOARD_LEN } else { 0 };
        let machine = if self.machine.is_some() {
            MACHINE_LEN
        } else {
            0
        };
        board + machine
    }
}

/// Bytes of a facts frame that are set aside for what is not parts: header, signature, CRC, five
/// texts of [`MAX_TEXT`] bytes with a length each, an interval and an ordinal of 5 bytes, and the
/// heads of four sections.
pub(crate) const FACTS_OVERHEAD: usize =
    HEADER_LEN + SIGNATURE_LEN + CRC_LEN + 5 * (MAX_TEXT + 1) + 2 * 5 + 4 * 3;

/// Bytes of a facts frame's board: five texts of [`MAX_TEXT`] bytes with a length each, two numbers
/// of 5 bytes, a code, and the head of its section.
const BOARD_LEN: usize = 5 * (MAX_TEXT + 1) + 2 * 5 + 1 + 3;

/// Bytes of a facts frame's machine: a number, and the head of its section.
const MACHINE_LEN: usize = 10 + 3;

pub(crate) fn cut_facts<'a>(facts: &Facts<'a>) -> Facts<'a> {
    Facts {
        agent: cut(facts.agent),
        model: cut(facts.model),
        os: cut(facts.os),
        kernel: cut(facts.kernel),
        arch: cut(facts.arch),
        every_ms: facts.every_ms,
    }
}

pub(crate) fn cut_part(part: Part<'_>) -> Part<'_> {
    Part {
        id: cut(part.id),
        name: cut(part.name),
        ..part
    }
}

/// Bytes of an encoded part: number, kind, and two texts with a length of one byte each.
pub(crate) fn part_len(part: &Part<'_>) -> usize {
    4 + part.id.len() + part.name.len()
}

/// Takes room for something of this length; false, and no room for anything more, if there is none.
pub(crate) fn takes(room: &mut usize, len: usize) -> bool {
    let left = room.checked_sub(len);
    *room = left.unwrap_or(0);
    left.is_some()
}

pub(crate) fn cut_board<'a>(board: &Board<'a>) -> Board<'a> {
    Board {
        serial: cut(board.serial),
        boot_loader: cut(board.boot_loader),
        reset_reason: cut(board.reset_reason),
        reset_source: cut(board.reset_source),
        returns_because: cut(board.returns_because),
        ..*board
    }
}

pub(crate) fn cut_medium(medium: Medium<'_>) -> Medium<'_> {
    Medium {
        product: cut(medium.product),
        serial: cut(medium.serial),
        revision: cut(medium.revision),
        ..medium
    }
}

/// Most bytes of an encoded medium: two bytes and a byte for the month, numbers of at most 5, 3, 3
/// and 10 bytes, and three texts with a length of one byte each.
pub(crate) fn medium_len(medium: &Medium<'_>) -> usize {
    3 + 5 + 3 + 3 + 10 + 3 + medium.product.len() + medium.serial.len() + medium.revision.len()
}
