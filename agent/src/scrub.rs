//! The scrub process: has the rights that a process which speaks to the network does not get, and
//! speaks to the agent alone. This version runs the probes that need such rights; it reads no file
//! back yet.
//!
//! ```text
//! picket-agent scrub                                picket-agent run
//! rounds: probes with rights --line a round--> [ scrub.sock ] --> link --> kept --> report
//! ```
//! | file | one idea |
//! |---|---|
//! | `canary` | what is written, to see whether it stays |
//! | `files` | the files in order, and their bytes past the cache: the lowest seam |
//! | `finding` | what it has against a file |
//! | `standing` | how it stands: all that it tells |
//! | `manifest` | what every file read as when it was last known to be right |
//! | `pass` | every file read back once, compared, and written into the next manifest |
//! | `judge` | what it means that a segment reads as it does |
//! | `ledger` | what is against which file, counted and kept |
//! | `known` | what is known of the files of one place |
//! | `sums` | what the sums of packages say of files |
//! | `place` | the part that readings of a folder are about: its disk, or its filesystem |
//! | `pace` | how fast a pass reads, and when it rests |
//! | `lock` | one scrub for each folder of manifests |
//! | `packages` | the sums that dpkg keeps of what it installed |
//! | `rounds` | the process: its probes again and again, and their answers to the agent |
//! | `readings` | that as readings |
//! | `message` | the lines between the two |
//! | `link` | the agent's end of the socket: who may speak, and how long |
//! | `kept` | what the agent makes of it in its reports |

pub mod canary;
pub mod files;
pub mod finding;
pub mod judge;
pub mod kept;
pub mod known;
pub mod ledger;
pub mod link;
pub mod lock;
pub mod manifest;
pub mod message;
pub mod pace;
pub mod packages;
pub mod pass;
pub mod place;
pub mod readings;
pub mod rounds;
pub mod standing;
pub mod sums;

use nix::unistd::Uid;
use std::path::{Path, PathBuf};

/// Nothing to be mended by a restart: the status that sysexits.h calls `EX_CONFIG`.
pub const NOT_YET: u8 = 78;
/// The one line that `picket-agent scrub --now` has to say.
pub const WHY: &str = "this version does not scrub yet: it reads no file back, and nobody watches \
                       over silent corruption";
/// The agent's socket for the scrub, in the folder for the agent's sockets.
pub const SOCKET: &str = "scrub.sock";
/// That folder where the service runs.
const SERVICE_DIR: &str = "/run/picket/agent";

/// The folder in which the agent's socket is looked for when nothing else is said: that of the
/// service for root, that of who is logged in for anybody else; none where nobody is.
pub fn default_dir() -> Option<PathBuf> {
    match Uid::effective().is_root() {
        true => Some(PathBuf::from(SERVICE_DIR)),
        false => {
            std::env::var_os("XDG_RUNTIME_DIR").map(|dir| Path::new(&dir).join("picket/agent"))
        }
    }
}
