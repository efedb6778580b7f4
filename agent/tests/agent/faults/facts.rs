//! What the board and the disks say of themselves while a file is broken: the same or nothing, never
//! something else.

use super::table::fits;
use picket_agent::probe::{Board, Found, Medium};
use picket_wire::{MediumKind, Returns};

/// Compares what a tree with one broken file says to what the whole tree says; gives what must not
/// be.
pub(super) fn compare(path: &str, healthy: &Found, broken: &Found) -> Vec<String> {
    // The kernel's own files stand in for the card's register, and give some of it otherwise.
    let stands_in = fits("sys/block/*/device/cid", path);
    let mut bad = Vec::new();
    for before in healthy.media.iter().flatten() {
        let mut media = broken.media.iter().flatten();
        // By its name: a disk that does not say who it is has another id.
        match media.find(|now| now.disk.name() == before.disk.name()) {
            None => bad.push(format!("the medium of {} is not told", before.disk.name())),
            Some(now) if stands_in || less_than_before(now, before) => {}
            Some(now) => bad.push(format!("{before:?} became {now:?}")),
        }
    }
    match (&healthy.board, &broken.board) {
        (Some(before), Some(now)) if !less_is_said(now, before) => {
            bad.push(format!("{before:?} became {now:?}"));
        }
        (Some(_), None) => bad.push("nothing is told of the board".to_owned()),
        _ => {}
    }
    bad
}

fn less_than_before(now: &Medium, before: &Medium) -> bool {
    is_or(&now.kind, &before.kind, &MediumKind::Unknown(0))
        && is_or(&now.maker, &before.maker, &0)
        && is_or(&now.oem, &before.oem, &0)
        && text_or_none(&now.product, &before.product)
        && text_or_none(&now.serial, &before.serial)
        && text_or_none(&now.revision, &before.revision)
        && is_or(&now.made, &before.made, &(0, 0))
        && is_or(&now.size_kib, &before.size_kib, &0)
}

fn less_is_said(now: &Board, before: &Board) -> bool {
    is_or(&now.revision, &before.revision, &0)
        && text_or_none(&now.serial, &before.serial)
        && text_or_none(&now.boot_loader, &before.boot_loader)
        && is_or(&now.boot_loader_built_s, &before.boot_loader_built_s, &0)
        && text_or_none(&now.reset_reason, &before.reset_reason)
        && is_or(&now.returns, &before.returns, &Returns::Unknown)
}

fn is_or<T: PartialEq>(now: &T, before: &T, nothing: &T) -> bool {
    now == before || now == nothing
}

/// Of a text made of two files a half may be left.
fn text_or_none(now: &str, before: &str) -> bool {
    before.contains(now)
}
