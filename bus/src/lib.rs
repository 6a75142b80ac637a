//! Carries envelopes between participants; knows no market.
