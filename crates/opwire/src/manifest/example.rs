//! An example's file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An input of an operation and the replies of the service to its requests.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Example")]
#[non_exhaustive]
pub struct ExampleManifest {
    /// What the example shows.
    #[serde(default)]
    pub description: Option<String>,
    /// The input, credentials included.
    pub input: Value,
    /// The replies of the service, one a request, in order. An operation that walks pages has several.
    #[serde(default)]
    pub replies: Vec<Reply>,
}

/// A reply of the service. It has at most one of `body`, `text` and `base64`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status. Default 200.
    #[serde(default = "ok")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// Headers by name.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// A JSON body.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Value>,
    /// A body of any other text.
    #[serde(default)]
    pub text: Option<String>,
    /// A body of bytes, in base64.
    #[serde(default)]
    pub base64: Option<String>,
}

fn ok() -> u16 {
    200
}

/// `body: null` is a body.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Reply {
    /// The reply as HTTP.
    ///
    /// # Errors
    /// What of it can't be sent.
    pub fn response(&self) -> Result<Response<Bytes>, String> {
        let bodies = [
            self.body.is_some(),
            self.text.is_some(),
            self.base64.is_some(),
        ];
        if bodies.iter().filter(|there| **there).count() > 1 {
            return Err("a reply has at most one of body, text and base64".to_owned());
        }
        let body = match (&self.body, &self.text, &self.base64) {
            (Some(body), _, _) => Bytes::from(body.to_string()),
            (_, Some(text), _) => Bytes::from(text.clone()),
            (_, _, Some(bytes)) => {
                let decoded = STANDARD.decode(bytes);
                Bytes::from(decoded.map_err(|_| "`base64` is not valid")?)
            }
            _ => Bytes::new(),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).map_err(|_| "`status` is not 100 to 599")?;
        for (name, value) in &self.headers {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let parsed = HeaderName::from_bytes(name.as_bytes())
                .ok()
                .zip(HeaderValue::from_str(&text).ok());
            let (name, value) =
                parsed.ok_or_else(|| format!("the header `{name}` can't be sent"))?;
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}
