//! Certificates that tests make for themselves.

use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use std::sync::Arc;
use tokio_rustls::rustls;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What goes wrong while certificates are made.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A certificate authority.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a service's certificate says.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// The host name.
    pub name: &'a str,
    /// The first year in which it holds, and the first in which it doesn't any more.
    pub years: (i32, i32),
}

impl Leaf<'_> {
    /// One that holds now.
    #[must_use]
    pub fn of(name: &str) -> Leaf<'_> {
        Leaf {
            name,
            years: (2000, 4000),
        }
    }

    fn params(self) -> Result<CertificateParams, Failure> {
        let mut params = CertificateParams::new(vec![self.name.to_owned()])?;
        params.not_before = date_time_ymd(self.years.0, 1, 1);
        params.not_after = date_time_ymd(self.years.1, 1, 1);
        Ok(params)
    }

    /// What a service that has this certificate, signed by itself, speaks TLS with.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn self_signed(self) -> Result<Arc<ServerConfig>, Failure> {
        let key = KeyPair::generate()?;
        let certificate = self.params()?.self_signed(&key)?;
        config(certificate.der().clone(), &key, &[])
    }
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new() -> Result<Self, Failure> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
        })
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What a service that has this certificate speaks TLS with, and the protocols that it offers.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn signs(&self, leaf: Leaf<'_>, protocols: &[&str]) -> Result<Arc<ServerConfig>, Failure> {
        let key = KeyPair::generate()?;
        let certificate = leaf.params()?.signed_by(&key, &self.issuer)?;
        config(certificate.der().clone(), &key, protocols)
    }
}

fn config(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    protocols: &[&str],
) -> Result<Arc<ServerConfig>, Failure> {
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Ok(Arc::new(config))
}
