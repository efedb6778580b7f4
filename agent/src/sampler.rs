//! Asks the probes without ever waiting for a disk: they run on threads of their own, and what a
//! stuck thread should have delivered is missing.
//!
//! ```text
//! Sampler::sample --number--> thread "probe-kernel"    (/proc, /sys)   --Answer--> sample
//!                 --number--> thread "probe-firmware"  (mailbox, hwmon) --Answer--> sample
//!                 --number--> thread "probe-media"     (statvfs …)      --Answer--> sample
//! ```
//! Both channels hold one message: a thread is asked again only once it has answered.

use crate::probe::{self, About, Found, Measured, Probe};
use crate::root::Root;
use picket_wire::{Missing, Quantity};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Longest that one sampling waits for its threads.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The probes on their threads.
#[derive(Debug)]
pub struct Sampler {
    workers: Vec<Worker>,
    number: u64,
}

/// What a thread found out when it was asked for the sampling of this number.
#[derive(Debug)]
struct Answer {
    number: u64,
    found: Found,
}

/// The near end of one thread.
#[derive(Debug)]
struct Worker {
    asks: SyncSender<u64>,
    answers: mpsc::Receiver<Answer>,
    /// Asked, and not answered yet.
    busy: bool,
    /// What the thread answered last; before that, what its probes read, of the node.
    expected: Vec<(Quantity, About)>,
}

impl Sampler {
    /// Starts the threads of the probes that need no rights.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start(root: &Arc<Root>) -> io::Result<Sampler> {
        Sampler::of(groups(), root)
    }

    /// Starts the threads of all probes.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start_all(root: &Arc<Root>) -> io::Result<Sampler> {
        let mut groups = groups();
        groups.push(("probe-rights", probe::with_rights()));
        Sampler::of(groups, root)
    }

    /// Starts one thread for each group of probes.
    fn of(groups: Vec<(&str, Vec<Box<dyn Probe>>)>, root: &Arc<Root>) -> io::Result<Sampler> {
        let start = |(name, probes)| Worker::start(name, probes, root.clone());
        let workers = groups.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Sampler { workers, number: 0 })
    }

    /// Reads everything once, in at most `wait`.
    pub async fn sample(&mut self, wait: Duration) -> Found {
        let deadline = Instant::now() + wait.min(LONGEST_WAIT);
        self.number += 1;
        for worker in &mut self.workers {
            worker.ask(self.number);
        }
        let mut found = Found::default();
        for worker in &mut self.workers {
            worker.collect(self.number, deadline, &mut found).await;
        }
        found
    }
}

fn groups() -> Vec<(&'static str, Vec<Box<dyn Probe>>)> {
    vec![
        ("probe-kernel", probe::of_the_kernel()),
        ("probe-firmware", probe::of_the_firmware()),
        ("probe-media", probe::of_media()),
    ]
}

