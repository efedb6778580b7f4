//! The movable root: where `/sys` and `/proc` are looked for.
//!
//! The machine's own root is opened as it is. A root given by `--root` is a tree of files, such as
//! a copy of another machine's; no link in it leads out of it, so that no value of the real machine
//! can slip in.

use crate::shared_ids::SharedIds;
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2, readlinkat};
use nix::sys::stat::Mode;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Most entries of one folder that are looked at.
pub const MAX_ENTRIES: usize = 4096;

/// The folder under which every path of a probe lies.
#[derive(Debug)]
pub struct Root {
    dir: OwnedFd,
    moved: bool,
    /// Of the devices below it. All that look at them have one memory, so that they agree.
    shared_ids: SharedIds,
}

impl Root {
    /// The root of this machine.
    ///
    /// # Errors
    /// What opening `/` answered.
    pub fn of_this_machine() -> Result<Root, Errno> {
        Ok(Root {
            dir: open_folder(Path::new("/"))?,
            moved: false,
            shared_ids: SharedIds::default(),
        })
    }

    /// A tree of files somewhere else.
    ///
    /// # Errors
    /// What opening the folder answered.
    pub fn moved_to(dir: &Path) -> Result<Root, Errno> {
        Ok(Root {
            dir: open_folder(dir)?,
            moved: true,
            shared_ids: SharedIds::default(),
        })
    }

    /// Whether this is another tree: then what is no file, such as the space of a filesystem, has
    /// no source.
    pub fn is_moved(&self) -> bool {
        self.moved
    }

    /// Ids that two devices of this machine had.
    pub fn shared_ids(&self) -> &SharedIds {
        &self.shared_ids
    }

    /// Opens a file for reading. Never waits for the other end of a FIFO.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn open(&self, path: &str) -> Result<OwnedFd, Errno> {
        self.open_with(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK)
    }

    /// The last step of where a link leads, such as `1-0040` of `../../../1-0040`. Sysfs names a
    /// device so that is otherwise known only by a number that changes at each boot.
    ///
    /// # Errors
    /// What the kernel answered; `EINVAL` or `ENOENT` if it is no link, `EILSEQ` if it is no UTF-8.
    pub fn link_end(&self, path: &str) -> Result<String, Errno> {
        let target = self.link(path)?;
        Ok(target.rsplit('/').next().unwrap_or(&target).to_owned())
    }

    /// Where a link leads, as it stands in it.
    ///
    /// # Errors
    /// As of [`Root::link_end`].
    pub fn link(&self, path: &str) -> Result<String, Errno> {
        let link = self.open_with(path, OFlag::O_PATH | OFlag::O_NOFOLLOW)?;
        let target = readlinkat(link, "")?;
        Ok(target.to_str().ok_or(Errno::EILSEQ)?.to_owned())
    }

    /// The names in a folder in order, at most [`MAX_ENTRIES`]; names that are no UTF-8 are left
    /// out, because the kernel gives none.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let mut dir = Dir::from_fd(self.open_with(path, OFlag::O_DIRECTORY | OFlag::O_NONBLOCK)?)?;
        let mut names = Vec::new();
        for entry in dir.iter().take(MAX_ENTRIES) {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn open_with(&self, path: &str, flags: OFlag) -> Result<OwnedFd, Errno> {
        let path = path.trim_start_matches('/');
        let flags = flags | OFlag::O_CLOEXEC;
        if !self.moved {
            return openat(&self.dir, path, flags, Mode::empty());
        }
        let how = OpenHow::new()
            .flags(flags)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT);
        match openat2(&self.dir, path, how) {
            Err(Errno::ENOSYS) => open_without_links(&self.dir, path, flags),
            answer => answer,
        }
    }
}

