//! Accounts to be opened: the fields and flags of the account model.
