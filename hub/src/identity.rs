//! What makes a hub the hub of its site: its keys, its certificate, and who is enrolled.
//!
//! | file | what | written |
//! |---|---|---|
//! | `keys.toml` | site, signing key now and next, password of the hub's own connections | once |
//! | `ca.pem`, `ca.key` | the site's own CA, which nodes pin | once |
//! | `server.pem`, `server.key` | certificate and key for TLS; Mosquitto reads them too | once |
//! | `credentials.toml` | of whoever may log in | at join, expel, and for Home Assistant |
//! | `nodes.toml` | who is enrolled, public, elsewhere | at join and expel, and by people |
//!
//! All but the last stand in one folder of the hub's user. What is not on the disk is not in the
//! [`Roster`]. One program at a time may write; it holds a lock.

mod certificates;
pub(crate) mod content;
mod credentials;
pub(crate) mod describe;
mod error;
pub(crate) mod files;
pub(crate) mod folder;
mod keys;
pub(crate) mod nodes_file;

#[cfg(test)]
mod tests;

pub use describe::describe;
pub use error::IdentityError;
pub use keys::Password;

use crate::roster::{Enrolled, Roster};
use content::Content;
use credentials::Credentials;
use files::{Lock, SECRET};
use nodes_file::NodesFile;
use picket_wire::sign::{SigningKey, VerifyingKey};
use picket_wire::{NodeId, SiteId, Verifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Most nodes that can be enrolled.
pub const MAX_NODES: usize = 10_000;
/// See the file's first lines.
pub struct Identity {
    dir: PathBuf,
    content: Content,
    nodes_file: NodesFile,
    roster: Roster,
    _lock: Lock,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, …)", self.dir.display())
    }
}

impl Identity {
    /// Reads the identity of a site, or makes one (first start of a hub). It holds the identity's
    /// lock until it is dropped. What others could do with its files is taken back.
    pub fn open(dir: &Path, nodes_file: &Path, site: SiteId) -> Result<Identity, IdentityError> {
        files::make_dir(files::parent(dir))?;
        let lock = Lock::wait(dir)?;
        folder::clean(dir, nodes_file)?;
        let nodes_file = NodesFile::new(nodes_file);
        let nodes = nodes_file.read()?;
        let is_new = folder::is_absent(dir)?;
        if is_new {
            folder::make(dir, site)?;
        }
        folder::close_to_others(dir)?;
        let content = Content::check(&folder::read(dir)?, dir)?;
        if content.keys.site != site {
            return Err(IdentityError::Site {
                dir: dir.to_owned(),
                theirs: content.keys.site.to_string(),
                ours: site.to_string(),
            });
        }
        if is_new {
            describe::say_made(
                dir,
                nodes_file.path(),
                nodes.as_ref().map_or(0, BTreeMap::len),
            );
        } else {
            describe::say_strangers(&content.credentials, nodes.as_ref(), nodes_file.path());
        }
        let enrolled = enrolled(nodes.unwrap_or_default(), &content.credentials);
        if !is_new {
            describe::say_lost(&enrolled);
        }
        let own = content.own();
        Ok(Identity {
            dir: dir.to_owned(),
            roster: Roster::new(own, enrolled, content.credentials.home_assistant),
            content,
            nodes_file,
            _lock: lock,
        })
    }

    /// The one roster that all tasks share.
    pub fn roster(&self) -> Roster {
        self.roster.clone()
    }

    /// What signatures are bound to.
    pub fn site(&self) -> SiteId {
        self.content.keys.site
    }

    /// What the hub signs with now.
    pub fn signing_key(&self) -> &SigningKey {
        &self.content.keys.now
    }

    /// The public half of what the hub will sign with after that.
    pub fn next_hub_key(&self) -> VerifyingKey {
        self.content.keys.next.verifying_key()
    }

    /// Of the hub's own connections, under the name [`crate::roster::HUB_USER`].
    pub fn hub_password(&self) -> &Password {
        &self.content.keys.password
    }

    /// SHA-256 of the CA's certificate in DER: what nodes pin.
    pub fn ca_sha256(&self) -> [u8; 32] {
        self.content.ca_sha256()
    }

    /// The hub's certificate and the CA's, in this order.
    pub fn server_chain(&self) -> Vec<CertificateDer<'static>> {
        vec![
            self.content.chain.server.clone(),
            self.content.chain.ca.clone(),
        ]
    }

    /// The key of the hub's certificate.
    pub fn server_key(&self) -> PrivateKeyDer<'static> {
        self.content.chain.key.clone_key()
    }

    /// The CA's certificate.
    pub fn ca_der(&self) -> CertificateDer<'static> {
        self.content.chain.ca.clone()
    }

    /// The folder, which has `server.pem`, `server.key` and `ca.pem` for others.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Enrols a node, or anew with another key or password: writes it down, then tells the roster.
    /// After an error the roster is as before.
    pub fn enrol(&mut self, node: NodeId, enrolled: Enrolled) -> Result<(), IdentityError> {
        let old = self.nodes_file.read()?.unwrap_or_default();
        if !old.contains_key(&node) && old.len() >= MAX_NODES {
            return Err(IdentityError::Full);
        }
        let old = old.get(&node).copied();
        let mut credentials = self.content.credentials.clone();
        // The old password stays until the new key is in nodes.toml, also if that is missing now.
        let counted = old.into_iter().chain(self.roster.key(node));
        let counted: Vec<_> = counted.chain([enrolled.key]).collect();
        credentials.keep_only(node, &counted);
        credentials.set(node, &enrolled.key, enrolled.password);
        self.write(credentials)?;
        if old != Some(enrolled.key) {
            self.nodes_file.set(node, &enrolled.key)?;
        }
        self.roster.enrol(node, enrolled);
        let mut credentials = self.content.credentials.clone();
        if credentials.keep_only(node, &[enrolled.key]) {
            // The password of the card that was replaced: it counts no more, and goes at the
            // latest with the next write.
            if let Err(error) = self.write(credentials) {
                tracing::warn!("the old credentials of {node} were not removed: {error}");
            }
        }
        Ok(())
    }

    /// Strikes a node out and tells the roster. Gives whether it was known.
    pub fn expel(&mut self, node: NodeId) -> Result<bool, IdentityError> {
        let was_written = self.nodes_file.remove(node)?;
        let was_known = self.roster.expel(node);
        let mut credentials = self.content.credentials.clone();
        let had_credentials = credentials.keep_only(node, &[]);
        if had_credentials {
            self.write(credentials)?;
        }
        Ok(was_written || was_known || had_credentials)
    }

    /// Home Assistant has this password from now on: writes it down, then tells the roster.
    pub fn let_home_assistant_in(&mut self, password: Verifier) -> Result<(), IdentityError> {
        let mut credentials = self.content.credentials.clone();
        credentials.home_assistant = Some(password);
        self.write(credentials)?;
        self.roster.let_home_assistant_in(password);
        Ok(())
    }

    fn write(&mut self, credentials: Credentials) -> Result<(), IdentityError> {
        if credentials != self.content.credentials {
            let text = credentials.to_text();
            files::write(&self.dir.join(folder::CREDENTIALS), &text, SECRET)?;
            self.content.credentials = credentials;
        }
        Ok(())
    }
}

fn enrolled(
    nodes: BTreeMap<NodeId, VerifyingKey>,
    credentials: &Credentials,
) -> BTreeMap<NodeId, Enrolled> {
    let enrol = |(node, key)| {
        let password = credentials.get(node, &key);
        (node, Enrolled { key, password })
    };
    nodes.into_iter().map(enrol).collect()
}
