//! Simulated economies: scenarios, virtual time, populations, metrics, runs.
