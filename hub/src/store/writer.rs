//! Hands batches to the store's thread, one at a time and at a bounded rate, and tries again what
//! failed.

use super::database::Database;
use super::pending::Pending;
use crate::health::StoreHealth;
use picket_hub_core::time::{Millis, Moment};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Least time between the end of a batch and the next one, but for a batch that is urgent. Each is a
/// commit that the disk must confirm, and what others send must not wear an SD card out.
const REST: Millis = Millis::from_s(1);
/// First wait after a failure; it doubles.
const FIRST_WAIT: Millis = Millis::from_s(5);
/// Longest wait after a failure.
const LONGEST_WAIT: Millis = Millis::from_s(60);
/// A batch that takes longer than this is worth a line: the disk hangs.
const SLOW: Millis = Millis::from_s(30);

/// What became of a batch; the words say why it failed.
pub type Wrote = Result<(), String>;

/// The core task's end of the store. Nothing here waits.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    batches: mpsc::Sender<Arc<Pending>>,
    results: mpsc::Receiver<Wrote>,
    waiting: Pending,
    under_way: Option<(Arc<Pending>, Moment)>,
    failed: Option<String>,
    next_try: Option<Moment>,
    wait: Millis,
    /// No batch goes before this moment, unless it is urgent.
    rest_until: Moment,
    urgent: bool,
}

impl Writer {
    /// Starts the thread that owns the database. It ends with the writer.
    pub fn start(mut database: Database) -> std::io::Result<Writer> {
        let path = database.path().to_owned();
        let (batches, mut work) = mpsc::channel::<Arc<Pending>>(1);
        let (done, results) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                while let Some(batch) = work.blocking_recv() {
                    if done.blocking_send(database.write(&batch)).is_err() {
                        break;
                    }
                }
                // The file is closed before `done` says that the thread has ended.
                drop(database);
                drop(done);
            })?;
        Ok(Writer {
            path,
            batches,
            results,
            waiting: Pending::new(),
            under_way: None,
            failed: None,
            next_try: None,
            wait: FIRST_WAIT,
            rest_until: Moment(0),
            urgent: false,
        })
    }

    /// Takes a batch: what belongs into one transaction.
    pub fn put(&mut self, batch: Pending, now: Moment) {
        self.urgent |= batch.is_urgent();
        self.waiting.merge(batch);
        self.push(now);
    }

    /// Waits for the thread's next answer; for ever if there is none to come.
    pub async fn wrote(&mut self) -> Wrote {
        match self.results.recv().await {
            Some(wrote) => wrote,
            None => std::future::pending().await,
        }
    }

    /// Takes the thread's answer.
    pub fn finished(&mut self, wrote: Wrote, now: Moment) {
        let Some((batch, _)) = self.under_way.take() else {
            return;
        };
        self.rest_until = now + REST;
        match wrote {
            Ok(()) => {
                if self.failed.take().is_some() {
                    tracing::info!("the store {} works again", self.path.display());
                }
                self.wait = FIRST_WAIT;
                self.next_try = None;
            }
            Err(why) => {
                let mut older = Arc::unwrap_or_clone(batch);
                older.merge(std::mem::take(&mut self.waiting));
                self.waiting = older;
                if self.failed.as_ref() != Some(&why) {
                    let path = self.path.display();
                    tracing::warn!("the store {path} cannot be written: {why}; trying again");
                }
                self.failed = Some(why);
                self.next_try = Some(now + self.wait);
                self.wait = Millis(self.wait.0.saturating_mul(2).min(LONGEST_WAIT.0));
            }
        }
        self.push(now);
    }

    /// When [`Writer::retry`] is to be called; none while nothing waits, or the thread is at work.
    pub fn next_wake(&self) -> Option<Moment> {
        let waits = self.under_way.is_none() && !self.waiting.is_empty();
        waits.then(|| self.due())
    }

    /// From when on the next batch may go.
    fn due(&self) -> Moment {
        let rested = match self.urgent {
            true => Moment(0),
            false => self.rest_until,
        };
        self.next_try.map_or(rested, |again| again.max(rested))
    }

    /// Hands over what waits, or tries again, if it is time.
    pub fn retry(&mut self, now: Moment) {
        self.push(now);
    }

    /// How the store is.
    pub fn health(&self, now: Moment) -> StoreHealth {
        let path = self.path.clone();
        let hangs = self
            .under_way
            .as_ref()
            .is_some_and(|(_, since)| now.since(*since) > SLOW);
        match &self.failed {
            Some(why) => StoreHealth::Failing {
                path,
                why: why.clone(),
            },
            None if hangs => StoreHealth::Failing {
                path,
                why: "the disk does not answer".to_owned(),
            },
            None => StoreHealth::Good { path },
        }
    }

    /// Whether everything is on the disk.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_none()
    }

    /// Writes what is left, which is tried once more if it fails, and closes the file. A disk that
    /// hangs is waited for.
    pub async fn close(mut self, now: Moment) {
        let mut tries = 2;
        while tries > 0 && !self.is_idle() {
            self.next_try = None;
            self.urgent = true;
            self.push(now);
            let wrote = self.wrote().await;
            tries -= u8::from(wrote.is_err());
            self.finished(wrote, now);
        }
        if !self.is_idle() {
            tracing::warn!(
                "the store {} does not have the last changes",
                self.path.display()
            );
        }
        let Writer {
            batches,
            mut results,
            ..
        } = self;
        drop(batches);
        while results.recv().await.is_some() {}
    }

    fn push(&mut self, now: Moment) {
        if self.under_way.is_some() || self.waiting.is_empty() || now < self.due() {
            return;
        }
        let batch = Arc::new(std::mem::take(&mut self.waiting));
        // The thread takes one batch at a time, and there is none under way: there is room.
        match self.batches.try_send(batch.clone()) {
            Ok(()) => {
                self.under_way = Some((batch, now));
                self.urgent = false;
            }
            Err(_) => {
                self.waiting = Arc::unwrap_or_clone(batch);
                self.failed = Some("its thread has ended".to_owned());
                self.next_try = Some(now + LONGEST_WAIT);
            }
        }
    }
}
