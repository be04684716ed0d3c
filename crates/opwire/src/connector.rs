//! [`Connector`]: a compiled `connector.yaml`.

use crate::auth::AuthPlan;
use crate::diagnostic::Code;
use crate::egress::Origin;
use crate::manifest::{ConnectorManifest, Egress, Fault, LimitsManifest, QueryStyle, units};
use crate::refusal::ErrorPlan;
use crate::request::HeaderPlan;
use crate::schema::Documents;
use crate::transport::Limits;
use serde_json::Value;
use std::path::{Path, PathBuf};
use url::Url;

/// A connector, compiled: what its operations share.
#[derive(Debug)]
pub struct Connector {
    pub(crate) typed: ConnectorManifest,
    pub(crate) manifest: Value,
    pub(crate) dir: PathBuf,
    pub(crate) base: Url,
    pub(crate) auth: AuthPlan,
    pub(crate) headers: Vec<HeaderPlan>,
    pub(crate) limits: Limits,
    pub(crate) errors: Vec<ErrorPlan>,
    /// Origins beside that of `base_url`, and whether credentials go there.
    pub(crate) egress: Vec<(Origin, bool)>,
    pub(crate) documents: Documents,
    /// Credential names, and whether each must be given.
    credentials: Vec<(String, bool)>,
}

impl Connector {
    /// The name, the first part of its operations' full names.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.typed.name
    }

    /// The name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.typed.title
    }

    /// What the service is.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.typed.description
    }

    /// Where the service is.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.typed.base_url
    }

    /// The names of its credentials, in the manifest's order.
    pub fn credential_names(&self) -> impl Iterator<Item = &str> {
        self.credentials.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn required_credentials(&self) -> impl Iterator<Item = &str> {
        self.credentials
            .iter()
            .filter(|(_, required)| *required)
            .map(|(name, _)| name.as_str())
    }

    /// The folder that it was loaded from.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `connector.yaml` as JSON.
    #[must_use]
    pub fn manifest(&self) -> &Value {
        &self.manifest
    }

    pub(crate) fn query_style(&self) -> QueryStyle {
        self.typed.request.query_style
    }

    /// Compiles a manifest.
    pub(crate) fn compile(
        typed: ConnectorManifest,
        manifest: Value,
        dir: &Path,
        documents: Documents,
    ) -> (Option<Self>, Vec<Fault>) {
        let mut faults = Vec::new();
        let base = base_url(&typed.base_url, &mut faults);
        let credentials = credentials(&typed, &mut faults);
        let names = credentials.iter().map(|(name, _)| name.clone()).collect();
        let auth = AuthPlan::compile(&typed.auth, names, &mut faults);
        let headers = crate::request::compile_headers(
            &typed.request.headers,
            "/request/headers",
            &mut faults,
        );
        let limits = limits(&Limits::default(), &typed.limits, "/limits", &mut faults);
        let errors = ErrorPlan::compile_all(&typed.errors, "/errors", None, &mut faults);
        let egress = egress(&typed.egress, &mut faults);
        if typed.opwire != 1 {
            faults.push(Fault::new(
                Code::Unsupported,
                "/opwire",
                "the manifest language has version 1 alone",
            ));
        }
        let connector = base.map(|base| Self {
            typed,
            manifest,
            dir: dir.to_owned(),
            base,
            auth,
            headers,
            limits,
            errors,
            egress,
            documents,
            credentials,
        });
        (connector, faults)
    }
}

fn base_url(text: &str, faults: &mut Vec<Fault>) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.contains(['\\', '\t', '\n', '\r', ' '])
    });
    if url.is_none() {
        let mut fault = Fault::new(
            Code::WrongValue,
            "/base_url",
            "`base_url` is not an http or https URL",
        );
        fault.help(
            "write scheme, host and perhaps the start of the path: https://api.example.com/v1",
        );
        faults.push(fault);
    }
    url
}

/// Credential names, and whether each is required. Each must be text.
fn credentials(typed: &ConnectorManifest, faults: &mut Vec<Fault>) -> Vec<(String, bool)> {
    let Some(schema) = &typed.credentials else {
        return Vec::new();
    };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        faults.push(Fault::new(
            Code::MissingKey,
            "/credentials",
            "`credentials` needs `properties`",
        ));
        return Vec::new();
    };
    for (name, property) in properties {
        if property.get("type").and_then(Value::as_str) != Some("string") {
            let at = format!("/credentials/properties/{name}");
            faults.push(Fault::new(
                Code::WrongValue,
                at,
                format!("the credential `{name}` must have `type: string`"),
            ));
        }
    }
    properties
        .keys()
        .map(|name| (name.clone(), required.contains(&name.as_str())))
        .collect()
}

fn egress(list: &[Egress], faults: &mut Vec<Fault>) -> Vec<(Origin, bool)> {
    let mut origins = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let (text, credentials) = match entry {
            Egress::Origin(text) => (text, false),
            Egress::WithCredentials {
                origin,
                credentials,
            } => (origin, *credentials),
        };
        if let Some(origin) = Origin::parse(text) {
            origins.push((origin, credentials));
        } else {
            let message = "an origin is https://host or https://host:port";
            faults.push(Fault::new(
                Code::WrongValue,
                format!("/egress/{index}"),
                message,
            ));
        }
    }
    origins
}

/// The limits of `base`, changed by what the manifest says.
pub(crate) fn limits(
    base: &Limits,
    manifest: &LimitsManifest,
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Limits {
    let mut limits = base.clone();
    let mut fault = |key: &str, message: String| {
        faults.push(Fault::new(
            Code::WrongValue,
            format!("{pointer}/{key}"),
            message,
        ));
    };
    for (key, text, place) in [
        ("timeout", &manifest.timeout, &mut limits.timeout),
        ("deadline", &manifest.deadline, &mut limits.deadline),
    ] {
        match text.as_deref().map(units::duration) {
            Some(Ok(time)) if time.as_secs() <= 300 => *place = time,
            Some(Ok(_)) => fault(key, "at most 300s".to_owned()),
            Some(Err(message)) => fault(key, message),
            None => {}
        }
    }
    match manifest.response_size.as_deref().map(units::size) {
        Some(Ok(size)) => limits.response_size = size,
        Some(Err(message)) => fault("response_size", message),
        None => {}
    }
    if let Some(rate) = &manifest.rate
        && let Err(message) = units::duration(&rate.per)
    {
        fault("rate/per", message);
    }
    limits
}
