//! [`Library`]: a connector's shared schemas, awake while it is loaded.

use super::Documents;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The documents that a connector's schemas may refer to, and what was gathered of them.
///
/// While a connector is loaded every operation asks for them; afterwards next to none does, and they are kept as text.
#[derive(Debug)]
pub(crate) struct Library {
    awake: Mutex<Option<Awake>>,
    text: Box<str>,
}

#[derive(Debug)]
struct Awake {
    documents: Arc<Documents>,
    /// Sound schemas of replies, by the reference that they consist of: many operations answer with the same.
    replies: HashMap<String, Arc<Value>>,
}

impl Library {
    pub(crate) fn new(documents: Documents) -> Self {
        let text = serde_json::to_string(&documents.0).unwrap_or_default();
        let documents = Arc::new(documents);
        let replies = HashMap::new();
        Self {
            awake: Mutex::new(Some(Awake { documents, replies })),
            text: text.into(),
        }
    }

    pub(crate) fn documents(&self) -> Arc<Documents> {
        let read = || Documents(serde_json::from_str(&self.text).unwrap_or_default());
        self.awake(|awake| Arc::clone(&awake.documents))
            .unwrap_or_else(|| Arc::new(read()))
    }

    /// The schema of a reply that is nothing but this reference, where it was gathered before.
    pub(crate) fn reply(&self, reference: &str) -> Option<Arc<Value>> {
        self.awake(|awake| awake.replies.get(reference).map(Arc::clone))?
    }

    pub(crate) fn keep_reply(&self, reference: &str, schema: &Arc<Value>) {
        let schema = Arc::clone(schema);
        self.awake(|awake| awake.replies.insert(reference.to_owned(), schema));
    }

    /// Loading is over.
    pub(crate) fn rest(&self) {
        *self.awake.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn awake<T>(&self, look: impl FnOnce(&mut Awake) -> T) -> Option<T> {
        let mut awake = self.awake.lock().unwrap_or_else(PoisonError::into_inner);
        awake.as_mut().map(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_outlast_loading_and_what_was_gathered_does_not() {
        let id = json!({"$defs": {"id": {"type": "integer"}}});
        let mut documents = Documents::default();
        documents.0.insert("connector.yaml".to_owned(), id.clone());
        let library = Library::new(documents);
        library.keep_reply("connector.yaml#/$defs/id", &Arc::new(json!({})));
        assert!(library.reply("connector.yaml#/$defs/id").is_some());
        assert!(library.reply("connector.yaml#/$defs/ids").is_none());
        library.rest();
        assert_eq!(library.documents().0.get("connector.yaml"), Some(&id));
        assert!(library.reply("connector.yaml#/$defs/id").is_none());
    }
}
