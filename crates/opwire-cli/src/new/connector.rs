//! A connector to begin with.

use super::ask::Ask;
use super::yaml::scalar;
use super::{check_name, create, title_of};
use crate::args::{NewAuth, NewConnectorArgs};
use crate::exit::{self, Ended};
use crate::{environment, terminal};
use opwire::manifest::{connector_schema, example_schema, operation_schema};
use serde_json::Value;
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
    let auth = auth(args, &mut ask)?;
    let text = format!(
        "# yaml-language-server: $schema=../../schemas/connector.schema.json\n\
         opwire: 1\n\
         name: {name}\n\
         title: {}\n\
         description: {}\n\
         base_url: {}\n\
         {auth}\n\
         request:\n  \
           headers: {{ Accept: application/json }}\n",
        scalar(&title),
        scalar(&description),
        scalar(&base_url),
    );
    create(&folder.join(name).join("connector.yaml"), &text)?;
    schemas(&folder)?;
    terminal::note(&format!("next: opwire new operation {name}.get_something"));
    Ok(exit::DONE)
}

/// The blocks `credentials` and `auth`.
fn auth(
    args: &NewConnectorArgs,
    ask: &mut Ask<impl BufRead, impl Write>,
) -> Result<String, ExitCode> {
    let given = args.auth.map(NewAuth::as_str);
    let kind = ask.or(
        given,
        "Auth (bearer, basic, api_key, oauth2, none)",
        "bearer",
    )?;
    let (names, block) = match kind.as_str() {
        "none" => return Ok(String::new()),
        "bearer" => (
            vec![("token", "Token")],
            "  bearer: { token: \"{{credentials.token}}\" }\n".to_owned(),
        ),
        "basic" => (
            vec![("username", "User name"), ("password", "Password")],
            "  basic: { username: \"{{credentials.username}}\", password: \"{{credentials.password}}\" }\n"
                .to_owned(),
        ),
        "api_key" => {
            let header = ask.or(args.header.as_deref(), "Header of the key", "X-Api-Key")?;
            let header = scalar(&header);
            let value = "\"{{credentials.api_key}}\"";
            (
                vec![("api_key", "API key")],
                format!("  api_key: {{ in: header, name: {header}, value: {value} }}\n"),
            )
        }
        "oauth2" => {
            let url = ask.must(args.token_url.as_deref(), "Token URL", "--token-url")?;
            let url = scalar(&url);
            (
                vec![("client_id", "Client ID"), ("client_secret", "Client secret")],
                format!(
                    "  oauth2:\n    \
                       grant: client_credentials\n    \
                       token_url: {url}\n    \
                       client_id: \"{{{{credentials.client_id}}}}\"\n    \
                       client_secret: \"{{{{credentials.client_secret}}}}\"\n"
                ),
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
    let mut text = format!(
        "\ncredentials:\n  type: object\n  required: [{}]\n  properties:\n",
        required.join(", ")
    );
    for (name, title) in names {
        text.push_str(&format!(
            "    {name}: {{ type: string, minLength: 1, title: {title} }}\n"
        ));
    }
    text.push_str("\nauth:\n");
    text.push_str(&block);
    Ok(text)
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
