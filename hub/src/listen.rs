//! Why an address cannot be listened on, said so that its owner knows what to do.

use std::io;
use std::net::SocketAddr;

/// An address that could not be had.
#[derive(Debug)]
pub struct ListenError {
    /// Who wanted it: `broker` or `page`.
    pub who: &'static str,
    /// Which.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

impl ListenError {
    /// Whether somebody else has the port.
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

impl std::fmt::Display for ListenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ListenError {
            who,
            address,
            source,
        } = self;
        write!(f, "the {who} cannot listen on {address}: ")?;
        let port = address.port();
        match source.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "another program has the port (`ss -ltnp sport = :{port}` names it); stop that \
                 one, or choose another port"
            ),
            io::ErrorKind::PermissionDenied => write!(
                f,
                "no permission; choose a port above 1023, or run as a user that may"
            ),
            io::ErrorKind::AddrNotAvailable => {
                write!(
                    f,
                    "this machine does not have that address; choose one of `ip address`"
                )
            }
            _ => write!(f, "{source}"),
        }
    }
}

// The system's words are already part of the sentence.
impl std::error::Error for ListenError {}
