//! Stories of wear.
