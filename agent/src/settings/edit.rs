//! The two lines of a settings file that joining writes; all else stays as the owner wrote it.

use super::scrub::Scrub;
use super::{Settings, SettingsError, written};
use crate::opened;
use crate::replace::Rights;
use nix::unistd::Uid;
use serde::Deserialize;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use written::Written;

/// The first line of a file that was not there.
const NEW_FILE: &str =
    "# What this node's agent does; `picket-agent --help` lists the keys, `check` explains.\n";

/// A settings file as it will be, checked and not yet written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file; a link is followed, so that what it leads to is replaced and not the link.
    pub path: PathBuf,
    /// Its new text.
    pub text: String,
    /// What it has now, or what a new one gets.
    pub rights: Rights,
}

/// A settings file as it is.
struct Now {
    path: PathBuf,
    text: String,
    rights: Rights,
}

impl Now {
    /// Reads the file; none if it is not there. Root reads only what is root's: in a folder that
    /// others may write into, a link could lead to any file, and their file would say what they
    /// want. What is root's there stays, because such a folder is sticky.
    fn of(path: &Path) -> Result<Option<Now>, SettingsError> {
        let unreadable = |error| SettingsError::Unreadable {
            path: path.to_owned(),
            error,
        };
        let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let real = match fs::symlink_metadata(path).and_then(|now| Ok((now, path.canonicalize()?)))
        {
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
            Ok((now, real)) => {
                refuse_others(path, now.uid())?;
                real
            }
        };
        let file = opened::open_no_link(&real).map_err(unreadable)?;
        let now = file.metadata().map_err(unreadable)?;
        refuse_others(&real, now.uid())?;
        let text = written::text_of(file, &real)?;
        let is_root = Uid::effective().is_root();
        Ok(Some(Now {
            path: real,
            text,
            rights: Rights {
                mode: now.mode() & 0o777,
                owner: is_root.then_some((now.uid(), now.gid())),
            },
        }))
    }
}

fn refuse_others(path: &Path, user: u32) -> Result<(), SettingsError> {
    if !Uid::effective().is_root() || user == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(SettingsError::Value {
        origin: shown.to_string(),
        message: format!(
            "belongs to user {user}, and root edits only what is root's: type `sudo rm {shown}` \
             if you do not know it, or `sudo chown -h root: {shown}` if it is yours"
        ),
    })
}

/// Where the values stand that joining writes.
#[derive(Deserialize)]
struct Places {
    hub: Option<Spanned<String>>,
    node: Option<Spanned<String>>,
    allow_plain: Option<Spanned<bool>>,
}

impl Edit {
    /// Names `hub` in the settings file, and `node` if it is told, and takes out `allow_plain`,
    /// which TLS needs not. A file that is not there begins anew.
    ///
    /// # Errors
    /// The file is no settings file, cannot be read, or is another user's and root asks.
    pub fn of(path: &Path, hub: &str, node: Option<&str>) -> Result<Edit, SettingsError> {
        let now = Now::of(path)?.unwrap_or_else(|| Now {
            path: path.to_owned(),
            text: NEW_FILE.to_owned(),
            rights: Rights {
                mode: 0o644,
                owner: None,
            },
        });
        let Now {
            path,
            text: old,
            rights,
        } = now;
        let before = written::parse(&old, &path)?;
        let text = edited(&old, hub, node);
        let after = written::parse(&text, &path)?;
        verify(&before, &after, hub, node, &path)?;
        Ok(Edit { path, text, rights })
    }
}

/// The name that a settings file gives its node; none if there is no such file or no name in it.
///
/// # Errors
/// As [`Edit::of`].
pub fn named(path: &Path) -> Result<Option<String>, SettingsError> {
    let Some(now) = Now::of(path)? else {
        return Ok(None);
    };
    let written = written::parse(&now.text, &now.path)?;
    Ok(written.node.map(|node| node.value))
}

