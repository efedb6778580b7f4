//! Asks the probes without ever waiting for one: they run on threads of their own, and what a stuck
//! one should have delivered is missing.
//!
//! ```text
//! Sampler::sample --Ask--> thread "probe-kernel"    (/proc, /sys)     --Said--> sample
//!                 --Ask--> thread "probe-firmware"  (mailbox, hwmon)  --Said--> sample
//!                 --Ask--> thread "probe-media"     (statvfs …)       --Said--> sample
//! ```
//! A probe that does not answer keeps its thread, and another thread goes on with the rest of its
//! group; at most [`MAX_LEFT_BEHIND`] threads are stuck so at once. `shelf` holds the probes of a
//! group, `worker` is a group and its thread.

mod shelf;
mod worker;

pub use worker::MAX_LEFT_BEHIND;

use crate::probe::sd_health::SdHealth;
use crate::probe::{self, Found, Probe};
use crate::root::Root;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use worker::Worker;

/// Longest that one sampling of an agent waits for its threads.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A group of probes by the name of its thread.
type Group = (&'static str, Vec<Box<dyn Probe>>);

/// The probes on their threads.
pub struct Sampler {
    workers: Vec<Worker>,
    /// Threads that are stuck with a probe.
    left_behind: Arc<AtomicUsize>,
    /// When the slow probes were asked last.
    slow_at: Option<Instant>,
}

impl Sampler {
    /// The probes that need no rights.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start(root: &Arc<Root>) -> io::Result<Sampler> {
        Sampler::of(ordinary(), root)
    }

    /// The probes that need rights, for the process that has them; and the cards that it may ask
    /// for their health.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start_privileged(root: &Arc<Root>, sd_health: SdHealth) -> io::Result<Sampler> {
        let (mut quick, slow): (Vec<_>, _) = probe::with_rights_asking(sd_health)
            .into_iter()
            .partition(|probe| probe.every().is_zero());
        // Its own process is to write nothing either.
        quick.push(Box::new(probe::own_writes::OwnWrites::default()));
        // When disks die, the kernel's messages about them are still heard.
        Sampler::of(vec![("probe-log", quick), ("probe-rights", slow)], root)
    }

    /// All probes.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start_all(root: &Arc<Root>) -> io::Result<Sampler> {
        let mut groups = ordinary();
        groups.push(privileged());
        Sampler::of(groups, root)
    }

    /// Starts one thread for each group of probes.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn of(groups: Vec<Group>, root: &Arc<Root>) -> io::Result<Sampler> {
        let left_behind = Arc::new(AtomicUsize::new(0));
        let start = |(name, probes)| Worker::start(name, probes, root.clone(), left_behind.clone());
        let workers = groups.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Sampler {
            workers,
            left_behind,
            slow_at: None,
        })
    }

    /// How many threads are stuck with a probe now.
    pub fn left_behind(&self) -> usize {
        self.left_behind.load(Ordering::Relaxed)
    }

    /// Reads once what is due, in at most `wait`: the slow ones each [`probe::SLOW`], and all of
    /// them if it is to be `full`. What the rare ones said last then counts as said now.
    pub async fn sample(&mut self, wait: Duration, full: bool) -> Found {
        let now = Instant::now();
        let (patience, deadline) = (now + wait / 2, now + wait);
        let slow = full || shelf::is_slow_due(self.slow_at.map(|at| now - at));
        if slow {
            self.slow_at = Some(now);
        }
        for worker in &mut self.workers {
            worker.ask(slow);
        }
        let mut found = Found::default();
        for worker in &mut self.workers {
            worker.collect(slow, patience, deadline, &mut found).await;
        }
        found
    }
}

fn ordinary() -> Vec<Group> {
    vec![
        ("probe-kernel", probe::of_the_kernel()),
        ("probe-firmware", probe::of_the_firmware()),
        ("probe-media", probe::of_media()),
    ]
}

fn privileged() -> Group {
    ("probe-rights", probe::with_rights())
}

#[cfg(test)]
mod tests;
