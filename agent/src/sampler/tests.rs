//! Probes that hang, come back, and are slow.

use super::*;
use crate::parts::Named;
use crate::probe::{About, Measured, SLOW};
use crate::testing::Tree;
use picket_wire::{Missing, PartKind, Quantity, Value};
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

/// What opens a gate, and what tells that somebody stands before it.
type Keys = (Sender<()>, Receiver<()>);

fn gate() -> (Box<dyn Probe>, Keys) {
    let (asked, was_asked) = channel();
    let (opener, open) = channel();
    (Box::new(Gate { asked, open }), (opener, was_asked))
}

/// A probe that counts how often it is asked.
struct Counter {
    quantity: &'static [Quantity],
    every: Duration,
    count: i64,
}

impl Counter {
    fn quick() -> Box<dyn Probe> {
        Counter::each(Duration::ZERO, &[Quantity::UPTIME])
    }

    fn each(every: Duration, quantity: &'static [Quantity]) -> Box<dyn Probe> {
        Box::new(Counter {
            quantity,
            every,
            count: 0,
        })
    }
}

impl Probe for Counter {
    fn quantities(&self) -> &'static [Quantity] {
        self.quantity
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn read(&mut self, _: &Root, out: &mut Found) {
        self.count += 1;
        for quantity in self.quantity {
            out.of_node(*quantity, Ok(self.count));
        }
    }
}

fn rows(found: &Found) -> Vec<(&str, Value)> {
    let part = |about: &About| matches!(about, About::Part(_));
    let row = |m: &Measured| (if part(&m.about) { "/" } else { "node" }, m.value);
    found.measured.iter().map(row).collect()
}

const TIMED_OUT: Value = Err(Missing::TimedOut);
/// Long enough for a thread on a machine that is busy with something else, in its half.
const WAIT: Duration = Duration::from_secs(2);

fn sampler(groups: Vec<Group>) -> Sampler {
    Sampler::of(groups, &Arc::new(Tree::new().root())).unwrap()
}

async fn sample(sampler: &mut Sampler) -> Vec<(String, Value)> {
    let found = sampler.sample(WAIT, false).await;
    let owned = |(part, value): (&str, Value)| (part.to_owned(), value);
    rows(&found).into_iter().map(owned).collect()
}

fn expected(rows: &[(&str, Value)]) -> Vec<(String, Value)> {
    let owned = |(part, value): &(&str, Value)| ((*part).to_owned(), *value);
    rows.iter().map(owned).collect()
}

#[tokio::test]
async fn a_stuck_probe_times_out_alone_and_is_asked_once() {
    let (gate, (opener, was_asked)) = gate();
    let mut sampler = sampler(vec![("one", vec![gate, Counter::quick()])]);
    for count in 1..=3 {
        let rows = sample(&mut sampler).await;
        assert_eq!(rows, expected(&[("node", Ok(count)), ("node", TIMED_OUT)]));
    }
    was_asked.recv().unwrap();
    let again = was_asked.try_recv();
    assert!(again.is_err(), "a stuck probe was asked again");

    // It comes back, and its thread with it; what it says late is no reading.
    opener.send(()).unwrap();
    opener.send(()).unwrap();
    let (mut let_through, mut asked) = (1, 0);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let rows = sample(&mut sampler).await;
        asked += was_asked.try_iter().count();
        if rows.contains(&("/".to_owned(), Ok(7))) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{rows:?}");
        // One that was asked and answered too late finds the gate open the next time as well.
        if asked == let_through {
            opener.send(()).unwrap();
            let_through += 1;
        }
    }
    assert_eq!(asked, let_through);
    // What is known of it by now is timed out by its name.
    let rows = sample(&mut sampler).await;
    assert_eq!(rows.last(), Some(&("/".to_owned(), TIMED_OUT)));
}

#[tokio::test]
async fn a_probe_that_keeps_nobody_waiting_has_the_whole_time_and_keeps_its_thread() {
    let (gate, (opener, was_asked)) = gate();
    let mut sampler = sampler(vec![("one", vec![Counter::quick(), gate])]);
    let short = Duration::from_millis(200);
    let found = sampler.sample(short, false).await;
    assert_eq!(rows(&found), [("node", Ok(1)), ("node", TIMED_OUT)]);
    assert_eq!(sampler.left_behind(), 0);
    was_asked.recv().unwrap();
    // It comes back late, and the same thread is asked again.
    opener.send(()).unwrap();
    opener.send(()).unwrap();
    let rows = sample(&mut sampler).await;
    assert_eq!(rows, expected(&[("node", Ok(2)), ("/", Ok(7))]));
}

#[tokio::test]
async fn no_more_threads_are_left_behind_than_the_bound_and_they_are_given_back() {
    let (gates, keys): (Vec<_>, Vec<_>) = (0..3).map(|_| gate()).unzip();
    let groups = ["a", "b", "c"].into_iter().zip(gates);
    let groups = groups.map(|(name, gate)| (name, vec![gate, Counter::quick()]));
    let mut sampler = sampler(groups.collect());
    let rows = sample(&mut sampler).await;
    let values = |value| rows.iter().filter(|row| row.1 == value).count();
    // What several lack alike is said once.
    assert_eq!((values(Ok(1)), values(TIMED_OUT)), (2, 2), "{rows:?}");
    assert_eq!(sampler.left_behind(), MAX_LEFT_BEHIND);
    for (opener, _) in &keys {
        opener.send(()).unwrap();
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while sampler.left_behind() > 0 {
        assert!(std::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn slow_probes_are_asked_at_the_first_sampling_and_when_all_are_wanted() {
    let slow = Counter::each(SLOW, &[Quantity::FAN_SPEED]);
    let rare = Counter::each(crate::probe::RARE, &[Quantity::DISK_LIFE_USED]);
    let mut sampler = sampler(vec![("one", vec![Counter::quick(), slow, rare])]);
    let values = |found: Found| found.measured.iter().map(|m| m.value).collect::<Vec<_>>();
    assert_eq!(values(sampler.sample(WAIT, false).await), [Ok(1); 3]);
    assert_eq!(values(sampler.sample(WAIT, false).await), [Ok(2)]);
    // What they said a moment ago counts as said now.
    let all = values(sampler.sample(WAIT, true).await);
    assert_eq!(all, [Ok(3), Ok(1), Ok(1)]);
    assert_eq!(values(sampler.sample(WAIT, false).await), [Ok(4)]);
}
