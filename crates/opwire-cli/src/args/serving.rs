//! What serves operations to others.

use super::KindArg;
use clap::{Args, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Only this connector's operations. May stand several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Vec<String>,
    /// Only these.
    #[arg(long)]
    pub(crate) kind: Option<KindArg>,
    /// Only operations that do this to the service's data. May stand several times.
    #[arg(long)]
    pub(crate) effect: Vec<EffectArg>,
    /// Only operations whose name fits: `*` is any text, `?` any character. May stand several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) tool: Vec<String>,
    /// Three tools to search, describe and invoke operations, in place of one for each.
    #[arg(long)]
    pub(crate) catalogue: bool,
    /// The most bytes of a result; a longer one comes in parts.
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(2_048..))]
    pub(crate) result_bytes: u32,
    /// Before what a person is asked, where the client can ask.
    #[arg(long, default_value = "deletes")]
    pub(crate) confirm: ConfirmArg,
    /// Answer from the examples, over real HTTP on loopback.
    #[arg(long)]
    pub(crate) mock: bool,
    /// Tell each attempt on standard error.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EffectArg {
    /// Nothing changes.
    Read,
    /// Something new is made.
    Create,
    /// Something is changed.
    Update,
    /// Something is removed.
    Delete,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ConfirmArg {
    /// Nothing.
    Never,
    /// What removes something.
    Deletes,
    /// What changes anything.
    Writes,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Load the operations anew after each change of their files.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Answer from the examples, over real HTTP on loopback.
    #[arg(long)]
    pub(crate) mock: bool,
    /// Let everyone in who calls from this machine. Only where --listen is on loopback.
    #[arg(long)]
    pub(crate) no_auth: bool,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Where browsers reach this server: who allows a connector's use comes back to URL/v1/oauth/callback.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// A page of your own that who allows a connector's use comes back to, and that hands on to /v1/oauth/callback with an
    /// API key.
    #[arg(long, value_name = "URL", conflicts_with = "public_url")]
    pub(crate) redirect_url: Option<String>,
    /// Keep the choices of fields so many seconds; 0 keeps none.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) options_ttl: u64,
    /// Let web pages of this origin (`https://app.example.com:443`) call /mcp, besides those of this machine. May stand
    /// several times.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) mcp_origin: Vec<String>,
    /// Write a line of each call on standard error, in this form. It tells nothing of what a call was about.
    #[arg(long, value_name = "FORM", default_value = "json")]
    pub(crate) log: LogArg,
    /// Tell this host which trace a request belongs to (`traceparent`). May stand several times.
    #[arg(long, value_name = "HOST")]
    pub(crate) trace_host: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogArg {
    /// An object a line.
    Json,
    /// For people.
    Text,
    /// None.
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Where the server listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
}

/// Where connections and API keys are kept.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Where connections and API keys are kept: `sqlite:FILE`, or `postgres://USER:PASSWORD@HOST/DATABASE` for several
    /// servers.
    /// Default: $`OPWIRE_STORE`, which keeps a password from who lists processes.
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// The file of the sealing key, that only its owner can read. Default: $`OPWIRE_SEALING_KEY` is the key, else FILE.key
    /// beside the store's FILE, which is made for a new store.
    #[arg(long, value_name = "FILE")]
    pub(crate) sealing_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and print it, once.
    New(NewKeyArgs),
    /// List the keys: whose they are, and what they allow.
    List(ListKeysArgs),
    /// Take a key back: from now on nobody has it.
    Revoke(RevokeKeyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewKeyArgs {
    /// Whose connections and limits its calls have: 1 to 128 letters, digits, `.`, `_` and `-`.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: String,
    /// Allow only this connector. May stand several times. Default: all.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Vec<String>,
    /// Allow only operations with this effect, and to change no connection. May stand several times. Default: all.
    #[arg(long)]
    pub(crate) effect: Vec<EffectArg>,
}

#[derive(Debug, Args)]
pub(crate) struct ListKeysArgs {
    /// Only this tenant's.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeKeyArgs {
    /// The key's ID, as `list` has it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct MockArgs {
    /// Only this connector's service.
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Option<String>,
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8765)]
    pub(crate) port: u16,
}
