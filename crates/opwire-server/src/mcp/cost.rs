//! What a list of tools costs a model.

use rmcp::model::Tool;
use serde_json::json;

/// The JSON of tools has about so many bytes a token: a test compares with a tokenizer.
const BYTES_A_TOKEN: usize = 4;

/// What a list of tools costs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Costs {
    /// Each tool.
    pub tools: Vec<Cost>,
    /// The three tools of the catalogue, together, in place of all these.
    pub catalogue: Cost,
}

/// What a tool costs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Cost {
    /// The tool's name.
    pub tool: String,
    /// The bytes of its name, description and input schema: what clients give to models.
    pub bytes: usize,
    /// The same in tokens. Models count them in their own ways.
    pub tokens: usize,
    /// The bytes of all that the list has of it, output schema and annotations too: what clients get.
    pub listed: usize,
}

impl Costs {
    pub(crate) fn of(tools: &[Tool], catalogue: &[Tool], count: &dyn Fn(&str) -> usize) -> Self {
        let costs = |tools: &[Tool]| tools.iter().map(|tool| Cost::of(tool, count)).collect();
        let (tools, three): (Vec<Cost>, Vec<Cost>) = (costs(tools), costs(catalogue));
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
    fn of(tool: &Tool, count: &dyn Fn(&str) -> usize) -> Self {
        let given = json!({
            "name": tool.name,
            "description": tool.description,
            "input_schema": tool.input_schema,
        });
        let given = given.to_string();
        let listed = serde_json::to_string(tool).map_or(0, |text| text.len());
        Self {
            tool: tool.name.to_string(),
            bytes: given.len(),
            tokens: count(&given),
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

/// About how many tokens the JSON of a tool has.
pub(crate) fn estimate(text: &str) -> usize {
    text.len().div_ceil(BYTES_A_TOKEN)
}
