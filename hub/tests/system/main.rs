//! The real programs together: hub, agent and brokers as processes of this machine.
//!
//! Every test has folders, ports and processes of its own, waits for conditions with deadlines,
//! and prints what it measured (`cargo test -p picket-hub --test system -- --nocapture`). Most of
//! the time is spent waiting, so that more threads than cores make sense (`--test-threads 4`).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, and the helpers of tests are no #[test] functions themselves"
)]

mod bad_input;
mod boots;
mod broker_outage;
mod decode;
mod first_light;
mod flood;
mod hub_restart;
mod joining;
mod oversized;
mod ports;
mod presence;
mod probe;
mod settings;
mod store;
mod support;
