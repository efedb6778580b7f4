//! The firmware's word on voltage and throttling, from its mailbox, else from `rpi_volt`.
//!
//! The bits are those of the command `get_throttled` (raspberrypi/documentation): 0 to 3 say what
//! is so now and stay for about three seconds, 16 to 19 what was so since boot. The mailbox's tag
//! for the same bits is not asked: the kernel asks it every two seconds and clears the later bits,
//! while the command's copy lasts since boot. Where the mailbox may not be asked, the chip
//! `rpi_volt` tells everybody of bit 0.

mod seen;

use super::device_tree::{Chip, RaspberryPi};
use super::mailbox::{self, Command};
use super::{Found, Measured, Needs, Probe};
use crate::root::Root;
use crate::source::{Source, reason};
use picket_wire::{Missing, Quantity, Value};
use seen::{SINCE_BOOT, Seen, UNDER_VOLTAGE};

const HWMON: &str = "/sys/class/hwmon";
/// The name of the kernel's chip, and what it has: 1 if bit 16 rose in the last two seconds.
const CHIP: &str = "rpi_volt";
const ALARM: &str = "in0_lcrit_alarm";

/// Bits by what they mean now and, sixteen further, since boot.
const FLAGS: [(u32, Quantity, Quantity); 4] = [
    (
        UNDER_VOLTAGE,
        Quantity::UNDER_VOLTAGE_NOW,
        Quantity::UNDER_VOLTAGE_SINCE_BOOT,
    ),
    (
        1 << 1,
        Quantity::FREQUENCY_CAPPED_NOW,
        Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
    ),
    (
        1 << 2,
        Quantity::THROTTLED_NOW,
        Quantity::THROTTLED_SINCE_BOOT,
    ),
    (
        1 << 3,
        Quantity::SOFT_LIMIT_NOW,
        Quantity::SOFT_LIMIT_SINCE_BOOT,
    ),
];

/// The probe.
#[derive(Debug, Default)]
pub struct Throttle {
    seen: Seen,
    /// Who answered last. Nobody is watched on a machine where nobody answers.
    teller: Option<Teller>,
    alarm: Option<Source>,
}

/// Who tells of the bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    Firmware,
    RpiVolt,
}

/// What one look found.
#[derive(Debug)]
struct Look {
    /// All bits.
    firmware: Result<u32, Missing>,
    /// At least bit 0.
    voltage: Result<u32, Missing>,
}

impl Probe for Throttle {
    fn quantities(&self) -> &'static [Quantity] {
        &[
            Quantity::UNDER_VOLTAGE_NOW,
            Quantity::FREQUENCY_CAPPED_NOW,
            Quantity::THROTTLED_NOW,
            Quantity::SOFT_LIMIT_NOW,
            Quantity::UNDER_VOLTAGE_SINCE_BOOT,
            Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
            Quantity::THROTTLED_SINCE_BOOT,
            Quantity::SOFT_LIMIT_SINCE_BOOT,
            Quantity::UNDER_VOLTAGE_EVENTS,
            Quantity::THROTTLING_EVENTS,
        ]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let look = self.look(root);
        // A bit that is set proves that somebody measures, such as a carrier of the board; from then
        // on one that is not set is a value too.
        let circuit = match self.seen.has_told_of_voltage() {
            true => Ok(()),
            false => measures_voltage(root),
        };
        let live = self.seen.take_live();
        let voltage = circuit.and(look.voltage);
        let mut push = |quantity, value: Value| {
            out.push(Measured::of_node(quantity, value).needing(Needs::GroupVideo));
        };
        for (bit, now, since_boot) in FLAGS {
            let (of_now, of_boot) = match bit {
                UNDER_VOLTAGE => (voltage, circuit.and(look.firmware)),
                _ => (look.firmware, look.firmware),
            };
            let was_seen = live & bit != 0;
            push(now, if was_seen { Ok(1) } else { of_now.map(|_| 0) });
            let since = |bits: u32| i64::from(bits & (bit << SINCE_BOOT) != 0);
            push(since_boot, of_boot.map(since));
        }
        let seen = &self.seen;
        push(
            Quantity::UNDER_VOLTAGE_EVENTS,
            voltage.map(|_| seen.under_voltage_events()),
        );
        push(
            Quantity::THROTTLING_EVENTS,
            look.firmware.map(|_| seen.throttling_events()),
        );
    }

    fn watches(&self) -> bool {
        true
    }

    fn watch(&mut self, root: &Root) {
        if self.teller.is_some() {
            self.look(root);
        }
    }
}

