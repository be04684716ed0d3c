//! AWS Signature Version 4.

use crate::error::Error;
use crate::manifest::AwsSigv4;
use crate::template::{Compiler, Scope, Template};
use bytes::Bytes;
use http::Request;
use std::time::Duration;

/// How a request is signed, compiled.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "sigv4"),
    expect(dead_code, reason = "a build without the feature refuses it at load")
)]
pub(crate) struct SigV4Plan {
    service: String,
    region: Template,
    access_key_id: Template,
    secret_access_key: Template,
    session_token: Option<Template>,
}

impl SigV4Plan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, manifest: &AwsSigv4) -> Self {
        #[cfg(not(feature = "sigv4"))]
        super::lacks(compiler, "sigv4");
        let session_token = manifest.session_token.as_ref();
        Self {
            service: manifest.service.clone(),
            region: compiler.at("region", |c| c.scalar(&manifest.region)),
            access_key_id: compiler.at("access_key_id", |c| c.scalar(&manifest.access_key_id)),
            secret_access_key: compiler.at("secret_access_key", |c| {
                super::secret(c, &manifest.secret_access_key)
            }),
            session_token: session_token
                .map(|text| compiler.at("session_token", |c| c.scalar(text))),
        }
    }

    #[cfg(not(feature = "sigv4"))]
    #[expect(clippy::unused_self, reason = "as the one that signs")]
    pub(crate) fn sign(
        &self,
        _: &mut Request<Bytes>,
        _: &Scope<'_>,
        _: Option<Duration>,
    ) -> Result<(), Error> {
        Err(super::failed(
            "this build of Opwire lacks the feature `sigv4`",
        ))
    }

    #[cfg(feature = "sigv4")]
    pub(crate) fn sign(
        &self,
        request: &mut Request<Bytes>,
        scope: &Scope<'_>,
        unix: Option<Duration>,
    ) -> Result<(), Error> {
        use super::{needed, text};
        let Some(unix) = unix else {
            return super::insert(
                request,
                http::header::AUTHORIZATION,
                "AWS4-HMAC-SHA256 {signature}",
            );
        };
        let session = match &self.session_token {
            Some(template) => text(template, scope)?,
            None => None,
        };
        let (id, secret) = (
            needed(&self.access_key_id, scope)?,
            needed(&self.secret_access_key, scope)?,
        );
        let credentials =
            aws_credential_types::Credentials::new(id, secret, session, None, "opwire");
        let region = needed(&self.region, scope)?;
        let signed = signed(request, credentials, &region, &self.service, unix);
        signed.ok_or_else(|| super::failed("the request can't be signed for AWS"))
    }
}

#[cfg(feature = "sigv4")]
fn signed(
    request: &mut Request<Bytes>,
    credentials: aws_credential_types::Credentials,
    region: &str,
    service: &str,
    unix: Duration,
) -> Option<()> {
    use aws_sigv4::http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode,
    };
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = credentials.into();
    let parameters = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(std::time::UNIX_EPOCH + unix)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let headers = request.headers().iter();
    let headers: Vec<(&str, &str)> = headers
        .map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect::<Option<_>>()?;
    let (method, uri) = (request.method().as_str(), request.uri().to_string());
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new(method, uri, headers.into_iter(), body).ok()?;
    let (instructions, _) = aws_sigv4::http_request::sign(signable, &parameters)
        .ok()?
        .into_parts();
    instructions.apply_to_request_http1x(request);
    for name in ["authorization", "x-amz-security-token"] {
        if let Some(value) = request.headers_mut().get_mut(name) {
            value.set_sensitive(true);
        }
    }
    Some(())
}

#[cfg(test)]
#[cfg(feature = "sigv4")]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The test suite that AWS publishes, as it stands in the package of the crate aws-sigv4 1.6.4 (Apache-2.0): what
    /// is signed by headers, with paths that are normalized.
    const VECTORS: &str = include_str!("vectors/aws-sigv4.json");

    #[test]
    fn the_suite_of_aws() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        let mut signed_alike = 0;
        for vector in &vectors {
            let name = vector["name"].as_str().unwrap();
            let text = |pointer: &str| {
                vector
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let mut request = Request::builder()
                .method(text("/method").unwrap().as_str())
                .uri(format!(
                    "https://example.amazonaws.com{}",
                    text("/path").unwrap()
                ));
            for header in vector["headers"].as_array().unwrap() {
                request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
            }
            let mut request = request.body(Bytes::from(text("/body").unwrap())).unwrap();
            let credentials = aws_credential_types::Credentials::new(
                text("/context/credentials/access_key_id").unwrap(),
                text("/context/credentials/secret_access_key").unwrap(),
                text("/context/credentials/token"),
                None,
                "test",
            );
            let (region, service) = (
                text("/context/region").unwrap(),
                text("/context/service").unwrap(),
            );
            // 2015-08-30T12:36:00Z
            let unix = Duration::from_secs(1_440_938_160);
            signed(&mut request, credentials, &region, &service, unix).unwrap();
            let authorization = request.headers()["authorization"].to_str().unwrap();
            assert_eq!(authorization, text("/authorization").unwrap(), "{name}");
            signed_alike += 1;
        }
        assert_eq!(signed_alike, vectors.len());
        println!("{signed_alike} vectors");
    }
}
