//! The probes of one group, each with what it said last. A thread takes a probe off the shelf to
//! ask it and puts it back, so that a probe that never answers keeps its thread and nobody else.

use crate::probe::{Found, Probe, SLOW};
use crate::root::Root;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much too early a probe may be asked again, because samplings come on a grid of their own.
const EARLY: Duration = Duration::from_secs(5);

/// A probe, and when and what it answered last.
pub(super) struct Task {
    probe: Box<dyn Probe>,
    /// When it was read last, and what it then said; of one that is read each time nothing is kept.
    last: Option<(Instant, Found)>,
}

impl Task {
    /// Whether it answers at each sampling.
    fn is_quick(&self) -> bool {
        self.probe.every().is_zero()
    }

    /// What it says now; none if it is not its turn.
    pub(super) fn ask(&mut self, root: &Root, slow: bool) -> Option<Found> {
        if !self.is_quick() {
            if !slow {
                return None;
            }
            let due = self.probe.every().saturating_sub(EARLY);
            if let Some((at, found)) = &self.last
                && at.elapsed() < due
            {
                return Some(found.clone());
            }
        }
        let mut found = Found::default();
        self.probe.read(root, &mut found);
        if !self.is_quick() {
            // A window of writers is told once.
            let kept = Found {
                writers: None,
                ..found.clone()
            };
            self.last = Some((Instant::now(), kept));
        }
        Some(found)
    }
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
