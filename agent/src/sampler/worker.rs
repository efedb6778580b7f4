//! One group of probes and the thread that asks them. A thread that does not come back is left
//! behind with the one probe that it asked, and another one goes on with the rest.

use super::shelf::Shelf;
use crate::probe::{About, Found, Measured, Probe, WATCH};
use crate::root::Root;
use picket_wire::{Missing, Quantity};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Most threads that may be left behind at once, of all groups together. When so many probes hang,
/// what their groups should deliver is missing until one of them comes back.
pub const MAX_LEFT_BEHIND: usize = 2;

/// What a thread is asked for.
#[derive(Clone, Debug)]
struct Ask {
    /// Number of the sampling.
    number: u64,
    /// Whether those are asked too who are not asked at each sampling.
    slow: bool,
    /// The probes that are to be asked, by their place in the group.
    wanted: Vec<usize>,
}

/// What a thread says.
#[derive(Debug)]
enum Said {
    /// What one probe found out at the sampling of a number; none if it was not its turn.
    Answer(u64, usize, Option<Box<Found>>),
    /// All that were wanted have been asked.
    Done,
}

/// What a reading is of.
type Expected = (Quantity, About);

/// One group of probes.
pub(super) struct Worker {
    name: &'static str,
    root: Arc<Root>,
    shelf: Arc<Shelf>,
    left_behind: Arc<AtomicUsize>,
    thread: Thread,
    /// What each probe answered last; before that, what it reads, of the node.
    expected: Vec<Vec<Expected>>,
    /// Which probes answer at each sampling.
    quick: Vec<bool>,
    /// Those of the present sampling that have not answered.
    pending: Vec<usize>,
    /// Number of the present sampling.
    number: u64,
}

/// The near end of a thread.
struct Thread {
    asks: SyncSender<Ask>,
    says: mpsc::Receiver<Said>,
    /// Asked, and not done yet.
    busy: bool,
    /// Set when it is left behind.
    left: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn start(
        name: &'static str,
        probes: Vec<Box<dyn Probe>>,
        root: Arc<Root>,
        left_behind: Arc<AtomicUsize>,
    ) -> io::Result<Worker> {
        let of_node = |quantity: &Quantity| (*quantity, About::Node);
        let expected = probes
            .iter()
            .map(|probe| probe.quantities().iter().map(of_node).collect())
            .collect();
        let shelf = Arc::new(Shelf::new(probes));
        Ok(Worker {
            name,
            thread: Thread::start(name, &root, &shelf, &left_behind)?,
            quick: shelf.quick(),
            root,
            shelf,
            left_behind,
            expected,
            pending: Vec::new(),
            number: 0,
        })
    }

    /// Asks the probes whose turn it is.
    pub(super) fn ask(&mut self, slow: bool) {
        let is_due = |&index: &usize| slow || self.quick.get(index).is_some_and(|quick| *quick);
        self.number += 1;
        self.pending = (0..self.expected.len()).filter(is_due).collect();
        // What a late thread says belongs to an earlier sampling.
        while let Ok(said) = self.thread.says.try_recv() {
            self.heard(said, &mut Found::default());
        }
        self.hand_over(slow);
    }

    fn hand_over(&mut self, slow: bool) {
        if !self.thread.busy {
            let ask = Ask {
                number: self.number,
                slow,
                wanted: self.pending.clone(),
            };
            self.thread.busy = self.thread.asks.try_send(ask).is_ok();
        }
    }

    /// Takes what the probes found out. At `patience` a thread that keeps others waiting is left
    /// behind and they are asked by a new one; what has not come at `deadline` is timed out.
    pub(super) async fn collect(
        &mut self,
        slow: bool,
        patience: Instant,
        deadline: Instant,
        out: &mut Found,
    ) {
        self.listen(patience, out).await;
        if !self.pending.is_empty() {
            if self.thread.busy && self.pending.len() > 1 {
                self.replace();
            }
            // Also where the thread was late with an earlier sampling and is free by now.
            self.hand_over(slow);
            self.listen(deadline, out).await;
        }
        for index in std::mem::take(&mut self.pending) {
            let expected = self.expected.get(index).into_iter().flatten();
            let timed_out = expected.map(|(quantity, about)| Measured {
                quantity: *quantity,
                about: about.clone(),
                value: Err(Missing::TimedOut),
                needs: None,
            });
            out.add(Found {
                measured: timed_out.collect(),
                ..Found::default()
            });
        }
    }

