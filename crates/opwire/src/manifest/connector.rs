//! `connector.yaml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A connector: where a service is, how to sign, and what its operations share.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConnectorManifest {
    /// The version of the manifest language: 1.
    #[schemars(range(min = 1, max = 1))]
    pub opwire: u32,
    /// The connector's name, the first part of its operations' full names. The same as its folder's.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,63}$"))]
    pub name: String,
    /// The name for people.
    pub title: String,
    /// What the service is, in a sentence.
    pub description: String,
    /// Where the service is: scheme, host, perhaps a port and the start of the path. Requests go to this origin alone.
    pub base_url: String,
    /// JSON Schema of what a connection holds: an object of text properties. Every property is a secret.
    #[serde(default)]
    pub credentials: Option<Map<String, Value>>,
    /// How requests are signed.
    #[serde(default)]
    pub auth: Auth,
    /// What every request of the connector has.
    #[serde(default)]
    pub request: RequestDefaults,
    /// Further origins that operations may reach.
    #[serde(default)]
    pub egress: Vec<Egress>,
    /// Limits of every invocation.
    #[serde(default)]
    pub limits: LimitsManifest,
    /// How replies outside the success range become errors. The first that fits is taken.
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
    /// Ways to walk pages, by name.
    #[serde(default)]
    pub pagination: BTreeMap<String, Paginator>,
    /// JSON Schemas that operations refer to as `connector.yaml#/$defs/name`.
    #[serde(default, rename = "$defs")]
    pub defs: Map<String, Value>,
}

/// How requests are signed. `credentials.*` can be read here alone.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Auth {
    /// Nothing is added.
    #[default]
    None,
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer {
        /// Template of the token.
        token: String,
    },
    /// `Authorization: Basic <base64>` (RFC 7617).
    Basic {
        /// Template of the user name.
        username: String,
        /// Template of the password; empty when left out.
        #[serde(default)]
        password: String,
    },
    /// One header or query parameter.
    ApiKey {
        /// Where it stands.
        r#in: ApiKeyPlace,
        /// The header's or parameter's name.
        name: String,
        /// Template of its value.
        value: String,
    },
    /// Several headers.
    Headers(BTreeMap<String, String>),
    /// An access token that is fetched and renewed (RFC 6749).
    Oauth2(Box<OAuth2>),
    /// A JSON Web Token that is made for each request (RFC 7519), and sent as a bearer token.
    Jwt(Box<Jwt>),
    /// A signature over parts of the request, by a shared secret (HMAC, RFC 2104).
    Hmac(Box<Hmac>),
    /// AWS Signature Version 4.
    AwsSigv4(Box<AwsSigv4>),
}

/// A JSON Web Token. The claims `iat` and `exp` are added.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Jwt {
    /// How it is signed (RFC 7518).
    pub algorithm: JwtAlgorithm,
    /// Template of the key: a private key in PEM form, or the shared secret of HS256, HS384 and HS512.
    pub key: String,
    /// Template of the key's ID, the header `kid`.
    #[serde(default)]
    pub key_id: Option<String>,
    /// Templates of the claims, such as `iss`, `sub` and `aud`.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// How long it holds. Default 5m.
    #[serde(default)]
    pub lifetime: Option<String>,
}

/// How a JSON Web Token is signed (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the names are the standard's")]
#[non_exhaustive]
pub enum JwtAlgorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

/// A signature over parts of the request, by a shared secret.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Hmac {
    /// The hash. Default `sha256`.
    #[serde(default)]
    pub algorithm: HmacAlgorithm,
    /// Template of the secret.
    pub key: String,
    /// What is signed, in this order.
    pub sign: Vec<HmacPart>,
    /// What stands between the parts. Default: nothing.
    #[serde(default)]
    pub join: String,
    /// How the signature is written. Default `hex`.
    #[serde(default)]
    pub encoding: HmacEncoding,
    /// The header that holds the signature.
    pub header: String,
    /// What stands before the signature in the header, such as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// The header that holds the time, in seconds since 1970.
    #[serde(default)]
    pub timestamp_header: Option<String>,
}

