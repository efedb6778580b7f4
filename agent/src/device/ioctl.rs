//! The system call `ioctl` on a device that is open; unsafe code is in this folder only, where a call
//! has no safe wrapper.
//!
//! Each call hands the kernel a pointer to memory that it reads and writes. What is behind the
//! pointer is a `&mut` for the time of the call, and as long as the kernel is told.
#![allow(unsafe_code)]

use super::{BLOCK, Transaction};
use nix::errno::Errno;
use nix::libc::c_int;
use nix::sys::ioctl::ioctl_num_type;
use std::os::fd::{AsRawFd, OwnedFd};

/// Bytes of a message to the firmware without its tags: size, code, end.
const MAILBOX_FRAME: usize = 12;

/// `struct mmc_ioc_cmd` (Linux, `include/uapi/linux/mmc/ioctl.h`).
#[repr(C)]
struct MmcIocCmd {
    write_flag: i32,
    is_acmd: i32,
    opcode: u32,
    arg: u32,
    response: [u32; 4],
    flags: u32,
    blksz: u32,
    blocks: u32,
    postsleep_min_us: u32,
    postsleep_max_us: u32,
    data_timeout_ns: u32,
    cmd_timeout_ms: u32,
    pad: u32,
    data_ptr: u64,
}

/// `struct nvme_passthru_cmd` (Linux, `include/uapi/linux/nvme_ioctl.h`).
#[repr(C)]
struct NvmePassthruCmd {
    opcode: u8,
    flags: u8,
    rsvd1: u16,
    nsid: u32,
    cdw2: u32,
    cdw3: u32,
    metadata: u64,
    addr: u64,
    metadata_len: u32,
    data_len: u32,
    cdw10: u32,
    cdw11: u32,
    cdw12: u32,
    cdw13: u32,
    cdw14: u32,
    cdw15: u32,
    timeout_ms: u32,
    result: u32,
}

const BLOCK_BYTES: u32 = 512;
/// Get Log Page, of an NVMe's admin commands.
const NVME_GET_LOG_PAGE: u8 = 0x02;
/// The page of the whole controller, not of one namespace.
const NVME_EVERY_NAMESPACE: u32 = 0xffff_ffff;
/// The number of words less one, in the upper half of the command's word 10.
const NVME_LOG_WORDS: u32 = (BLOCK_BYTES / 4 - 1) << 16;
/// The status of a command without the bits *more* and *do not retry*.
const NVME_STATUS: c_int = 0x7ff;
/// Status of a command that the controller does not know: invalid opcode, field, log page.
const NVME_UNKNOWN: [c_int; 3] = [0x001, 0x002, 0x109];

/// `_IOWR(100, 0, char *)`: the size is that of a pointer.
const MBOX_PROPERTY: ioctl_num_type = nix::request_code_readwrite!(100, 0, size_of::<usize>());

nix::ioctl_readwrite_bad!(mbox_property, MBOX_PROPERTY, u32);
nix::ioctl_readwrite!(mmc_ioc_cmd, 179, 0, MmcIocCmd);
nix::ioctl_readwrite!(nvme_admin_cmd, b'N', 0x41, NvmePassthruCmd);

// The kernel's own numbers, as a C compiler computes them for processors of 32 and of 64 bits.
const _: () = {
    assert!(size_of::<MmcIocCmd>() == 72);
    assert!(std::mem::offset_of!(MmcIocCmd, data_ptr) == 64);
    assert!(size_of::<NvmePassthruCmd>() == 72);
    assert!(std::mem::offset_of!(NvmePassthruCmd, addr) == 24);
    assert!(std::mem::offset_of!(NvmePassthruCmd, cdw10) == 40);
    assert!(BLOCK == BLOCK_BYTES as usize);
    let wide = size_of::<usize>() == 8;
    assert!(MBOX_PROPERTY as u32 == if wide { 0xc008_6400 } else { 0xc004_6400 });
    assert!(nix::request_code_readwrite!(179, 0, size_of::<MmcIocCmd>()) as u32 == 0xc048_b300);
    let nvme = nix::request_code_readwrite!(b'N', 0x41, size_of::<NvmePassthruCmd>());
    assert!(nvme as u32 == 0xc048_4e41);
};

/// Asks an open device.
pub(super) fn ask(device: &OwnedFd, what: Transaction<'_>) -> Result<(), Errno> {
    match what {
        Transaction::Mailbox(message) => mailbox(device, message),
        Transaction::MmcRead {
            opcode,
            arg,
            flags,
            data,
        } => mmc(device, (opcode, arg, flags), data),
        Transaction::NvmeLog { page, data } => nvme(device, page, data),
    }
}

