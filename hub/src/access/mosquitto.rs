//! The table for a Mosquitto of the owner's: its password file, its list of rights, its settings.
//!
//! The two files are written anew from the roster at every change, and a sample of the settings
//! beside them; then the owner's command makes Mosquitto read them, at which it ends the connections
//! of whoever may no longer log in. The format is that of Mosquitto 2.0: `USER:$7$ROUNDS$SALT$HASH`
//! in base64, and `user`/`topic` lines. Mosquitto asks its list not when somebody subscribes, but for
//! every message that it would deliver.

use super::{Right, grants, user_of};
use crate::identity::IdentityError;
use crate::identity::files;
use crate::mqtt::MAX_PACKET;
use crate::roster::Roster;
use crate::settings::{Broker, MosquittoFiles, Settings};
use base64ct::{Base64, Encoding};
use picket_wire::section::ROUNDS;
use picket_wire::{SiteId, Verifier};
use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Its owner writes, and Mosquitto reads by its group.
const FOR_THE_GROUP: u32 = 0o640;
/// The sample of Mosquitto's settings, beside its password file.
pub const SAMPLE: &str = "picket.conf.sample";
/// Time for the owner's command.
const RELOAD: Duration = Duration::from_secs(10);
/// Bytes of the command's complaint that are repeated.
const SHOWN: usize = 200;

/// Why Mosquitto does not know who may do what.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] IdentityError),
    /// The thread that writes was lost.
    #[error("the files of Mosquitto were not written: {0}")]
    Lost(String),
    /// The command failed; the files are written.
    #[error(
        "the users and rights for Mosquitto are written, but it does not know of them: `{command}` \
         {why}; make it read its files anew"
    )]
    Reload {
        /// The command, as it stands in the settings.
        command: String,
        /// How it ended.
        why: String,
    },
}

/// Writes the files that the settings name, and runs the command after it; nothing where they name
/// none. Returns once Mosquitto was told.
pub async fn publish(roster: &Roster, settings: &Settings) -> Result<(), PublishError> {
    let Broker::External(external) = &settings.broker else {
        return Ok(());
    };
    let Some(files) = external.files.clone() else {
        return Ok(());
    };
    let reload = files.reload.clone();
    let roster = roster.clone();
    let prefix = settings.home_assistant.discovery_prefix.clone();
    let identity = settings.identity_dir();
    let write = move || write(&roster, &prefix, &files, &identity);
    let written = tokio::task::spawn_blocking(write).await;
    written.map_err(|error| PublishError::Lost(error.to_string()))??;
    match reload.split_first() {
        Some((program, arguments)) => tell(program, arguments).await,
        None => Ok(()),
    }
}

fn write(
    roster: &Roster,
    prefix: &str,
    files: &MosquittoFiles,
    identity: &Path,
) -> Result<(), IdentityError> {
    let sample = files.password_file.with_file_name(SAMPLE);
    let conf = conf(roster.site(), files, identity);
    files::write(&sample, &conf, FOR_THE_GROUP)?;
    // Rights without a user harm nobody; a user without rights would be refused what it may.
    files::write(&files.acl_file, &acl_file(roster, prefix), FOR_THE_GROUP)?;
    files::write(&files.password_file, &password_file(roster), FOR_THE_GROUP)
}

async fn tell(program: &str, arguments: &[String]) -> Result<(), PublishError> {
    let failed = |why: String| PublishError::Reload {
        command: [program]
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" "),
        why,
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(RELOAD, output).await {
        Err(_) => Err(failed(format!("did not end within {RELOAD:?}"))),
        Ok(Err(error)) => Err(failed(format!("cannot be run: {error}"))),
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let line: String = complaint.trim().chars().take(SHOWN).collect();
            Err(failed(format!("ended with {}: {line:?}", output.status)))
        }
    }
}

/// Mosquitto's `password_file`.
pub fn password_file(roster: &Roster) -> String {
    let mut text = String::new();
    for (who, verifier) in roster.verifiers() {
        let _ = writeln!(text, "{}:{}", user_of(who), hashed(&verifier));
    }
    text
}

fn hashed(verifier: &Verifier) -> String {
    let salt = Base64::encode_string(&verifier.salt);
    let hash = Base64::encode_string(&verifier.hash());
    format!("$7${ROUNDS}${salt}${hash}")
}

/// Mosquitto's `acl_file`. `discovery_prefix` is the front of Home Assistant's topics.
pub fn acl_file(roster: &Roster, discovery_prefix: &str) -> String {
    let mut text = String::from("# Written by picket-hub, and written anew at every change.\n");
    for (who, _) in roster.verifiers() {
        let _ = writeln!(text, "\nuser {}", user_of(who));
        for grant in grants(who, discovery_prefix) {
            let right = match grant.right {
                Right::Read => "read",
                Right::Write => "write",
                Right::Both => "readwrite",
            };
            let _ = writeln!(text, "topic {right} {}", grant.filter);
        }
    }
    text
}

/// Settings for Mosquitto that go with those files, as a sample for its owner. `identity` is the
/// folder with the hub's certificate.
pub fn conf(site: SiteId, files: &MosquittoFiles, identity: &Path) -> String {
    let passwords = files.password_file.display();
    let rights = files.acl_file.display();
    let folder = files::parent(&files.password_file).display();
    let identity = identity.display();
    format!(
        "# Mosquitto for the site {site} of Picket, for example /etc/mosquitto/conf.d/picket.conf.
#
# The files below are read by Mosquitto's own user. As root, once:
#   install -d -o picket-hub -g mosquitto -m 2750 {folder}
#   install -d -o root -g mosquitto -m 0750 /etc/mosquitto/picket-tls
#   install -o root -g mosquitto -m 0640 {identity}/server.pem {identity}/server.key \\
#     /etc/mosquitto/picket-tls/
per_listener_settings false
allow_anonymous false
password_file {passwords}
acl_file {rights}
message_size_limit {MAX_PACKET}

# Nodes and Home Assistant. A client id is the user's own name, so that nobody can end the
# connection of somebody else by taking theirs.
listener 8883
certfile /etc/mosquitto/picket-tls/server.pem
keyfile /etc/mosquitto/picket-tls/server.key
tls_version tlsv1.3
use_username_as_clientid true

# The hub, on this machine; it has several connections under one name.
listener 1883 127.0.0.1
"
    )
}

#[cfg(test)]
mod tests;
