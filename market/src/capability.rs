//! Capabilities by number, so that a bid is compared with a task by integers.
//!
//! A number is given to a name at its first use by a participant or a task, in order; it is never taken back.

use alloc::collections::BTreeMap;
use oikos_protocol::id::Capability;
use serde::{Deserialize, Serialize};

/// The number of a capability.
pub(crate) type CapabilityNumber = u32;

/// All capabilities that were ever named.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Capabilities(BTreeMap<Capability, CapabilityNumber>);

impl Capabilities {
    /// The number of a capability, a new one at its first use.
    pub(crate) fn number(&mut self, capability: &Capability) -> CapabilityNumber {
        if let Some(&number) = self.0.get(capability) {
            return number;
        }
        let next = CapabilityNumber::try_from(self.0.len()).unwrap_or(CapabilityNumber::MAX);
        self.0.insert(capability.clone(), next);
        next
    }

    /// The number of a capability, if anybody named it before.
    pub(crate) fn known(&self, capability: &Capability) -> Option<CapabilityNumber> {
        self.0.get(capability).copied()
    }
}
