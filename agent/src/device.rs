//! What is asked of devices by ioctl: the lowest seam, where a machine that is not there is faked.
//!
//! Below the machine's own root a transaction is a system call. Below a root that was moved it is
//! looked up in the file that stands at the device's path: a recording of questions and answers.
//! No transaction writes: the types have no way to say it.

use crate::root::Root;
use nix::errno::Errno;

/// Bytes of what a card, an eMMC or an NVMe answers: one block, one log page.
pub const BLOCK: usize = 512;

/// One question to a device, with the room for its answer.
#[derive(Debug)]
pub enum Transaction<'a> {
    /// A message to the firmware of a Raspberry Pi (`IOCTL_MBOX_PROPERTY` of `/dev/vcio` and
    /// `/dev/vcio_gencmd`), answered in place.
    Mailbox(&'a mut [u32]),
    /// A command to a card that answers one block (`MMC_IOC_CMD` of the whole disk).
    MmcRead {
        /// Number of the command.
        opcode: u32,
        /// Its argument.
        arg: u32,
        /// Flags of the kernel's `struct mmc_ioc_cmd` about the kind of command and answer.
        flags: u32,
        /// The answer.
        data: &'a mut [u8; BLOCK],
    },
    /// Get Log Page of a whole NVMe (`NVME_IOCTL_ADMIN_CMD` of the controller's device).
    NvmeLog {
        /// Number of the page.
        page: u8,
        /// The answer.
        data: &'a mut [u8; BLOCK],
    },
}

impl Root {
    /// Asks the device at a path.
    ///
    /// # Errors
    /// What the kernel answered; of a recording, what it says.
    pub fn transact(&self, _device: &str, _what: Transaction<'_>) -> Result<(), Errno> {
        Err(Errno::ENOSYS)
    }
}
