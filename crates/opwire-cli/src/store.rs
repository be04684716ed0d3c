//! The store that `serve` and `keys` share.

use crate::args::StoreArgs;
use crate::{environment, exit};
use opwire_server::{Sealing, SealingKeys, Store};
use std::process::ExitCode;

/// The store that the flags or the environment name; nothing when neither does.
pub(crate) async fn open(args: &StoreArgs) -> Result<Option<Store>, ExitCode> {
    let Some(at) = args.store.clone().or_else(environment::store) else {
        return Ok(None);
    };
    let wrong = |error: opwire_server::StoreError| exit::usage(&error.to_string());
    let sealing = match (&args.sealing_key_file, environment::sealing_key()) {
        (Some(file), _) => Sealing::File(file.clone()),
        (None, Some(keys)) => Sealing::Keys(SealingKeys::parse(&keys).map_err(wrong)?),
        (None, None) => Sealing::Beside,
    };
    Store::open(&at, sealing).await.map(Some).map_err(wrong)
}
