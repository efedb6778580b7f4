//! Memory that a filesystem can be in, and that takes no more writes when it is told so.

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

/// A file in memory; it is gone with this.
#[derive(Debug)]
pub struct Refusing(OwnedFd);

impl Refusing {
    /// An empty one.
    pub(crate) fn new() -> Refusing {
        let flags = MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC;
        Refusing(memfd_create("image", flags).unwrap())
    }

    /// A path under which any process can open it while this one has it.
    pub(crate) fn path(&self) -> PathBuf {
        let fd = self.0.as_raw_fd();
        format!("/proc/{}/fd/{fd}", std::process::id()).into()
    }

    /// From now on every write is an error of the loop device, of which its filesystem knows nothing.
    pub fn refuse(&self) {
        let seal = FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE);
        fcntl(&self.0, seal).unwrap();
    }
}
