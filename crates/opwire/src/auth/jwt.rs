//! JSON Web Tokens (RFC 7519) that are made here.

use super::{needed, text};
use crate::diagnostic::Code;
use crate::error::Error;
use crate::manifest::{Jwt, JwtAlgorithm, units};
use crate::template::{Compiler, Scope, Template};
use std::time::Duration;

const LIFETIME: Duration = Duration::from_secs(300);

/// How a token is made, compiled.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "jwt"),
    expect(dead_code, reason = "a build without the feature refuses it at load")
)]
pub(crate) struct JwtPlan {
    algorithm: JwtAlgorithm,
    pub(crate) key: Template,
    key_id: Option<Template>,
    claims: Vec<(String, Template)>,
    lifetime: Duration,
}

impl JwtPlan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, manifest: &Jwt) -> Self {
        #[cfg(not(feature = "jwt"))]
        super::lacks(compiler, "jwt");
        let key = compiler.at("key", |c| super::secret(c, &manifest.key));
        let key_id = manifest.key_id.as_ref();
        let key_id = key_id.map(|id| compiler.at("key_id", |c| c.scalar(id)));
        let claims = compiler.at("claims", |compiler| {
            let claims = manifest.claims.iter();
            claims
                .map(|(name, text)| (name.clone(), compiler.at(name, |c| c.scalar(text))))
                .collect()
        });
        let lifetime = manifest
            .lifetime
            .as_deref()
            .map_or(Ok(LIFETIME), units::duration);
        let lifetime = lifetime.unwrap_or_else(|message| {
            compiler.at("lifetime", |c| {
                c.fault(Code::WrongValue, message);
            });
            LIFETIME
        });
        Self {
            algorithm: manifest.algorithm,
            key,
            key_id,
            claims,
            lifetime,
        }
    }

    #[cfg(not(feature = "jwt"))]
    pub(crate) fn sign(&self, scope: &Scope<'_>, _: Duration) -> Result<String, Error> {
        text(&self.key, scope)?;
        needed(&self.key, scope)?;
        Err(super::failed(
            "this build of Opwire lacks the feature `jwt`",
        ))
    }

    /// A token that holds from now.
    #[cfg(feature = "jwt")]
    pub(crate) fn sign(&self, scope: &Scope<'_>, unix: Duration) -> Result<String, Error> {
        use serde_json::{Map, Value};
        let key = needed(&self.key, scope)?;
        let key_id = match &self.key_id {
            Some(key_id) => text(key_id, scope)?,
            None => None,
        };
        let mut claims = Map::new();
        for (name, template) in &self.claims {
            if let Some(text) = text(template, scope)? {
                claims.insert(name.clone(), Value::String(text));
            }
        }
        claims.insert("iat".to_owned(), unix.as_secs().into());
        claims.insert("exp".to_owned(), (unix + self.lifetime).as_secs().into());
        encode(self.algorithm, &key, key_id, &claims)
    }
}

#[cfg(feature = "jwt")]
fn encode(
    algorithm: JwtAlgorithm,
    key: &str,
    key_id: Option<String>,
    claims: &impl serde::Serialize,
) -> Result<String, Error> {
    let (algorithm, key) = key_of(algorithm, key)?;
    let mut header = jsonwebtoken::Header::new(algorithm);
    header.kid = key_id;
    jsonwebtoken::encode(&header, claims, &key)
        .map_err(|_| super::failed("the JSON Web Token can't be signed with this key"))
}

#[cfg(feature = "jwt")]
fn key_of(
    algorithm: JwtAlgorithm,
    key: &str,
) -> Result<(jsonwebtoken::Algorithm, jsonwebtoken::EncodingKey), Error> {
    use JwtAlgorithm as J;
    use jsonwebtoken::{Algorithm as A, EncodingKey};
    let pem = key.as_bytes();
    let (algorithm, key) = match algorithm {
        J::HS256 => (A::HS256, Ok(EncodingKey::from_secret(pem))),
        J::HS384 => (A::HS384, Ok(EncodingKey::from_secret(pem))),
        J::HS512 => (A::HS512, Ok(EncodingKey::from_secret(pem))),
        J::RS256 => (A::RS256, EncodingKey::from_rsa_pem(pem)),
        J::RS384 => (A::RS384, EncodingKey::from_rsa_pem(pem)),
        J::RS512 => (A::RS512, EncodingKey::from_rsa_pem(pem)),
        J::PS256 => (A::PS256, EncodingKey::from_rsa_pem(pem)),
        J::PS384 => (A::PS384, EncodingKey::from_rsa_pem(pem)),
        J::PS512 => (A::PS512, EncodingKey::from_rsa_pem(pem)),
        J::ES256 => (A::ES256, EncodingKey::from_ec_pem(pem)),
        J::ES384 => (A::ES384, EncodingKey::from_ec_pem(pem)),
        J::EdDSA => (A::EdDSA, EncodingKey::from_ed_pem(pem)),
    };
    // What the library says may hold a part of the key.
    let wrong =
        |_| super::failed("the key of the JSON Web Token is not one of its algorithm, in PEM form");
    Ok((algorithm, key.map_err(wrong)?))
}

#[cfg(test)]
#[cfg(feature = "jwt")]
#[path = "jwt_tests.rs"]
mod tests;
