//! A pass over one folder: a segment, a nap, a segment; and what it finds goes to the log.

use super::Work;
use crate::clock::Moment;
use crate::scrub::files::left_out::LeftOut;
use crate::scrub::finding::Finding;
use crate::scrub::pace::{Pace, REST, SHORTEST_NAP, Watch, Why};
use crate::scrub::packages::index::Index;
use crate::scrub::pass::{Pass, Progress, Step};
use crate::scrub::sums::Sums;
use picket_wire::FindingState;
use std::time::{Duration, Instant};

/// Between two words about a pass that does not nap.
const TELL: Duration = Duration::from_millis(200);

/// How a pass over a folder ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every file was passed, and the manifest is written.
    Whole,
    /// Every file was passed, but the manifest could not be written: the next pass compares with
    /// the one before.
    NotKept,
    /// It was stopped, and goes on from there later.
    Stopped,
    /// It could not begin, and why.
    Failed(String),
}

/// A pass over one folder.
pub(super) struct Round<'w, 'i> {
    pub(super) work: &'w mut Work,
    /// Which folder.
    pub(super) at: usize,
    /// Why it rests, as the log has it.
    pub(super) rests: Option<Why>,
    pub(super) sums: Option<&'i Index>,
}

impl Round<'_, '_> {
    /// Makes it, or what is left of one that was interrupted.
    pub(super) fn make(mut self, left_out: LeftOut) -> End {
        let sums = self.sums.map(|index| index as &dyn Sums);
        let Some(folder) = self.work.folders.get_mut(self.at) else {
            return no_folder();
        };
        let (book, files) = match folder.begin(&self.work.root, sums, left_out) {
            Ok(opened) => opened,
            Err(why) => {
                if folder.failed(&why, Moment::now()) {
                    self.work.note(format!("{why}; it is tried again"));
                }
                return End::Failed(why);
            }
        };
        let goes_on = book.from().is_some();
        let said = book.said().to_vec();
        let path = folder.path().display().to_string();
        let expected = folder.expected_bytes();
        let without = book.is_first().then(|| folder.without_manifest());
        for said in said {
            self.work.note(said);
        }
        match without {
            Some((said, true)) => self.work.mention(said),
            Some((said, false)) => self.work.note(said),
            None => {}
        }
        let pass = Pass::begin(book, files, sums, &Moment::now);
        // The passes that are due share the period, one after the other.
        let pace = Pace::new(self.work.pass.bytes_expected, self.work.settings.period);
        let (mib, mib_per_s) = (expected >> 20, pace.rate() >> 20);
        let begins = if goes_on { "goes on reading" } else { "reads" };
        self.log_line(|| tracing::info!(mib, mib_per_s, "{begins} back what is below {path}"));
        let end = self.steps(pass, pace);
        let (files, mib) = (self.work.pass.files, self.work.pass.bytes >> 20);
        self.log_line(|| match end {
            End::Stopped => tracing::info!("the pass over {path} stops, and goes on later"),
            _ => tracing::info!(files, mib, "the pass over {path} is over"),
        });
        end
    }

    /// Who watches sees it anyway.
    fn log_line(&self, log: impl FnOnce()) {
        if self.work.notes.is_none() {
            log();
        }
    }

    fn steps(&mut self, mut pass: Pass<'_>, mut pace: Pace) -> End {
        let mut watch = Watch::new(self.work.root.clone());
        let began = Instant::now();
        let before = self.work.pass;
        let first = before.bytes.saturating_add(pass.progress().bytes);
        let mut told = Instant::now();
        // Nobody knows yet whether this is a good moment.
        self.nap(&mut pass, &mut watch, &mut pace, SHORTEST_NAP);
        loop {
            if self.work.control.is_stopped() {
                pass.flush();
                self.look(&mut pass);
                return End::Stopped;
            }
            let step_began = Instant::now();
            let step = pass.step();
            self.log(&mut pass);
            let took = step_began.elapsed();
            match step {
                Step::Read { bytes } => pace.read(bytes, took),
                Step::Looked => pace.looked(took),
                Step::Gone => {
                    self.look(&mut pass);
                    return self.gone();
                }
                Step::TakenOff => {
                    self.look(&mut pass);
                    self.log_line(|| tracing::info!("its filesystem was taken off"));
                    return End::Stopped;
                }
                Step::Done { is_kept } => {
                    self.add(before, pass.progress());
                    self.look(&mut pass);
                    if let Some(folder) = self.work.folders.get_mut(self.at) {
                        folder.ended(is_kept, Moment::now());
                    }
                    return match is_kept {
                        true => End::Whole,
                        false => End::NotKept,
                    };
                }
            }
            self.add(before, pass.progress());
            if self.work.control.hurries() {
                if told.elapsed() >= TELL {
                    told = Instant::now();
                    let done = self.work.pass.bytes.saturating_sub(first);
                    self.work.pass.remaining_s = self.left_s(done, began.elapsed());
                    self.look(&mut pass);
                    self.work.tell(Moment::now());
                }
            } else if let Some(nap) = pace.nap() {
                let pass_now = &self.work.pass;
                let left = pass_now.bytes_expected.saturating_sub(pass_now.bytes);
                let is_known = pass_now.bytes_expected > 0;
                self.work.pass.remaining_s = is_known.then(|| pace.remaining_s(left));
                self.look(&mut pass);
                self.work.look_after_the_canary();
                self.work.tell(Moment::now());
                self.nap(&mut pass, &mut watch, &mut pace, nap);
            }
        }
    }

