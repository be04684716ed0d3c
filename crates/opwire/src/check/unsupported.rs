//! unsupported

use super::rule::{Case, Level, Rule};
use crate::diagnostic::Code;

pub(super) const RULE: Rule = Rule {
    code: Code::Unsupported,
    level: Level::Error,
    docs: "The program was built without this part: `auth: jwt`, `hmac` and `aws_sigv4` stand behind cargo features of crate `opwire`. The command
`opwire` has all of them.",
    bad: Case::connector(r#"opwire: 1
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
  hmac: { key: "{{credentials.token}}", sign: [body], header: X-Signature }
"#),
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
