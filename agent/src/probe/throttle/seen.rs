//! What was seen of the bits between two reports, and how often a fault began.
//!
//! The bits of now stay for about three seconds after their cause, and are looked at every two
//! seconds, so that a fault that lasted a moment is seen. Should a look have come too late, the
//! bit of since boot has risen all the same.

/// The bit of too low a voltage.
pub(super) const UNDER_VOLTAGE: u32 = 1;
/// The bits of throttling: frequency capped, throttled, soft temperature limit. They are counted
/// as one, because which of the first two is set differs between boards.
const THROTTLING: u32 = 0b1110;
/// How much further a bit stands that says the same of the time since boot.
pub(super) const SINCE_BOOT: u32 = 16;

/// The bits of an agent's time.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// At the last look that succeeded. A look that failed in between is no fall.
    last: Option<u32>,
    /// Of now, at any look since the report before.
    live: u32,
    /// Whether a bit of voltage was set at any look.
    told_of_voltage: bool,
    under_voltage: i64,
    throttling: i64,
}

impl Seen {
    /// Takes in what a look saw.
    pub(super) fn look(&mut self, bits: u32) {
        self.under_voltage += i64::from(self.begins(UNDER_VOLTAGE, bits));
        self.throttling += i64::from(self.begins(THROTTLING, bits));
        self.live |= bits;
        self.told_of_voltage |= bits & (UNDER_VOLTAGE | UNDER_VOLTAGE << SINCE_BOOT) != 0;
        self.last = Some(bits);
    }

    /// Whether a fault began between the last look and this one. What is there at the very first
    /// look began earlier.
    fn begins(&self, of_now: u32, bits: u32) -> bool {
        let Some(last) = self.last else {
            return false;
        };
        let has_risen = bits & !last & (of_now << SINCE_BOOT) != 0;
        last & of_now == 0 && (bits & of_now != 0 || has_risen)
    }

    /// The bits of now that were seen since this was asked last.
    pub(super) fn take_live(&mut self) -> u32 {
        std::mem::take(&mut self.live)
    }

    /// Whether too low a voltage was told of at any look, as one that is now or was since boot.
    pub(super) fn has_told_of_voltage(&self) -> bool {
        self.told_of_voltage
    }

    /// Forgets the last look, because the next one is of another source.
    pub(super) fn forget_last(&mut self) {
        self.last = None;
    }

    /// How often the voltage was seen to become too low.
    pub(super) fn under_voltage_events(&self) -> i64 {
        self.under_voltage
    }

    /// How often throttling was seen to begin.
    pub(super) fn throttling_events(&self) -> i64 {
        self.throttling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events of voltage and of throttling after these looks.
    fn events(looks: &[u32]) -> (i64, i64) {
        let mut seen = Seen::default();
        looks.iter().for_each(|bits| seen.look(*bits));
        (seen.under_voltage_events(), seen.throttling_events())
    }

    #[test]
    fn a_fault_is_counted_when_it_begins() {
        for (what, looks, expected) in [
            ("nothing", &[0, 0, 0][..], (0, 0)),
            (
                "already there at the first look",
                &[0x5_0005, 0x5_0005],
                (0, 0),
            ),
            (
                "already past at the first look",
                &[0x5_0000, 0x5_0000],
                (0, 0),
            ),
            ("begins and stays", &[0, 0x5_0005, 0x5_0005], (1, 1)),
            (
                "flaps every 4 s",
                &[0, 0x1_0001, 0x1_0000, 0x1_0001, 0x1_0000, 0x1_0001],
                (3, 0),
            ),
            (
                "came and went between two looks",
                &[0, 0x1_0000, 0x1_0000],
                (1, 0),
            ),
            ("throttled between two looks", &[0, 0x4_0000], (0, 1)),
            (
                "the late bit comes one look later",
                &[0, 1, 0x1_0001, 0x1_0000],
                (1, 0),
            ),
            (
                "the late bit comes when it is over",
                &[0, 1, 0x1_0000],
                (1, 0),
            ),
            ("past, cleared, and again", &[0x1_0000, 0, 0x1_0000], (1, 0)),
            (
                "cleared while it lasts",
                &[0, 0x1_0001, 1, 0x1_0001],
                (1, 0),
            ),
            (
                "hot, then capped too: one throttling",
                &[0, 0x8_0008, 0xa_000a, 0xe_000e],
                (0, 1),
            ),
            ("other bits", &[0, 0xfff0_fff0, 0], (0, 0)),
        ] {
            assert_eq!(events(looks), expected, "{what}");
        }
    }

    #[test]
    fn a_bit_between_two_reports_is_reported_once() {
        let mut seen = Seen::default();
        seen.look(0x1_0001);
        seen.look(0x1_0000);
        assert_eq!(seen.take_live() & UNDER_VOLTAGE, 1);
        seen.look(0x1_0000);
        assert_eq!(seen.take_live() & UNDER_VOLTAGE, 0);
    }

    #[test]
    fn another_source_has_no_past() {
        let mut seen = Seen::default();
        seen.look(0);
        seen.forget_last();
        seen.look(0x1_0001);
        assert_eq!(seen.under_voltage_events(), 0);
    }
}
