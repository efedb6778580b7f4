//! Where a file stands that a package's list names: behind the links of a merged `/usr`, or where
//! dpkg-divert has put it.

use super::lines::Lines;
use crate::root::Root;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// Most diversions that are known. Debian's own systems have some tens.
pub(super) const MAX_DIVERSIONS: usize = 4096;

/// A diversion: of whoever else has the file, it stands elsewhere.
#[derive(Debug, PartialEq, Eq)]
struct Diversion {
    to: Vec<u8>,
    /// The package that keeps the place; empty if the owner of the machine diverts for all.
    except: String,
}

/// Where files stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// Top-level links, such as `bin` to `/usr/bin`.
    links: BTreeMap<Vec<u8>, Vec<u8>>,
    /// By the path behind those links.
    diversions: BTreeMap<Vec<u8>, Diversion>,
    /// There are more diversions than are known, so that nothing is sure.
    pub(super) overflowed: bool,
}

impl Whereabouts {
    /// Reads the top-level links, and dpkg's diversions.
    pub(super) fn look(root: &Root, diversions: Option<impl Read>) -> io::Result<Whereabouts> {
        let mut all = Whereabouts::default();
        for name in root.list(".")? {
            if let Ok(target) = root.link(&format!("/{name}")) {
                let target = format!("/{}", target.trim_start_matches('/').trim_end_matches('/'));
                all.links.insert(name.into_bytes(), target.into_bytes());
            }
        }
        if let Some(diversions) = diversions {
            all.read(diversions)?;
        }
        Ok(all)
    }

    /// Three lines each: the path, where it goes, and which package keeps its place; `:` if it is
    /// the owner of the machine who diverts (dpkg-divert(1)).
    fn read(&mut self, diversions: impl Read) -> io::Result<()> {
        let mut lines = Lines::of(diversions);
        while let Some(from) = lines.next()?.map(|line| line.bytes.to_vec()) {
            let Some(to) = lines.next()?.map(|line| line.bytes.to_vec()) else {
                break;
            };
            let Some(except) = lines.next()?.map(|line| line.bytes.to_vec()) else {
                break;
            };
            if self.diversions.len() >= MAX_DIVERSIONS {
                self.overflowed = true;
                break;
            }
            let except = String::from_utf8_lossy(&except);
            let except = except.trim_start_matches(':').to_owned();
            let from = self.linked(&from).into_owned();
            self.diversions.insert(from, Diversion { to, except });
        }
        Ok(())
    }

    /// Where a file stands that a package's list calls so.
    pub(super) fn of<'p>(&self, path: &'p [u8], package: &str) -> Cow<'p, [u8]> {
        let path = self.linked(path);
        match self.diversions.get(path.as_ref()) {
            Some(diverted) if diverted.except != package => {
                Cow::Owned(self.linked(&diverted.to).into_owned())
            }
            Some(_) | None => path,
        }
    }

    /// The path behind a top-level link, if one of them is its first step.
    fn linked<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        let below = path.strip_prefix(b"/").unwrap_or(path);
        let end = below.iter().position(|&byte| byte == b'/');
        let target = end.and_then(|end| {
            let (first, rest) = below.split_at_checked(end)?;
            Some([self.links.get(first)?.as_slice(), rest].concat())
        });
        target.map_or(Cow::Borrowed(path), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_merged_usr_and_diversions_are_followed() {
        let tree = tempfile::tempdir().unwrap();
        symlink("usr/bin", tree.path().join("bin")).unwrap();
        symlink("/usr/lib/", tree.path().join("lib")).unwrap();
        std::fs::create_dir(tree.path().join("etc")).unwrap();
        let root = Root::moved_to(tree.path()).unwrap();
        let diversions = "/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n/cut\n";
        let all = Whereabouts::look(&root, Some(diversions.as_bytes())).unwrap();
        for (path, package, stands) in [
            ("/bin/ls", "coreutils", "/usr/bin/ls"),
            ("/bin", "coreutils", "/bin"),
            ("/lib/a/b", "a", "/usr/lib/a/b"),
            ("/usr/bin/ls", "coreutils", "/usr/bin/ls"),
            ("/etc/bin/ls", "coreutils", "/etc/bin/ls"),
            ("/bin/sh", "dash", "/usr/bin/sh"),
            ("/bin/sh", "busybox", "/usr/bin/sh.distrib"),
            ("/usr/bin/sh", "busybox", "/usr/bin/sh.distrib"),
            ("/usr/bin/x", "a", "/usr/bin/x.real"),
            ("/cut", "a", "/cut"),
        ] {
            let found = all.of(path.as_bytes(), package);
            assert_eq!(
                String::from_utf8_lossy(&found),
                stands,
                "{path} of {package}"
            );
        }
    }
}
