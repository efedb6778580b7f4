//! The priority at which a thread reads disks: a system call that no safe library offers. It takes
//! numbers alone.
#![allow(unsafe_code)]

use nix::errno::Errno;
use nix::libc::{SYS_ioprio_set, c_long, syscall};

/// `IOPRIO_WHO_PROCESS`, which with id 0 is the calling thread (ioprio_set(2)).
const WHO_PROCESS: c_long = 1;
/// `IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT`.
const IDLE: c_long = 3 << 13;

/// The calling thread reads disks only while nobody else wants them, where their scheduler knows
/// priorities (BFQ; others read for all alike). No right is needed for that. It is for a scrub that
/// is run by hand: the service has this from its unit, `IOSchedulingClass=idle`, which filters the
/// call.
///
/// # Errors
/// What the kernel answered.
pub fn idle() -> Result<(), Errno> {
    let who_is_asking: c_long = 0;
    // SAFETY: the call takes three numbers and touches no memory of this process.
    let answer = unsafe { syscall(SYS_ioprio_set, WHO_PROCESS, who_is_asking, IDLE) };
    Errno::result(answer).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_may_always_give_way() {
        assert_eq!(idle(), Ok(()));
    }
}
