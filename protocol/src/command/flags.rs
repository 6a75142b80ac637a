//! Sets of flags: bits in binary, a list of names (or the bits as a number) in JSON.

use core::fmt;
use serde::de::{Error, SeqAccess, Visitor};

/// Defines a set of named bits over `u16`.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $bits:expr, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u16);

        impl $name {
            /// No flag at all.
            pub const NONE: Self = Self(0);
            $($(#[$flag_doc])* pub const $flag: Self = Self($bits);)*
            /// Every flag with its name, lowest bit first.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($text, Self::$flag)),*];

            /// Whether all of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any of `other` is set.
            #[must_use]
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// These and `other`.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// These but for `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let names = Self::NAMES.iter().filter(|(_, flag)| self.intersects(*flag)).map(|(name, _)| name);
                f.write_str(stringify!($name))?;
                f.debug_set().entries(names).finish()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() {
                    let named = Self::NAMES.iter().fold(0, |bits, (_, flag)| bits | flag.0);
                    if self.0 & !named != 0 {
                        return to.serialize_u16(self.0); // Bits without a name are shown as they are.
                    }
                    to.collect_seq(Self::NAMES.iter().filter(|(_, flag)| self.contains(*flag)).map(|(name, _)| name))
                } else {
                    to.serialize_u16(self.0)
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if !from.is_human_readable() {
                    return u16::deserialize(from).map(Self);
                }
                let bit = |text: &str| Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, flag)| flag.0);
                from.deserialize_any($crate::command::flags::Names { bit }).map(Self)
            }
        }
    };
}
pub(crate) use flags;

/// Reads a list of flag names, or the bits as a number.
pub(crate) struct Names<F: Fn(&str) -> Option<u16>> {
    /// The bit of a name.
    pub(crate) bit: F,
}

impl<'de, F: Fn(&str) -> Option<u16>> Visitor<'de> for Names<F> {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of flag names")
    }

    fn visit_u64<E: Error>(self, bits: u64) -> Result<u16, E> {
        u16::try_from(bits).map_err(|_| E::custom("flags have 16 bits"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u16, A::Error> {
        let mut bits = 0;
        while let Some(name) = list.next_element::<alloc::string::String>()? {
            bits |= (self.bit)(&name).ok_or_else(|| {
                let shown: alloc::string::String = name.chars().take(48).collect();
                A::Error::custom(alloc::format!("`{}` is not a flag", shown.escape_debug()))
            })?;
        }
        Ok(bits)
    }
}
