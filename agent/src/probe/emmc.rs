//! The life of an eMMC, from its EXT_CSD read anew; else from what the kernel read when it booted.
//!
//! The kernel reads the register once and shows that for as long as the machine runs. Life moves
//! over months, so that a value of the last boot is still worth telling where the card itself may
//! not be asked. Of a card that was asked and failed it is not told: that would hide the failure.

use super::disks::{self, Disk};
use super::{Found, Measured, Needs, Probe, RARE};
use crate::device::{BLOCK, Transaction};
use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, Quantity, Value};
use std::time::Duration;

const QUANTITIES: [Quantity; 2] = [Quantity::EMMC_LIFE_STEP, Quantity::EMMC_SPARE_STATE];

/// SEND_EXT_CSD (JEDEC eMMC; on an SD card the same number is another command, which is never sent).
const SEND_EXT_CSD: u32 = 8;
/// A command that answers with a block of data: MMC_RSP_SPI_R1, MMC_RSP_R1, MMC_CMD_ADTC (Linux,
/// include/linux/mmc/core.h).
pub const READS_A_BLOCK: u32 = 0xb5;

/// The first revision of the register that tells of life: eMMC 5.0.
const FIRST_REVISION: u8 = 7;
/// The highest life step: beyond all that was promised.
const LAST_STEP: u8 = 11;
/// The highest state of the spare blocks: more than 90 % are used.
const LAST_STATE: u8 = 3;

/// The probe. A machine without an eMMC is *not fitted*: an SD card has no such register.
#[derive(Debug, Default)]
pub struct Emmc {}

/// Life step and state of the spare blocks.
type Life = (Value, Value);

/// What a card says now.
const NOW: Option<Needs> = None;
/// What a card said at the boot, where a right is lacking to ask it.
const AT_BOOT: Option<Needs> = Some(Needs::SysRawio);

