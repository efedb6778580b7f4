//! Whether a filesystem takes writes, as far as the kernel tells it.
//!
//! After an error ext4 may take no writes any more while its options say `rw` and nothing else: so do
//! kernels from 6.12 to 6.14, and older ones with the mends of 6.12. Where it keeps a journal this
//! happens with `errors=continue` too, because a journal that was given up ends all writing. All that
//! is seen is that it counted errors.

use super::super::mountinfo::Mount;
use crate::root::Root;
use crate::source::Source;
use picket_wire::{Missing, Value};
use std::collections::BTreeMap;

/// From this version on the options tell it (Linux, `emergency_ro` and `shutdown` in
/// fs/ext4/super.c). Some kernels before tell it too; which, their version does not say.
const TELLS: (u32, u32) = (6, 15);

/// What each ext4 has counted, by the number of its device.
#[derive(Debug, Default)]
pub(super) struct AtFirst(BTreeMap<String, Counted>);

#[derive(Clone, Copy, Debug)]
struct Counted {
    /// When it was first looked at.
    first: i64,
    /// When the count could be read last: that it cannot be now takes no error back.
    last: i64,
}

impl AtFirst {
    /// One if the filesystem takes no writes, else zero. *Not supported* of an ext4 that has counted
    /// an error since it was first looked at, where the kernel may not tell what followed.
    pub(super) fn read_only(&mut self, root: &Root, mount: &Mount, errors: Value) -> Value {
        if mount.read_only {
            return Ok(1);
        }
        if mount.kind != "ext4" {
            return Ok(0);
        }
        if let Ok(last) = errors {
            let before = self
                .0
                .get(&mount.device)
                .map_or(last, |before| before.first);
            // `e2fsck` sets it to zero.
            let first = last.min(before);
            self.0.insert(mount.device.clone(), Counted { first, last });
        }
        let counted = self.0.get(&mount.device);
        match counted.is_some_and(|counted| counted.last > counted.first) && !tells(root) {
            true => Err(Missing::NotSupported),
            false => Ok(0),
        }
    }

    /// Forgets what is not mounted any more: mounted anew it writes again.
    pub(super) fn retain(&mut self, mounted: impl Fn(&str) -> bool) {
        self.0.retain(|device, _| mounted(device));
    }
}

fn tells(root: &Root) -> bool {
    let mut release = Source::new("/proc/sys/kernel/osrelease");
    let version = release.read(root).ok().and_then(version);
    version.is_some_and(|version| version >= TELLS)
}

/// The first two numbers of a release such as `6.12.25+rpt-rpi-v8`.
fn version(release: &str) -> Option<(u32, u32)> {
    let (major, rest) = release.trim().split_once('.')?;
    let end = rest.find(|end: char| !end.is_ascii_digit());
    let minor = rest.get(..end.unwrap_or(rest.len()))?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const MISSING: Value = Err(Missing::NotSupported);

    fn mount(kind: &str, read_only: bool) -> Mount {
        Mount {
            device: "179:2".to_owned(),
            point: "/".to_owned(),
            kind: kind.to_owned(),
            source: "/dev/root".to_owned(),
            read_only,
        }
    }

    fn on(release: &str) -> Tree {
        Tree::new().file("proc/sys/kernel/osrelease", release)
    }

    #[test]
    fn an_error_of_which_the_kernel_may_not_tell_what_followed_is_no_word_of_writing() {
        let tree = on("6.12.25+rpt-rpi-v8\n");
        let root = tree.root();
        let mut at_first = AtFirst::default();
        let mut says = |errors| at_first.read_only(&root, &mount("ext4", false), errors);
        // What was counted before the first look may be years old.
        assert_eq!(says(Ok(3)), Ok(0));
        assert_eq!(says(Ok(4)), MISSING);
        assert_eq!(says(Ok(4)), MISSING, "it does not become well by waiting");
        let unread = says(Err(Missing::Garbled));
        assert_eq!(unread, MISSING, "what cannot be read takes nothing back");
        assert_eq!(says(Ok(0)), Ok(0), "it was checked");
        assert_eq!(says(Ok(1)), MISSING);
        at_first.retain(|device| device != "179:2");
        let again = at_first.read_only(&root, &mount("ext4", false), Ok(1));
        assert_eq!(again, Ok(0), "it is mounted anew");
    }

    #[test]
    fn what_the_options_say_counts_first_and_a_kernel_that_tells_is_believed() {
        for (release, kind, read_only, expected) in [
            ("6.12.25", "ext4", true, Ok(1)),
            ("6.15.0-rc1", "ext4", false, Ok(0)),
            ("7.0.1", "ext4", false, Ok(0)),
            ("6.14.11", "ext4", false, MISSING),
            ("6.6.62+rpt", "ext4", false, MISSING),
            ("", "ext4", false, MISSING),
            ("6.12.25", "btrfs", false, Ok(0)),
        ] {
            let tree = on(release);
            let root = tree.root();
            let mut at_first = AtFirst::default();
            let mount = mount(kind, read_only);
            let _ = at_first.read_only(&root, &mount, Ok(0));
            let then = at_first.read_only(&root, &mount, Ok(1));
            assert_eq!(then, expected, "{release} {kind}");
        }
    }

    #[test]
    fn a_release_has_two_numbers_or_is_none() {
        for (release, expected) in [
            ("6.12.25+rpt-rpi-v8\n", Some((6, 12))),
            ("6.15-rc3", Some((6, 15))),
            ("6.18", Some((6, 18))),
            ("6", None),
            ("6.x", None),
            ("", None),
        ] {
            assert_eq!(version(release), expected, "{release}");
        }
    }
}