/// For a kernel before 5.6, or an emulated one, which has no openat2: step by step, where a link is
/// no step at all.
fn open_without_links(dir: &OwnedFd, path: &str, flags: OFlag) -> Result<OwnedFd, Errno> {
    let mut steps = path.split('/').filter(|step| !matches!(*step, "" | "."));
    let last = steps.next_back().unwrap_or(".");
    let through = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut at = dir.try_clone().map_err(|_| Errno::EMFILE)?;
    for step in steps {
        at = step_to(&at, step, through)?;
    }
    step_to(&at, last, flags)
}

fn step_to(dir: &OwnedFd, step: &str, flags: OFlag) -> Result<OwnedFd, Errno> {
    match step {
        ".." => Err(Errno::ENOENT),
        _ => openat(dir, step, flags | OFlag::O_NOFOLLOW, Mode::empty()),
    }
}

fn open_folder(dir: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    nix::fcntl::open(dir, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    fn text(root: &Root, path: &str) -> Result<String, Errno> {
        let mut text = String::new();
        std::fs::File::from(root.open(path)?)
            .read_to_string(&mut text)
            .unwrap();
        Ok(text)
    }

    #[test]
    fn a_link_in_a_moved_root_does_not_lead_to_the_real_machine() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(tree.path().join("proc")).unwrap();
        symlink("/proc/version", tree.path().join("away")).unwrap();
        symlink("../../../../proc/version", tree.path().join("up")).unwrap();
        let root = Root::moved_to(tree.path()).unwrap();
        assert_eq!(text(&root, "/away"), Err(Errno::ENOENT));
        assert_eq!(text(&root, "/up"), Err(Errno::ENOENT));
        std::fs::write(tree.path().join("proc/version"), "of the tree").unwrap();
        assert_eq!(text(&root, "/away"), Ok("of the tree".to_owned()));
        assert_eq!(text(&root, "/up"), Ok("of the tree".to_owned()));
    }

    #[test]
    fn without_openat2_a_file_is_found_and_a_link_is_not_followed() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(tree.path().join("proc/self")).unwrap();
        std::fs::write(tree.path().join("proc/self/stat"), "1").unwrap();
        symlink("/proc/version", tree.path().join("away")).unwrap();
        symlink("proc", tree.path().join("link")).unwrap();
        let dir = open_folder(tree.path()).unwrap();
        let open = |path| open_without_links(&dir, path, OFlag::O_RDONLY).map(drop);
        assert_eq!(open("proc/self/stat"), Ok(()));
        assert_eq!(open("proc//./self"), Ok(()));
        assert_eq!(open(""), Ok(()));
        assert_eq!(open("away"), Err(Errno::ELOOP));
        assert_eq!(open("link/self/stat"), Err(Errno::ENOTDIR));
        assert_eq!(open("proc/../proc/self/stat"), Err(Errno::ENOENT));
        assert_eq!(open("proc/nothing"), Err(Errno::ENOENT));
    }

    #[test]
    fn a_link_names_a_device_even_if_it_leads_nowhere() {
        let tree = tempfile::tempdir().unwrap();
        symlink("../../../1-0040", tree.path().join("device")).unwrap();
        std::fs::create_dir(tree.path().join("folder")).unwrap();
        let root = Root::moved_to(tree.path()).unwrap();
        assert_eq!(root.link_end("/device").as_deref(), Ok("1-0040"));
        assert!(root.link_end("/folder").is_err());
        assert_eq!(root.link_end("/nowhere"), Err(Errno::ENOENT));
        let real = Root::of_this_machine().unwrap();
        let path = tree.path().join("device");
        assert_eq!(
            real.link_end(path.to_str().unwrap()).as_deref(),
            Ok("1-0040")
        );
    }

    #[test]
    fn a_folder_is_listed_in_order() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("sys")).unwrap();
        for name in ["b", "a", "c"] {
            std::fs::write(tree.path().join("sys").join(name), "").unwrap();
        }
        let root = Root::moved_to(tree.path()).unwrap();
        assert_eq!(root.list("/sys").unwrap(), ["a", "b", "c"]);
        assert_eq!(root.list("/nowhere"), Err(Errno::ENOENT));
    }
}
