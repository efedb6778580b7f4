//! What the stories need: programs, brokers, watchers, made-up nodes, and waiting.

pub(crate) mod agent;
pub(crate) mod broker;
pub(crate) mod client;
pub(crate) mod fake_node;
#[path = "../../../src/free_port.rs"]
mod free_port;
pub(crate) mod http;
pub(crate) mod hub;
pub(crate) mod joining;
pub(crate) mod login;
pub(crate) mod place;
pub(crate) mod proc;
pub(crate) mod program;
pub(crate) mod root;
pub(crate) mod site;
pub(crate) mod wait;
pub(crate) mod watcher;

pub(crate) use agent::Agent;
pub(crate) use broker::Mosquitto;
pub(crate) use client::Client;
pub(crate) use fake_node::FakeNode;
pub(crate) use free_port::free_port;
pub(crate) use hub::{Hub, HubSettings};
pub(crate) use joining::{Machine, complaint};
pub(crate) use login::Login;
pub(crate) use place::Place;
pub(crate) use program::Program;
pub(crate) use root::needs_root;
pub(crate) use site::{Kind, Site};
pub(crate) use wait::{seconds, wait_for};
pub(crate) use watcher::{Message, Mqtt, Watcher};
