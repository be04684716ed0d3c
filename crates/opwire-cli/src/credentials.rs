//! Credentials that the input doesn't hold: from the environment, or a file that only its owner can read.

use crate::environment;
use opwire::{Catalog, Credentials, EnvironmentCredentials, Error, FileCredentials, Secret};
use std::collections::BTreeMap;

/// `OPWIRE_<CONNECTOR>_<NAME>` for what the connectors of the catalog need, then the credentials file.
pub(crate) fn provider(catalog: &Catalog, mock: bool) -> Result<Vec<Box<dyn Credentials>>, Error> {
    if mock {
        return Ok(vec![Box::new(made_up(catalog))]);
    }
    let variables = catalog.connectors().flat_map(|connector| {
        let names = connector.credential_names();
        names.map(|name| {
            let variable = environment::credential_variable(connector.name(), name);
            (connector.name().to_owned(), name.to_owned(), variable)
        })
    });
    let mut providers: Vec<Box<dyn Credentials>> =
        vec![Box::new(EnvironmentCredentials::read(variables))];
    match environment::credentials_file() {
        Some((file, named)) if named || file.exists() => {
            providers.push(Box::new(FileCredentials::open(file)?));
        }
        _ => {}
    }
    Ok(providers)
}

/// Against the mock any credential will do, but none that a token would be renewed with at the real service.
fn made_up(catalog: &Catalog) -> BTreeMap<(String, String), Secret> {
    let names = catalog.connectors().flat_map(|connector| {
        let names = connector.usual_credentials();
        names.map(|name| (connector.name().to_owned(), name.to_owned()))
    });
    names
        .map(|key| (key, Secret::new("mock-credential")))
        .collect()
}
