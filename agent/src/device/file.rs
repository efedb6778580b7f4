//! What is asked of an open file by system calls that no safe library offers: with `ioctl` and
//! `priority` the three files with unsafe code.
//!
//! Each call hands the kernel a pointer to memory that it reads and writes. What is behind the
//! pointer is a local or a `&mut` for the time of the call, and as long as the kernel is told.
#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::libc::{self, c_long, c_uint};
use std::os::fd::{AsFd, AsRawFd};

/// Number of `cachestat` (Linux 6.5), which is the same on all processors that a Pi or a PC has; the
/// library has no name for it yet.
const SYS_CACHESTAT: c_long = 451;
/// Most stretches of a file that one call of [`lies`] tells of.
pub const MAX_LIES: usize = 32;

/// `struct cachestat_range` (Linux, `include/uapi/linux/mman.h`).
#[repr(C)]
struct CachestatRange {
    off: u64,
    len: u64,
}

/// `struct cachestat`, of the same file.
#[repr(C)]
#[derive(Default)]
struct Cachestat {
    nr_cache: u64,
    nr_dirty: u64,
    nr_writeback: u64,
    nr_evicted: u64,
    nr_recently_evicted: u64,
}

/// `struct fiemap_extent` (Linux, `include/uapi/linux/fiemap.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct FiemapExtent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved64: [u64; 2],
    flags: u32,
    reserved: [u32; 3],
}

/// `struct fiemap`, of the same file, with its extents.
#[repr(C)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped_extents: u32,
    extent_count: u32,
    reserved: u32,
    extents: [FiemapExtent; MAX_LIES],
}

/// `_IOWR('f', 11, struct fiemap)`: the size is that of the struct without its extents.
const FS_IOC_FIEMAP: nix::sys::ioctl::ioctl_num_type =
    nix::request_code_readwrite!(b'f', 11, std::mem::offset_of!(Fiemap, extents));

mod call {
    nix::ioctl_readwrite_bad!(fs_ioc_fiemap, super::FS_IOC_FIEMAP, super::Fiemap);
}

// The kernel's own numbers, as a C compiler computes them for processors of 32 and of 64 bits.
const _: () = {
    assert!(size_of::<FiemapExtent>() == 56);
    assert!(std::mem::offset_of!(Fiemap, extents) == 32);
    assert!(FS_IOC_FIEMAP as u32 == 0xc020_660b);
    assert!(size_of::<CachestatRange>() == 16 && size_of::<Cachestat>() == 40);
    assert!(size_of::<libc::statx>() == 256);
};

/// What the kernel says of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Number of the device, as the kernel writes it in texts: major and minor.
    pub device: (u32, u32),
    /// Number of the inode.
    pub inode: u64,
    /// Kind and rights.
    pub mode: u32,
    /// How many names it has.
    pub names: u32,
    /// Size in bytes.
    pub size: u64,
    /// Room that it takes on the medium, in units of 512 bytes.
    pub blocks: u64,
    /// Time of modification, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of change, in nanoseconds since 1970.
    pub ctime_ns: i64,
    /// To what offsets and lengths of direct reads must be a multiple, 0 if the file has none; none
    /// where neither kernel nor filesystem says (`STATX_DIOALIGN`, Linux 6.1).
    pub direct: Option<u32>,
}

/// Asks the kernel of an open file (`statx`).
///
/// # Errors
/// What the kernel answered.
pub fn stat(file: &impl AsFd) -> Result<Stat, Errno> {
    // SAFETY: the struct is of numbers only, for which all zeros are valid.
    let mut answer: libc::statx = unsafe { std::mem::zeroed() };
    let wanted = libc::STATX_BASIC_STATS | libc::STATX_DIOALIGN;
    // SAFETY: the path is an empty text with its NUL, which is not kept, and the kernel writes one
    // `struct statx`, whose size is asserted above, to a local that lives over the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_statx,
            file.as_fd().as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            wanted,
            &raw mut answer,
        )
    };
    Errno::result(done)?;
    let says_direct = answer.stx_mask & libc::STATX_DIOALIGN != 0;
    Ok(Stat {
        device: (answer.stx_dev_major, answer.stx_dev_minor),
        inode: answer.stx_ino,
        mode: u32::from(answer.stx_mode),
        names: answer.stx_nlink,
        size: answer.stx_size,
        blocks: answer.stx_blocks,
        mtime_ns: nanoseconds(&answer.stx_mtime),
        ctime_ns: nanoseconds(&answer.stx_ctime),
        direct: says_direct.then_some(answer.stx_dio_offset_align),
    })
}

fn nanoseconds(time: &libc::statx_timestamp) -> i64 {
    time.tv_sec
        .saturating_mul(1_000_000_000)
        .saturating_add(i64::from(time.tv_nsec))
}

/// How many pages of a range the kernel has in memory (`cachestat`).
///
/// # Errors
/// What the kernel answered: `ENOSYS` before Linux 6.5, `EPERM` of a file that the caller neither
/// owns nor may write.
pub fn pages_in_memory(file: &impl AsFd, offset: u64, len: u64) -> Result<u64, Errno> {
    let mut range = CachestatRange { off: offset, len };
    let mut answer = Cachestat::default();
    let no_flags: c_uint = 0;
    // SAFETY: the kernel reads one `struct cachestat_range` and writes one `struct cachestat`, whose
    // sizes are asserted above; both are locals that live over the call.
    let done = unsafe {
        libc::syscall(
            SYS_CACHESTAT,
            file.as_fd().as_raw_fd(),
            &raw mut range,
            &raw mut answer,
            no_flags,
        )
    };
    Errno::result(done)?;
    Ok(answer.nr_cache)
}

