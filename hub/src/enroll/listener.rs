//! The broker is had to listen for other machines: now by the running hub, later by its settings.

use super::consent::Consent;
use super::{EnrollError, hub_toml, post};
use crate::cli::Enroll;
use crate::registrar::address::TLS_PORT;
use crate::registrar::shapes::Listen;
use crate::settings::DEFAULT_FILE;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Every address of this machine.
const EVERYWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), TLS_PORT);

/// Adds the listener if the owner agrees. `theirs` is the file that the hub says it was started with.
pub(super) async fn add(
    dir: &Path,
    args: &Enroll,
    theirs: Option<&Path>,
) -> Result<(), EnrollError> {
    let config = own_config(&args.config, theirs)?;
    let config = config.as_deref();
    let address = args.listen.unwrap_or(EVERYWHERE);
    // Who names an address has agreed to it.
    let consent = Consent::of(args.yes || args.listen.is_some());
    consent.offer(&question(address, config), &instead(args, address))?;
    // What can fail fails before the hub listens, and the file changes after it does.
    let change = config
        .map(|file| hub_toml::prepare(file, address))
        .transpose()?;
    let listens: Listen = post(dir, "/api/v1/listen", &Listen { address }).await?;
    if let Some(change) = change {
        change.commit()?;
    }
    let kept = match config {
        Some(file) => format!("written into {}", file.display()),
        None => "for as long as this hub runs: it has no settings file".to_owned(),
    };
    eprintln!(
        "picket-hub: the broker listens on {} by TLS, {kept}",
        listens.address
    );
    Ok(())
}

/// The file to change, which is always the command's own: root may be asking, and the hub is not
/// root. None for a hub that has no file.
fn own_config(ours: &Path, theirs: Option<&Path>) -> Result<Option<PathBuf>, EnrollError> {
    let Some(theirs) = theirs else {
        return Ok(None);
    };
    let ours = std::path::absolute(ours)?;
    match ours == theirs {
        true => Ok(Some(ours)),
        false => Err(EnrollError::OtherConfig {
            theirs: theirs.to_owned(),
            ours,
        }),
    }
}

fn question(address: SocketAddr, config: Option<&Path>) -> String {
    let written = config.map(|file| format!(", and write that into {}", file.display()));
    let written = written.unwrap_or_default();
    format!(
        "The broker listens on this machine only, so that no other machine can join. Have it \
         listen on {address}, by TLS{written}?"
    )
}

fn instead(args: &Enroll, address: SocketAddr) -> String {
    let nodes = args.nodes.join(" ");
    let config = match args.config == Path::new(DEFAULT_FILE) {
        true => String::new(),
        false => format!(" --config {}", args.config.display()),
    };
    format!("picket-hub enroll --listen {address} {nodes}{config}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_the_address_and_the_file() {
        let words = question(EVERYWHERE, Some(Path::new("/etc/picket/hub.toml")));
        assert!(words.contains("0.0.0.0:8883"), "{words}");
        assert!(words.contains("/etc/picket/hub.toml"), "{words}");
    }

    #[test]
    fn only_the_file_of_the_command_is_changed_whatever_the_hub_names() {
        let ours = Path::new("/etc/picket/hub.toml");
        assert_eq!(own_config(ours, None).unwrap(), None);
        let same = own_config(ours, Some(ours)).unwrap();
        assert_eq!(same.as_deref(), Some(ours));
        let other = own_config(ours, Some(Path::new("/etc/x\u{1b}.toml")));
        let words = other.unwrap_err().to_string();
        assert!(words.contains("/etc/picket/hub.toml"), "{words}");
        assert!(words.contains("--config"), "{words}");
        assert!(!words.contains('\u{1b}'), "{words}");
    }
}