fn edited(old: &str, hub: &str, node: Option<&str>) -> String {
    // It was read a moment ago; if that fails now, the verification says so.
    let places: Places = toml::from_str(old).unwrap_or(Places {
        hub: None,
        node: None,
        allow_plain: None,
    });
    let mut text = old.to_owned();
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut missing = String::new();
    let wanted = [("hub", places.hub, Some(hub)), ("node", places.node, node)];
    for (key, place, value) in wanted {
        // Neither an address nor an id holds what TOML would want escaped.
        match (place, value) {
            (_, None) => {}
            (Some(place), Some(value)) => changes.push((place.span(), format!("\"{value}\""))),
            (None, Some(value)) => missing.push_str(&format!("{key} = \"{value}\"\n")),
        }
    }
    if let Some(place) = places.allow_plain {
        changes.push((whole_line(old, place.span()), String::new()));
    }
    changes.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    for (place, value) in changes {
        text.replace_range(place, &value);
    }
    let end = first_table(&text);
    if !missing.is_empty() && end > 0 && !text[..end].ends_with('\n') {
        missing.insert(0, '\n');
    }
    text.insert_str(end, &missing);
    text
}

/// Where the first table begins, or the text ends: what stands behind that is not of the file
/// itself.
fn first_table(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            return at;
        }
        at += line.len();
    }
    at
}

