//! The manifest language: YAML text → typed manifests, every fault with its place.

pub(crate) mod connector;
mod emit;
mod example;
pub(crate) mod fault;
pub(crate) mod lenient;
pub(crate) mod locate;
mod near;
pub(crate) mod operation;
pub(crate) mod schema;
mod strict;
pub(crate) mod units;
mod yaml;

pub use crate::request::FORBIDDEN_HEADERS;
pub use crate::template::helpers::{HelperReference, helper_reference};
pub use connector::{
    ApiKeyPlace, Auth, AwsSigv4, ConnectorManifest, CostManifest, Egress, ErrorRule, Hmac,
    HmacAlgorithm, HmacEncoding, HmacPart, Jwt, JwtAlgorithm, LimitsManifest, OAuth2, OAuth2Client,
    OAuth2Format, OAuth2Grant, Paginator, QueryStyle, RateManifest, RequestDefaults, RetryManifest,
    Statuses, StyleName, When,
};
pub use emit::to_yaml;
pub use example::{ExampleManifest, Reply};
pub(crate) use fault::{Fault, Source};
pub use locate::escape as escape_pointer;
pub(crate) use near::{Meant, nearest};
pub use operation::{
    Effect, Format, Idempotency, Kind, OperationManifest, OptionsPointers, Pagination,
    PaginationUse, RequestManifest, ResponseManifest,
};
pub use schema::{connector_schema, example_schema, operation_schema};
pub(crate) use schema::{read_connector, read_example, read_operation};
pub(crate) use strict::Strict;
pub use yaml::parse_yaml;
#[cfg(test)]
pub(crate) use yaml::{MAX_DEPTH, MAX_FILE};
