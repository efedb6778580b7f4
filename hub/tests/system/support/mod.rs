//! What the stories need: programs, brokers, watchers, made-up nodes, and waiting.

pub(crate) mod agent;
pub(crate) mod broker;
pub(crate) mod client;
pub(crate) mod fake_node;
pub(crate) mod http;
pub(crate) mod hub;
pub(crate) mod joining;
pub(crate) mod login;
pub(crate) mod place;
pub(crate) mod proc;
pub(crate) mod program;
pub(crate) mod site;
pub(crate) mod watcher;

pub(crate) use agent::Agent;
pub(crate) use broker::Mosquitto;
pub(crate) use client::Client;
pub(crate) use fake_node::FakeNode;
pub(crate) use hub::{Hub, HubSettings};
pub(crate) use joining::{Machine, complaint};
pub(crate) use login::Login;
pub(crate) use picket_testing::{free_port, needs_root, seconds, wait_for};
pub(crate) use place::Place;
pub(crate) use program::Program;
pub(crate) use site::{Kind, Site};
pub(crate) use watcher::{Message, Mqtt, Watcher};
