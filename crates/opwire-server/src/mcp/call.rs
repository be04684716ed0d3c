//! Making a call, and what it gives.

use super::arguments::Asked;
use super::fields::{self, Path};
use super::held::{Following, Held, Walk, What};
use super::known::Entry;
use super::parts::{Part, Rest, size};
use super::progress::Progress;
use super::schema::{MARK, RESULT, is_wrapped, walks};
use super::view::View;
use opwire::{Call, Engine, Error, ErrorKind, Items, Operation, Output, Pages};
use serde_json::{Map, Value, json};

/// Of pages no more items are gathered in one call.
const MOST_ITEMS: usize = 10_000;

/// One call of a tool.
pub(crate) struct Calling<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) held: &'a Held,
    pub(crate) view: &'a View,
    pub(crate) entry: &'a Entry,
    /// Whose continuations it holds and asks for.
    pub(crate) owner: Option<String>,
    /// A result has at most so many bytes.
    pub(crate) most: usize,
    pub(crate) progress: &'a Progress,
}

/// Why a call gives no answer.
pub(crate) enum Failed {
    /// The invocation failed.
    Error(Box<Error>),
    /// It was asked for in a wrong way, told for a model.
    Asked(String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

/// What a call gives.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The result as an object.
    pub(crate) value: Map<String, Value>,
    /// The same as JSON text, with every digit of the service's numbers.
    pub(crate) text: String,
}

/// What a step of a call gave, before it is cut and sifted.
struct Given {
    value: Map<String, Value>,
    /// Its JSON text, when it is that of the output.
    text: Option<String>,
    /// What follows it.
    walk: Option<Walk>,
    /// What of it is not as the operation's schema says, in words.
    note: Option<String>,
}

impl Calling<'_> {
    fn operation(&self) -> &Operation {
        &self.entry.operation
    }

    /// Makes the call: the operation's, or what follows an earlier one.
    pub(crate) async fn answer(&self, asked: Asked) -> Result<Answer, Failed> {
        if let Some(token) = &asked.next {
            return self.following(token, asked.fields).await;
        }
        let input = Value::Object(asked.input);
        let call = self.view.call(self.engine, self.entry, input).await?;
        let given = match asked.items {
            Some(wanted) => self.first_items(call, wanted).await?,
            None if walks(self.operation()) => self.page(call.pages()).await?,
            None => self.output(&call.await?),
        };
        Ok(self.finish(given, asked.fields))
    }

    async fn following(&self, token: &str, wanted: Vec<Path>) -> Result<Answer, Failed> {
        let found = self.held.take(
            token,
            self.owner.as_deref(),
            self.operation().name(),
            self.engine.clock().now(),
        );
        let Some(Following { fields, what, .. }) = found else {
            return Err(Failed::Asked(
                "there is nothing to go on with: a token is good for one call of the same tool, within 15 minutes. \
                 Call again without it to begin anew, perhaps with fewer fields."
                    .to_owned(),
            ));
        };
        let fields = if wanted.is_empty() { fields } else { wanted };
        if let Some(rest) = what.rest {
            return Ok(self.part(rest.next(self.most), what.walk, fields, Vec::new()));
        }
        let given = match what.walk {
            Some(Walk::Pages(pages)) => self.page(*pages).await?,
            Some(Walk::Items(items, wanted)) => self.items(*items, wanted).await?,
            None => return Err(Failed::Asked("there is nothing more".to_owned())),
        };
        Ok(self.finish(given, fields))
    }

    fn output(&self, output: &Output) -> Given {
        let value = output.to_value();
        let (value, text) = match value {
            Value::Object(map) if !is_wrapped(self.operation()) => {
                (map, output.as_str().to_owned())
            }
            other => {
                let mut map = Map::new();
                map.insert(RESULT.to_owned(), other);
                (map, format!("{{\"{RESULT}\":{output}}}"))
            }
        };
        Given {
            value,
            text: Some(text),
            walk: None,
            note: None,
        }
    }

