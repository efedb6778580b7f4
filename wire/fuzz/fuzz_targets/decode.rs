//! Hands the fuzzer's bytes to the checks in `body.rs`, which the tests use as well.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../body.rs"]
mod body;

fuzz_target!(|bytes: &[u8]| body::check(bytes));
