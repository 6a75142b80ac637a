//! Opaque bytes in order, for ever: segments, group commit, hash chain, recovery, proofs.
