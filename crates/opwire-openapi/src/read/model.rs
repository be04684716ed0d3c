//! What a document says of a service, whatever its dialect.

use super::Dialect;
use super::node::Node;
use serde_json::Value;
use std::borrow::Cow;

/// A service.
#[derive(Debug)]
pub(crate) struct Api<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) servers: Vec<Server>,
    pub(crate) operations: Vec<Operation<'a>>,
    pub(crate) schemes: Vec<Scheme>,
    /// Ways to sign, any of which will do; nothing when the document doesn't say.
    pub(crate) security: Option<Vec<Requirement>>,
}

/// Where a service is: perhaps only a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) at: String,
    pub(crate) url: String,
}

/// Schemes that are used together, and the scopes that each needs.
pub(crate) type Requirement = Vec<(String, Vec<String>)>;

/// A way to sign requests.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    pub(crate) at: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: SchemeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SchemeKind {
    Bearer,
    Basic,
    Header(String),
    Query(String),
    /// OAuth 2 with tokens that a client gets for itself.
    ClientCredentials {
        token_url: String,
    },
    /// OAuth 2 with tokens that a user grants, and the client renews.
    Refresh {
        token_url: String,
    },
    /// What can't be expressed, in words.
    Unsupported(String),
}

/// An operation: a method of a path.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    pub(crate) at: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) id: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<Parameter<'a>>,
    pub(crate) body: Option<Body<'a>>,
    pub(crate) responses: Vec<Response<'a>>,
    /// Servers of its own.
    pub(crate) servers: Vec<Server>,
    pub(crate) security: Option<Vec<Requirement>>,
}

/// A schema of the document, or one that was made of what the dialect has instead.
#[derive(Clone, Debug)]
pub(crate) struct Schema<'a> {
    pub(crate) value: Cow<'a, Value>,
    pub(crate) at: String,
}

impl<'a> From<Node<'a>> for Schema<'a> {
    fn from(node: Node<'a>) -> Self {
        Self {
            value: Cow::Borrowed(node.value),
            at: node.at,
        }
    }
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

#[derive(Debug)]
pub(crate) struct Parameter<'a> {
    pub(crate) at: String,
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    pub(crate) description: Option<String>,
    pub(crate) schema: Schema<'a>,
    pub(crate) layout: Layout,
    pub(crate) examples: Vec<Value>,
}

/// How lists and objects become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) lists: ListLayout,
    pub(crate) objects: ObjectLayout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListLayout {
    /// `a=1&a=2`
    Repeat,
    /// `a[]=1&a[]=2`
    Brackets,
    /// `a=1,2`, and with other separators.
    Comma,
    Space,
    Tab,
    Pipe,
    /// `a=[1,2]`
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectLayout {
    /// `b=1`, the object's own name lost.
    Spread,
    /// `a[b]=1`
    Brackets,
    /// `a={"b":1}`
    Json,
    /// `a=b,1`
    Flat,
}

/// What a request carries.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) at: String,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
    pub(crate) media: Vec<Media<'a>>,
}

/// A body in one media type.
#[derive(Debug)]
pub(crate) struct Media<'a> {
    pub(crate) at: String,
    /// In lower case, without parameters.
    pub(crate) kind: String,
    pub(crate) schema: Option<Schema<'a>>,
    pub(crate) examples: Vec<Value>,
    /// Of a form: how each property is laid out.
    pub(crate) encoding: Vec<(String, Encoding)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Encoding {
    pub(crate) content_type: Option<String>,
    pub(crate) layout: Option<Layout>,
}

#[derive(Debug)]
pub(crate) struct Response<'a> {
    pub(crate) at: String,
    /// `200`, `2XX`, `default`
    pub(crate) status: String,
    /// Names in lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) media: Vec<Media<'a>>,
}
