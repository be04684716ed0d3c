//! Signatures over parts of a request, by a shared secret (RFC 2104).

use super::{header_name, insert, needed};
use crate::error::Error;
use crate::manifest::{Hmac, HmacAlgorithm, HmacEncoding, HmacPart};
use crate::template::{Compiler, Scope, Template};
use bytes::Bytes;
use http::{HeaderName, Request};
use std::time::Duration;

/// How a request is signed, compiled.
#[derive(Debug)]
pub(crate) struct HmacPlan {
    key: Template,
    header: HeaderName,
    timestamp_header: Option<HeaderName>,
    manifest: Hmac,
}

impl HmacPlan {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, manifest: &Hmac) -> Option<Self> {
        #[cfg(not(feature = "hmac"))]
        super::lacks(compiler, "hmac");
        let timestamp_header = match &manifest.timestamp_header {
            Some(name) => Some(compiler.at("timestamp_header", |c| header_name(c, name))?),
            None => None,
        };
        Some(Self {
            key: compiler.at("key", |c| super::secret(c, &manifest.key)),
            header: compiler.at("header", |c| header_name(c, &manifest.header))?,
            timestamp_header,
            manifest: manifest.clone(),
        })
    }

    pub(crate) fn sign(
        &self,
        request: &mut Request<Bytes>,
        scope: &Scope<'_>,
        unix: Option<Duration>,
    ) -> Result<(), Error> {
        let timestamp = unix.map_or("{timestamp}".to_owned(), |unix| unix.as_secs().to_string());
        if let Some(header) = &self.timestamp_header {
            insert(request, header.clone(), &timestamp)?;
        }
        let signature = match unix {
            None => "{signature}".to_owned(),
            Some(_) => signature(
                &self.manifest,
                &needed(&self.key, scope)?,
                &self.message(request, &timestamp)?,
            )?,
        };
        insert(
            request,
            self.header.clone(),
            &format!("{}{signature}", self.manifest.prefix),
        )
    }

    fn message(&self, request: &Request<Bytes>, timestamp: &str) -> Result<Vec<u8>, Error> {
        let mut message = Vec::new();
        for (index, part) in self.manifest.sign.iter().enumerate() {
            if index > 0 {
                message.extend_from_slice(self.manifest.join.as_bytes());
            }
            let uri = request.uri();
            let own;
            let part = match part {
                HmacPart::Timestamp => timestamp.as_bytes(),
                HmacPart::Method => request.method().as_str().as_bytes(),
                HmacPart::Host => uri
                    .authority()
                    .map_or(&b""[..], |host| host.as_str().as_bytes()),
                HmacPart::Path => uri.path().as_bytes(),
                HmacPart::PathAndQuery => uri
                    .path_and_query()
                    .map_or(&b""[..], |path| path.as_str().as_bytes()),
                HmacPart::Query => uri.query().unwrap_or_default().as_bytes(),
                HmacPart::Body => request.body(),
                HmacPart::BodySha256 => {
                    own = sha256(request.body())?;
                    own.as_bytes()
                }
                HmacPart::Text(text) => text.as_bytes(),
            };
            message.extend_from_slice(part);
        }
        Ok(message)
    }
}

#[cfg(feature = "hmac")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without the feature has nothing to give"
)]
fn signature(manifest: &Hmac, key: &str, message: &[u8]) -> Result<String, Error> {
    Ok(written(
        manifest.encoding,
        &tag(manifest.algorithm, key.as_bytes(), message),
    ))
}

#[cfg(feature = "hmac")]
fn tag(algorithm: HmacAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    use aws_lc_rs::hmac;
    let algorithm = match algorithm {
        HmacAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        HmacAlgorithm::Sha256 => hmac::HMAC_SHA256,
        HmacAlgorithm::Sha384 => hmac::HMAC_SHA384,
        HmacAlgorithm::Sha512 => hmac::HMAC_SHA512,
    };
    hmac::sign(&hmac::Key::new(algorithm, key), message)
        .as_ref()
        .to_vec()
}

#[cfg(feature = "hmac")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without the feature has nothing to give"
)]
fn sha256(body: &[u8]) -> Result<String, Error> {
    use aws_lc_rs::digest;
    Ok(written(
        HmacEncoding::Hex,
        digest::digest(&digest::SHA256, body).as_ref(),
    ))
}

#[cfg(feature = "hmac")]
fn written(encoding: HmacEncoding, bytes: &[u8]) -> String {
    use base64::Engine as _;
    match encoding {
        HmacEncoding::Hex => crate::redact::hex(bytes),
        HmacEncoding::Base64 => base64::engine::general_purpose::STANDARD.encode(bytes),
    }
}

