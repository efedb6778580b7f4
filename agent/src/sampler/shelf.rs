//! The probes of one group, each with what it said last. A thread takes a probe off the shelf to
//! ask it and puts it back, so that a probe that never answers keeps its thread and nobody else.

use crate::probe::{Found, Measured, Probe, SLOW};
use crate::root::Root;
use picket_wire::Missing;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much too early a probe may be asked again, because samplings come on a grid of their own.
const EARLY: Duration = Duration::from_secs(5);

/// A probe, and when and what it answered last.
pub(super) struct Task {
    probe: Box<dyn Probe>,
    /// What it said last; of one that is read each time nothing is kept.
    last: Option<Kept>,
}

/// An answer, and how long it counts as said now.
struct Kept {
    found: Found,
    /// What the probe found to ask just before.
    subject: Vec<String>,
    at: Instant,
    certain: bool,
    /// Until the probe's next turn; soon if it is not certain, and each time twice as long, so that
    /// a disk in trouble is not asked each minute for ever.
    counts_for: Duration,
}

impl Kept {
    fn counts(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < self.counts_for.saturating_sub(EARLY)
    }
}

impl Task {
    /// Whether it answers at each sampling.
    fn is_quick(&self) -> bool {
        self.probe.every().is_zero()
    }

    /// What it says now; none if it is not its turn. What it said last counts only while it would
    /// ask the same parts: of a disk that is gone nothing is known any more.
    pub(super) fn ask(&mut self, root: &Root, slow: bool, now: Instant) -> Option<Found> {
        if self.is_quick() {
            return Some(self.read(root));
        }
        if !slow {
            return None;
        }
        let subject = self.probe.subject(root);
        let kept = self.last.as_ref().filter(|kept| kept.subject == subject);
        if let Some(kept) = kept.filter(|kept| kept.counts(now)) {
            return Some(kept.found.clone());
        }
        let doubted = kept
            .filter(|kept| !kept.certain)
            .map(|kept| kept.counts_for);
        let found = self.read(root);
        let certain = found.measured.iter().all(is_certain);
        let every = self.probe.every();
        let counts_for = match (certain, doubted) {
            (true, _) => every,
            (false, None) => every.min(SLOW),
            (false, Some(doubted)) => every.min(doubted.saturating_mul(2)),
        };
        self.last = Some(Kept {
            // A window of writers is told once.
            found: Found {
                writers: None,
                ..found.clone()
            },
            subject,
            at: now,
            certain,
            counts_for,
        });
        Some(found)
    }

    fn read(&mut self, root: &Root) -> Found {
        let mut found = Found::default();
        self.probe.read(root, &mut found);
        found
    }
}

/// Whether asking again soon would bring nothing else.
fn is_certain(measured: &Measured) -> bool {
    use Missing::{Busy, Garbled, TimedOut};
    !matches!(measured.value, Err(Busy | TimedOut | Garbled))
}

/// The probes of one group.
pub(super) struct Shelf {
    /// None while a thread has the probe.
    tasks: Mutex<Vec<Option<Task>>>,
    /// Whether any of them looks between two samplings.
    pub(super) watches: bool,
}

impl Shelf {
    pub(super) fn new(probes: Vec<Box<dyn Probe>>) -> Shelf {
        let watches = probes.iter().any(|probe| probe.watches());
        let task = |probe| Some(Task { probe, last: None });
        Shelf {
            tasks: Mutex::new(probes.into_iter().map(task).collect()),
            watches,
        }
    }