/// Whether the kernel has the byte at an offset in memory: it is read on the condition that nothing
/// is waited for (`preadv2` with `RWF_NOWAIT`). If it has not, it begins to fetch its page, and what
/// it makes up without a medium, such as a hole, is there at once.
///
/// # Errors
/// What the kernel answered: `EOPNOTSUPP` where the filesystem does not know the condition.
pub fn is_in_memory(file: &impl AsFd, offset: u64) -> Result<bool, Errno> {
    let mut byte = 0u8;
    let room = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    // The kernel puts the offset together from two words, of which a processor of 64 bits needs the
    // first alone; the cut is meant.
    let (low, high) = (offset as c_long, (offset >> 32) as c_long);
    // SAFETY: the kernel reads one `struct iovec` and writes at most the one byte that it names;
    // both are locals that live over the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_preadv2,
            file.as_fd().as_raw_fd(),
            &raw const room,
            1 as c_long,
            low,
            high,
            libc::RWF_NOWAIT,
        )
    };
    match Errno::result(done) {
        Ok(read) => Ok(read > 0),
        Err(Errno::EAGAIN) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// A stretch of a file and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lies {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Where it begins on the filesystem's device, in bytes.
    pub at: u64,
    /// How long it is, in bytes.
    pub len: u64,
    /// The kernel's `FIEMAP_EXTENT_*` flags.
    pub flags: u32,
}

impl Lies {
    /// Nothing follows it.
    pub const LAST: u32 = 0x1;
    /// It lies within the filesystem's own blocks: `DATA_INLINE`, `DATA_TAIL`.
    pub const WITHIN: u32 = 0x200 | 0x400;
    /// Where it lies is not known, not decided yet, not a place of its own, or not where its bytes
    /// can be read as they are: `UNKNOWN`, `DELALLOC`, `ENCODED`, `DATA_ENCRYPTED`, `NOT_ALIGNED`,
    /// `DATA_INLINE`, `DATA_TAIL`.
    pub const NOT_PLAIN: u32 = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | Lies::WITHIN;
}

/// Where a range of a file lies (`FS_IOC_FIEMAP`): the first stretches of it, [`MAX_LIES`] at most.
///
/// # Errors
/// What the kernel answered: `EOPNOTSUPP` where the filesystem cannot say.
pub fn lies(file: &impl AsFd, offset: u64, len: u64) -> Result<Vec<Lies>, Errno> {
    let mut map = Fiemap {
        start: offset,
        length: len,
        flags: 0,
        mapped_extents: 0,
        extent_count: MAX_LIES as u32,
        reserved: 0,
        extents: [FiemapExtent::default(); MAX_LIES],
    };
    // SAFETY: the kernel reads and writes one `struct fiemap` with as many `struct fiemap_extent`
    // behind it as `extent_count` says, whose layout is asserted above, in a local that lives over
    // the call.
    unsafe { call::fs_ioc_fiemap(file.as_fd().as_raw_fd(), &raw mut map) }?;
    let count = usize::try_from(map.mapped_extents).unwrap_or(MAX_LIES);
    let told = map.extents.iter().take(count).map(|extent| Lies {
        offset: extent.logical,
        at: extent.physical,
        len: extent.length,
        flags: extent.flags,
    });
    Ok(told.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_kernel_says_the_same_as_to_the_standard_library() {
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&[7; 5000]).unwrap();
        let told = file.metadata().unwrap();
        let stat = stat(&file).unwrap();
        assert_eq!(stat.inode, told.ino());
        assert_eq!(stat.mode, told.mode());
        assert_eq!(u64::from(stat.names), told.nlink());
        assert_eq!(stat.size, 5000);
        assert_eq!(stat.blocks, told.blocks());
        assert_eq!(
            stat.ctime_ns,
            told.ctime() * 1_000_000_000 + told.ctime_nsec()
        );
        assert_eq!(
            stat.mtime_ns,
            told.mtime() * 1_000_000_000 + told.mtime_nsec()
        );
    }

    #[test]
    fn what_was_just_written_is_in_memory_and_behind_the_end_is_nothing() {
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&[7; 8192]).unwrap();
        assert_eq!(is_in_memory(&file, 4096), Ok(true));
        assert_eq!(is_in_memory(&file, 8192), Ok(false));
        match pages_in_memory(&file, 0, 8192) {
            Ok(pages) => assert_eq!(pages, 2),
            Err(errno) => assert!(matches!(errno, Errno::ENOSYS | Errno::EPERM), "{errno}"),
        }
    }

    #[test]
    fn an_offset_behind_four_gibibytes_is_not_cut() {
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&[7; 8192]).unwrap();
        assert_eq!(is_in_memory(&file, (5 << 32) + 4096), Ok(false));
    }

    #[test]
    fn a_file_that_lies_nowhere_says_so() {
        let mut random = File::open("/dev/urandom").unwrap();
        random.read_exact(&mut [0]).unwrap();
        assert!(lies(&random, 0, 4096).is_err());
    }
}