#[cfg(not(feature = "hmac"))]
fn signature(manifest: &Hmac, _: &str, _: &[u8]) -> Result<String, Error> {
    let (HmacAlgorithm::Sha1 | _, HmacEncoding::Hex | _) = (manifest.algorithm, manifest.encoding);
    Err(super::failed(
        "this build of Opwire lacks the feature `hmac`",
    ))
}

#[cfg(not(feature = "hmac"))]
fn sha256(_: &[u8]) -> Result<String, Error> {
    Err(super::failed(
        "this build of Opwire lacks the feature `hmac`",
    ))
}

#[cfg(test)]
#[cfg(feature = "hmac")]
mod tests {
    use super::*;
    use crate::redact::hex;
    use serde_json::json;

    /// RFC 4231, section 4: test cases 1 to 4, 6 and 7.
    #[test]
    fn the_vectors_of_rfc_4231() {
        let text = |text: &str| text.as_bytes().to_vec();
        for (key, message, sha256, sha512_start) in [
            (
                vec![0x0b; 20],
                text("Hi There"),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                "87aa7cdea5ef619d4ff0b4241a1d6cb0",
            ),
            (
                text("Jefe"),
                text("what do ya want for nothing?"),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                "164b7a7bfcf819e2e395fbe73b56e0a3",
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                "fa73b0089d56a284efb0f0756c890be9",
            ),
            (
                (1..=25).collect(),
                vec![0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
                "b0ba465637458c6990e5a8c5f61d4af7",
            ),
            (
                vec![0xaa; 131],
                text("Test Using Larger Than Block-Size Key - Hash Key First"),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                "80b24263c7c1a3ebb71493c1dd7be8b4",
            ),
            (
                vec![0xaa; 131],
                text(
                    "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                ),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
                "e37b6a775dc87dbaa4dfa9f96e5e3ffd",
            ),
        ] {
            assert_eq!(hex(&tag(HmacAlgorithm::Sha256, &key, &message)), sha256);
            assert!(hex(&tag(HmacAlgorithm::Sha512, &key, &message)).starts_with(sha512_start));
        }
    }

    fn signed(
        manifest: serde_json::Value,
        key: &str,
        request: Request<Bytes>,
        unix: u64,
    ) -> Request<Bytes> {
        let mut manifest = manifest;
        manifest["key"] = json!("{{credentials.key}}");
        let auth = serde_json::from_value(json!({ "hmac": manifest })).unwrap();
        let mut faults = Vec::new();
        let plan = crate::auth::AuthPlan::compile(&auth, vec!["key".to_owned()], &mut faults);
        assert!(faults.is_empty());
        let secrets = [("key".to_owned(), crate::secret::Secret::new(key))];
        let keys = crate::auth::Keys::new(secrets.into(), "c", None);
        crate::auth::sign(&plan, request, &keys, None, Some(Duration::from_secs(unix))).unwrap()
    }

    fn request(body: &str) -> Request<Bytes> {
        Request::post("https://a.example/x/y?b=c")
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    /// GitHub Docs, "Validating webhook deliveries".
    #[test]
    fn githubs_vector() {
        let manifest =
            json!({"sign": ["body"], "header": "X-Hub-Signature-256", "prefix": "sha256="});
        let signed = signed(
            manifest,
            "It's a Secret to Everybody",
            request("Hello, World!"),
            0,
        );
        assert_eq!(
            signed.headers()["x-hub-signature-256"],
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        assert!(signed.headers()["x-hub-signature-256"].is_sensitive());
    }

    /// Slack API, "Verifying requests from Slack".
    #[test]
    fn slacks_vector() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let manifest = json!({
            "sign": [{"text": "v0"}, "timestamp", "body"], "join": ":", "prefix": "v0=",
            "header": "X-Slack-Signature", "timestamp_header": "X-Slack-Request-Timestamp",
        });
        let signed = signed(
            manifest,
            "8f742231b10e8888abcd99yyyzzz85a5",
            request(body),
            1_531_420_618,
        );
        assert_eq!(signed.headers()["x-slack-request-timestamp"], "1531420618");
        assert_eq!(
            signed.headers()["x-slack-signature"],
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }

    #[test]
    fn every_part_can_be_signed() {
        let parts = json!(["method", "host", "path", "path_and_query", "query", "body_sha256", {"text": "end"}]);
        let manifest = json!({"sign": parts, "join": "\n", "header": "S", "encoding": "base64", "algorithm": "sha1"});
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let message = format!("POST\na.example\n/x/y\n/x/y?b=c\nb=c\n{digest}\nend");
        let expected = written(
            HmacEncoding::Base64,
            &tag(HmacAlgorithm::Sha1, b"k", message.as_bytes()),
        );
        assert_eq!(
            signed(manifest, "k", request("abc"), 0).headers()["s"],
            expected.as_str()
        );
    }
}