/// The hash of an HMAC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HmacAlgorithm {
    /// SHA-1, for services that know nothing better.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HmacEncoding {
    /// Hexadecimal digits in lower case.
    #[default]
    Hex,
    /// Base64 with padding.
    Base64,
}

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HmacPart {
    /// The seconds since 1970.
    Timestamp,
    /// The method in upper case.
    Method,
    /// The host, with its port where it isn't the scheme's own.
    Host,
    /// The path as it is sent.
    Path,
    /// The path, and the query after a `?` where there is one.
    PathAndQuery,
    /// The query as it is sent.
    Query,
    /// The body.
    Body,
    /// The body's SHA-256 in hexadecimal digits.
    BodySha256,
    /// This text.
    Text(String),
}

/// AWS Signature Version 4.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AwsSigv4 {
    /// Template of the region, such as `us-east-1`.
    pub region: String,
    /// The service's name in signatures, such as `execute-api`.
    pub service: String,
    /// Template of the access key's ID.
    pub access_key_id: String,
    /// Template of the secret access key.
    pub secret_access_key: String,
    /// Template of the session's token, for temporary credentials.
    #[serde(default)]
    pub session_token: Option<String>,
}

/// An access token that is fetched and renewed (RFC 6749), and sent as a bearer token.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OAuth2 {
    /// How the token is got.
    pub grant: OAuth2Grant,
    /// Where it is got: an https URL.
    pub token_url: String,
    /// Where a person allows it in a browser, for the grant `refresh_token`: an https URL. The first tokens are then got by
    /// an authorization code (RFC 6749, section 4.1) with PKCE (RFC 7636).
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Further parameters of that URL, such as `scope` or `access_type`.
    #[serde(default)]
    pub authorize_parameters: BTreeMap<String, String>,
    /// Template of a token that there may be already. It is used until the service refuses it.
    #[serde(default)]
    pub access_token: Option<String>,
    /// Template of the client's ID.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Template of the client's secret.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Template of the refresh token, for the grant `refresh_token`.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// The JSON Web Token that is shown, for the grant `jwt_bearer`.
    #[serde(default)]
    pub assertion: Option<Jwt>,
    /// How the client shows who it is. Default `body`.
    #[serde(default)]
    pub client: OAuth2Client,
    /// How the token request is written. Default `form`.
    #[serde(default)]
    pub format: OAuth2Format,
    /// Further members of the token request, such as `scope` or `audience`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// How a client shows who it is (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OAuth2Client {
    /// By `client_id` and `client_secret` in the body.
    #[default]
    Body,
    /// By the header `Authorization: Basic`.
    Basic,
}

/// How a token request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OAuth2Format {
    /// As a form, the standard's way.
    #[default]
    Form,
    /// As JSON.
    Json,
}

/// Where an API key stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApiKeyPlace {
    /// In a header.
    Header,
    /// In a query parameter.
    Query,
}

/// How an OAuth 2 token is got.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OAuth2Grant {
    /// RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken,
    /// By a JSON Web Token that is signed with `assertion` (RFC 7523, section 2.1).
    JwtBearer,
}

/// What every request of a connector has.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestDefaults {
    /// Headers by name, as templates over `input`.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// How lists and objects are laid out in a query and in a form.
    #[serde(default)]
    pub query_style: QueryStyle,
}

/// How lists and objects are laid out in a query and in a form. What is not written can't be sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct QueryStyle {
    /// Lists: `brackets` a[]=1&a[]=2, `repeat` a=1&a=2, `comma` a=1,2, `json` a=[1,2].
    #[serde(default)]
    pub arrays: Option<StyleName>,
    /// Objects: `brackets` a[b]=1, `json` a={"b":1}.
    #[serde(default)]
    pub objects: Option<StyleName>,
}

