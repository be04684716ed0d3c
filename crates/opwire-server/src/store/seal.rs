//! Sealing: what is secret stands in the store only as bytes that the sealing key opens, in their own place.
//!
//! AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits, which one key may be used with 2³² times. The associated
//! data names the place, so that a row that was moved to another tenant or connection doesn't open.

use super::StoreError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// The first byte of what is sealed this way.
const FORM: u8 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// Of a key's hash, so much names it.
const ID_BYTES: usize = 8;
const HEAD: usize = 1 + ID_BYTES + NONCE_BYTES;

/// Where something sealed stands. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// The credentials of a connection.
    Connection { tenant: &'a str, id: &'a str },
    /// A token, by its key in the token store.
    Token(&'a str),
    /// An authorization that is not over yet, by the hash of its state.
    Authorization(&'a str),
    /// The salt, which tells whether a key is the right one.
    Check,
}

impl Place<'_> {
    /// The place as bytes that no other place has: each part after its length.
    fn bytes(&self) -> Vec<u8> {
        let (kind, parts) = match *self {
            Self::Connection { tenant, id } => ("connection", vec![tenant, id]),
            Self::Token(key) => ("token", vec![key]),
            Self::Authorization(state) => ("authorization", vec![state]),
            Self::Check => ("check", Vec::new()),
        };
        let mut bytes = b"opwire".to_vec();
        for part in std::iter::once(kind).chain(parts) {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

struct Key {
    id: [u8; ID_BYTES],
    cipher: RandomizedNonceKey,
}

/// The keys that the store's secrets are sealed with: 32 random bytes each, in base64.
///
/// The first seals; all of them open. To change the key, put the new one in front, and keep the old one until a store was
/// opened with both: that seals everything anew.
pub struct SealingKeys(Vec<Key>);

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(|key| name(&key.id)).collect();
        f.debug_tuple("SealingKeys").field(&names).finish()
    }
}

impl SealingKeys {
    /// Reads keys, the newest first, one a line or with white space between. Lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// When there is none, or one is not 32 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let keys = lines.flat_map(str::split_whitespace).map(key);
        let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(StoreError::new(
                "there is no sealing key: 32 random bytes in base64",
            ));
        }
        Ok(Self(keys))
    }

    /// Reads keys from a file that only its owner can read.
    ///
    /// # Errors
    /// When it can't be read, can be read by others, is larger than 64 KiB, or holds something else.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let text = opwire::read_private(path)
            .map_err(|why| StoreError::new(format!("the sealing key {} {why}", path.display())))?;
        Self::parse(&text)
    }

    /// Makes a key, in a new file that only its owner can read.
    ///
    /// # Errors
    /// When the file is there already or can't be written.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let mut bytes = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| StoreError::new("the system gives no random bytes"))?;
        let text = format!("{}\n", STANDARD.encode(bytes));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| {
            StoreError::new(format!(
                "the sealing key {} can't be written: {error}",
                path.display()
            ))
        })?;
        Self::parse(&text)
    }

    /// The name of the key that seals.
    pub(super) fn newest(&self) -> &[u8] {
        self.0.first().map_or(&[], |key| &key.id)
    }

    /// Seals bytes for a place, with the newest key.
    pub(super) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let failed = || StoreError::new("sealing failed");
        let key = self.0.first().ok_or_else(failed)?;
        let mut body = plain.to_vec();
        let place = Aad::from(place.bytes());
        let nonce = key
            .cipher
            .seal_in_place_append_tag(place, &mut body)
            .map_err(|_| failed())?;
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(FORM);
        sealed.extend(key.id);
        sealed.extend(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    pub(super) fn open_sealed(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let broken = || {
            StoreError::sealed(
                "what is sealed in the store doesn't open in its place: it was changed or moved",
            )
        };
        let (head, body) = sealed.split_at_checked(HEAD).ok_or_else(broken)?;
        let (form, id, nonce) = (
            head.first(),
            head.get(1..=ID_BYTES),
            head.get(1 + ID_BYTES..),
        );
        let (Some(&FORM), Some(id), Some(nonce)) = (form, id, nonce) else {
            return Err(broken());
        };
        let key = self.0.iter().find(|key| key.id == id).ok_or_else(|| {
            let id = name(id);
            StoreError::sealed(format!(
                "the store was sealed with another key, {id}: give that one too, after the newest"
            ))
        })?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut body = body.to_vec();
        let place = Aad::from(place.bytes());
        let opened = key.cipher.open_in_place(nonce, place, &mut body);
        opened.map(|plain| plain.to_vec()).map_err(|_| broken())
    }
}

fn key(text: &str) -> Result<Key, StoreError> {
    let wrong = || {
        StoreError::new(
            "a sealing key is not 32 bytes in base64: make one with `openssl rand -base64 32`",
        )
    };
    let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| wrong())?;
    let named = digest(
        &SHA256,
        &[b"opwire sealing key".as_slice(), &bytes].concat(),
    );
    let id = named.as_ref().first_chunk().ok_or_else(wrong)?;
    Ok(Key { id: *id, cipher })
}

/// A key's name, as errors tell it.
fn name(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}
