//! Two versions of connectors, compared by their manifests and by what their examples show.

use crate::example::{Example, ExampleError};
use crate::transcript::Transcript;
use opwire::{Catalog, Comparison, Error, Operation, Output, Trial, Tried};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compares two versions of connectors, and runs the examples of both on both.
///
/// The replies are the example's: what the new version makes of them, and asks for, is told where it differs.
///
/// # Errors
/// When an example can't be read, or a reply of it can't be sent.
pub async fn compare(old: &Catalog, new: &Catalog) -> Result<Comparison, ExampleError> {
    let mut comparison = Comparison::of(old, new);
    let named = |catalog: &Catalog| -> BTreeMap<String, Arc<Operation>> {
        let each = catalog.operations();
        each.map(|it| (it.name().to_owned(), Arc::clone(it)))
            .collect()
    };
    let after = named(new);
    for (name, before) in named(old) {
        let Some(after) = after.get(&name) else {
            continue;
        };
        let mut examples = Example::for_operation(&before)?;
        for example in Example::for_operation(after)? {
            let same =
                |known: &Example| known.input == example.input && known.replies == example.replies;
            if !examples.iter().any(same) {
                examples.push(example);
            }
        }
        for example in &examples {
            let one = Transcript::with(old, &before, example).await?;
            let other = Transcript::with(new, after, example).await?;
            let input = example.input_with_names(before.connector());
            comparison.tried(&Trial::new(
                (&example.name(), &input),
                (&before, &tried(&one)),
                (after, &tried(&other)),
            ));
        }
    }
    Ok(comparison)
}

fn tried(transcript: &Transcript) -> Tried<'_> {
    let exchanges = transcript.exchanges();
    let outputs = transcript.outputs().iter().map(Result::as_ref);
    let outputs: Vec<Result<&Output, &Error>> = outputs.collect();
    Tried::new(
        exchanges.iter().map(|exchange| &exchange.request).collect(),
        outputs,
        exchanges.iter().all(|exchange| exchange.response.is_some()),
    )
}