/// A key and its value stand on a line of their own.
fn whole_line(text: &str, value: Range<usize>) -> Range<usize> {
    let start = text[..value.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[value.end..].find('\n');
    start..end.map_or(text.len(), |at| value.end + at + 1)
}

/// What was not to be changed is what it was, and what was to be is.
fn verify(
    before: &Written,
    after: &Written,
    hub: &str,
    node: Option<&str>,
    path: &Path,
) -> Result<(), SettingsError> {
    let values = |written: &Written| {
        let text = |said: &Option<written::Said<String>>| said.as_ref().map(|s| s.value.clone());
        (
            text(&written.hub),
            text(&written.node),
            text(&written.every),
            written.sd_health_cards.as_ref().map(|cards| {
                let cards = cards.iter().map(|card| card.value.clone());
                cards.collect::<Vec<String>>()
            }),
            Scrub::meant(written.scrub.clone()).ok(),
        )
    };
    let (_, old_node, every, cards, scrub) = values(before);
    let expected = (
        Some(hub.to_owned()),
        node.map(str::to_owned).or(old_node),
        every,
        cards,
        scrub,
    );
    let meant = Settings::meant(after.clone(), Some(path.to_owned()));
    if values(after) != expected || after.allow_plain.is_some() {
        return Err(SettingsError::Value {
            origin: path.display().to_string(),
            message: format!("cannot be edited: write `hub = \"{hub}\"` into it by hand"),
        });
    }
    meant.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fifo, in_time};
    use picket_testing::needs_root;
    use std::os::unix::fs::{chown, lchown, symlink};

    const HUB: &str = "mqtts://192.0.2.10:8883";

    fn edit(old: Option<&str>, node: Option<&str>) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        if let Some(old) = old {
            fs::write(&path, old).unwrap();
        }
        let edit = Edit::of(&path, HUB, node).map_err(|error| error.to_string());
        edit.map(|edit| edit.text)
    }

    #[test]
    fn what_is_new_stands_before_the_first_table() {
        let table = "[sd_health]\ncards = [\n  \"035344534431364780aabbccdd014a00\",\n]\n";
        let edited = |old: &str| edit(Some(old), Some("a")).unwrap();
        let hub = format!("hub = \"{HUB}\"\nnode = \"a\"\n");
        assert_eq!(edited(table), format!("{hub}{table}"));
        let old = format!("every = \"1s\"\n{table}");
        assert_eq!(edited(&old), format!("every = \"1s\"\n{hub}{table}"));
        assert_eq!(edited("every = \"1s\""), format!("every = \"1s\"\n{hub}"));
    }

    #[test]
    fn only_what_joining_decides_is_changed_and_comments_stay() {
        for (old, node, new) in [
            (
                "# mine\nhub = \"mqtt://192.0.2.1\" # old\nallow_plain = true\nevery = \"1min\"\n",
                None,
                "# mine\nhub = \"mqtts://192.0.2.10:8883\" # old\nevery = \"1min\"\n",
            ),
            (
                "node = 'a'\n  hub= \"\"\"mqtt://localhost\"\"\"\nallow_plain = false # no",
                Some("b"),
                "node = \"b\"\n  hub= \"mqtts://192.0.2.10:8883\"\n",
            ),
            (
                "# hub = \"x\"\r\nevery = \"5s\"",
                Some("b"),
                "# hub = \"x\"\r\nevery = \"5s\"\nhub = \"mqtts://192.0.2.10:8883\"\nnode = \"b\"\n",
            ),
            (
                "node = \"a\"\n",
                None,
                "node = \"a\"\nhub = \"mqtts://192.0.2.10:8883\"\n",
            ),
            (
                "every = \"\"\"\n1min\"\"\"\n\"hub\" = \"mqtt://h\"\n",
                None,
                "every = \"\"\"\n1min\"\"\"\n\"hub\" = \"mqtts://192.0.2.10:8883\"\n",
            ),
        ] {
            assert_eq!(edit(Some(old), node).as_deref(), Ok(new), "{old:?}");
        }
        let new = edit(None, None).unwrap();
        assert!(new.starts_with("# ") && new.ends_with("hub = \"mqtts://192.0.2.10:8883\"\n"));
    }

    #[test]
    fn what_is_no_settings_file_is_not_touched() {
        let error = edit(Some("hub = \"mqtt://h\"\nevry = \"10s\"\n"), None).unwrap_err();
        assert!(error.contains(":2: unknown key \"evry\""), "{error}");
        assert!(edit(Some("hub = "), None).is_err());
        let error = edit(Some("every = \"10\"\n"), None).unwrap_err();
        assert!(error.contains("has no unit"), "{error}");
    }

    #[test]
    fn a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.toml"), dir.path().join("agent.toml"));
        fs::write(&real, "").unwrap();
        symlink("real.toml", &link).unwrap();
        let edit = Edit::of(&link, HUB, None).unwrap();
        assert_eq!(edit.path, real.canonicalize().unwrap());
    }

    #[test]
    fn a_fifo_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fifo(&path);
        let why = in_time(move || {
            let read = written::read(&path).unwrap_err().to_string();
            let named = named(&path).unwrap_err().to_string();
            [
                read,
                named,
                Edit::of(&path, HUB, None).unwrap_err().to_string(),
            ]
        });
        for why in why {
            assert!(why.contains("not a regular file"), "{why}");
        }
    }

    #[test]
    fn root_edits_no_file_and_follows_no_link_of_another_user() {
        if needs_root("root_edits_no_file_and_follows_no_link_of_another_user") {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let [real, link] = ["real.toml", "agent.toml"].map(|name| dir.path().join(name));
        fs::write(&real, "").unwrap();
        symlink(&real, &link).unwrap();
        let refused = |path: &Path| {
            let why = Edit::of(path, HUB, None).unwrap_err().to_string();
            assert!(named(path).is_err());
            assert!(
                why.contains("user 4242") && why.contains("sudo rm"),
                "{why}"
            );
        };
        lchown(&link, Some(4242), Some(4242)).unwrap();
        refused(&link);
        assert_eq!(
            Edit::of(&real, HUB, None).unwrap().rights.owner,
            Some((0, 0))
        );
        lchown(&link, Some(0), Some(0)).unwrap();
        chown(&real, Some(4242), Some(4242)).unwrap();
        refused(&link);
        refused(&real);
    }
}
