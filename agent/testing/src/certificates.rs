//! A hub's certificates, right and wrong ones.

use picket_wire::token::SERVER_NAME;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// A CA: each has the same name, and a key of its own.
#[derive(Debug)]
pub struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate with its key.
#[derive(Debug)]
pub struct Leaf {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// Its key in PKCS#8.
    pub key: Vec<u8>,
}

fn params(names: Vec<String>, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    // All CAs have one name, so that only the signature tells them apart.
    params.distinguished_name.push(DnType::CommonName, "test");
    params
}

impl Ca {
    /// A new one.
    #[must_use]
    pub fn generate() -> Ca {
        let mut params = params(Vec::new(), (2000, 2100));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Ca(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate in DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// As a hub has it.
    #[must_use]
    pub fn hub(&self) -> Leaf {
        self.leaf(SERVER_NAME, 2000, 2100)
    }

    /// A server's of any name, good from the first day of a year to that of another.
    #[must_use]
    pub fn leaf(&self, name: &str, from: i32, to: i32) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let params = params(vec![name.to_owned()], (from, to));
        Leaf {
            der: params.signed_by(&key, &self.0).unwrap().der().to_vec(),
            key: key.serialize_der(),
        }
    }
}
