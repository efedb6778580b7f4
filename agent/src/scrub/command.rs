//! What `picket-agent scrub` does with its options, and its exit status.

use super::finding::Finding;
use super::manifest::make_folder;
use super::now::{self, NOW, Report, show};
use super::rounds::{self, Setup};
use super::unwatched::Unwatched;
use crate::cli::ScrubOptions;
use crate::probe::sd_health::SdHealth;
use crate::root::Root;
use crate::settings::scrub::Scrub;
use crate::settings::{SettingsError, WithRights};
use nix::unistd::Uid;
use std::path::{Path, PathBuf};

/// Everything was read back, and nothing was found.
pub const CLEAN: u8 = 0;
/// Some file does not read as it was written.
pub const FOUND: u8 = 1;
/// The command line or the settings are wrong.
pub const WRONG: u8 = 2;
/// Not everything could be read back, or nothing.
pub const FAILED: u8 = 3;
/// It was stopped before the end, and nothing was found until then.
pub const STOPPED: u8 = 4;

/// Where the service keeps its manifests.
const SERVICE_STATE: &str = "/var/lib/picket-scrub";

/// What ends the program: its exit status and one line.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(pub u8, pub String);

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Failure(WRONG, error.to_string())
    }
}

/// Runs the process that has rights, until it is ended.
///
/// # Errors
/// One line: what is wrong, and what to do.
pub fn serve(options: ScrubOptions, root: Root) -> Result<(), Failure> {
    let no_dir = || {
        Failure(
            WRONG,
            "where is the agent? Give --runtime-dir DIR".to_owned(),
        )
    };
    let agent_dir = options
        .runtime_dir
        .or_else(super::default_dir)
        .ok_or_else(no_dir)?;
    let settings = match (&options.settings, root.is_moved()) {
        // The settings of this machine name none of another's cards and files.
        (None, true) => Err(Unwatched::OtherMachine),
        (file, _) => WithRights::load(file.as_deref()).map_err(Unwatched::SettingsWrong),
    };
    // A slip in a file that is mostly the agent's must not end everything else that the scrub does:
    // then no card is allowed, and no file is read back.
    let (cards, files) = match settings {
        Ok(settings) => (settings.sd_health_cards, Ok(settings.scrub)),
        Err(why) => (WithRights::default().sd_health_cards, Err(why)),
    };
    let state = options.state_dir.or_else(|| variable("STATE_DIRECTORY"));
    let sd_health = SdHealth::new(cards, state.clone());
    let setup = Setup {
        root,
        own_dir: variable("RUNTIME_DIRECTORY").unwrap_or_else(|| agent_dir.clone()),
        agent_dir,
        sd_health,
        files: files.and_then(|files| with_state(files, state)),
    };
    // A service that fails is started again.
    rounds::run(setup).map_err(|why| Failure(1, why))
}

/// Reads everything back now; gives the exit status and what there is to print.
///
/// # Errors
/// One line: what is wrong, and what to do.
pub fn once(options: ScrubOptions, root: Root) -> Result<(u8, String), Failure> {
    let settings = WithRights::load(options.settings.as_deref())?;
    let of_the_service = || {
        Uid::effective()
            .is_root()
            .then(|| PathBuf::from(SERVICE_STATE))
    };
    let state = options.state_dir.or_else(|| variable("STATE_DIRECTORY"));
    let state = state.or_else(of_the_service).ok_or_else(|| {
        let why = "where is it to remember what files read as? Run it by sudo, or give --state-dir \
                   DIR, a folder of your own";
        Failure(WRONG, why.to_owned())
    })?;
    let own_dir = options.runtime_dir.as_deref();
    let socket = own_dir.unwrap_or(Path::new(now::SERVICE_DIR)).join(NOW);
    let report = now::run(root, settings.scrub, &state, &socket);
    let report = report.map_err(|why| Failure(FAILED, why))?;
    Ok((status(&report), text(&report)))
}

fn status(report: &Report) -> u8 {
    let mut findings = report.findings.iter();
    if findings.any(Finding::is_open) {
        return FOUND;
    }
    match report {
        Report {
            was_stopped: true, ..
        } => STOPPED,
        Report {
            is_whole: false, ..
        } => FAILED,
        _ => CLEAN,
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    for note in &report.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&show::summary(&report.pass, &report.findings, report.took));
    match report {
        Report {
            was_stopped: true, ..
        } => text.push_str("stopped before the end: the next pass goes on from here\n"),
        Report {
            is_whole: false, ..
        } => text.push_str("not everything could be read back, or remembered: see above\n"),
        _ => {}
    }
    text
}

/// What is read back, and the folder of its manifests, which is made if it is not there; or why
/// nothing is.
fn with_state(files: Scrub, state: Option<PathBuf>) -> Result<(Scrub, PathBuf), Unwatched> {
    if !files.enabled {
        return Err(Unwatched::ByOwner);
    }
    let state = state.ok_or(Unwatched::NoState)?;
    match make_folder(&state) {
        Ok(()) => Ok((files, state)),
        Err(error) => Err(Unwatched::StateFailed(state, error)),
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::Missing;

    #[test]
    fn only_the_owner_can_wish_that_no_file_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let missing = |files: Scrub, state: Option<&Path>| {
            let why = with_state(files, state.map(Path::to_owned)).unwrap_err();
            why.missing()
        };
        let off = Scrub {
            enabled: false,
            ..Scrub::default()
        };
        assert_eq!(missing(off, Some(&state)), Missing::NotSupported);
        assert!(!state.exists());
        assert_eq!(missing(Scrub::default(), None), Missing::Denied);
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let below = file.join("state");
        assert_eq!(missing(Scrub::default(), Some(&below)), Missing::Denied);
        let (_, made) = with_state(Scrub::default(), Some(state.clone())).unwrap();
        assert!(made == state && state.is_dir());
    }
}
