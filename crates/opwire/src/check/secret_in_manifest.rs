//! secret-in-manifest

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::SecretInManifest,
    level: Level::Error,
    docs: "A secret in a file is in everybody's copy of it. Declare it under `credentials`, and read it with `{{credentials.name}}`; the caller
or the environment gives the value.",
    bad: Case::connector("opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
auth:
  bearer: { token: sk_live_4eC39HqLyjWDarjtT1zdp7dc }
"),
    good: Case::connector(r#"opwire: 1
name: shop
title: Shop
description: A made-up service.
base_url: https://api.shop.example
credentials:
  type: object
  required: [token]
  properties:
    token: { type: string }
auth:
  bearer: { token: "{{credentials.token}}" }
"#),
};
