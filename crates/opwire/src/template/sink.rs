//! Where a template writes to: JSON text, or a value.

use serde_json::{Map, Value};

/// What the next value is: the whole, a list's item, or what stands under a key.
///
/// It is written together with the value, so that a template that gives nothing leaves no trace.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot<'a> {
    Whole,
    Item,
    Key(&'a str),
}

/// Takes the parts of a JSON value in order.
pub(crate) trait Sink {
    fn value(&mut self, slot: Slot<'_>, value: &Value);
    fn open_list(&mut self, slot: Slot<'_>);
    fn close_list(&mut self);
    fn open_map(&mut self, slot: Slot<'_>);
    fn close_map(&mut self);
    /// A mark to drop back to.
    fn mark(&self) -> usize;
    /// Drops what was written since the mark under one key, when its value is `[]`, `{}` or `""`.
    fn drop_if_empty(&mut self, mark: usize);
    /// The bytes so far, for the output limit; 0 where it is not known.
    fn size(&self) -> usize;
}

/// Writes JSON text.
#[derive(Debug, Default)]
pub(crate) struct JsonSink {
    pub(crate) text: Vec<u8>,
}

impl JsonSink {
    fn slot(&mut self, slot: Slot<'_>) {
        if matches!(slot, Slot::Whole) {
            return;
        }
        if !matches!(self.text.last(), Some(b'{' | b'[')) {
            self.text.push(b',');
        }
        if let Slot::Key(key) = slot {
            write_string(&mut self.text, key);
            self.text.push(b':');
        }
    }
}

impl Sink for JsonSink {
    fn value(&mut self, slot: Slot<'_>, value: &Value) {
        self.slot(slot);
        write_value(&mut self.text, value);
    }

    fn open_list(&mut self, slot: Slot<'_>) {
        self.slot(slot);
        self.text.push(b'[');
    }

    fn close_list(&mut self) {
        self.text.push(b']');
    }

    fn open_map(&mut self, slot: Slot<'_>) {
        self.slot(slot);
        self.text.push(b'{');
    }

    fn close_map(&mut self) {
        self.text.push(b'}');
    }

    fn mark(&self) -> usize {
        self.text.len()
    }

    fn drop_if_empty(&mut self, mark: usize) {
        // A string that ends so would have its quotes escaped, and a container would end in its own bracket.
        if [b":[]".as_slice(), b":{}", b":\"\""]
            .iter()
            .any(|empty| self.text.ends_with(empty))
        {
            self.text.truncate(mark);
        }
    }

    fn size(&self) -> usize {
        self.text.len()
    }
}

/// A JSON value's text, appended.
pub(crate) fn write_value(text: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(string) => write_string(text, string),
        // A `Vec` takes every byte and a `Value` has only text keys: nothing here can fail.
        other => drop(serde_json::to_writer(text, other)),
    }
}

fn write_string(text: &mut Vec<u8>, string: &str) {
    drop(serde_json::to_writer(text, string));
}

/// Builds a value.
#[derive(Debug, Default)]
pub(crate) struct ValueSink {
    open: Vec<Open>,
    done: Value,
}

#[derive(Debug)]
struct Open {
    key: Option<String>,
    inside: Value,
}

impl ValueSink {
    pub(crate) fn into_value(self) -> Value {
        self.done
    }

    fn put(&mut self, key: Option<String>, value: Value) {
        match (self.open.last_mut().map(|open| &mut open.inside), key) {
            (Some(Value::Object(map)), Some(key)) => {
                map.insert(key, value);
            }
            (Some(Value::Array(list)), _) => list.push(value),
            _ => self.done = value,
        }
    }

    fn close(&mut self) {
        if let Some(Open { key, inside }) = self.open.pop() {
            self.put(key, inside);
        }
    }
}

fn key_of(slot: Slot<'_>) -> Option<String> {
    match slot {
        Slot::Key(key) => Some(key.to_owned()),
        _ => None,
    }
}

impl Sink for ValueSink {
    fn value(&mut self, slot: Slot<'_>, value: &Value) {
        self.put(key_of(slot), value.clone());
    }

    fn open_list(&mut self, slot: Slot<'_>) {
        self.open.push(Open {
            key: key_of(slot),
            inside: Value::Array(Vec::new()),
        });
    }

    fn close_list(&mut self) {
        self.close();
    }

    fn open_map(&mut self, slot: Slot<'_>) {
        self.open.push(Open {
            key: key_of(slot),
            inside: Value::Object(Map::new()),
        });
    }

    fn close_map(&mut self) {
        self.close();
    }

    fn mark(&self) -> usize {
        match self.open.last().map(|open| &open.inside) {
            Some(Value::Object(map)) => map.len(),
            _ => 0,
        }
    }

    fn drop_if_empty(&mut self, mark: usize) {
        let Some(Value::Object(map)) = self.open.last_mut().map(|open| &mut open.inside) else {
            return;
        };
        if map.len() > mark && map.values().next_back().is_some_and(is_empty) {
            map.pop();
        }
    }

    fn size(&self) -> usize {
        0
    }
}

trait Pop {
    fn pop(&mut self);
}

impl Pop for Map<String, Value> {
    fn pop(&mut self) {
        if let Some(last) = self.keys().next_back().cloned() {
            self.shift_remove(&last);
        }
    }
}

/// `[]`, `{}` and `""`.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
