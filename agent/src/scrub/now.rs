//! `picket-agent scrub --now`: everything is read back at once, and somebody watches. By this process
//! where no scrub runs, else by the one that runs.
//!
//! | file | one idea |
//! |---|---|
//! | `show` | a pass in words: a line while it runs, a summary at its end |
//! | `bar` | that line on a terminal |
//! | `words` | the lines between a scrub that runs and who asks it |
//! | `serve` | its end |
//! | `ask` | the end of who asks |

pub mod ask;
pub mod bar;
pub mod serve;
pub mod show;
pub mod words;

use super::finding::Finding;
use super::lock::{Lock, NoLock};
use super::manifest::make_folder;
use super::standing::Pass;
use super::told::located;
use super::work::control::Control;
use super::work::round::End;
use super::work::thread::{self, Ended};
use super::work::{Told, Work};
use crate::root::Root;
use crate::settings::scrub::Scrub;
use bar::Bar;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// The socket at which a scrub that runs is asked, in its own runtime folder.
pub const NOW: &str = "now.sock";
/// That folder where the service runs.
pub const SERVICE_DIR: &str = "/run/picket/scrub";
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(200);

/// How it went.
#[derive(Debug)]
pub struct Report {
    /// The pass at its end.
    pub pass: Pass,
    /// What is open, and what is lately over.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
    /// Whether every file of every folder was passed, and is known from now on.
    pub is_whole: bool,
    /// Whether somebody ended it before.
    pub was_stopped: bool,
    /// What there is to say besides.
    pub notes: Vec<String>,
}

/// Reads everything back at once, here or there. `state` is the folder of the manifests, which is
/// made if it is not there, and `socket` where a scrub is asked that has it.
///
/// # Errors
/// One line: what failed, and what to do.
pub fn run(root: Root, settings: Scrub, state: &Path, socket: &Path) -> Result<Report, String> {
    let failed = |error: &dyn std::fmt::Display| {
        let state = state.display();
        format!("{state}: {error}. Run it by sudo, or name a folder of your own by --state-dir")
    };
    make_folder(state).map_err(|error| failed(&error))?;
    match Lock::take(state) {
        Ok(lock) => here(root, settings, state, lock),
        Err(NoLock::Failed(error)) => Err(failed(&error)),
        Err(NoLock::Held { by }) => {
            ask::ask(socket).map_err(|why| format!("{by} scrubs, and {why}"))
        }
    }
}

/// By this process. Ctrl-C ends it after the segment in hand.
fn here(root: Root, settings: Scrub, state: &Path, lock: Lock) -> Result<Report, String> {
    let failed = |error: std::io::Error| format!("cannot begin: {error}");
    let control = Arc::new(Control::default());
    let (say, told) = watch::channel(None);
    let work = Work::new(
        Arc::new(root),
        settings,
        state.to_owned(),
        control.clone(),
        say,
    );
    let began = Instant::now();
    let ended = thread::once(work, lock).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let watched = runtime
        .block_on(watch(&control, &told, ended))
        .map_err(failed)?;
    let Some((ends, mut notes)) = watched else {
        return Err("the thread that reads ended: this is a bug".to_owned());
    };
    let standing = told.borrow().clone().unwrap_or_default();
    notes.extend(ends.iter().filter_map(|end| match end {
        End::Failed(why) => Some(why.clone()),
        End::Whole | End::NotKept | End::Stopped => None,
    }));
    Ok(Report {
        pass: standing.pass,
        findings: located(&standing)
            .into_iter()
            .map(|one| one.finding)
            .collect(),
        took: began.elapsed(),
        is_whole: ends.iter().all(|end| *end == End::Whole),
        was_stopped: ends.contains(&End::Stopped),
        notes,
    })
}

/// Shows how far it is until it is over.
async fn watch(
    control: &Control,
    told: &watch::Receiver<Told>,
    mut ended: oneshot::Receiver<Ended>,
) -> std::io::Result<Option<Ended>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut bar = Bar::new();
    loop {
        tokio::select! {
            over = &mut ended => {
                bar.wipe();
                return Ok(over.ok());
            }
            _ = interrupt.recv() => control.stop(),
            _ = terminate.recv() => control.stop(),
            () = tokio::time::sleep(LOOK) => {
                if let Some(standing) = told.borrow().as_deref() {
                    bar.show(|| show::line(&standing.pass));
                }
            }
        }
    }
}
