//! [`Connector`]: a compiled `connector.yaml`.

use crate::auth::AuthPlan;
use crate::diagnostic::Code;
use crate::egress::{Origin, plain_host, plainly_written};
use crate::manifest::{
    Auth, ConnectorManifest, Egress, Fault, LimitsManifest, OAuth2, QueryStyle, RateManifest, units,
};
use crate::refusal::ErrorPlan;
use crate::request::HeaderPlan;
use crate::schema::keys::required;
use crate::schema::{Documents, Library, Resting, Validator};
use crate::send::rate::{Rate, RatePlan};
use crate::transport::Limits;
use http::HeaderName;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// A connector, compiled: what its operations share.
#[derive(Debug)]
pub struct Connector {
    pub(crate) typed: ConnectorManifest,
    pub(crate) manifest: Value,
    pub(crate) dir: PathBuf,
    pub(crate) base: Url,
    pub(crate) auth: AuthPlan,
    /// Where tokens are got, when they are.
    pub(crate) token_url: Option<Url>,
    /// Where a person allows tokens to be got, when that is how.
    pub(crate) authorize_url: Option<Url>,
    pub(crate) headers: Vec<HeaderPlan>,
    pub(crate) limits: Limits,
    pub(crate) errors: Vec<ErrorPlan>,
    /// Origins beside that of `base_url`, and whether credentials go there.
    pub(crate) egress: Vec<(Origin, bool)>,
    pub(crate) library: Library,
    /// What each credential must be, whichever are given.
    pub(crate) credentials_schema: Option<Resting>,
    /// Credential names, and whether each must be given.
    credentials: Vec<(String, bool)>,
    /// Sets of credentials, one of which must be given.
    alternatives: Vec<Vec<String>>,
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

    /// The names of the credentials that a call usually holds: where there are several ways, those of the first.
    pub fn usual_credentials(&self) -> impl Iterator<Item = &str> {
        let (first, others) = match self.alternatives.split_first() {
            Some((first, others)) => (first.as_slice(), others),
            None => (&[][..], &[][..]),
        };
        let other = move |name: &&str| {
            others.iter().flatten().any(|other| other == name)
                && !first.iter().any(|own| own == name)
        };
        self.credential_names().filter(move |name| !other(name))
    }

    /// The sets of credentials that are enough: a call needs one of them.
    #[must_use]
    pub fn enough_credentials(&self) -> Vec<Vec<&str>> {
        let required = self.credentials.iter().filter(|(_, required)| *required);
        let required: Vec<&str> = required.map(|(name, _)| name.as_str()).collect();
        if self.alternatives.is_empty() {
            return vec![required];
        }
        let with = |set: &'_ Vec<String>| {
            let more = set.iter().filter(|name| !required.contains(&name.as_str()));
            let names = more.filter_map(|name| self.credential_names().find(|known| known == name));
            required.iter().copied().chain(names).collect()
        };
        self.alternatives.iter().map(with).collect()
    }

    /// Which credentials must still be given.
    pub(crate) fn missing_credentials(&self, given: impl Fn(&str) -> bool) -> Vec<&str> {
        let required = self
            .credentials
            .iter()
            .filter(|(name, required)| *required && !given(name));
        let missing: Vec<&str> = required.map(|(name, _)| name.as_str()).collect();
        let has = |set: &Vec<String>| set.iter().all(|name| given(name));
        if !missing.is_empty() || self.alternatives.is_empty() || self.alternatives.iter().any(has)
        {
            return missing;
        }
        let first = self.alternatives.first().into_iter().flatten();
        first
            .map(String::as_str)
            .filter(|name| !given(name))
            .collect()
    }

    /// Can a person allow its use in a browser ([`Engine::authorization`](crate::Engine::authorization))?
    #[must_use]
    pub fn can_be_authorized(&self) -> bool {
        self.authorize_url.is_some()
    }

    /// Where a person's authorization gets tokens: the credentials that these stand for, and those that it takes.
    pub(crate) fn authorization_names(&self) -> Option<[Vec<&str>; 2]> {
        let oauth2 = match &self.typed.auth {
            Auth::Oauth2(oauth2) if oauth2.authorize_url.is_some() => oauth2,
            _ => return None,
        };
        let name = |text: &'_ Option<String>| {
            let hole = text.as_ref()?.trim();
            let hole = hole.strip_prefix("{{")?.strip_suffix("}}")?;
            let name = hole.trim().strip_prefix("credentials.")?;
            self.credential_names().find(|known| *known == name)
        };
        let names = |texts: [&Option<String>; 2]| texts.into_iter().filter_map(name).collect();
        Some([
            names([&oauth2.access_token, &oauth2.refresh_token]),
            names([&oauth2.client_id, &oauth2.client_secret]),
        ])
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
        let credentials_schema = credentials_schema(&typed, &mut faults);
        let names = credentials.iter().map(|(name, _)| name.clone()).collect();
        let auth = AuthPlan::compile(&typed.auth, names, &mut faults);
        let (token_url, authorize_url) = match &typed.auth {
            Auth::Oauth2(oauth2) => oauth2_urls(oauth2, &mut faults),
            _ => (None, None),
        };
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
            dir: dir.to_owned(),
            base,
            auth,
            token_url,
            authorize_url,
            headers,
            limits,
            errors,
            egress,
            library: Library::new(documents),
            alternatives: alternatives(&manifest),
            manifest,
            credentials_schema,
            credentials,
        });
        (connector, faults)
    }
}

