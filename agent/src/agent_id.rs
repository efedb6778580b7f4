//! `agent.id`: what makes this machine a node of a site. Whoever can read it can be that node.
//!
//! TOML with the keys `site`, `node`, `key` (the seed of the node's signing key), `password`, `ca`
//! (the certificate in DER), `hub_key` and `next_hub_key`; bytes are written in base64url. Where
//! the hub is stands in the settings. `picket-agent join` writes it; before it asks the hub, it
//! keeps what it has made in `agent.id.new`, which is the same without `ca` and `next_hub_key`.

use crate::opened;
use crate::replace::{Rights, replace};
use base64ct::{Base64UrlUnpadded, Encoding};
use picket_node::Membership;
use picket_wire::sign::{SigningKey, VerifyingKey};
use picket_wire::{NodeId, SiteId};
use serde::Deserialize;
use std::fmt;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's name; it stands beside the settings.
pub const FILE_NAME: &str = "agent.id";
/// Longest file, in bytes: a CA's certificate has less than one thousand.
pub const MAX_FILE: u64 = 16 * 1024;
/// Random bytes of a password.
const PASSWORD_LEN: usize = 32;
/// Bits of the mode that let others than the owner in.
const OTHERS: u32 = 0o077;

/// A password or a token; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Keeps a text.
    pub fn new(text: &str) -> SecretText {
        SecretText(Zeroizing::new(text.to_owned()))
    }

    /// The text, to be sent and never shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// What a node makes for itself before it asks to join, and whom it asks.
#[derive(Clone)]
pub struct Own {
    /// The site.
    pub site: SiteId,
    /// The node's name there.
    pub node: NodeId,
    /// What it signs with.
    pub key: SigningKey,
    /// What it connects with.
    pub password: SecretText,
    /// What the hub signs with.
    pub hub_key: VerifyingKey,
}

/// The whole identity of a node that has joined.
#[derive(Clone, Debug)]
pub struct AgentId {
    /// What the node made for itself.
    pub own: Own,
    /// The hub's CA: a certificate in DER.
    pub ca: Vec<u8>,
    /// What the hub will sign with after the present key.
    pub next_hub_key: VerifyingKey,
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({} of {}, …)", self.node, self.site)
    }
}

/// The file by its keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    site: String,
    node: String,
    key: String,
    password: String,
    hub_key: String,
    ca: Option<String>,
    next_hub_key: Option<String>,
}

impl Own {
    /// A new key and a new password for `node`.
    ///
    /// # Errors
    /// The kernel gave no random numbers.
    pub fn make(site: SiteId, node: NodeId, hub_key: VerifyingKey) -> Result<Own, String> {
        let mut random = Zeroizing::new([0; 32 + PASSWORD_LEN]);
        getrandom::fill(&mut random[..])
            .map_err(|error| format!("the kernel gave no random numbers: {error}"))?;
        let (seed, password) = random.split_at(32);
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).unwrap_or_default());
        Ok(Own {
            site,
            node,
            key: SigningKey::from_bytes(&seed),
            password: SecretText(Zeroizing::new(Base64UrlUnpadded::encode_string(password))),
            hub_key,
        })
    }

    /// Reads what an earlier attempt to join has made.
    ///
    /// # Errors
    /// As [`AgentId::read`].
    pub fn read(path: &Path) -> Result<Option<Own>, String> {
        let Some(written) = read(path)? else {
            return Ok(None);
        };
        own(&written).map(Some).map_err(|why| wrong(path, &why))
    }

    /// Keeps it for the case that joining is cut off.
    ///
    /// # Errors
    /// What was tried and what the kernel answered.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        put(path, &self.text(), None)
    }

    fn text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.key.to_bytes());
        let key = Zeroizing::new(Base64UrlUnpadded::encode_string(&seed[..]));
        Zeroizing::new(format!(
            "# Who this machine is to Picket's hub; `picket-agent join` writes it. Whoever can \
             read it can be\n# this node: it belongs neither into Git nor onto another \
             machine.\nsite = \"{}\"\nnode = \"{}\"\nkey = \"{}\"\npassword = \"{}\"\nhub_key = \
             \"{}\"\n",
            self.site,
            self.node,
            *key,
            self.password.reveal(),
            Base64UrlUnpadded::encode_string(self.hub_key.as_bytes()),
        ))
    }
}

impl AgentId {
    /// Reads the file; none if it is not there.
    ///
    /// # Errors
    /// One line: it cannot be read, others may read it too, it is too long, or it is not what
    /// `join` writes. None of its content is in the line.
    pub fn read(path: &Path) -> Result<Option<AgentId>, String> {
        let Some(written) = read(path)? else {
            return Ok(None);
        };
        whole(&written).map(Some).map_err(|why| wrong(path, &why))
    }