fn mailbox(device: &OwnedFd, message: &mut [u32]) -> Result<(), Errno> {
    let told = message
        .first()
        .and_then(|bytes| usize::try_from(*bytes).ok());
    let told = told.ok_or(Errno::EINVAL)?;
    if told < MAILBOX_FRAME || told > size_of_val(message) {
        return Err(Errno::EINVAL);
    }
    // SAFETY: the kernel reads and writes as many bytes as the first word says, and was just seen
    // to say no more than the slice has. Nobody else changes that word, because the slice is ours
    // alone. Any bytes are valid words.
    unsafe { mbox_property(device.as_raw_fd(), message.as_mut_ptr()) }.map(drop)
}

fn mmc(
    device: &OwnedFd,
    (opcode, arg, flags): (u32, u32, u32),
    data: &mut [u8; BLOCK],
) -> Result<(), Errno> {
    let mut command = MmcIocCmd {
        write_flag: 0,
        is_acmd: 0,
        opcode,
        arg,
        response: [0; 4],
        flags,
        blksz: BLOCK_BYTES,
        blocks: 1,
        postsleep_min_us: 0,
        postsleep_max_us: 0,
        data_timeout_ns: 0,
        cmd_timeout_ms: 0,
        pad: 0,
        data_ptr: address(data),
    };
    // SAFETY: the kernel reads and writes one `struct mmc_ioc_cmd`, whose layout is asserted above,
    // and writes `blksz * blocks` bytes to `data_ptr`, which are the bytes of `data`. Both live and
    // are ours alone for the time of the call.
    unsafe { mmc_ioc_cmd(device.as_raw_fd(), &raw mut command) }.map(drop)
}

fn nvme(device: &OwnedFd, page: u8, data: &mut [u8; BLOCK]) -> Result<(), Errno> {
    let mut command = NvmePassthruCmd {
        opcode: NVME_GET_LOG_PAGE,
        flags: 0,
        rsvd1: 0,
        nsid: NVME_EVERY_NAMESPACE,
        cdw2: 0,
        cdw3: 0,
        metadata: 0,
        addr: address(data),
        metadata_len: 0,
        data_len: BLOCK_BYTES,
        cdw10: NVME_LOG_WORDS | u32::from(page),
        cdw11: 0,
        cdw12: 0,
        cdw13: 0,
        cdw14: 0,
        cdw15: 0,
        // The kernel's own limit: a shorter one would make it reset the controller.
        timeout_ms: 0,
        result: 0,
    };
    // SAFETY: the kernel reads and writes one `struct nvme_passthru_cmd`, whose layout is asserted
    // above, and writes `data_len` bytes to `addr`, which are the bytes of `data`. Both live and
    // are ours alone for the time of the call.
    let status = unsafe { nvme_admin_cmd(device.as_raw_fd(), &raw mut command) }?;
    nvme_answer(status)
}

/// What the controller itself said, which the kernel hands on as a positive number.
fn nvme_answer(status: c_int) -> Result<(), Errno> {
    match status & NVME_STATUS {
        0 => Ok(()),
        unknown if NVME_UNKNOWN.contains(&unknown) => Err(Errno::EINVAL),
        _ => Err(Errno::EIO),
    }
}

/// Where the answer goes, as the kernel's structs carry it on any processor.
fn address(data: &mut [u8; BLOCK]) -> u64 {
    // No processor that Linux runs on has addresses of more than 64 bits.
    data.as_mut_ptr().expose_provenance() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_message_that_says_it_is_longer_or_shorter_than_it_is_does_not_reach_the_kernel() {
        let null = OwnedFd::from(File::open("/dev/null").unwrap());
        for message in [&mut [][..], &mut [28, 0, 1, 0, 0, 0], &mut [8, 0, 0]] {
            assert_eq!(mailbox(&null, message), Err(Errno::EINVAL));
        }
        assert_eq!(mailbox(&null, &mut [12, 0, 0]), Err(Errno::ENOTTY));
    }

    #[test]
    fn a_device_that_knows_no_such_command_says_so_and_leaves_the_answer_alone() {
        let null = OwnedFd::from(File::open("/dev/null").unwrap());
        let mut data = [7; BLOCK];
        assert_eq!(mmc(&null, (8, 0, 0xb5), &mut data), Err(Errno::ENOTTY));
        assert_eq!(nvme(&null, 2, &mut data), Err(Errno::ENOTTY));
        assert_eq!(data, [7; BLOCK]);
    }

    #[test]
    fn a_controller_that_refuses_is_no_answer() {
        for (status, expected) in [
            (0, Ok(())),
            (0x4109, Err(Errno::EINVAL)),
            (0x002, Err(Errno::EINVAL)),
            (0x006, Err(Errno::EIO)),
            (0x4281, Err(Errno::EIO)),
        ] {
            assert_eq!(nvme_answer(status), expected, "{status:#x}");
        }
    }
}
