//! Jumps of the wall clock, by CLOCK_REALTIME against CLOCK_BOOTTIME.

use super::{Found, Probe};
use crate::clock;
use crate::root::Root;
use picket_wire::{Missing, Quantity};

/// The least change between two looks that is a jump.
pub const JUMP_MS: i64 = 1000;

/// A clock may be slewed by this part of the time that passes: chrony's `maxslewrate` is 8.3 %
/// where nobody has set it, ntpd and the kernel stay below 0.05 %. Only a late look comes near.
const SLEWED_PART: i64 = 10;

/// The probe. Another machine's tree has no clock.
#[derive(Debug, Default)]
pub struct WallClock {
    jumps: Jumps,
}

impl Probe for WallClock {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::CLOCK_JUMPS, Quantity::CLOCK_JUMP]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        self.watch(root);
        let (jumps, last) = match root.is_moved() {
            true => (Err(Missing::NotSupported), Err(Missing::NotSupported)),
            false => (Ok(self.jumps.count), Ok(self.jumps.last_ms)),
        };
        out.of_node(Quantity::CLOCK_JUMPS, jumps);
        out.of_node(Quantity::CLOCK_JUMP, last);
    }

    fn watches(&self) -> bool {
        true
    }

    fn watch(&mut self, root: &Root) {
        if !root.is_moved()
            && let Some((uptime_ms, wall_ms)) = clock::both_ms()
        {
            self.jumps.look(uptime_ms, wall_ms);
        }
    }
}

/// What was seen of the two clocks. Both go on while the machine is suspended.
#[derive(Debug, Default)]
struct Jumps {
    seen: Option<Seen>,
    count: i64,
    last_ms: i64,
}

/// One look.
#[derive(Clone, Copy, Debug)]
struct Seen {
    uptime_ms: i64,
    /// How far the wall clock is ahead of the time since boot.
    ahead_ms: i64,
}

impl Jumps {
    fn look(&mut self, uptime_ms: i64, wall_ms: i64) {
        let now = Seen {
            uptime_ms,
            ahead_ms: wall_ms.saturating_sub(uptime_ms),
        };
        let Some(before) = self.seen.replace(now) else {
            return;
        };
        let passed_ms = now.uptime_ms.saturating_sub(before.uptime_ms);
        let change_ms = now.ahead_ms.saturating_sub(before.ahead_ms);
        if change_ms.saturating_abs() > JUMP_MS.max(passed_ms / SLEWED_PART) {
            self.count = self.count.saturating_add(1);
            self.last_ms = change_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    /// Looks at uptimes and wall clocks; what was counted, and the last jump.
    fn seen(looks: &[(i64, i64)]) -> (i64, i64) {
        let mut jumps = Jumps::default();
        for (uptime_ms, wall_ms) in looks {
            jumps.look(*uptime_ms, *wall_ms);
        }
        (jumps.count, jumps.last_ms)
    }

    #[test]
    fn a_jump_is_more_than_a_second_in_one_look_and_its_sign_says_where_it_went() {
        const YEAR_MS: i64 = 365 * 86_400_000;
        for (looks, expected) in [
            (&[][..], (0, 0)),
            (&[(5_000, 90_000)], (0, 0)),
            (&[(0, 0), (2_000, 2_000)], (0, 0)),
            (&[(0, 0), (2_000, 3_000)], (0, 0)),
            (&[(0, 0), (2_000, 3_001)], (1, 1_001)),
            (&[(0, 0), (2_000, 2_000 - 3_600_000)], (1, -3_600_000)),
            (
                &[(0, 0), (2_000, YEAR_MS), (4_000, YEAR_MS + 2_000)],
                (1, YEAR_MS - 2_000),
            ),
            (&[(0, 0), (2_000, 62_000), (4_000, 4_000)], (2, -60_000)),
        ] {
            assert_eq!(seen(looks), expected, "{looks:?}");
        }
    }

    #[test]
    fn slewing_is_no_jump_however_long_it_lasts_and_however_late_the_look() {
        // 500 ppm for a day, looked at every 2 s.
        let ntpd: Vec<_> = (0..43_200).map(|i| (i * 2_000, i * 2_001)).collect();
        assert_eq!(seen(&ntpd), (0, 0));
        // 8.3 % over a look that came a minute late.
        assert_eq!(seen(&[(0, 0), (60_000, 65_000)]), (0, 0));
        // A machine that was suspended for a night, during which both clocks went on.
        assert_eq!(seen(&[(0, 50), (30_000_000, 30_000_050)]), (0, 0));
    }

    #[test]
    fn nonsense_overflows_nothing() {
        let (count, _) = seen(&[(i64::MIN, i64::MAX), (i64::MAX, i64::MIN)]);
        assert_eq!(count, 1);
    }

    #[test]
    fn another_machines_tree_has_no_clock_and_this_machine_has_one() {
        let values = |root: &Root| -> Vec<_> {
            let mut out = Found::default();
            WallClock::default().read(root, &mut out);
            out.measured.iter().map(|m| m.value).collect()
        };
        let none = Err(Missing::NotSupported);
        assert_eq!(values(&Tree::new().root()), [none, none]);
        assert_eq!(values(&Root::of_this_machine().unwrap()), [Ok(0), Ok(0)]);
    }
}
