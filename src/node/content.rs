//! The content store: what the journal knows only by a salted hash, one file a piece.
//!
//! Layout: `content/ab/cdef…`, the first two hexadecimal digits as folder. A file holds salt (16), length of the media
//! type (1), the media type, the bytes. Written under another name, synced, renamed: a file under its name is whole.
//! Invariants: a file's hash is its name; one participant's puts are bounded.
//! Absent on purpose: deletion. Forgetting is removing a file; the proofs hold hashes.

use data_encoding::{BASE64, HEXLOWER};
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::wire::content::{Content, content_hash};
use oikos_protocol::wire::limits::{CONTENT_BYTES_MAX, CONTENT_BYTES_OF_ONE_MAX};
use oikos_protocol::wire::receipt::{Refusal, RefusalCode};
use oikos_protocol::wire::translate::hex16;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A piece of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The salt.
    pub salt: [u8; 16],
    /// What the bytes are.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The store.
#[derive(Debug)]
pub struct ContentStore {
    folder: PathBuf,
    /// How much each participant put in this run.
    put_bytes: Mutex<HashMap<ParticipantId, u64>>,
}

impl Piece {
    /// A piece with a fresh salt.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn salted(media_type: &str, bytes: &[u8]) -> io::Result<Self> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { salt, media_type: media_type.to_owned(), bytes: bytes.to_vec() })
    }

    /// What the journal knows it by.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        content_hash(&self.salt, &self.media_type, &self.bytes)
    }

    /// Reads what came over the wire.
    ///
    /// # Errors
    /// `malformed` or `too_large`, with the field.
    pub fn from_wire(content: &Content) -> Result<Self, Refusal> {
        let malformed = |field, text| Refusal::new(RefusalCode::Malformed, text).at(field);
        let salt =
            hex16(&content.salt).ok_or_else(|| malformed("put.salt", "a salt has 32 lower-case hexadecimal digits"))?;
        let kind = &content.media_type;
        if kind.is_empty() || kind.len() > 127 || !kind.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            return Err(malformed("put.media_type", "a media type has 1 to 127 visible ASCII characters"));
        }
        if content.bytes.len() > CONTENT_BYTES_MAX.div_ceil(3) * 4 {
            let text = format!("content has at most {CONTENT_BYTES_MAX} bytes");
            return Err(Refusal::new(RefusalCode::TooLarge, text).at("put.bytes"));
        }
        let bytes = BASE64
            .decode(content.bytes.as_bytes())
            .map_err(|_| malformed("put.bytes", "bytes are base64, standard alphabet, with padding"))?;
        Ok(Self { salt, media_type: kind.clone(), bytes })
    }

    /// The piece as the wire shows it.
    #[must_use]
    pub fn to_wire(&self) -> Content {
        Content {
            salt: HEXLOWER.encode(&self.salt),
            media_type: self.media_type.clone(),
            bytes: BASE64.encode(&self.bytes),
        }
    }
}

impl ContentStore {
    /// The store in this folder.
    ///
    /// # Errors
    /// What the disk said.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), put_bytes: Mutex::default() })
    }

    /// Counts what a participant puts.
    ///
    /// # Errors
    /// `quota_exceeded`.
    pub fn charge(&self, whose: ParticipantId, bytes: usize) -> Result<(), Refusal> {
        let mut put = self.put_bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = put.entry(whose).or_default();
        let more = sum.saturating_add(bytes as u64);
        if more > CONTENT_BYTES_OF_ONE_MAX {
            let text = format!("one participant may put {CONTENT_BYTES_OF_ONE_MAX} bytes");
            return Err(Refusal::new(RefusalCode::QuotaExceeded, text));
        }
        *sum = more;
        Ok(())
    }

    /// Keeps a piece, durably.
    ///
    /// # Errors
    /// What the disk said.
    pub fn put(&self, piece: &Piece) -> io::Result<Hash32> {
        let hash = piece.hash();
        let path = self.path(hash);
        if path.exists() {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let temporary = folder.join(format!("{}.tmp", HEXLOWER.encode(&nonce)));
        let mut file = File::create(&temporary)?;
        file.write_all(&piece.salt)?;
        file.write_all(&[u8::try_from(piece.media_type.len()).unwrap_or(u8::MAX)])?;
        file.write_all(piece.media_type.as_bytes())?;
        file.write_all(&piece.bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(folder)?.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(hash)
    }

    /// The piece of this hash; `None` where there is none, or what is there has another hash.
    #[must_use]
    pub fn get(&self, hash: Hash32) -> Option<Piece> {
        let bytes = fs::read(self.path(hash)).ok()?;
        let (salt, rest) = bytes.split_first_chunk::<16>()?;
        let (&kind_bytes, rest) = rest.split_first()?;
        let (media_type, bytes) = rest.split_at_checked(usize::from(kind_bytes))?;
        let media_type = String::from_utf8(media_type.to_vec()).ok()?;
        let piece = Piece { salt: *salt, media_type, bytes: bytes.to_vec() };
        (piece.hash() == hash).then_some(piece)
    }

    /// What kind of content is kept under a hash, without reading all of it.
    #[must_use]
    pub fn media_type(&self, hash: Hash32) -> Option<String> {
        let mut head = [0; 17];
        let mut file = File::open(self.path(hash)).ok()?;
        file.read_exact(&mut head).ok()?;
        let mut kind = vec![0; usize::from(head[16])];
        file.read_exact(&mut kind).ok()?;
        String::from_utf8(kind).ok()
    }

    fn path(&self, hash: Hash32) -> PathBuf {
        let text = hash.to_string();
        let (folder, name) = text.split_at(2);
        self.folder.join(folder).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_found_by_its_hash_and_a_spoiled_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = ContentStore::open(folder.path()).unwrap();
        let piece = Piece::salted("text/plain", b"hello").unwrap();
        let hash = store.put(&piece).unwrap();
        assert_eq!(store.get(hash), Some(piece.clone()));
        assert_eq!(Piece::from_wire(&piece.to_wire()), Ok(piece));
        fs::write(store.path(hash), b"spoiled, but long enough to be read").unwrap();
        assert_eq!(store.get(hash), None);
        assert_eq!(store.get(Hash32::ZERO), None);
    }

    #[test]
    fn one_participant_cannot_fill_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = ContentStore::open(folder.path()).unwrap();
        let ann = ParticipantId(1);
        let most = usize::try_from(CONTENT_BYTES_OF_ONE_MAX).unwrap();
        assert_eq!(store.charge(ann, most), Ok(()));
        assert_eq!(store.charge(ann, 1).unwrap_err().code, RefusalCode::QuotaExceeded);
        assert_eq!(store.charge(ParticipantId(2), 1), Ok(()));
    }
}
