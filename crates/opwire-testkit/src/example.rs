//! An example file: an input and the replies of the service.

use opwire::manifest::{self, ExampleManifest, Reply};
use opwire::{Catalog, Connector, Operation};
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};

/// An input of an operation and the replies of the service to its requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Example {
    /// The operation's name within its connector, from the file's name.
    pub operation: String,
    /// What tells it from the operation's other examples: `<operation>.<variant>.yaml`.
    pub variant: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// What it shows.
    pub description: Option<String>,
    /// The input, credentials included.
    pub input: Value,
    /// One reply a request, in order.
    pub replies: Vec<Reply>,
}

/// An example that can't be read or run, with its file.
#[derive(Clone, Debug)]
pub struct ExampleError {
    file: PathBuf,
    message: String,
}

impl ExampleError {
    pub(crate) fn new(file: &Path, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            message: message.into(),
        }
    }
}

impl ExampleError {
    /// The example's name, from its file's.
    #[must_use]
    pub fn name(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

impl fmt::Display for ExampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.message)
    }
}

impl std::error::Error for ExampleError {}

impl Example {
    /// Reads an example file.
    ///
    /// # Errors
    /// When the file can't be read, is not YAML as manifests are, or has not the form of an example.
    pub fn load(file: &Path) -> Result<Self, ExampleError> {
        let wrong = |message: String| ExampleError::new(file, message);
        let text =
            std::fs::read_to_string(file).map_err(|error| wrong(error.kind().to_string()))?;
        let value = manifest::parse_yaml(&text).map_err(|fault| {
            wrong(format!(
                "line {}, column {}: {}",
                fault.span.line, fault.span.column, fault.message
            ))
        })?;
        let read: ExampleManifest =
            serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        for (index, reply) in read.replies.iter().enumerate() {
            reply
                .response()
                .map_err(|message| wrong(format!("replies/{index}: {message}")))?;
        }
        let stem = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let (operation, variant) = match stem.split_once('.') {
            Some((operation, variant)) => (operation.to_owned(), Some(variant.to_owned())),
            None => (stem.to_owned(), None),
        };
        let ExampleManifest {
            description,
            input,
            replies,
            ..
        } = read;
        Ok(Self {
            operation,
            variant,
            file: file.to_owned(),
            description,
            input,
            replies,
        })
    }

    /// The examples of an operation: the plain one first, then its variants by name.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn for_operation(operation: &Operation) -> Result<Vec<Self>, ExampleError> {
        let mut examples = Vec::new();
        for file in files(&operation.examples_dir()) {
            let stem = file
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            if stem.split('.').next() == Some(operation.id()) {
                examples.push(Self::load(&file)?);
            }
        }
        examples.sort_by(|a, b| a.variant.cmp(&b.variant));
        Ok(examples)
    }

    /// The examples of a connector, by operation: the plain one first, then its variants by name.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn of_connector(connector: &Connector) -> Result<Vec<Self>, ExampleError> {
        let mut examples = Self::each_of(connector).collect::<Result<Vec<_>, _>>()?;
        examples.sort_by(|a, b| (&a.operation, &a.variant).cmp(&(&b.operation, &b.variant)));
        Ok(examples)
    }

    /// The example files of a connector, by name, each read or not.
    pub fn each_of(connector: &Connector) -> impl Iterator<Item = Result<Self, ExampleError>> {
        let files = files(&connector.dir().join("examples"));
        files.into_iter().map(|file| Self::load(&file))
    }

    /// The examples of every connector.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn all(catalog: &Catalog) -> Result<Vec<Self>, ExampleError> {
        let mut examples = Vec::new();
        for connector in catalog.connectors() {
            examples.extend(Self::of_connector(connector)?);
        }
        Ok(examples)
    }

    /// `create_person` or `create_person.rejected`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}.{variant}", self.operation),
            None => self.operation.clone(),
        }
    }

    /// The operation that it is an example of: the one of this name in the connector whose folder holds the file.
    #[must_use]
    pub fn operation_in<'a>(&self, catalog: &'a Catalog) -> Option<&'a std::sync::Arc<Operation>> {
        let dir = self.file.parent()?.parent()?;
        catalog.operations().find(|operation| {
            operation.id() == self.operation && operation.connector().dir() == dir
        })
    }

    /// The input with every credential of the connector as its name in braces: `{access_token}`.
    #[must_use]
    pub fn input_with_names(&self, connector: &Connector) -> Value {
        let mut input = self.input.clone();
        if let Some(map) = input.as_object_mut() {
            for name in connector.usual_credentials() {
                map.insert(name.to_owned(), format!("{{{name}}}").into());
            }
        }
        input
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = read
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
}
