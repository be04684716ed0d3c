//! [`Selection`]: which operations are offered.

use super::naming::fits;
use opwire::Operation;
use opwire::manifest::{Effect, Kind};

/// Which operations are offered as tools. What is left empty lets all in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selection {
    /// Those of these connectors.
    pub connectors: Vec<String>,
    /// Those that are for this.
    pub kind: Option<Kind>,
    /// Those that do this to the service's data.
    pub effects: Vec<Effect>,
    /// Those whose tool's or operation's name fits one of these patterns; `*` is any text, `?` any character.
    pub tools: Vec<String>,
}

impl Selection {
    /// Reads a selection from the query of a URL: `connector`, `effect` and `tool` may stand several times.
    ///
    /// # Errors
    /// When a name is unknown, or `kind` or `effect` has another value than it can have.
    pub(crate) fn of_query(query: &str) -> Result<(Self, Option<bool>), String> {
        let (mut selection, mut catalogue) = (Self::default(), None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match &*name {
                "connector" => selection.connectors.push(value),
                "tool" => selection.tools.push(value),
                "kind" => selection.kind = Some(kind(&value)?),
                "effect" => selection.effects.push(effect(&value)?),
                "catalogue" => catalogue = Some(yes(&value)?),
                _ => {
                    return Err(
                        "the query takes connector, kind, effect, tool and catalogue".to_owned(),
                    );
                }
            }
        }
        Ok((selection, catalogue))
    }

    /// Is this operation offered?
    pub(crate) fn takes(&self, tool: &str, operation: &Operation) -> bool {
        let connector = operation.connector().name();
        (self.connectors.is_empty() || self.connectors.iter().any(|name| name == connector))
            && self.kind.is_none_or(|kind| kind == operation.kind())
            && (self.effects.is_empty() || self.effects.contains(&operation.effect()))
            && (self.tools.is_empty()
                || self
                    .tools
                    .iter()
                    .any(|pattern| fits(pattern, tool) || fits(pattern, operation.name())))
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    [Kind::Main, Kind::Ddl]
        .into_iter()
        .find(|kind| kind.to_string() == text)
        .ok_or_else(|| "`kind` is main or ddl".to_owned())
}

fn effect(text: &str) -> Result<Effect, String> {
    [Effect::Read, Effect::Create, Effect::Update, Effect::Delete]
        .into_iter()
        .find(|effect| effect.as_str() == text)
        .ok_or_else(|| "`effect` is read, create, update or delete".to_owned())
}

fn yes(text: &str) -> Result<bool, String> {
    match text {
        "true" | "" => Ok(true),
        "false" => Ok(false),
        _ => Err("`catalogue` is true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_selects() {
        let (selection, catalogue) = Selection::of_query(
            "connector=a&connector=b&effect=read&kind=main&tool=x*&catalogue=true",
        )
        .unwrap();
        assert_eq!(selection.connectors, ["a", "b"]);
        assert_eq!(selection.effects, [Effect::Read]);
        assert_eq!(selection.kind, Some(Kind::Main));
        assert_eq!(selection.tools, ["x*"]);
        assert_eq!(catalogue, Some(true));
        for wrong in ["effect=write", "kind=x", "conector=a", "catalogue=maybe"] {
            assert!(Selection::of_query(wrong).is_err(), "{wrong}");
        }
    }
}
