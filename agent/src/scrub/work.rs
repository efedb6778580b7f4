//! The thread that reads files back: waits until a pass over a folder is due, makes it at its pace,
//! and says how it stands.
//!
//! | file | one idea |
//! |---|---|
//! | `folder` | one folder, its manifests and its disk |
//! | `due` | when its next pass is due |
//! | `round` | a pass over it, paced |
//! | `control` | what others want of the thread |
//! | `thread` | the thread in a process that does other things as well |

pub mod control;
pub mod due;
pub mod folder;
pub mod round;
pub mod thread;

use super::canary::Keeper;
use super::files::left_out::{LeftOut, swap_files};
use super::files::system::System;
use super::packages::contents::Contents;
use super::packages::index::{Index, Unavailable};
use super::standing::{PackageContent, Pass, Standing};
use super::sums::Sums;
use super::{place, places};
use crate::clock::Moment;
use crate::device::priority;
use crate::identity;
use crate::parts::Named;
use crate::root::Root;
use crate::settings::scrub::Scrub;
use control::Control;
use folder::Folder;
use round::{End, Round};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether a pass is due. What the scrub says is not older than that.
const LOOK: Duration = Duration::from_secs(60);

/// Most notes that are kept for who watches.
const MAX_NOTES: usize = 32;

/// What is told of the scrub; none where no file is read back.
pub type Told = Option<Arc<Standing>>;

/// The work of the thread.
pub struct Work {
    root: Arc<Root>,
    settings: Scrub,
    state: PathBuf,
    control: Arc<Control>,
    told: watch::Sender<Told>,
    folders: Vec<Folder>,
    pass: Pass,
    packages: Arc<[PackageContent]>,
    /// The canary of the disk on which the manifests lie, and that disk.
    canary: Option<(Named, Keeper)>,
    /// Where somebody watches, what there is to say; else it goes to the log.
    notes: Option<Vec<String>>,
}

impl Work {
    /// The work for these settings, with its manifests in a folder that is there and locked.
    pub fn new(
        root: Arc<Root>,
        settings: Scrub,
        state: PathBuf,
        control: Arc<Control>,
        told: watch::Sender<Told>,
    ) -> Work {
        let pass = Pass {
            period_s: settings.period.as_secs(),
            ..Pass::default()
        };
        Work {
            root,
            settings,
            state,
            control,
            told,
            folders: Vec::new(),
            pass,
            packages: Arc::default(),
            canary: None,
            notes: None,
        }
    }

    /// Makes passes as they are due until it is stopped.
    pub fn run(mut self) {
        give_way();
        self.find_the_canary();
        let mut complaints = Vec::new();
        let mut has_begun = false;
        while !self.control.is_stopped() {
            let now = Moment::now();
            self.look_after_the_canary();
            let failed = self.open_folders(now);
            if failed != complaints {
                for why in &failed {
                    self.note(format!("{why}; it is tried again"));
                }
                complaints = failed;
            }
            if !std::mem::replace(&mut has_begun, true) {
                self.remember();
                let index = self.index();
                self.count_packages(index.as_ref());
            }
            let hurries = self.control.hurries();
            let due = self.due(now, hurries);
            if due.is_empty() && !hurries {
                self.tell(now);
                self.control.rest(LOOK);
                continue;
            }
            let ends = self.pass_over(&due);
            if hurries && !self.control.is_stopped() {
                let is_whole = complaints.is_empty() && ends.iter().all(|end| *end == End::Whole);
                self.control.served(is_whole);
            }
        }
    }

    /// Until this process makes a pass, the last one is that of an earlier process.
    fn remember(&mut self) {
        let last = self
            .folders
            .iter()
            .filter_map(|folder| folder.known.progress);
        self.pass = last.fold(self.pass, |pass, last| pass.and(&last));
    }

    /// Makes one pass over all folders without waiting. Gives how it ended for each, why a folder
    /// could not be looked at among them, and what there is to say.
    pub fn once(mut self) -> (Vec<End>, Vec<String>) {
        give_way();
        self.notes = Some(Vec::new());
        self.find_the_canary();
        self.look_after_the_canary();
        self.control.hurry();
        let failed = self.open_folders(Moment::now());
        let due = self.due(Moment::now(), true);
        let mut ends = self.pass_over(&due);
        ends.extend(failed.into_iter().map(End::Failed));
        (ends, self.notes.unwrap_or_default())
    }

    /// The folders of which a pass is due, by their places in the list.
    fn due(&self, now: Moment, hurries: bool) -> Vec<usize> {
        let is_due = |folder: &Folder| hurries || folder.is_due(now, self.pass.period_s);
        let folders = self.folders.iter().enumerate();
        let due = folders.filter(|(_, folder)| is_due(folder));
        due.map(|(at, _)| at).collect()
    }

    /// Something is not as it should be.
    fn note(&mut self, said: String) {
        match &mut self.notes {
            Some(notes) => keep(notes, said),
            None => tracing::warn!("{said}"),
        }
    }

    /// Something is as it is to be expected, and good to know.
    fn mention(&mut self, said: String) {
        match &mut self.notes {
            Some(notes) => keep(notes, said),
            None => tracing::info!("{said}"),
        }
    }

    /// Opens the folders that are not open yet, as of a disk that was not plugged in or another one;
    /// gives why one cannot be.
    fn open_folders(&mut self, now: Moment) -> Vec<String> {
        self.folders.retain(Folder::is_the_same);
        let mut failed = Vec::new();
        for path in self.settings.paths.clone() {
            if self.folders.iter().any(|folder| folder.path() == path) {
                continue;
            }
            match self.open_folder(&path, now) {
                Ok(folder) => self.folders.push(folder),
                Err(why) => failed.push(why),
            }
        }
        failed
    }

