//! What is made of a catalog once: names and examples.

use super::naming;
use crate::catalog;
use opwire::{Catalog, Operation};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A catalog's operations with their tools' names.
#[derive(Debug)]
pub(crate) struct Known {
    catalog: Catalog,
    entries: Vec<Entry>,
    /// Tool's name and operation's full name → place among the entries.
    places: HashMap<String, usize>,
}

/// An operation and its tool's name.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) tool: String,
    pub(crate) operation: Arc<Operation>,
    example: OnceLock<Option<Value>>,
}

impl Entry {
    /// An example's input, without credentials.
    pub(crate) fn example(&self) -> Option<&Value> {
        let read = || {
            let mut input = catalog::example(&self.operation)?;
            if let Value::Object(map) = &mut input {
                for name in self.operation.connector().credential_names() {
                    map.shift_remove(name);
                }
            }
            Some(input)
        };
        self.example.get_or_init(read).as_ref()
    }
}

impl Known {
    fn of(catalog: Catalog) -> Self {
        let entries: Vec<Entry> = naming::tools(&catalog)
            .into_iter()
            .map(|(tool, operation)| Entry {
                tool,
                operation,
                example: OnceLock::new(),
            })
            .collect();
        let mut places = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            places.insert(entry.operation.name().to_owned(), place);
            places.insert(entry.tool.clone(), place);
        }
        Self {
            catalog,
            entries,
            places,
        }
    }

    /// The operations, in the catalog's order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The one of this name: a tool's, or the operation's full one.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.places.get(name)?)
    }
}

/// What is known of the catalog that an engine has at the moment.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Option<Arc<Known>>>);

impl Latest {
    pub(crate) fn of(&self, catalog: Catalog) -> Arc<Known> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = latest
            .as_ref()
            .filter(|known| known.catalog.is_same(&catalog))
        {
            return Arc::clone(known);
        }
        let known = Arc::new(Known::of(catalog));
        *latest = Some(Arc::clone(&known));
        known
    }
}