    /// Writes the file so that only `owner` can read it, or whoever writes it.
    ///
    /// # Errors
    /// What was tried and what the kernel answered.
    pub fn write(&self, path: &Path, owner: Option<(u32, u32)>) -> Result<(), String> {
        let mut text = self.own.text();
        let ca = Base64UrlUnpadded::encode_string(&self.ca);
        let next = Base64UrlUnpadded::encode_string(self.next_hub_key.as_bytes());
        text.push_str(&format!("next_hub_key = \"{next}\"\nca = \"{ca}\"\n"));
        put(path, &text, owner)
    }

    /// What the node's core signs with and believes.
    pub fn membership(&self) -> Membership {
        Membership {
            site: self.own.site,
            key: self.own.key.clone(),
            hub_keys: [self.own.hub_key, self.next_hub_key],
        }
    }
}

fn put(path: &Path, text: &str, owner: Option<(u32, u32)>) -> Result<(), String> {
    let mode = 0o600;
    replace(path, text, Rights { mode, owner })
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Where `agent.id` stands for these settings: beside them.
pub fn beside(settings: &Path) -> PathBuf {
    crate::replace::folder(settings).join(FILE_NAME)
}

fn read(path: &Path) -> Result<Option<Written>, String> {
    let shown = path.display();
    let file = match opened::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(format!(
                "cannot read {shown}: {error}; only its owner may, so type the same with sudo"
            ));
        }
        Err(error) => return Err(format!("cannot read {shown}: {error}")),
        Ok(file) => file,
    };
    let unreadable = |error| format!("cannot read {shown}: {error}");
    let metadata = file.metadata().map_err(unreadable)?;
    if !opened::is_ours(metadata.uid()) {
        return Err(format!(
            "{shown} belongs to user {}, who may have put another identity there: join anew by \
             `picket-agent join --replace`",
            metadata.uid()
        ));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(format!(
            "{shown} is secret, and its mode {mode:04o} lets others in: type `chmod 600 {shown}`; \
             if somebody may have read it, join anew by `picket-agent join --replace`"
        ));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE {
        return Err(wrong(path, &format!("it is longer than {MAX_FILE} bytes")));
    }
    // The parser's own words may show what is written there.
    let parsed = toml::from_str(&text).map_err(|error| {
        let before = text.bytes().take(error.span().unwrap_or_default().start);
        let line = before.filter(|byte| *byte == b'\n').count() + 1;
        wrong(
            path,
            &format!("line {line} is not what `picket-agent join` writes"),
        )
    });
    parsed.map(Some)
}

fn wrong(path: &Path, why: &str) -> String {
    format!(
        "{} cannot be used: {why}; put it back, or join anew by `picket-agent join --replace`",
        path.display()
    )
}

fn own(written: &Written) -> Result<Own, String> {
    let seed = Zeroizing::new(bytes::<32>(&written.key, "key")?);
    Ok(Own {
        site: SiteId::parse(&written.site).map_err(|why| format!("site: {why}"))?,
        node: NodeId::parse(&written.node).map_err(|why| format!("node: {why}"))?,
        key: SigningKey::from_bytes(&seed),
        password: SecretText::new(&written.password),
        hub_key: public(&written.hub_key, "hub_key")?,
    })
}

fn whole(written: &Written) -> Result<AgentId, String> {
    let missing = |name| format!("{name} is missing");
    let ca = written.ca.as_deref().ok_or_else(|| missing("ca"))?;
    let next = written.next_hub_key.as_deref();
    let next = next.ok_or_else(|| missing("next_hub_key"))?;
    Ok(AgentId {
        own: own(written)?,
        ca: Base64UrlUnpadded::decode_vec(ca).map_err(|_| "ca is no base64url".to_owned())?,
        next_hub_key: public(next, "next_hub_key")?,
    })
}

fn public(text: &str, name: &str) -> Result<VerifyingKey, String> {
    VerifyingKey::from_bytes(&bytes(text, name)?).map_err(|_| format!("{name} is no key"))
}

fn bytes<const N: usize>(text: &str, name: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    match Base64UrlUnpadded::decode(text, &mut bytes) {
        Ok(read) if read.len() == N => Ok(bytes),
        Ok(_) | Err(_) => Err(format!("{name} is not {N} bytes in base64url")),
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.key.zeroize();
        self.password.zeroize();
    }
}

#[cfg(test)]
mod tests;
