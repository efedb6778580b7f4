//! The site's own CA and the hub's certificate for TLS, made once.
//!
//! ECDSA on P-256, because the TLS of sensor boards knows nothing else. Validity dates are no
//! control here: nodes pin the CA and verify at a moment inside, because a Pi may boot in 1970.

use super::error::IdentityError;
use super::folder::{CA, CA_KEY, SERVER, SERVER_KEY};
use super::keys;
use picket_wire::SiteId;
use picket_wire::token::SERVER_NAME;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber, date_time_ymd,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;

/// Bytes of a serial number: 128 bits of chance, of 20 bytes that RFC 5280 allows.
const SERIAL_LEN: usize = 16;
/// Most certificates in a file of the hub's.
const MAX_CHAIN: usize = 2;

/// All of it as PEM.
pub(crate) struct Pems {
    pub(crate) ca: String,
    pub(crate) ca_key: String,
    /// The hub's certificate, then the CA's.
    pub(crate) server: String,
    pub(crate) server_key: String,
}

/// What TLS needs of it.
pub(crate) struct Chain {
    pub(crate) server: CertificateDer<'static>,
    pub(crate) ca: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// Makes a CA and a certificate of the hub.
pub(crate) fn make(site: SiteId) -> Result<Pems, IdentityError> {
    let serials = [keys::random()?, keys::random()?];
    make_with(site, serials).map_err(|error| IdentityError::Make(error.to_string()))
}

fn make_with(site: SiteId, serials: [[u8; SERIAL_LEN]; 2]) -> Result<Pems, Error> {
    let [ca_serial, server_serial] = serials;
    let mut ca = parameters(&format!("Picket site {site}"), ca_serial, Vec::new())?;
    // It signs servers and nothing between.
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut server = parameters(
        &format!("Picket hub of {site}"),
        server_serial,
        vec![SERVER_NAME.to_owned()],
    )?;
    server.is_ca = IsCa::ExplicitNoCa;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;

    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let server_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let ca_certificate = ca.self_signed(&ca_key)?;
    let server = server.signed_by(&server_key, &Issuer::from_params(&ca, &ca_key))?;
    Ok(Pems {
        ca: lines(&ca_certificate.pem()),
        ca_key: lines(&ca_key.serialize_pem()),
        server: lines(&(server.pem() + &ca_certificate.pem())),
        server_key: lines(&server_key.serialize_pem()),
    })
}

fn parameters(
    name: &str,
    mut serial: [u8; SERIAL_LEN],
    names: Vec<String>,
) -> Result<CertificateParams, Error> {
    // A serial number is positive, and its first byte is not zero.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.serial_number = Some(SerialNumber::from_slice(&serial));
    parameters.not_before = date_time_ymd(2000, 1, 1);
    parameters.not_after = date_time_ymd(2100, 1, 1);
    Ok(parameters)
}

/// PEM as files on Unix have it.
fn lines(pem: &str) -> String {
    pem.replace("\r\n", "\n")
}

/// Reads the files of the server and of the CA, and checks that they belong together. The paths
/// are named in errors.
pub(crate) fn read(pems: &Pems, dir: &Path) -> Result<Chain, IdentityError> {
    let damaged = |name: &str, what: &'static str| IdentityError::Damaged {
        file: dir.join(name),
        what,
    };
    let certificates = |name: &str, pem: &str| {
        let read = CertificateDer::pem_slice_iter(pem.as_bytes()).take(MAX_CHAIN + 1);
        let read: Result<Vec<_>, _> = read.collect();
        read.map_err(|_| damaged(name, "is not a certificate in PEM"))
    };
    let [ca] = <[_; 1]>::try_from(certificates(CA, &pems.ca)?)
        .map_err(|_| damaged(CA, "is not one certificate"))?;
    let [server, issuer] = <[_; 2]>::try_from(certificates(SERVER, &pems.server)?)
        .map_err(|_| damaged(SERVER, "is not the hub's certificate and the CA's"))?;
    if issuer != ca {
        return Err(damaged(SERVER, "is of another CA than ca.pem"));
    }
    key_of(&ca, &pems.ca_key).map_err(|what| damaged(CA_KEY, what))?;
    key_of(&server, &pems.server_key).map_err(|what| damaged(SERVER_KEY, what))?;
    let key = PrivateKeyDer::from_pem_slice(pems.server_key.as_bytes())
        .map_err(|_| damaged(SERVER_KEY, "is not a key in PEM"))?;
    Ok(Chain { server, ca, key })
}

/// Whether the key is that of the certificate, whose bytes hold its public half.
fn key_of(certificate: &CertificateDer<'_>, pem: &str) -> Result<(), &'static str> {
    let key = KeyPair::from_pem(pem).map_err(|_| "is not a key in PEM")?;
    let public = key.public_key_raw();
    match certificate.windows(public.len()).any(|at| at == public) {
        true => Ok(()),
        false => Err("is not the key of its certificate"),
    }
}
