//! The scrub: reading files back from the medium. This version has the command and not the deed.

/// Nothing to be mended by a restart: the status that sysexits.h calls `EX_CONFIG`. The unit's
/// `RestartPreventExitStatus=` names it.
pub const NOT_YET: u8 = 78;

/// The one line that `picket-agent scrub` has to say.
pub const WHY: &str = "this version does not scrub yet: it reads no file back, and nobody watches \
                       over silent corruption; leave picket-scrub.service disabled";
