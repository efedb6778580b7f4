//! Devices of a class of sysfs, found by what they say they are. Their numbers change at each boot.

use super::Measured;
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Quantity};

/// Most devices of one class that are asked for their name.
pub(super) const MAX_MEMBERS: usize = 64;

/// A device of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its folder.
    pub path: String,
    /// What it says it is.
    pub name: String,
}

/// What a class has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Members {
    /// Those that say what they are, in the order of their folders.
    pub named: Vec<Member>,
    /// Why another one could not be asked. It could have been the one that is looked for.
    pub unread: Option<Missing>,
}

impl Members {
    /// Why a thing that is not among them is missing.
    pub(super) fn why_not(&self) -> Missing {
        self.unread.unwrap_or(Missing::NotFitted)
    }
}

/// What no part answers is missing on the node; where a device could not be asked what it is, all
/// that it could have answered too.
pub(super) fn unanswered(
    quantities: &[Quantity],
    measured: &[Measured],
    unread: Option<Missing>,
) -> Vec<Measured> {
    let why = unread.unwrap_or(Missing::NotFitted);
    let answered = |quantity| measured.iter().any(|m| m.quantity == quantity);
    let missing = quantities.iter().copied();
    let missing = missing.filter(|&quantity| unread.is_some() || !answered(quantity));
    missing
        .map(|quantity| Measured::of_node(quantity, Err(why)))
        .collect()
}

/// The devices of a class whose folders begin with `prefix`, by the name in their `file`.
///
/// # Errors
/// *Not supported* if the kernel has no such class; else why it cannot be listed.
pub(super) fn members(
    root: &Root,
    class: &str,
    prefix: &str,
    file: &str,
) -> Result<Members, Missing> {
    let mut members = Members {
        named: Vec::new(),
        unread: None,
    };
    let entries = entries(root, class)?;
    let entries = entries.iter().filter(|entry| entry.starts_with(prefix));
    for entry in entries.take(MAX_MEMBERS) {
        let path = format!("{class}/{entry}");
        match named(root, &format!("{path}/{file}")) {
            Ok(name) => members.named.push(Member { path, name }),
            // It went away after the list was read, or it is none of those that have a name.
            Err(Missing::NotFitted) => {}
            Err(why) => {
                members.unread.get_or_insert(why);
            }
        }
    }
    Ok(members)
}

fn named(root: &Root, path: &str) -> Result<String, Missing> {
    let mut source = Source::new(path);
    let name = source.read(root).map_err(reason)?.trim();
    // The kernel gives each one a name.
    match name.is_empty() {
        true => Err(Missing::Garbled),
        false => Ok(name.to_owned()),
    }
}

/// The names in the folder of a class.
///
/// # Errors
/// *Not supported* if the kernel has no such class; else why it cannot be listed.
pub(super) fn entries(root: &Root, class: &str) -> Result<Vec<String>, Missing> {
    root.list(class).map_err(|errno| match errno {
        Errno::ENOENT => Missing::NotSupported,
        other => reason(other),
    })
}

/// What a file of a device says that is there.
///
/// # Errors
/// *Not supported* if its driver has no such file, or no value in it (`ENODATA`: a channel that is
/// switched off); *timed out* if the chip does not answer on its bus (`EREMOTEIO`, `ENXIO`).
pub(super) fn attribute(root: &Root, path: &str) -> Result<String, Missing> {
    let mut source = Source::new(path);
    source
        .read(root)
        .map(str::to_owned)
        .map_err(|errno| match errno {
            Errno::ENOENT | Errno::ENODATA => Missing::NotSupported,
            Errno::EREMOTEIO | Errno::ENXIO => Missing::TimedOut,
            other => reason(other),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const CLASS: &str = "/sys/class/hwmon";

    fn hwmon(tree: &Tree) -> Result<Members, Missing> {
        members(&tree.root(), CLASS, "hwmon", "name")
    }

    #[test]
    fn devices_are_known_by_what_they_say_and_those_that_do_not_say_it_are_not_forgotten() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "ina219\n")
            .file("sys/class/hwmon/hwmon3/temp1_input", "1\n")
            .file("sys/class/hwmon/other/name", "ina219\n");
        let ina219 = Member {
            path: format!("{CLASS}/hwmon0"),
            name: "ina219".to_owned(),
        };
        let mut expected = Members {
            named: vec![ina219],
            unread: None,
        };
        assert_eq!(hwmon(&tree).as_ref(), Ok(&expected));
        assert_eq!(expected.why_not(), Missing::NotFitted);
        tree.write("sys/class/hwmon/hwmon1/name", "\n");
        expected.unread = Some(Missing::Garbled);
        assert_eq!(hwmon(&tree).as_ref(), Ok(&expected));
        assert_eq!(expected.why_not(), Missing::Garbled);
    }

    #[test]
    fn a_kernel_without_the_class_or_the_file_does_not_support_it() {
        let tree = Tree::new();
        assert_eq!(hwmon(&tree), Err(Missing::NotSupported));
        let read = |path| attribute(&tree.root(), path);
        assert_eq!(read("/sys/in1_input"), Err(Missing::NotSupported));
        tree.write("sys/in1_input", "5\n");
        assert_eq!(read("/sys/in1_input").as_deref(), Ok("5\n"));
        assert_eq!(read("/sys"), Err(Missing::Garbled));
    }
}
