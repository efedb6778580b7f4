//! In which order disks are asked and for how long, so that those that hang keep none from its turn.

use super::{Disk, Health};
use picket_wire::Missing;
use std::time::{Duration, Instant};

/// Longest that all disks together may take.
pub const LONGEST: Duration = Duration::from_secs(10);
/// Longest that one disk may take, so that it does not use up the time of the others.
pub const LONGEST_OF_ONE: Duration = Duration::from_secs(3);

/// Whose turn it is at the next reading.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The kernel's name of the disk that is asked first.
    first: Option<String>,
}

impl Turns {
    /// What each disk said, in the order of the disks. `now` is the clock; `ask` asks a disk, which
    /// is *timed out* when it has not answered by the moment that is given.
    pub(super) fn ask_all(
        &mut self,
        disks: &[Disk],
        now: impl Fn() -> Instant,
        mut ask: impl FnMut(&Disk, Instant) -> Health,
    ) -> Vec<Health> {
        let timed_out = Health::missing(Missing::TimedOut);
        let deadline = now() + LONGEST;
        let mut said = vec![timed_out; disks.len()];
        // The first that had not all of its time, and the last that had and did not answer.
        let (mut short, mut hung) = (None, None);
        for place in self.order(disks) {
            let (Some(disk), Some(said)) = (disks.get(place), said.get_mut(place)) else {
                continue;
            };
            let own = now() + LONGEST_OF_ONE;
            *said = ask(disk, own.min(deadline));
            if *said == timed_out && own > deadline {
                short = short.or(Some(place));
            } else if *said == timed_out {
                hung = Some(place);
            }
        }
        let next = short.or(hung.map(|hung| (hung + 1) % disks.len()));
        if let Some(disk) = next.and_then(|next| disks.get(next)) {
            self.first = Some(disk.name.clone());
        }
        said
    }

    /// The places of the disks, from the first one's on; of the next disk's where that one is gone.
    fn order(&self, disks: &[Disk]) -> impl Iterator<Item = usize> + use<> {
        let is_behind = |first| disks.iter().position(|disk| disk.name.as_str() >= first);
        let first = self.first.as_deref().and_then(is_behind).unwrap_or(0);
        (first..disks.len()).chain(0..first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Named;
    use picket_wire::{MediumKind, PartKind};
    use std::cell::Cell;

    fn disks(names: &[&str]) -> Vec<Disk> {
        let disk = |name: &&str| Disk {
            name: (*name).to_owned(),
            part: Named::new(PartKind::Disk, name, name),
            kind: MediumKind::Ata,
        };
        names.iter().map(disk).collect()
    }

    /// Who was asked, and who of them answered, when these disks hang and the others take a second.
    fn reading(turns: &mut Turns, names: &[&str], hang: &[&str]) -> (Vec<String>, Vec<bool>) {
        let start = Instant::now();
        let clock = Cell::new(start);
        let mut asked = Vec::new();
        let timed_out = Health::missing(Missing::TimedOut);
        let said = turns.ask_all(
            &disks(names),
            || clock.get(),
            |disk, until| {
                let answers = clock.get() + Duration::from_secs(1);
                if clock.get() < until {
                    asked.push(disk.name.clone());
                }
                let in_time = !hang.contains(&disk.name.as_str()) && answers <= until;
                clock.set(clock.get().max(if in_time { answers } else { until }));
                match in_time {
                    true => Health::missing(Missing::NotSupported),
                    false => timed_out,
                }
            },
        );
        assert!(clock.get() <= start + LONGEST);
        (asked, said.iter().map(|said| *said != timed_out).collect())
    }

    #[test]
    fn one_disk_that_hangs_takes_no_other_disk_its_turn() {
        let mut turns = Turns::default();
        let (asked, answered) = reading(&mut turns, &["sda", "sdb", "sdc"], &["sda"]);
        assert_eq!(asked, ["sda", "sdb", "sdc"]);
        assert_eq!(answered, [false, true, true]);
        let (asked, answered) = reading(&mut turns, &["sda", "sdb", "sdc"], &["sda"]);
        assert_eq!(asked, ["sdb", "sdc", "sda"]);
        assert_eq!(answered, [false, true, true]);
        // It was pulled, and so was the one whose turn it would be.
        let (asked, _) = reading(&mut turns, &["sdc", "sdd"], &[]);
        assert_eq!(asked, ["sdc", "sdd"]);
    }

    #[test]
    fn a_disk_that_had_not_all_of_its_time_is_asked_first_the_next_time() {
        const NAMES: [&str; 5] = ["sda", "sdb", "sdc", "sdd", "sde"];
        const HANG: [&str; 3] = ["sda", "sdb", "sdc"];
        let mut turns = Turns::default();
        let (_, answered) = reading(&mut turns, &NAMES, &HANG);
        assert_eq!(answered, [false, false, false, true, false]);
        let (asked, answered) = reading(&mut turns, &NAMES, &HANG);
        assert_eq!(asked, ["sde", "sda", "sdb", "sdc"]);
        assert_eq!(answered, [false, false, false, false, true]);
        // Of those that answer, none waited for more than two readings.
        let (asked, answered) = reading(&mut turns, &NAMES, &HANG);
        assert_eq!(asked, ["sdd", "sde", "sda", "sdb", "sdc"]);
        assert_eq!(answered, [false, false, false, true, true]);
    }

    #[test]
    fn a_machine_without_such_a_disk_asks_none() {
        let (asked, said) = reading(&mut Turns::default(), &[], &[]);
        assert!(asked.is_empty() && said.is_empty());
    }
}