/// A way to lay a list or an object out as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StyleName {
    /// `a[]=1&a[]=2`, `a[b]=1`
    Brackets,
    /// `a=1&a=2`
    Repeat,
    /// `a=1,2`
    Comma,
    /// `a=[1,2]`, `a={"b":1}`
    Json,
}

impl StyleName {
    /// The name in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brackets => "brackets",
            Self::Repeat => "repeat",
            Self::Comma => "comma",
            Self::Json => "json",
        }
    }
}

/// An origin beside that of `base_url`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Egress {
    /// The origin; credentials don't go there.
    Origin(String),
    /// The origin, and whether credentials go there.
    #[serde(rename_all = "snake_case")]
    WithCredentials {
        /// `https://host` or `https://host:port`
        origin: String,
        /// Whether requests there are signed.
        credentials: bool,
    },
}

/// Limits of an invocation.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LimitsManifest {
    /// The time for one attempt, such as `30s`. Default 30s.
    #[serde(default)]
    pub timeout: Option<String>,
    /// The time to a reply's first byte, such as `10s`. Default 30s.
    #[serde(default)]
    pub first_byte: Option<String>,
    /// The time for the whole operation, waits included. Default 60s, at most 300s.
    #[serde(default)]
    pub deadline: Option<String>,
    /// The largest reply, such as `10MiB`. Default 10MiB.
    #[serde(default)]
    pub response_size: Option<String>,
    /// Attempts after failures.
    #[serde(default)]
    pub retry: Option<RetryManifest>,
    /// What the service allows in a span of time.
    #[serde(default)]
    pub rate: Option<RateManifest>,
}

/// Attempts after failures.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryManifest {
    /// All attempts together, 1 to 10. Default 3.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10))]
    pub attempts: Option<u32>,
    /// Statuses, 500 to 599, by which the service says that it has not acted, when it asks to wait with `Retry-After`.
    #[serde(default)]
    pub not_applied: Vec<u16>,
    /// Statuses, 400 to 599, after which no request is made again.
    #[serde(default)]
    pub never: Vec<u16>,
}

/// What the service allows in a span of time.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateManifest {
    /// The cost that may be spent in `per`.
    pub cost: u32,
    /// The span of time, such as `1m`.
    pub per: String,
    /// The reply's header that tells what is left.
    #[serde(default)]
    pub remaining_header: Option<String>,
    /// The reply's header that tells when more is allowed: in seconds, or since 1970.
    #[serde(default)]
    pub reset_header: Option<String>,
    /// The reply's header that tells what the call cost.
    #[serde(default)]
    pub cost_header: Option<String>,
    /// Which requests cost more than 1. The highest that fits is taken.
    #[serde(default)]
    pub costs: Vec<CostManifest>,
}

/// What a request costs when a query parameter is above a number.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CostManifest {
    /// The query parameter's name.
    pub query: String,
    /// The number that its value is above.
    pub above: u64,
    /// What such a request costs.
    pub cost: u32,
}

/// How a reply outside the success range becomes an error.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorRule {
    /// Which replies.
    pub when: When,
    /// The connector's own name for the error, or a template of the service's.
    #[serde(default)]
    pub code: Option<String>,
    /// Template of the message.
    #[serde(default)]
    pub message: Option<Value>,
    /// Template of an object from field to message or list of messages, or of a list of {key, value} that says the same.
    #[serde(default)]
    pub fields: Option<Value>,
}

/// Which replies a rule is for.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct When {
    /// A status, or several.
    pub status: Statuses,
}

/// Statuses: one (`422`), a range (`400-499`), several, or `any`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Statuses {
    /// One status.
    One(u16),
    /// A range such as `200-299`, or `any`.
    Text(String),
    /// Any of these.
    Several(Vec<Statuses>),
}

/// A way to walk pages.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Paginator {
    /// Template of the page's items.
    pub items: Value,
    /// Template of what leads to the next page; missing or null at the end.
    pub next: Value,
    /// What the following request changes: `query`, `headers`, `body` or `url`, as templates over `next`.
    pub request: Map<String, Value>,
}