    /// The device is gone: it is tried again later.
    fn gone(&mut self) -> End {
        let Some(folder) = self.work.folders.get_mut(self.at) else {
            return no_folder();
        };
        let path = folder.path().display();
        let why = format!(
            "the pass over {path} stops: its device is gone or gives nothing but errors; look at \
             its plug and its supply"
        );
        if folder.failed(&why, Moment::now()) {
            self.work.note(format!("{why}; it is tried again"));
        }
        End::Failed(why)
    }

    /// How long the rest takes at the speed so far; none before that shows.
    fn left_s(&self, done: u64, took: Duration) -> Option<u64> {
        let pass = &self.work.pass;
        if pass.bytes_expected == 0 {
            return None;
        }
        let left = u128::from(pass.bytes_expected.saturating_sub(pass.bytes));
        let ms = (left * took.as_millis()).checked_div(u128::from(done))?;
        u64::try_from(ms / 1000).ok()
    }

    /// Naps, and rests on as long as this is no good moment.
    fn nap(&mut self, pass: &mut Pass<'_>, watch: &mut Watch, pace: &mut Pace, mut nap: Duration) {
        loop {
            let control = &self.work.control;
            if control.is_stopped() || control.hurries() {
                self.rests = None;
                return;
            }
            // Its owner may take the filesystem off meanwhile: a pass goes on for days.
            pass.let_go();
            watch.nap_begins();
            let slept = control.rest(nap);
            let signs = watch.nap_ends(slept);
            let rests = pace.napped(slept, &signs);
            if rests != self.rests {
                match rests {
                    Some(why) => {
                        tracing::info!("the pass rests: {}", why.words());
                        // The battery may be empty before it ends.
                        if why == Why::OnBattery {
                            pass.flush();
                        }
                    }
                    None => tracing::info!("the pass goes on"),
                }
                self.rests = rests;
                self.work.tell(Moment::now());
            }
            if rests.is_none() {
                return;
            }
            self.work.look_after_the_canary();
            nap = REST;
        }
    }

    /// Takes over what the pass knows.
    fn look(&mut self, pass: &mut Pass<'_>) {
        if let Some(folder) = self.work.folders.get_mut(self.at) {
            folder.known.clone_from(pass.known());
        }
    }

    /// What the pass has done, on top of what passes over other folders had before it.
    fn add(&mut self, before: super::Pass, progress: &Progress) {
        self.work.pass = super::Pass {
            remaining_s: self.work.pass.remaining_s,
            ..before.and(progress)
        };
    }

    /// What there is to say goes to the log.
    fn log(&mut self, pass: &mut Pass<'_>) {
        for said in pass.take_said() {
            self.work.note(said);
        }
        // Who watches sees them at the end.
        let logs = self.work.notes.is_none();
        for finding in pass.take_found().into_iter().filter(|_| logs) {
            let Finding {
                path, block, kind, ..
            } = &finding;
            match finding.state {
                FindingState::Open => tracing::warn!(
                    "{path} does not read as it was written: {kind}, from block {block} on"
                ),
                state => tracing::info!("{path}: what was found there is over: {}", state.name()),
            }
        }
    }
}

/// What was not looked at was not read whole.
fn no_folder() -> End {
    End::Failed(
        "cannot read files back: a folder of the list is not in it: this is a bug".to_owned(),
    )
}