    async fn page(&self, mut pages: Pages) -> Result<Given, Failed> {
        let Some(output) = pages.next().await else {
            return Err(Failed::Asked("there are no more pages".to_owned()));
        };
        let mut given = self.output(&output?);
        if pages.more() {
            given.walk = Some(Walk::Pages(Box::new(pages)));
            given.note = Some("more pages follow".to_owned());
        }
        Ok(given)
    }

    async fn first_items(&self, call: Call, wanted: usize) -> Result<Given, Failed> {
        if !walks(self.operation()) {
            let name = self.operation().name();
            return Err(Failed::Asked(format!(
                "{name} has no pages to gather items of: call it without a number of items"
            )));
        }
        self.items(call.items(), wanted.min(MOST_ITEMS)).await
    }

    /// Gathers items until enough are in, or as many as a result can hold.
    async fn items(&self, mut items: Items, wanted: usize) -> Result<Given, Failed> {
        let mut gathered = Vec::new();
        let mut bytes = 0;
        while gathered.len() < wanted && bytes < self.most {
            if items.ready() == 0 {
                self.progress.tell(gathered.len(), wanted).await;
            }
            let Some(item) = items.next().await else {
                break;
            };
            let item = item?.to_value();
            bytes += size(&item) + 1;
            gathered.push(item);
        }
        self.progress.tell(gathered.len(), wanted).await;
        let left = wanted.saturating_sub(gathered.len());
        let count = gathered.len();
        let mut value = Map::new();
        value.insert("items".to_owned(), Value::Array(gathered));
        let more = items.more();
        let note = match (left, more) {
            (_, false) => format!("all {count} items"),
            (0, true) => format!("{count} items, more follow"),
            (left, true) => format!("{count} items, {left} more were asked for"),
        };
        // Who asked for so many and wants more still, gets as many again.
        let goes_on = if left == 0 { wanted } else { left };
        Ok(Given {
            value,
            text: None,
            walk: more.then(|| Walk::Items(Box::new(items), goes_on)),
            note: Some(note),
        })
    }

    /// Keeps what is wanted, and cuts what is too long.
    fn finish(&self, given: Given, fields: Vec<Path>) -> Answer {
        let Given {
            mut value,
            mut text,
            walk,
            note,
        } = given;
        let mut notes: Vec<String> = note.into_iter().collect();
        if !fields.is_empty() {
            text = None;
            let (kept, missing) = fields::keep(&Value::Object(value), &fields);
            value = match kept {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            notes.push("only the fields that were asked for".to_owned());
            if !missing.is_empty() {
                notes.push(format!("there is nothing at {}", missing.join(", ")));
            }
        }
        let long = match &text {
            Some(text) => text.len(),
            None => value
                .iter()
                .map(|(name, value)| name.len() + 4 + size(value))
                .sum(),
        };
        if long > self.most {
            let part = Rest::new(value, self.most).next(self.most);
            return self.part(part, walk, fields, notes);
        }
        match text {
            Some(text) if notes.is_empty() => Answer { value, text },
            _ => self.marked(value, None, walk, fields, &notes),
        }
    }

    fn part(
        &self,
        part: Part,
        walk: Option<Walk>,
        fields: Vec<Path>,
        mut notes: Vec<String>,
    ) -> Answer {
        notes.push(part.note);
        self.marked(part.value, part.rest, walk, fields, &notes)
    }

    /// A result that isn't all of the output, or that something follows.
    fn marked(
        &self,
        mut value: Map<String, Value>,
        rest: Option<Rest>,
        walk: Option<Walk>,
        fields: Vec<Path>,
        notes: &[String],
    ) -> Answer {
        let mut mark = Map::new();
        mark.insert("note".to_owned(), json!(notes.join("; ")));
        if rest.is_some() || walk.is_some() {
            let following = Following {
                owner: self.owner.clone(),
                operation: self.operation().name().to_owned(),
                fields,
                what: What { rest, walk },
            };
            let token = self.held.hold(following, self.engine.clock().now());
            mark.insert("continue".to_owned(), json!(token));
        }
        value.insert(MARK.to_owned(), Value::Object(mark));
        let text = Value::Object(value.clone()).to_string();
        Answer { value, text }
    }
}

/// The call was given up by its caller.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled")
}
