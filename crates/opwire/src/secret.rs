//! [`Secret`]: a string that never prints.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A string that never prints.
///
/// `Debug` shows `[redacted]`; there is no `Display` and no `Serialize`. The memory is wiped on drop, as far as the
/// allocator lets that be known: copies inside the HTTP client are not.
///
/// ```
/// let token = opwire::Secret::new("s3cr3t");
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a string in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text. In the engine it is read by the `auth` step alone; outside of it by what seals or hands on.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