    async fn listen(&mut self, until: Instant, out: &mut Found) {
        while self.thread.busy {
            match timeout_at(until, self.thread.says.recv()).await {
                Ok(Some(said)) => self.heard(said, out),
                // The thread ended, which only a bug brings about.
                Ok(None) => self.thread.busy = false,
                Err(_) => return,
            }
        }
    }

    /// Takes what the thread said. A late answer tells what there is to be read, and no value.
    fn heard(&mut self, said: Said, out: &mut Found) {
        let (number, index, found) = match said {
            Said::Answer(number, index, found) => (number, index, found),
            Said::Done => return self.thread.busy = false,
        };
        let is_late = number != self.number;
        if !is_late {
            self.pending.retain(|pending| *pending != index);
        }
        let Some(found) = found else { return };
        if let Some(expected) = self.expected.get_mut(index) {
            let of = |measured: &Measured| (measured.quantity, measured.about.clone());
            *expected = found.measured.iter().map(of).collect();
        }
        if !is_late {
            out.add(*found);
        }
    }

    /// Leaves the present thread behind and starts another, if that may be.
    fn replace(&mut self) {
        if self.left_behind.load(Ordering::Relaxed) >= MAX_LEFT_BEHIND {
            return;
        }
        let started = Thread::start(self.name, &self.root, &self.shelf, &self.left_behind);
        let Ok(thread) = started else { return };
        let old = std::mem::replace(&mut self.thread, thread);
        self.left_behind.fetch_add(1, Ordering::Relaxed);
        // Its channel closes here, so that it ends when its probe comes back, and counts itself off.
        old.left.store(true, Ordering::Release);
    }
}

impl Thread {
    fn start(
        name: &str,
        root: &Arc<Root>,
        shelf: &Arc<Shelf>,
        left_behind: &Arc<AtomicUsize>,
    ) -> io::Result<Thread> {
        let (asks, asked) = sync_channel(1);
        // Room for everything that it says of one sampling, so that it never waits to say it.
        let (say, says) = mpsc::channel(shelf.len() + 1);
        let left = Arc::new(AtomicBool::new(false));
        let (root, shelf, is_left) = (root.clone(), shelf.clone(), left.clone());
        let left_behind = left_behind.clone();
        let body = move || {
            work(&root, &shelf, &asked, &say);
            if is_left.load(Ordering::Acquire) {
                left_behind.fetch_sub(1, Ordering::Relaxed);
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(body)?;
        Ok(Thread {
            asks,
            says,
            busy: false,
            left,
        })
    }
}

/// What a thread does until its near end is gone.
fn work(root: &Root, shelf: &Shelf, asked: &Receiver<Ask>, say: &mpsc::Sender<Said>) {
    loop {
        let next = match shelf.watches {
            true => asked.recv_timeout(WATCH),
            false => asked.recv().map_err(RecvTimeoutError::from),
        };
        let ask = match next {
            Ok(ask) => ask,
            Err(RecvTimeoutError::Timeout) => {
                shelf.watch(root);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        for index in ask.wanted {
            // Where it is not there, another thread is stuck with it.
            let Some(mut task) = shelf.take(index) else {
                continue;
            };
            let found = task
                .ask(root, ask.slow, std::time::Instant::now())
                .map(Box::new);
            shelf.put_back(index, task);
            if say
                .blocking_send(Said::Answer(ask.number, index, found))
                .is_err()
            {
                return;
            }
        }
        if say.blocking_send(Said::Done).is_err() {
            return;
        }
    }
}
