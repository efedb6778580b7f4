//! What the files of an identity say, checked.

use super::certificates::{self, Chain, Pems};
use super::credentials::Credentials;
use super::error::IdentityError;
use super::folder::{CA, CA_KEY, CREDENTIALS, FILES, KEYS, SERVER, SERVER_KEY};
use super::keys::Keys;
use crate::roster::{self, Own};
use picket_wire::SiteId;
use picket_wire::sign::SigningKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The texts of an identity's files, by name. Secrets, so they are never shown.
pub(crate) type Texts = BTreeMap<String, String>;

/// What the files of the folder say, checked.
pub(crate) struct Content {
    pub(super) keys: Keys,
    pub(super) chain: Chain,
    pub(super) credentials: Credentials,
}

impl Content {
    /// What texts say; `dir` is only named in errors.
    pub(crate) fn check(texts: &Texts, dir: &Path) -> Result<Content, IdentityError> {
        let missing = FILES.iter().map(|(name, _)| *name);
        let missing: Vec<_> = missing.filter(|name| !texts.contains_key(*name)).collect();
        if !missing.is_empty() {
            return Err(IdentityError::Incomplete {
                dir: dir.to_owned(),
                missing: missing.join(", "),
            });
        }
        let text = |name: &str| texts.get(name).cloned().unwrap_or_default();
        let pems = Pems {
            ca: text(CA),
            ca_key: text(CA_KEY),
            server: text(SERVER),
            server_key: text(SERVER_KEY),
        };
        Ok(Content {
            keys: Keys::parse(&text(KEYS), &dir.join(KEYS))?,
            chain: certificates::read(&pems, dir)?,
            credentials: Credentials::parse(&text(CREDENTIALS), &dir.join(CREDENTIALS))?,
        })
    }

    pub(crate) fn site(&self) -> SiteId {
        self.keys.site
    }

    pub(crate) fn ca_sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.chain.ca).into()
    }

    /// Whether texts, of which some may be missing or damaged, have keys of another identity:
    /// whoever believes those does not believe these.
    pub(crate) fn differs_from(&self, texts: &Texts) -> bool {
        let of = |name: &str| texts.get(name);
        let keys = of(KEYS).and_then(|text| Keys::parse(text, Path::new(KEYS)).ok());
        let ca = of(CA).and_then(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).ok());
        keys.is_some_and(|keys| keys.now != self.keys.now || keys.next != self.keys.next)
            || ca.is_some_and(|ca| ca != self.chain.ca)
    }

    pub(super) fn own(&self) -> Own {
        let hub_keys = [&self.keys.now, &self.keys.next].map(SigningKey::verifying_key);
        // The same at every start, so that what is written of it for a broker does not change. The
        // password is random, so that its salt need not be.
        let mut salt = [0; picket_wire::section::SALT_LEN];
        for (byte, from) in salt.iter_mut().zip(hub_keys[0].as_bytes()) {
            *byte = *from;
        }
        Own {
            site: self.keys.site,
            hub_keys,
            hub_password: roster::verifier(self.keys.password.expose().as_bytes(), salt),
        }
    }
}
