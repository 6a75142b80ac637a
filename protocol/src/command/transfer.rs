//! Transfers to be made: the fields and flags of the account model.
