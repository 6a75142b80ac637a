//! Outcomes of one event of a batch: an order of precedence, a stable name, a wire number that is never re-used.

/// Defines the statuses of one kind of event, in order of precedence.
macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($(#[$status_doc:meta])* $status:ident = $number:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$status_doc])* $status = $number,)*
        }

        impl $name {
            /// Every status, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$status),*];

            /// Its stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$status => $text,)*
                }
            }

            /// The status of this name.
            #[must_use]
            pub fn of_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|status| status.name() == name)
            }

            /// The status of this wire number.
            #[must_use]
            pub const fn of_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$status),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.serialize_str(self.name()) } else { to.serialize_u8(*self as u8) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let status = if from.is_human_readable() {
                    Self::of_name(&<alloc::string::String as serde::Deserialize>::deserialize(from)?)
                } else {
                    Self::of_number(<u8 as serde::Deserialize>::deserialize(from)?)
                };
                status.ok_or_else(|| serde::de::Error::custom("not a status"))
            }
        }
    };
}
pub(crate) use statuses;
