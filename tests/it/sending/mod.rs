//! What is sent, how often and when: attempts on a clock of the tests' own.

mod calls;
mod classified;
mod ending;
mod every_operation;
mod guards;
mod matrix;
mod neighbours;
mod replicas;
mod times;
mod tokens;
mod waits;

use crate::made::Made;
use fake::Fake;
use opwire::{Engine, EngineBuilder};
use opwire_testkit::ManualClock;
pub(crate) use opwire_tests::fake;

const CONNECTOR: &str = "
opwire: 1
name: t
title: T
description: T
base_url: https://t.example.com
credentials: { type: object, required: [key], properties: { key: { type: string } } }
auth: { bearer: { token: '{{credentials.key}}' } }
";

/// An operation that takes anything and gives the reply as it is.
fn operation(keys: &str) -> String {
    format!(
        "title: O\nkind: main\ndescription: O\ninput: {{ type: object, additionalProperties: true }}\n{keys}\n"
    )
}

/// An engine over a transport that is made up, and its clock.
fn engine(made: &Made, fake: &Fake) -> (EngineBuilder, ManualClock) {
    let clock = ManualClock::default();
    let builder = Engine::builder()
        .catalog(made.catalog())
        .transport(fake.clone())
        .clock(clock.clone());
    (builder, clock)
}
