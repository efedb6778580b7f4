//! The table `[scrub]`: which files are read back, and how often.

use super::SettingsError;
use super::written::{Said, ScrubTable};
use crate::duration;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Seconds of a day.
const DAY_S: u64 = 24 * 3600;
/// How often everything is read back when nothing else is said.
pub const DEFAULT_PERIOD: Duration = Duration::from_secs(7 * DAY_S);
/// The shortest period: to read without a pause keeps a disk awake and a card warm.
pub const SHORTEST_PERIOD: Duration = Duration::from_secs(3600);
/// The longest period: what is found later than that is in every backup.
pub const LONGEST_PERIOD: Duration = Duration::from_secs(90 * DAY_S);
/// Most folders that `paths` may name: each has a manifest of its own.
pub const MAX_PATHS: usize = 8;
/// Most folders and files that `exclude` may name.
pub const MAX_EXCLUDED: usize = 64;

/// What the scrub is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrub {
    /// Whether files are read back at all.
    pub enabled: bool,
    /// The folders whose files are read back, each as far as its own filesystem goes.
    pub paths: Vec<PathBuf>,
    /// How often everything is read back.
    pub period: Duration,
    /// Folders and files that are left out.
    pub exclude: Vec<PathBuf>,
}

impl Default for Scrub {
    fn default() -> Scrub {
        Scrub {
            enabled: true,
            paths: vec![PathBuf::from("/")],
            period: DEFAULT_PERIOD,
            exclude: Vec::new(),
        }
    }
}

impl Scrub {
    /// What was written, checked and with its defaults.
    pub(super) fn meant(written: ScrubTable) -> Result<Scrub, SettingsError> {
        let default = Scrub::default();
        let paths = match &written.paths {
            Some(all) => {
                all.check(|all| match all.is_empty() {
                    true => Err(
                        "names no folder; to read no file back write `enabled = false`".to_owned(),
                    ),
                    false => Ok(()),
                })?;
                folders(all, MAX_PATHS)?
            }
            None => default.paths,
        };
        Ok(Scrub {
            enabled: written.enabled.is_none_or(|enabled| enabled.value),
            paths,
            period: match written.period {
                Some(period) => period.check(|text| within_bounds(text))?,
                None => default.period,
            },
            exclude: match &written.exclude {
                Some(all) => folders(all, MAX_EXCLUDED)?,
                None => default.exclude,
            },
        })
    }
}

/// The paths of a list, each whole and none twice.
fn folders(all: &Said<Vec<Said<String>>>, most: usize) -> Result<Vec<PathBuf>, SettingsError> {
    if let Some(further) = all.value.get(most) {
        return further.check(|_| Err(format!("more than {most} paths are named")));
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for said in &all.value {
        let path = said.check(|text| whole(text))?;
        said.check(|text| match paths.contains(&path) {
            true => Err(format!("\"{text}\" is named twice")),
            false => Ok(()),
        })?;
        paths.push(path);
    }
    Ok(paths)
}

/// A path from the root on, without a way back: what it names must not depend on links or on where
/// somebody stands.
fn whole(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    let goes_back = path.components().any(|part| part == Component::ParentDir);
    match path.is_absolute() && !goes_back && !text.contains('\0') {
        // The components leave out doubled slashes and the last one.
        true => Ok(path.components().collect()),
        false => Err(format!(
            "\"{text}\" is no whole path: write it from / on and without .., such as \"/srv/data\""
        )),
    }
}

fn within_bounds(text: &str) -> Result<Duration, String> {
    let period = duration::parse(text)?;
    if !(SHORTEST_PERIOD..=LONGEST_PERIOD).contains(&period) {
        let [shortest, longest] = [SHORTEST_PERIOD, LONGEST_PERIOD].map(duration::show);
        return Err(format!(
            "\"{text}\" is out of range: from {shortest} to {longest}"
        ));
    }
    Ok(period)
}