impl Worker {
    fn start(name: &str, mut probes: Vec<Box<dyn Probe>>, root: Arc<Root>) -> io::Result<Worker> {
        let quantities = probes.iter().flat_map(|probe| probe.quantities());
        let expected = quantities
            .map(|quantity| (*quantity, About::Node))
            .collect();
        let (asks, asked) = sync_channel(1);
        let (answer, answers) = mpsc::channel(1);
        let body = move || {
            // Ends when the sampler is gone.
            while let Ok(number) = asked.recv() {
                let mut found = Found::default();
                for probe in &mut probes {
                    let mut one = Found::default();
                    probe.read(&root, &mut one);
                    found.add(one);
                }
                if answer.blocking_send(Answer { number, found }).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(body)?;
        Ok(Worker {
            asks,
            answers,
            busy: false,
            expected,
        })
    }

    /// Asks the thread, unless it still owes an answer.
    fn ask(&mut self, number: u64) {
        while let Ok(late) = self.answers.try_recv() {
            self.heard(&late);
        }
        if !self.busy {
            self.busy = self.asks.try_send(number).is_ok();
        }
    }

    /// Waits for the answer of this number; what does not come is timed out.
    async fn collect(&mut self, number: u64, deadline: Instant, out: &mut Found) {
        while self.busy {
            match timeout_at(deadline, self.answers.recv()).await {
                Ok(Some(answer)) => {
                    self.heard(&answer);
                    if answer.number == number {
                        return out.add(answer.found);
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        out.extend(self.expected.iter().map(|(quantity, about)| Measured {
            quantity: *quantity,
            about: about.clone(),
            value: Err(Missing::TimedOut),
            needs: None,
        }));
    }

    /// A late answer says nothing of this moment, but what there is to be read.
    fn heard(&mut self, answer: &Answer) {
        self.busy = false;
        let expected = answer.found.measured.iter();
        self.expected = expected.map(|m| (m.quantity, m.about.clone())).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Named;
    use crate::testing::Tree;
    use picket_wire::{PartKind, Value};
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// A probe that answers when the test lets it, and tells that it was asked.
    struct Gate {
        asked: Sender<()>,
        open: Receiver<()>,
    }

    impl Probe for Gate {
        fn quantities(&self) -> &'static [Quantity] {
            &[Quantity::FILESYSTEM_SIZE]
        }

        fn read(&mut self, _: &Root, out: &mut Found) {
            let _ = self.asked.send(());
            let _ = self.open.recv();
            let part = Named::new(PartKind::Filesystem, "mount//", "/");
            out.push(Measured::of_part(Quantity::FILESYSTEM_SIZE, &part, Ok(7)));
        }
    }

    struct Quick;

    impl Probe for Quick {
        fn quantities(&self) -> &'static [Quantity] {
            &[Quantity::UPTIME]
        }

        fn read(&mut self, _: &Root, out: &mut Found) {
            out.push(Measured::of_node(Quantity::UPTIME, Ok(1)));
        }
    }

    fn rows(found: &Found) -> Vec<(&str, Value)> {
        let part = |about: &'_ About| matches!(about, About::Part(_));
        let row = |m: &Measured| (if part(&m.about) { "/" } else { "node" }, m.value);
        found.measured.iter().map(row).collect()
    }

    const TIMED_OUT: Value = Err(Missing::TimedOut);

    #[tokio::test]
    async fn a_stuck_thread_delivers_timed_out_is_asked_once_and_holds_up_nobody() {
        let (asked, was_asked) = channel();
        let (opener, open) = channel();
        let root = Arc::new(Tree::new().root());
        let groups: Vec<(&str, Vec<Box<dyn Probe>>)> = vec![
            ("quick", vec![Box::new(Quick)]),
            ("gate", vec![Box::new(Gate { asked, open })]),
        ];
        let mut sampler = Sampler::of(groups, &root).unwrap();
        // Long enough for the quick thread on a machine that is busy with something else.
        let (short, long) = (Duration::from_millis(500), Duration::from_secs(2));

        let first = sampler.sample(short).await;
        assert_eq!(rows(&first), [("node", Ok(1)), ("node", TIMED_OUT)]);
        let second = sampler.sample(short).await;
        assert_eq!(rows(&second), [("node", Ok(1)), ("node", TIMED_OUT)]);
        was_asked.recv().unwrap();
        assert!(
            was_asked.try_recv().is_err(),
            "a stuck thread was asked again"
        );

        // The two answers below are to the first asking, which is late, and to the present one.
        opener.send(()).unwrap();
        opener.send(()).unwrap();
        let mut third = sampler.sample(long).await;
        if rows(&third) != [("node", Ok(1)), ("/", Ok(7))] {
            // The late answer had not come when this sampling began, so that it asked nobody.
            assert_eq!(rows(&third), [("node", Ok(1)), ("/", TIMED_OUT)]);
            third = sampler.sample(long).await;
        }
        assert_eq!(rows(&third), [("node", Ok(1)), ("/", Ok(7))]);

        let fourth = sampler.sample(short).await;
        assert_eq!(rows(&fourth), [("node", Ok(1)), ("/", TIMED_OUT)]);
    }
}
