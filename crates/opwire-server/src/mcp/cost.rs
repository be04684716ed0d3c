//! What a list of tools costs a model.

use rmcp::model::Tool;
use serde_json::json;

/// The JSON of tools has about so many bytes a token: see docs/agents.md for how it was measured.
const BYTES_A_TOKEN: f64 = 4.0;

/// What a list of tools costs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Costs {
    /// Each tool.
    pub tools: Vec<Cost>,
    /// The three tools of the catalogue, together, in place of all these.
    pub catalogue: Cost,
}

/// What a tool costs. Tokens are estimated: models count them in their own ways.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Cost {
    /// The tool's name.
    pub tool: String,
    /// The bytes of its name, description and input schema: what clients give to models.
    pub bytes: usize,
    /// The same in tokens, about.
    pub tokens: usize,
    /// The bytes of all that the list has of it, output schema and annotations too: what clients get.
    pub listed: usize,
}

impl Costs {
    pub(crate) fn of(tools: &[Tool], catalogue: &[Tool]) -> Self {
        let tools: Vec<Cost> = tools.iter().map(Cost::of).collect();
        let three: Vec<Cost> = catalogue.iter().map(Cost::of).collect();
        Self {
            tools,
            catalogue: Cost::sum("catalogue", &three),
        }
    }

    /// All tools together.
    #[must_use]
    pub fn total(&self) -> Cost {
        Cost::sum("total", &self.tools)
    }
}

impl Cost {
    fn of(tool: &Tool) -> Self {
        let given = json!({
            "name": tool.name,
            "description": tool.description,
            "input_schema": tool.input_schema,
        });
        let bytes = given.to_string().len();
        let listed = serde_json::to_string(tool).map_or(0, |text| text.len());
        Self {
            tool: tool.name.to_string(),
            bytes,
            tokens: tokens(bytes),
            listed,
        }
    }

    fn sum(name: &str, costs: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> usize| costs.iter().map(of).sum();
        Self {
            tool: name.to_owned(),
            bytes: sum(|cost| cost.bytes),
            tokens: sum(|cost| cost.tokens),
            listed: sum(|cost| cost.listed),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a list of tools is far shorter than 2^52 bytes"
)]
fn tokens(bytes: usize) -> usize {
    (bytes as f64 / BYTES_A_TOKEN).ceil() as usize
}
