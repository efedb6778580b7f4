//! Views of the fleet for somebody else; each feed subscribes to changes and renders by itself.

pub mod home_assistant;
