use super::*;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

/// The private key of RFC 8037, appendix A.1, in PEM form.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

/// The example that jwt.io shows.
#[test]
fn the_example_of_jwt_io() {
    let (algorithm, key) = key_of(JwtAlgorithm::HS256, "your-256-bit-secret").unwrap();
    let message = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ";
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    assert_eq!(signature, "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
}

/// RFC 8037, appendix A.4.
#[test]
fn the_vector_of_rfc_8037() {
    let (algorithm, key) = key_of(JwtAlgorithm::EdDSA, ED25519).unwrap();
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    assert_eq!(
        signature,
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

fn plan(manifest: &Value) -> (crate::auth::AuthPlan, usize) {
    let auth = serde_json::from_value(json!({ "jwt": manifest })).unwrap();
    let mut faults = Vec::new();
    let names = ["key", "issuer"].map(str::to_owned).to_vec();
    let plan = crate::auth::AuthPlan::compile(&auth, names, &mut faults);
    (plan, faults.len())
}

fn signed(manifest: &Value, key: &str, unix: u64) -> Result<String, Error> {
    let secrets = [("key", key), ("issuer", "me")];
    let secrets = secrets.map(|(name, text)| (name.to_owned(), crate::secret::Secret::new(text)));
    let keys = crate::auth::Keys::new(secrets.into(), "c", None);
    let request = http::Request::new(bytes::Bytes::new());
    let unix = Some(Duration::from_secs(unix));
    let signed = crate::auth::sign(&plan(manifest).0, request, &keys, None, unix)?;
    let header = signed.headers()["authorization"].to_str().unwrap();
    Ok(header.strip_prefix("Bearer ").unwrap().to_owned())
}

#[test]
fn tokens_hold_from_now_and_are_what_the_standard_says() {
    let rsa = (
        include_str!("vectors/rsa.pem"),
        DecodingKey::from_rsa_pem(include_bytes!("vectors/rsa.pub.pem")),
    );
    let ec = (
        include_str!("vectors/ec.pem"),
        DecodingKey::from_ec_pem(include_bytes!("vectors/ec.pub.pem")),
    );
    let secret = (
        "a shared secret",
        Ok(DecodingKey::from_secret(b"a shared secret")),
    );
    for (name, algorithm, (key, public)) in [
        ("RS256", Algorithm::RS256, &rsa),
        ("RS384", Algorithm::RS384, &rsa),
        ("RS512", Algorithm::RS512, &rsa),
        ("PS256", Algorithm::PS256, &rsa),
        ("PS384", Algorithm::PS384, &rsa),
        ("PS512", Algorithm::PS512, &rsa),
        ("ES256", Algorithm::ES256, &ec),
        ("HS256", Algorithm::HS256, &secret),
        ("HS384", Algorithm::HS384, &secret),
        ("HS512", Algorithm::HS512, &secret),
    ] {
        let manifest = json!({
            "algorithm": name, "key": "{{credentials.key}}", "key_id": "k1", "lifetime": "10m",
            "claims": {"iss": "{{credentials.issuer}}", "aud": "https://a.example"},
        });
        let token = signed(&manifest, key, 4_000_000_000).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&["https://a.example"]);
        validation.set_issuer(&["me"]);
        let claims = decode::<Value>(&token, public.as_ref().unwrap(), &validation)
            .unwrap()
            .claims;
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&json!(4_000_000_000_u64), &json!(4_000_000_600_u64))
        );
        assert_eq!(decode_header(&token).unwrap().kid.as_deref(), Some("k1"));
    }
}

#[test]
fn a_key_of_another_kind_is_refused_without_being_shown() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let manifest = json!({"algorithm": algorithm, "key": "{{credentials.key}}"});
        for key in [
            "s3cr3t",
            "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n",
        ] {
            let error = signed(&manifest, key, 0).unwrap_err();
            assert!(!format!("{error:?}").contains("s3cr3t"));
        }
    }
    let wrong = json!({"algorithm": "HS256", "key": "{{credentials.key}}", "lifetime": "soon"});
    assert_eq!(plan(&wrong).1, 1);
}