impl Probe for Emmc {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn subject(&self, root: &Root) -> Vec<String> {
        disks::subject(root)
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let disks = match disks::list(root) {
            Ok(disks) => disks,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        let cards = disks
            .iter()
            .filter_map(|disk| Some((disk, life(root, disk)?)));
        let before = out.measured.len();
        for (disk, ((step, state), anew)) in cards {
            for (quantity, value) in QUANTITIES.into_iter().zip([step, state]) {
                let reading = Measured::of_part(quantity, &disk.part, value);
                let mut reading = reading.needing(Needs::SysRawio);
                if value.is_ok() {
                    reading.needs = anew;
                }
                out.push(reading);
            }
        }
        if out.measured.len() == before {
            out.all_missing(&QUANTITIES, Missing::NotFitted);
        }
    }
}

/// The life of a disk, and the right that would read it anew; none if it is certainly no eMMC.
fn life(root: &Root, disk: &Disk) -> Option<(Life, Option<Needs>)> {
    match disk.kind {
        MediumKind::Emmc => Some(ask(root, disk)),
        // Nobody says which of the two it is, so that it may not be asked.
        MediumKind::Unknown(_) => disk
            .unknown_card(root)
            .map(|why| ((Err(why), Err(why)), NOW)),
        _ => None,
    }
}

fn ask(root: &Root, disk: &Disk) -> (Life, Option<Needs>) {
    let mut register = [0; BLOCK];
    let question = Transaction::MmcRead {
        opcode: SEND_EXT_CSD,
        arg: 0,
        flags: READS_A_BLOCK,
        data: &mut register,
    };
    match root.transact(&disk.device(), question).map_err(refused) {
        Ok(()) => (parse(&register), NOW),
        Err(why @ Missing::Denied) => (of_the_boot(root, disk, why), AT_BOOT),
        Err(why @ Missing::NotSupported) => (of_the_boot(root, disk, why), NOW),
        Err(why) => ((Err(why), Err(why)), NOW),
    }
}

/// The kernel shows the disk, so that a device which is not there is hidden from this process.
pub fn refused(errno: Errno) -> Missing {
    match errno {
        Errno::ENOENT => Missing::Denied,
        Errno::EINVAL | Errno::ENOTTY => Missing::NotSupported,
        other => reason(other),
    }
}

/// What the kernel read when it booted; if it shows nothing, why the card was not asked.
fn of_the_boot(root: &Root, disk: &Disk, why: Missing) -> Life {
    let value = |file: &str, parse: fn(&str) -> Value| match disk.text(root, file) {
        Ok(text) => parse(&text),
        Err(_) => Err(why),
    };
    (
        value("device/life_time", parse_life_time),
        value("device/pre_eol_info", parse_pre_eol_info),
    )
}

/// The register (JEDEC eMMC 5.1, 7.4): revision in byte 192, spare blocks in 267, life of the two
/// types of memory in 268 and 269. All its bytes the same is no register.
fn parse(register: &[u8; BLOCK]) -> Life {
    let blank = register.iter().all(|byte| *byte == 0) || register.iter().all(|byte| *byte == 0xff);
    let fields = match [192, 267, 268, 269].map(|at| register.get(at).copied()) {
        [Some(revision), Some(state), Some(a), Some(b)] if !blank => (revision, state, a, b),
        _ => return (Err(Missing::Garbled), Err(Missing::Garbled)),
    };
    match fields {
        (revision, ..) if revision < FIRST_REVISION => {
            (Err(Missing::NotSupported), Err(Missing::NotSupported))
        }
        (_, state, a, b) => (worse(a, b), within(state, LAST_STATE)),
    }
}

/// The worse of the two types of memory: makers differ in which of them wears out, and leave the
/// other at *not defined*.
fn worse(a: u8, b: u8) -> Value {
    within(a.max(b), LAST_STEP)
}

/// A step from 1; 0 is *not defined*.
fn within(step: u8, last: u8) -> Value {
    match step {
        0 => Err(Missing::NotSupported),
        step if step <= last => Ok(i64::from(step)),
        _ => Err(Missing::Garbled),
    }
}

/// `0x02 0x01`: the two types of memory.
fn parse_life_time(text: &str) -> Value {
    let mut steps = text.split_ascii_whitespace().map(byte);
    match (steps.next(), steps.next(), steps.next()) {
        (Some(Some(a)), Some(Some(b)), None) => worse(a, b),
        _ => Err(Missing::Garbled),
    }
}

/// `0x01`, of older kernels `01`.
fn parse_pre_eol_info(text: &str) -> Value {
    byte(text).map_or(Err(Missing::Garbled), |state| within(state, LAST_STATE))
}

fn byte(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    const UNDEFINED: Value = Err(Missing::NotSupported);
    const GARBLED: Value = Err(Missing::Garbled);

    fn register(revision: u8, state: u8, a: u8, b: u8) -> [u8; BLOCK] {
        let mut register = [0; BLOCK];
        register[192] = revision;
        register[267..270].copy_from_slice(&[state, a, b]);
        register
    }

    #[test]
    fn the_worse_of_the_two_types_counts_and_what_is_not_defined_is_not_supported() {
        for ((revision, state, a, b), expected) in [
            ((8, 1, 1, 1), (Ok(1), Ok(1))),
            ((8, 2, 3, 1), (Ok(3), Ok(2))),
            ((7, 3, 0, 11), (Ok(11), Ok(3))),
            ((8, 1, 10, 0), (Ok(10), Ok(1))),
            ((8, 0, 0, 0), (UNDEFINED, UNDEFINED)),
            ((6, 1, 1, 1), (UNDEFINED, UNDEFINED)),
            ((8, 4, 12, 1), (GARBLED, GARBLED)),
            ((8, 1, 1, 12), (GARBLED, Ok(1))),
            ((8, 1, 0, 0xff), (GARBLED, Ok(1))),
            ((8, 1, 0xff, 0), (GARBLED, Ok(1))),
        ] {
            let register = register(revision, state, a, b);
            assert_eq!(parse(&register), expected, "{revision} {state} {a} {b}");
        }
        for byte in [0, 0xff] {
            assert_eq!(parse(&[byte; BLOCK]), (GARBLED, GARBLED));
        }
    }

    #[test]
    fn what_the_kernel_shows_is_read_with_and_without_0x() {
        for (text, expected) in [
            ("0x02 0x01", Ok(2)),
            ("02 0b", Ok(11)),
            ("0x00 0x00", UNDEFINED),
            ("0x01", GARBLED),
            ("0x01 0x01 0x01", GARBLED),
            ("0x0c 0x01", GARBLED),
            ("+1 +1", GARBLED),
            ("", GARBLED),
        ] {
            assert_eq!(parse_life_time(text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("0x01", Ok(1)),
            ("03", Ok(3)),
            ("0x00", UNDEFINED),
            ("0x04", GARBLED),
            ("0x", GARBLED),
            ("", GARBLED),
        ] {
            assert_eq!(parse_pre_eol_info(text), expected, "{text:?}");
        }
    }

    fn rows(tree: &Tree) -> Vec<(String, Value, Option<Needs>)> {
        let mut out = Found::default();
        Emmc::default().read(&tree.root(), &mut out);
        assert_eq!(out.measured.len(), 2);
        let row = |m: Measured| match m.about {
            About::Node => ("node".to_owned(), m.value, m.needs),
            About::Part(part) => (part.name().to_owned(), m.value, m.needs),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn values(tree: &Tree) -> [Value; 2] {
        let rows = rows(tree);
        [rows[0].1, rows[1].1]
    }

    fn card(kind: &str) -> Tree {
        Tree::new()
            .file("sys/block/mmcblk0/size", "1000\n")
            .file("sys/block/mmcblk0/device/type", kind)
    }

    /// An EXT_CSD as a line of a recording.
    const RECORDED: &str = "mmc 8 00000000 = 00*192 08 00*74 01 02 05 00*242\n";

    #[test]
    fn the_register_read_anew_goes_before_what_the_kernel_read_at_boot() {
        let at_boot = card("MMC\n")
            .file("sys/block/mmcblk0/device/life_time", "0x02 0x01\n")
            .file("sys/block/mmcblk0/device/pre_eol_info", "0x02\n");
        assert_eq!(values(&at_boot), [Ok(2), Ok(2)]);
        let denied = at_boot.file("dev/mmcblk0", "mmc 8 00000000 = error EPERM\n");
        assert_eq!(values(&denied), [Ok(2), Ok(2)]);
        assert!(rows(&denied).iter().all(|row| row.2 == AT_BOOT));
        let foreign = denied.file("dev/mmcblk0", "mmc 8 00000000 = error ENOTTY\n");
        assert_eq!(values(&foreign), [Ok(2), Ok(2)]);
        assert!(rows(&foreign).iter().all(|row| row.2 == NOW));
        let fresh = foreign.file("dev/mmcblk0", RECORDED);
        assert_eq!(values(&fresh), [Ok(5), Ok(1)]);
        assert!(rows(&fresh).iter().all(|row| row.2 == NOW));
    }

    #[test]
    fn a_card_that_fails_when_it_is_asked_is_not_called_well_by_what_it_said_at_boot() {
        let at_boot = card("MMC\n")
            .file("sys/block/mmcblk0/device/life_time", "0x02 0x01\n")
            .file("sys/block/mmcblk0/device/pre_eol_info", "0x02\n");
        for (answer, why) in [
            ("error EIO", Missing::Garbled),
            ("error ETIMEDOUT", Missing::TimedOut),
            ("error EBUSY", Missing::Busy),
            ("00*512", Missing::Garbled),
        ] {
            at_boot.write("dev/mmcblk0", &format!("mmc 8 00000000 = {answer}\n"));
            assert_eq!(values(&at_boot), [Err(why); 2], "{answer}");
        }
    }

    #[test]
    fn without_any_source_it_is_denied_and_names_the_right_or_timed_out() {
        for (name, value, needs) in rows(&card("MMC\n")) {
            assert_eq!(name, "mmcblk0");
            assert_eq!(
                (value, needs),
                (Err(Missing::Denied), Some(Needs::SysRawio))
            );
        }
        let mute = card("MMC\n").file("dev/mmcblk0", "# nothing\n");
        assert_eq!(values(&mute), [Err(Missing::TimedOut); 2]);
    }

    #[test]
    fn an_sd_card_is_never_asked_and_what_is_neither_is_not_supported() {
        let sd = card("SD\n").file("dev/mmcblk0", RECORDED);
        assert!(rows(&sd).iter().all(|row| row.0 == "node"));
        assert_eq!(values(&sd), [Err(Missing::NotFitted); 2]);
        let neither = card("SDIO\n").file("dev/mmcblk0", RECORDED);
        assert_eq!(values(&neither), [UNDEFINED; 2]);
        let silent = card("\n").file("dev/mmcblk0", RECORDED);
        assert_eq!(values(&silent), [Err(Missing::Garbled); 2]);
        assert_eq!(values(&Tree::new()), [UNDEFINED; 2]);
    }
}