    /// Opens a folder. What is known to be wrong in it is told with the package that it came in, for
    /// which dpkg's lists are read; else that waits until a pass is due.
    fn open_folder(&mut self, path: &Path, now: Moment) -> Result<Folder, String> {
        let folder = Folder::open(&self.root, path, &self.state, now, None)?;
        if folder.known.findings.is_empty() {
            return Ok(folder);
        }
        let index = self.index();
        let sums = index.as_ref().map(|index| -> &dyn Sums { index });
        Folder::open(&self.root, path, &self.state, now, sums)
    }

    fn pass_over(&mut self, due: &[usize]) -> Vec<End> {
        let index = self.index();
        let left_out = self.left_out();
        let folders = due.iter().filter_map(|at| self.folders.get(*at));
        self.pass = Pass {
            running: true,
            bytes_expected: folders.map(Folder::expected_bytes).sum(),
            period_s: self.pass.period_s,
            ..Pass::default()
        };
        let mut ends = Vec::new();
        for at in due {
            if self.control.is_stopped() {
                ends.push(End::Stopped);
                break;
            }
            let end = Round {
                work: self,
                at: *at,
                rests: None,
                sums: index.as_ref(),
            }
            .make(left_out.clone());
            ends.push(end);
        }
        self.pass.running = false;
        if ends.contains(&End::Whole) {
            self.count_packages(index.as_ref());
        }
        self.tell(Moment::now());
        ends
    }

    /// What is left out: what is on any machine, the scrub's own folder, and what the owner names.
    fn left_out(&mut self) -> LeftOut {
        let mut left_out = LeftOut::of_any_machine();
        match swap_files(&self.root) {
            Ok(files) => files.iter().for_each(|file| left_out.and(file)),
            Err(why) => self.note(format!(
                "swap files are read back, and may be accused of what the kernel writes to them: \
                 /proc/swaps: {}",
                why.desc()
            )),
        }
        // The scrub itself writes its own folder, and guards it by sums of its own.
        left_out.and(&self.state);
        let exclude = self.settings.exclude.iter();
        exclude.for_each(|path| left_out.and(path));
        left_out
    }

    /// The sums of the packages; none where there is no dpkg.
    fn index(&mut self) -> Option<Index> {
        match Index::load(self.root.clone(), &self.settings.paths) {
            Ok(index) => {
                let left_out = index.left_out();
                if left_out > 0 {
                    self.note(format!(
                        "there are too many packages: {left_out} of them or of their files are \
                         compared with the manifest alone"
                    ));
                }
                Some(index)
            }
            Err(Unavailable::NoDpkg) => None,
            Err(why) => {
                let what = "files are not compared with the sums of their packages";
                self.note(format!("{what}: {why}"));
                None
            }
        }
    }

    /// What the files of each package read as, as of the manifests that are whole.
    fn count_packages(&mut self, index: Option<&Index>) {
        let Some(index) = index else {
            self.packages = Arc::default();
            return;
        };
        let mut contents = Contents::new(index);
        for folder in &self.folders {
            folder.add_to(&mut contents);
        }
        self.packages = contents.finish().into();
    }

    /// The canary of the disk on which the manifests lie.
    fn find_the_canary(&mut self) {
        let opened = File::open(&self.state).map_err(|error| error.to_string());
        let system = opened
            .and_then(|opened| System::of(&opened).map_err(|errno| errno.desc().to_owned()))
            .and_then(|system| Ok((system, identity::boot(&self.root)?)));
        match system {
            Ok((system, boot)) => {
                let part = place::of(&self.root, system.device, &self.state);
                self.canary = Some((part, Keeper::new(&self.state, boot)));
            }
            Err(why) => self.note(format!(
                "nobody looks whether {} keeps what is written: {why}",
                self.state.display()
            )),
        }
    }

    fn look_after_the_canary(&mut self) {
        let now = Moment::now();
        let Some((_, keeper)) = &mut self.canary else {
            return;
        };
        if !keeper.is_due(now.uptime_ms) {
            return;
        }
        match identity::entropy() {
            Ok(entropy) => {
                keeper.look(now, entropy);
            }
            Err(why) => {
                keeper.put_off(now);
                self.note(format!(
                    "nobody looks whether {} keeps what is written: {why}; it is tried again \
                     within the hour",
                    self.state.display()
                ));
            }
        }
    }

    /// Says how it stands.
    fn tell(&mut self, now: Moment) {
        let ages: Option<Vec<u64>> = self
            .folders
            .iter()
            .map(|folder| folder.age_s(now))
            .collect();
        // A folder that was never read whole makes the scrub one that has not ended a pass yet.
        // So does one that is named and cannot be opened.
        let is_open = |path: &PathBuf| self.folders.iter().any(|folder| folder.path() == path);
        let is_all_open = self.settings.paths.iter().all(is_open);
        let ages = ages.filter(|_| is_all_open);
        self.pass.age_s = ages.and_then(|ages| ages.into_iter().max());
        let place = |folder: &Folder| folder.known.place(folder.part.clone());
        let canary = self.canary.as_ref();
        let canary = canary.and_then(|(part, keeper)| Some((part.clone(), keeper.told()?)));
        let standing = Standing {
            pass: self.pass,
            places: places::by_part(self.folders.iter().map(place).collect()),
            canary,
            packages: self.packages.clone(),
        };
        self.told.send_replace(Some(Arc::new(standing)));
    }
}

fn keep(notes: &mut Vec<String>, said: String) {
    if notes.len() < MAX_NOTES {
        notes.push(said);
    }
}

/// Disks that are wanted by others are left to them.
fn give_way() {
    if let Err(errno) = priority::idle() {
        tracing::debug!("files are read at the usual priority: {}", errno.desc());
    }
}
