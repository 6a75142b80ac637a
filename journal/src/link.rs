//! A link of the hash chain: the BLAKE3 of a header, and by it of everything before that header.

use serde::{Serialize, Serializer};
use std::fmt;

/// 32 bytes of BLAKE3. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// The link before the first segment.
    pub const NONE: Self = Self([0; 32]);

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    pub(crate) fn at(bytes: &[u8], offset: usize) -> Self {
        let mut link = [0; 32];
        link.copy_from_slice(&bytes[offset..offset + 32]);
        Self(link)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A place between two frames: the last sequence before it, and the link that stands for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Boundary {
    /// The last record's sequence; 0 before the first record.
    pub sequence: u64,
    /// The link of the frame that ends with it; [`Link::NONE`] before the first record.
    pub link: Link,
}
