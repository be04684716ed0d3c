//! A connector to begin with.

use super::ask::Ask;
use super::{check_name, create, title_of};
use crate::args::{NewAuth, NewConnectorArgs};
use crate::exit::{self, Ended};
use crate::{environment, terminal};
use opwire::manifest::{connector_schema, example_schema, operation_schema, to_yaml};
use serde_json::{Map, Value, json};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn write(
    folder: Option<&Path>,
    args: &NewConnectorArgs,
    mut ask: Ask<impl BufRead, impl Write>,
) -> Ended {
    let name = &args.name;
    check_name(name)?;
    let folder = folder
        .map(Path::to_owned)
        .or_else(environment::operations)
        .unwrap_or_else(|| PathBuf::from("operations"));
    let usual = title_of(name);
    let title = ask.or(args.title.as_deref(), "Title", &usual)?;
    let usual = format!("Operations of {title}.");
    let description = ask.or(args.description.as_deref(), "What it is", &usual)?;
    let base_url = ask.must(
        args.base_url.as_deref(),
        "Base URL, such as https://api.example.com",
        "--base-url",
    )?;
    let (credentials, auth) = auth(args, &mut ask)?;
    let mut manifest = json!({
        "opwire": 1,
        "name": name,
        "title": title,
        "description": description,
        "base_url": base_url,
    });
    if let (Some(manifest), Some(credentials)) = (manifest.as_object_mut(), credentials) {
        manifest.insert("credentials".to_owned(), credentials);
        manifest.insert("auth".to_owned(), auth);
    }
    if let Some(manifest) = manifest.as_object_mut() {
        let request = json!({ "headers": { "Accept": "application/json" } });
        manifest.insert("request".to_owned(), request);
    }
    let comment = "yaml-language-server: $schema=../../schemas/connector.schema.json";
    let text = to_yaml(&[comment], &manifest, &["credentials", "auth", "request"]);
    create(&folder.join(name).join("connector.yaml"), &text)?;
    schemas(&folder)?;
    terminal::note(&format!("next: opwire new operation {name}.get_something"));
    Ok(exit::DONE)
}

/// `credentials` and `auth`; nothing and null where nothing is signed.
fn auth(
    args: &NewConnectorArgs,
    ask: &mut Ask<impl BufRead, impl Write>,
) -> Result<(Option<Value>, Value), ExitCode> {
    let given = args.auth.map(NewAuth::as_str);
    let kind = ask.or(
        given,
        "Auth (bearer, basic, api_key, oauth2, none)",
        "bearer",
    )?;
    let credential = |name: &str| format!("{{{{credentials.{name}}}}}");
    let (names, auth): (&[(&str, &str)], Value) = match kind.as_str() {
        "none" => return Ok((None, Value::Null)),
        "bearer" => (
            &[("token", "Token")],
            json!({ "bearer": { "token": credential("token") } }),
        ),
        "basic" => (
            &[("username", "User name"), ("password", "Password")],
            json!({ "basic": { "username": credential("username"), "password": credential("password") } }),
        ),
        "api_key" => {
            let header = ask.or(args.header.as_deref(), "Header of the key", "X-Api-Key")?;
            let key = json!({ "in": "header", "name": header, "value": credential("api_key") });
            (&[("api_key", "API key")], json!({ "api_key": key }))
        }
        "oauth2" => {
            let url = ask.must(args.token_url.as_deref(), "Token URL", "--token-url")?;
            let oauth2 = json!({
                "grant": "client_credentials",
                "token_url": url,
                "client_id": credential("client_id"),
                "client_secret": credential("client_secret"),
            });
            (
                &[
                    ("client_id", "Client ID"),
                    ("client_secret", "Client secret"),
                ],
                json!({ "oauth2": oauth2 }),
            )
        }
        other => {
            let message = format!("`{other}` is no way to sign in that can be begun with");
            let help = "bearer, basic, api_key, oauth2 or none; others are written by hand";
            terminal::error(&message, Some(help));
            return Err(ExitCode::from(exit::USAGE));
        }
    };
    let required: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let property = |title: &str| json!({ "type": "string", "minLength": 1, "title": title });
    let properties: Map<String, Value> = names
        .iter()
        .map(|(name, title)| ((*name).to_owned(), property(title)))
        .collect();
    let credentials = json!({ "type": "object", "required": required, "properties": properties });
    Ok((Some(credentials), auth))
}

/// The schemas that the files' first lines name, for editors: written where none are yet.
fn schemas(folder: &Path) -> Ended {
    let absolute = std::path::absolute(folder).unwrap_or_default();
    let Some(dir) = absolute.parent().map(|dir| dir.join("schemas")) else {
        return Ok(exit::DONE);
    };
    let all: [(&str, Value); 3] = [
        ("connector", connector_schema()),
        ("operation", operation_schema()),
        ("example", example_schema()),
    ];
    for (name, schema) in all {
        let file = dir.join(format!("{name}.schema.json"));
        if !file.exists() {
            let text = serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
            let shown = std::env::current_dir().unwrap_or_default();
            create(file.strip_prefix(shown).unwrap_or(&file), &text)?;
        }
    }
    Ok(exit::DONE)
}
