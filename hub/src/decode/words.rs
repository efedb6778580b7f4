//! A frame in words: two lines for the header, then a line for each thing in it.

use super::{DecodeError, kind_name, quantity_name};
use crate::identity::describe::hex;
use crate::view::number;
use picket_wire::{
    Board, Finding, Frame, Header, Loss, Medium, Part, Reading, Returns, RunBits, Section, Writer,
};
use std::fmt::Write as _;

/// Header and sections in words. What a node sent as text stands in quotes.
pub fn to_text(bytes: &[u8]) -> Result<String, DecodeError> {
    let frame = Frame::decode(bytes).map_err(DecodeError::NoFrame)?;
    let mut out = String::new();
    header(&mut out, &frame.header, bytes.len());
    for section in frame.sections() {
        match section {
            Ok(section) => section_words(&mut out, section),
            Err(error) => line(&mut out, format_args!("{error}")),
        }
    }
    Ok(out)
}

fn line(out: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{words}");
}

fn header(out: &mut String, header: &Header, length: usize) {
    let Header {
        kind,
        flags,
        boot,
        session,
        seq,
        run,
        uptime_ms,
    } = header;
    let kind = kind_name(*kind);
    let signed = if flags.signed { "signed" } else { "unsigned" };
    let late = if flags.backlog {
        ", sent later than sampled"
    } else {
        ""
    };
    line(
        out,
        format_args!("{kind} frame of {length} bytes, {signed}{late}"),
    );
    let run = match *run {
        RunBits::NONE => "no run of a hub heard yet".to_owned(),
        RunBits(bits) => format!("run {bits:08x}"),
    };
    let uptime_s = *uptime_ms / 1000;
    line(
        out,
        format_args!(
            "boot {:08x}, session {:04x}, number {seq}, {run}, uptime {uptime_s}.{:03} s",
            boot.0,
            session.0,
            uptime_ms % 1000
        ),
    );
}

fn section_words(out: &mut String, section: Section<'_>) {
    match section {
        Section::Readings(readings) => readings.for_each(|each| reading(out, each)),
        Section::Parts(parts) => parts.for_each(|each| part(out, &each)),
        Section::Loss(losses) => losses.for_each(|each| loss(out, each)),
        Section::Facts(facts) => line(
            out,
            format_args!(
                "facts: agent {:?}, model {:?}, os {:?}, kernel {:?}, arch {:?}, a report every \
                 {} ms",
                facts.agent, facts.model, facts.os, facts.kernel, facts.arch, facts.every_ms
            ),
        ),
        Section::Board(board) => board_words(out, &board),
        Section::Media(media) => media.for_each(|each| medium_words(out, &each)),
        Section::Writers(writers) => writers.for_each(|each| writer_words(out, &each)),
        Section::Findings(findings) => findings.for_each(|each| finding_words(out, &each)),
        Section::Machine(machine) => {
            line(out, format_args!("its installation is {:016x}", machine.id))
        }
        Section::Packages(packages) => packages.for_each(|each| {
            line(
                out,
                format_args!(
                    "package {:?} of {:016x} reads as {:016x}",
                    each.name, each.key, each.content
                ),
            );
        }),
        Section::Witnesses(witnesses) => witnesses.for_each(|each| {
            line(
                out,
                format_args!(
                    "witness of disk {:016x}: canary {} of {:08x}",
                    each.disk, each.generation, each.lineage
                ),
            );
        }),
        Section::Holds(holds) => {
            line(
                out,
                format_args!("followed the hub's run number {}", holds.run_ordinal),
            );
        }
        Section::HubRun(run) => line(out, format_args!("the hub's run number {}", run.ordinal)),
        Section::Join(_) => line(
            out,
            format_args!("wants to join: a key and a password's verifier"),
        ),
        Section::Joined(joined) => {
            line(out, format_args!("answer to joining: {}", joined.answer()))
        }
        Section::Unknown(tag) => line(out, format_args!("section {tag}, unknown to this version")),
    }
}

fn reading(out: &mut String, reading: Reading) {
    let name = quantity_name(reading.quantity);
    let part = reading.part;
    match (reading.value, reading.quantity.row()) {
        (Err(missing), _) => {
            line(
                out,
                format_args!("{name} of part {part}: missing, {}", missing.name()),
            );
        }
        (Ok(value), Some(row)) => {
            let shown = format!("{} {}", number::of_row(row, value), row.unit.symbol());
            line(
                out,
                format_args!("{name} of part {part}: {}", shown.trim_end()),
            );
        }
        (Ok(value), None) => {
            line(
                out,
                format_args!("{name} of part {part}: {value}, unknown to this version"),
            );
        }
    }
}

fn part(out: &mut String, part: &Part<'_>) {
    let kind = part.part_kind().name();
    line(
        out,
        format_args!(
            "part {}: {kind} {:?}, called {:?}",
            part.number, part.id, part.name
        ),
    );
}

fn loss(out: &mut String, loss: Loss) {
    let Loss {
        kind,
        first,
        last,
        count,
    } = loss;
    line(
        out,
        format_args!("{count} frames of kind {kind} were dropped, number {first} to {last}"),
    );
}

fn board_words(out: &mut String, board: &Board<'_>) {
    line(
        out,
        format_args!(
            "board: revision {:x}, serial {:?}, boot loader {:?} built {} s after 1970",
            board.revision, board.serial, board.boot_loader, board.boot_loader_built_s
        ),
    );
    line(
        out,
        format_args!(
            "reset: {:?} ({:?}); comes back by itself after a halt: {} ({:?})",
            board.reset_reason,
            board.reset_source,
            Returns::from_code(board.returns).name(),
            board.returns_because
        ),
    );
}

fn medium_words(out: &mut String, medium: &Medium<'_>) {
    line(
        out,
        format_args!(
            "part {} is {} {:?}, serial {:?}, revision {:?}, maker {:#x}/{:#06x}, made {}-{:02}, \
             {} KiB",
            medium.part,
            medium.medium_kind(),
            medium.product,
            medium.serial,
            medium.revision,
            medium.maker,
            medium.oem,
            medium.made_year,
            medium.made_month,
            medium.size_kib
        ),
    );
}

fn finding_words(out: &mut String, finding: &Finding<'_>) {
    let has = |flag: u8, words| if finding.flags & flag != 0 { words } else { "" };
    line(
        out,
        format_args!(
            "finding on part {}: {:?} of package {:?} is {}, {}, by its {}: {} blocks \
             from block {} on, sector {}, found {} s after 1970{}{}, hash of its path {}",
            finding.part,
            finding.path,
            finding.package,
            finding.finding_kind(),
            finding.finding_state().name(),
            finding.ground_truth().name(),
            finding.blocks,
            finding.block,
            finding.sector,
            finding.found_unix_s,
            has(
                Finding::CACHED_COPY_IS_GOOD,
                ", a good copy was in memory when it was found"
            ),
            has(Finding::TIMES_ARE_WEAK, ", its times are weak"),
            hex(&finding.path_hash),
        ),
    );
}

fn writer_words(out: &mut String, writer: &Writer<'_>) {
    line(
        out,
        format_args!(
            "{:?} wrote {} KiB to part {} in {} s",
            writer.name, writer.written_kib, writer.part, writer.over_s
        ),
    );
}
