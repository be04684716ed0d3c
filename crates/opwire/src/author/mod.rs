//! What a connector's author wants to know while writing: completions, words about a place, definitions, an outline.
//!
//! [`Workspace`] is one connector's folder with the unsaved texts of editors; all questions are asked of it, by file and
//! byte offset, and no editor's protocol is in the answers. `opwire lsp` puts them into the Language Server Protocol.

mod complete;
mod cursor;
mod definition;
mod describe;
mod hole;
mod hover;
mod nearer;
mod origin;
mod place;
mod spot;
mod symbols;
mod text;
mod words;
mod workspace;

pub use complete::{Completion, CompletionKind};
pub use hover::Hover;
pub use symbols::Symbol;
pub use workspace::{Checked, Location, Workspace};

#[cfg(test)]
mod tests;