fn base_url(text: &str, faults: &mut Vec<Fault>) -> Option<Url> {
    web_url(text, "base_url", "https://api.example.com/v1", faults)
}

/// Where tokens are got, and where a person allows that.
fn oauth2_urls(oauth2: &OAuth2, faults: &mut Vec<Fault>) -> (Option<Url>, Option<Url>) {
    let example = "https://api.example.com/oauth/token";
    let token = web_url(&oauth2.token_url, "auth/oauth2/token_url", example, faults);
    let example = "https://api.example.com/oauth/authorize";
    let key = "auth/oauth2/authorize_url";
    let authorize = oauth2.authorize_url.as_ref();
    (
        token,
        authorize.and_then(|url| web_url(url, key, example, faults)),
    )
}

/// A URL of scheme, host and perhaps a path.
fn web_url(text: &str, key: &str, example: &str, faults: &mut Vec<Fault>) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && plain_host(url)
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && plainly_written(text)
    });
    if url.is_none() {
        let name = key.rsplit('/').next().unwrap_or(key);
        let message = format!("`{name}` is not an http or https URL");
        let mut fault = Fault::new(Code::WrongValue, format!("/{key}"), message);
        fault.help(format!(
            "write scheme, host and perhaps the start of the path: {example}"
        ));
        faults.push(fault);
    }
    url
}

/// Credential names, and whether each is required. Each must be text.
fn credentials(typed: &ConnectorManifest, faults: &mut Vec<Fault>) -> Vec<(String, bool)> {
    let Some(schema) = &typed.credentials else {
        return Vec::new();
    };
    let required: Vec<&str> = required(schema).collect();
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

/// The schema of credentials without what says which must be given: some may come from elsewhere.
fn credentials_schema(typed: &ConnectorManifest, faults: &mut Vec<Fault>) -> Option<Resting> {
    let mut schema = typed.credentials.clone()?;
    for keyword in ["required", "anyOf"] {
        schema.remove(keyword);
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    match Validator::new(Value::Object(schema)) {
        Ok(validator) => Some(validator.rest()),
        Err((at, message)) => {
            let message = format!("the schema is not valid: {message}");
            let at = format!("/credentials{at}");
            faults.push(Fault::new(Code::SchemaInvalid, at, message));
            None
        }
    }
}

/// `anyOf: [{required: […]}, …]` of the credentials.
fn alternatives(manifest: &Value) -> Vec<Vec<String>> {
    let sets = manifest
        .pointer("/credentials/anyOf")
        .and_then(Value::as_array);
    let names = |set: &Value| {
        let names = set.as_object().into_iter().flat_map(required);
        names.map(str::to_owned).collect()
    };
    sets.into_iter().flatten().map(names).collect()
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
/// The most that a manifest may take a reply to be.
pub(crate) const LARGEST_REPLY: usize = 256 * 1024 * 1024;

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
        ("first_byte", &manifest.first_byte, &mut limits.first_byte),
    ] {
        match text.as_deref().map(units::duration) {
            Some(Ok(time)) if time.as_secs() <= 300 => *place = time,
            Some(Ok(_)) => fault(key, "at most 300s".to_owned()),
            Some(Err(message)) => fault(key, message),
            None => {}
        }
    }
    match manifest.response_size.as_deref().map(units::size) {
        Some(Ok(size)) if size > LARGEST_REPLY => {
            fault("response_size", "at most 256MiB".to_owned())
        }
        Some(Ok(size)) => limits.response_size = size,
        Some(Err(message)) => fault("response_size", message),
        None => {}
    }
    if let Some(retry) = &manifest.retry {
        match retry.attempts {
            Some(attempts) if (1..=10).contains(&attempts) => limits.attempts = attempts,
            Some(_) => fault("retry/attempts", "1 to 10 attempts".to_owned()),
            None => {}
        }
        let statuses = Arc::make_mut(&mut limits.statuses);
        for (key, told, least, place) in [
            (
                "retry/not_applied",
                &retry.not_applied,
                500,
                &mut statuses.not_applied,
            ),
            ("retry/never", &retry.never, 400, &mut statuses.never),
        ] {
            if !told.iter().all(|status| (least..600).contains(status)) {
                fault(key, format!("statuses from {least} to 599"));
            } else if !told.is_empty() {
                place.clone_from(told);
            }
        }
    }
    if let Some(rate) = &manifest.rate {
        match rate_plan(rate) {
            Ok(plan) => limits.rate = Some(Arc::new(plan)),
            Err((key, message)) => fault(&format!("rate/{key}"), message),
        }
    }
    limits
}

fn rate_plan(manifest: &RateManifest) -> Result<RatePlan, (&'static str, String)> {
    let header = |key, name: &Option<String>| match name
        .as_deref()
        .map(|name| HeaderName::from_bytes(name.as_bytes()))
    {
        Some(Ok(name)) => Ok(Some(name)),
        Some(Err(_)) => Err((key, "not a valid header name".to_owned())),
        None => Ok(None),
    };
    let per = units::duration(&manifest.per).map_err(|message| ("per", message))?;
    if manifest.cost == 0 {
        return Err(("cost", "at least 1".to_owned()));
    }
    Ok(RatePlan {
        rate: Rate {
            cost: manifest.cost,
            per,
        },
        remaining: header("remaining_header", &manifest.remaining_header)?,
        reset: header("reset_header", &manifest.reset_header)?,
        cost: header("cost_header", &manifest.cost_header)?,
        costs: manifest
            .costs
            .iter()
            .map(|cost| (cost.query.clone(), cost.above, cost.cost))
            .collect(),
    })
}