    /// Which of them answer at each sampling; before anybody has taken one.
    pub(super) fn quick(&self) -> Vec<bool> {
        let is_quick = |task: &Option<Task>| task.as_ref().is_some_and(Task::is_quick);
        self.lock().iter().map(is_quick).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn take(&self, index: usize) -> Option<Task> {
        self.lock().get_mut(index)?.take()
    }

    pub(super) fn put_back(&self, index: usize, task: Task) {
        if let Some(place) = self.lock().get_mut(index) {
            *place = Some(task);
        }
    }

    /// Lets those look that want to.
    pub(super) fn watch(&self, root: &Root) {
        for index in 0..self.len() {
            let Some(mut task) = self.take(index) else {
                continue;
            };
            if task.probe.watches() {
                task.probe.watch(root);
            }
            self.put_back(index, task);
        }
    }

    /// Nobody holds the lock while a probe is asked, so that a probe that panics cannot spoil it.
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Task>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the slow probes are asked at a sampling that comes so long after they were asked last.
pub(super) fn is_slow_due(since: Option<Duration>) -> bool {
    since.is_none_or(|since| since >= SLOW.saturating_sub(EARLY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::emmc::Emmc;
    use crate::probe::{About, RARE};
    use crate::testing::Tree;
    use picket_wire::Value;

    const CID: &str = "sys/block/mmcblk0/device/cid";
    const MINUTE: Duration = Duration::from_secs(60);

    fn task(probe: impl Probe + 'static) -> Task {
        let probe = Box::new(probe);
        Task { probe, last: None }
    }

    /// An EXT_CSD with this life step in hexadecimal digits, as a recording.
    fn life(step: &str) -> String {
        format!("mmc 8 00000000 = 00*192 08 00*74 01 {step} {step} 00*242\n")
    }

    fn steps(task: &mut Task, tree: &Tree, now: Instant) -> Vec<(String, Value)> {
        let found = task.ask(&tree.root(), true, now).unwrap();
        let row = |measured: &Measured| match &measured.about {
            About::Node => ("node".to_owned(), measured.value),
            About::Part(part) => (part.id().to_owned(), measured.value),
        };
        found.measured.iter().step_by(2).map(row).collect()
    }

    fn step(part: &str, value: Value) -> Vec<(String, Value)> {
        vec![(part.to_owned(), value)]
    }

    #[test]
    fn what_was_said_of_a_disk_counts_for_an_hour_but_not_of_another_disk_in_its_place() {
        let tree = Tree::new()
            .file("sys/block/mmcblk0/device/type", "MMC\n")
            .file(CID, "aa\n")
            .file("dev/mmcblk0", &life("02"));
        let (mut task, start) = (task(Emmc::default()), Instant::now());
        assert_eq!(steps(&mut task, &tree, start), step("cid/aa", Ok(2)));
        tree.write("dev/mmcblk0", &life("05"));
        let kept = steps(&mut task, &tree, start + 58 * MINUTE);
        assert_eq!(kept, step("cid/aa", Ok(2)));
        tree.write(CID, "bb\n");
        let other = steps(&mut task, &tree, start + 59 * MINUTE);
        assert_eq!(other, step("cid/bb", Ok(5)));
        std::fs::remove_dir_all(tree.path().join("sys/block/mmcblk0")).unwrap();
        let gone = steps(&mut task, &tree, start + 60 * MINUTE);
        assert_eq!(gone, step("node", Err(Missing::NotFitted)));
        tree.write("sys/block/mmcblk0/device/type", "MMC\n");
        tree.write(CID, "bb\n");
        let back = steps(&mut task, &tree, start + 61 * MINUTE);
        assert_eq!(back, step("cid/bb", Ok(5)));
    }

    /// Answers with this, and with how often it was asked.
    struct Answers(Value, i64);

    impl Probe for Answers {
        fn quantities(&self) -> &'static [picket_wire::Quantity] {
            &[]
        }

        fn every(&self) -> Duration {
            RARE
        }

        fn read(&mut self, _: &Root, out: &mut Found) {
            self.1 += 1;
            out.of_node(picket_wire::Quantity::DISK_LIFE_USED, self.0);
            out.of_node(picket_wire::Quantity::UPTIME, Ok(self.1));
        }
    }

    #[test]
    fn an_answer_that_is_not_certain_is_asked_for_again_soon_and_then_ever_more_seldom() {
        let asked = |value, hours: u32| {
            let (mut task, start) = (task(Answers(value, 0)), Instant::now());
            let tree = Tree::new();
            let minutes = (0..hours * 60).map(|minute| start + minute * MINUTE);
            let asked = minutes.map(|now| task.ask(&tree.root(), true, now).unwrap());
            asked.last().unwrap().measured.last().unwrap().value
        };
        assert_eq!(asked(Ok(1), 3), Ok(3));
        assert_eq!(asked(Err(Missing::NotFitted), 3), Ok(3));
        assert_eq!(asked(Err(Missing::Denied), 3), Ok(3));
        for why in [Missing::Busy, Missing::TimedOut, Missing::Garbled] {
            // At 0, 1, 3, 7, 15, 31 minutes, and then each hour.
            assert_eq!(asked(Err(why), 1), Ok(6), "{}", why.name());
            assert_eq!(asked(Err(why), 3), Ok(8), "{}", why.name());
        }
    }
}
