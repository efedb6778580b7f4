//! The scrub process: has the rights that a process which speaks to the network does not get, and
//! speaks to the agent alone. It reads every file back from its disk and says which do not read as
//! they were written, and it runs the probes that need such rights.
//!
//! ```text
//! picket-agent scrub                                      picket-agent run
//! rounds: probes with rights --+--lines--> [ scrub.sock ] --> link --> kept --> report
//!                              ^ standing
//! work: due -> round: files -> pass -> manifest         picket-agent scrub --now
//!                ^ pace, hurry ------------------------- [ now.sock ]
//! ```
//! | file | one idea |
//! |---|---|
//! | `canary` | what is written, to see whether it stays |
//! | `command` | what the program does with its options |
//! | `files` | the files in order, and their bytes past the cache: the lowest seam |
//! | `finding` | what it has against a file |
//! | `standing` | how it stands: all that it tells |
//! | `manifest` | what every file read as when it was last known to be right |
//! | `pass` | every file read back once, compared, and written into the next manifest |
//! | `judge` | what it means that a segment reads as it does |
//! | `ledger` | what is against which file, counted and kept |
//! | `inodes` | what is open against a file stays with it when its name changes |
//! | `known` | what is known of the files of one place |
//! | `sums` | what the sums of packages say of files |
//! | `place` | the part that readings of a folder are about: its disk, or its filesystem |
//! | `work` | the thread that makes passes as they are due |
//! | `places` | several folders of one disk are one place |
//! | `pace` | how fast a pass reads, and when it rests |
//! | `lock` | one scrub for each folder of manifests |
//! | `packages` | the sums that dpkg keeps of what it installed |
//! | `rounds` | the process: its probes again and again, and their answers to the agent |
//! | `unwatched` | why no file is read back at all |
//! | `readings`, `told` | how it stands as readings, and as lists |
//! | `now` | everything is read back at once, and somebody watches |
//! | `message` | the lines between the two |
//! | `socket` | how a socket is listened at, and who may speak there |
//! | `link` | the agent's end of its socket: what is said, and how long anybody may be silent |
//! | `kept` | what the agent makes of it in its reports |

pub mod canary;
pub mod command;
pub mod files;
pub mod finding;
pub mod inodes;
pub mod judge;
pub mod kept;
pub mod known;
pub mod ledger;
pub mod link;
pub mod lock;
pub mod manifest;
pub mod message;
pub mod now;
pub mod pace;
pub mod packages;
pub mod pass;
pub mod place;
pub mod places;
pub mod readings;
pub mod rounds;
pub mod socket;
pub mod standing;
pub mod sums;
pub mod told;
pub mod unwatched;
pub mod work;

use nix::unistd::Uid;
use std::path::{Path, PathBuf};

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