impl Throttle {
    /// Looks once, and keeps what it saw.
    fn look(&mut self, root: &Root) -> Look {
        let firmware = ask(root);
        let (teller, voltage) = match firmware {
            Err(Missing::NotSupported | Missing::Denied) => {
                let alarm = self
                    .alarm(root)
                    .map(|on| if on { UNDER_VOLTAGE } else { 0 });
                (Teller::RpiVolt, alarm.or(firmware))
            }
            Ok(_) | Err(_) => (Teller::Firmware, firmware),
        };
        if let Ok(bits) = voltage {
            // What one of them said last is nothing that the other could have changed.
            if self.teller.replace(teller) != Some(teller) {
                self.seen.forget_last();
            }
            self.seen.look(bits);
        }
        Look { firmware, voltage }
    }

    /// What `rpi_volt` says; its number among the chips changes from boot to boot.
    fn alarm(&mut self, root: &Root) -> Result<bool, Missing> {
        let mut source = match self.alarm.take() {
            Some(source) => source,
            None => find_alarm(root).ok_or(Missing::NotSupported)?,
        };
        let on = source.read(root).map_err(reason).and_then(alarm)?;
        self.alarm = Some(source);
        Ok(on)
    }
}

/// The bits, as the firmware has them.
fn ask(root: &Root) -> Result<u32, Missing> {
    let text = mailbox::ask(root, Command::GetThrottled);
    text.map_err(mailbox::Unanswered::missing)
        .and_then(|text| bits(&text))
}

/// The number in `throttled=0x50005`.
fn bits(text: &str) -> Result<u32, Missing> {
    let hex = text
        .trim()
        .strip_prefix("throttled=0x")
        .ok_or(Missing::Garbled)?;
    if hex.starts_with('+') {
        return Err(Missing::Garbled);
    }
    u32::from_str_radix(hex, 16).map_err(|_| Missing::Garbled)
}

fn alarm(text: &str) -> Result<bool, Missing> {
    match text.trim() {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Missing::Garbled),
    }
}

fn find_alarm(root: &Root) -> Option<Source> {
    let chips = root.list(HWMON).ok()?;
    let is_it = |chip: &String| {
        Source::new(format!("{HWMON}/{chip}/name"))
            .read(root)
            .map(str::trim)
            == Ok(CHIP)
    };
    let chip = chips.into_iter().find(is_it)?;
    Some(Source::new(format!("{HWMON}/{chip}/{ALARM}")))
}

/// Whether a bit of voltage that is not set says something. Without the circuit that measures the
/// bits are always 0: *not fitted* on a board that is made without it (Zero, Compute Module up to 4,
/// and those before the B+: raspberrypi/linux#2367), *not supported* where the board does not say
/// what it is. Every board with a BCM2712 has the power chip that measures.
fn measures_voltage(root: &Root) -> Result<(), Missing> {
    let Some(pi) = RaspberryPi::of(root)? else {
        return Err(Missing::NotSupported);
    };
    let before_b_plus = ["Raspberry Pi Model A Rev", "Raspberry Pi Model B Rev"];
    let without = ["Zero", "Compute Module"];
    let begins = |name: &&str| pi.model.starts_with(name);
    let holds = |name: &&str| pi.model.contains(name);
    if pi.model.is_empty() {
        Err(Missing::NotSupported)
    } else if pi.chip == Chip::Bcm2712 {
        Ok(())
    } else if before_b_plus.iter().any(begins) || without.iter().any(holds) {
        Err(Missing::NotFitted)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
