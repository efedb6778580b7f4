//! What is asked of devices by ioctl: the lowest seam, where a machine that is not there is faked.
//!
//! Below the machine's own root a transaction is a system call (`ioctl`). Below a root that was
//! moved it is looked up in the file that stands at the device's path: a recording of questions and
//! answers (`recorded`). No transaction changes anything: one that could is refused here.

pub mod file;
mod ioctl;
pub mod priority;
mod recorded;

use crate::root::Root;
use nix::errno::Errno;
use std::fs::File;

/// Bytes of what a card, an eMMC or an NVMe answers: one block, one log page.
pub const BLOCK: usize = 512;

/// The tag of a message to the firmware that carries a command as text
/// (`RPI_FIRMWARE_GET_GENCMD_RESULT` of raspberrypi/linux,
/// `include/soc/bcm2835/raspberrypi-firmware.h`).
pub const TAG_GENCMD: u32 = 0x0003_0080;
/// SEND_EXT_CSD: an eMMC tells of itself (JEDEC eMMC; SD cards have another command 8).
pub const MMC_SEND_EXT_CSD: u32 = 8;
/// GEN_CMD: a maker's own command. Bit 0 of its argument says that it reads.
pub const MMC_GEN_CMD: u32 = 56;

/// Where the tag stands in a message to the firmware: behind its size and the request code.
const MAILBOX_TAG: usize = 2;

/// One question to a device, with the room for its answer.
#[derive(Debug)]
pub enum Transaction<'a> {
    /// A message to the firmware of a Raspberry Pi (`IOCTL_MBOX_PROPERTY` of `/dev/vcio` and
    /// `/dev/vcio_gencmd`), answered in place. Its only tag is [`TAG_GENCMD`].
    Mailbox(&'a mut [u32]),
    /// A command to a card that answers one block (`MMC_IOC_CMD` of the whole disk):
    /// [`MMC_SEND_EXT_CSD`], or [`MMC_GEN_CMD`] where it reads.
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

impl Transaction<'_> {
    /// Whether it is one of the few that are known to change nothing. The firmware has tags that
    /// run code and overwrite the boot loader, a card has commands that erase.
    fn only_asks(&self) -> bool {
        match self {
            Transaction::Mailbox(message) => message.get(MAILBOX_TAG) == Some(&TAG_GENCMD),
            Transaction::MmcRead { opcode, arg, .. } => match *opcode {
                MMC_SEND_EXT_CSD => true,
                MMC_GEN_CMD => arg & 1 == 1,
                _ => false,
            },
            Transaction::NvmeLog { .. } => true,
        }
    }
}

impl Root {
    /// Asks the device at a path.
    ///
    /// # Errors
    /// What the kernel answered; of a recording, what it says, and `EBADMSG` if it is none. `EPERM`
    /// also for a transaction that could change something, which is not sent. `EIO` and `EINVAL`
    /// also where an NVMe refused: `EINVAL` if it does not know the page.
    pub fn transact(&self, device: &str, what: Transaction<'_>) -> Result<(), Errno> {
        if !what.only_asks() {
            return Err(Errno::EPERM);
        }
        let opened = self.open(device)?;
        if self.is_moved() {
            recorded::answer(File::from(opened), what)
        } else {
            ioctl::ask(&opened, what)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn what_could_change_a_device_is_not_sent() {
        let everything = "mmc 38 00000000 = 00*512\nmmc 56 00000010 = 00*512\n\
                          mmc 56 00000001 = 00*512\nmmc 8 00000000 = 00*512\n";
        let tree = Tree::new()
            .file("dev/vcio", everything)
            .file("dev/mmcblk0", everything);
        let root = tree.root();
        let execute_code = &mut [24, 0, 0x0003_0010, 0, 0, 0];
        let sent = root.transact("/dev/vcio", Transaction::Mailbox(execute_code));
        assert_eq!(sent, Err(Errno::EPERM));
        for (opcode, arg, expected) in [
            (38, 0, Err(Errno::EPERM)),
            (MMC_GEN_CMD, 0x10, Err(Errno::EPERM)),
            (MMC_GEN_CMD, 1, Ok(())),
            (MMC_SEND_EXT_CSD, 0, Ok(())),
        ] {
            let flags = 0xb5;
            let data = &mut [0; BLOCK];
            let command = Transaction::MmcRead {
                opcode,
                arg,
                flags,
                data,
            };
            assert_eq!(root.transact("/dev/mmcblk0", command), expected, "{opcode}");
        }
    }

    #[test]
    fn below_a_moved_root_no_device_of_this_machine_is_asked() {
        let root = Tree::new().root();
        let page = Transaction::NvmeLog {
            page: 2,
            data: &mut [0; BLOCK],
        };
        assert_eq!(root.transact("/dev/null", page), Err(Errno::ENOENT));
        let page = Transaction::NvmeLog {
            page: 2,
            data: &mut [0; BLOCK],
        };
        let own = Root::of_this_machine().unwrap();
        assert_eq!(own.transact("/dev/null", page), Err(Errno::ENOTTY));
    }
}
