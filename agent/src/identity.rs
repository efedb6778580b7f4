//! Who this node is: its name, its boot, this start of the agent, and what rarely changes of it.

use crate::machine_id;
use crate::root::Root;
use crate::source::Source;
use picket_wire::{BootId, Facts, IdError, NodeId, SessionId};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Longest `os-release` that is read, in bytes.
const MAX_OS_RELEASE: usize = 64 * 1024;
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const HOST_NAME: &str = "/proc/sys/kernel/hostname";
const AGENT: &str = concat!("picket-agent ", env!("CARGO_PKG_VERSION"));

/// Why the node has no name.
#[derive(Debug, Error)]
#[error(
    "the host name \"{host_name}\" cannot be the node's id: {why}. Write `node = \"NAME\"` into {} \
     or give --node NAME",
    crate::settings::DEFAULT_FILE
)]
pub struct NoName {
    host_name: String,
    why: IdError,
}

/// The name that the host name gives.
///
/// # Errors
/// The host name is empty or has what an id may not have.
pub fn node_id(root: &Root) -> Result<NodeId, NoName> {
    let host_name = line(root, HOST_NAME);
    NodeId::from_host_name(&host_name).map_err(|why| NoName { host_name, why })
}

/// The boot of the machine: the first 32 bits of SHA-256 of the kernel's `boot_id`. A tree without
/// one is read on this machine, whose clock its reports carry.
///
/// # Errors
/// What to look at, if the kernel tells no boot.
pub fn boot(root: &Root) -> Result<BootId, String> {
    let mut text = line(root, BOOT_ID);
    if text.is_empty()
        && let Ok(this_machine) = Root::of_this_machine()
    {
        text = line(&this_machine, BOOT_ID);
    }
    if text.is_empty() {
        return Err(format!(
            "cannot read {BOOT_ID}, which names this boot: is /proc mounted?"
        ));
    }
    Ok(boot_of(&text))
}

fn boot_of(boot_id: &str) -> BootId {
    let hash = Sha256::digest(boot_id.as_bytes());
    let first = hash.first_chunk().copied().unwrap_or_default();
    BootId(u32::from_be_bytes(first))
}

/// This start of the agent: 16 random bits.
///
/// # Errors
/// The kernel gave no random numbers.
pub fn session() -> Result<SessionId, String> {
    // The upper half of 32 bits is as random as the whole.
    entropy().map(|bits| SessionId((bits >> 16) as u16))
}

/// 32 random bits.
///
/// # Errors
/// The kernel gave no random numbers.
pub fn entropy() -> Result<u32, String> {
    getrandom::u32().map_err(|error| format!("the kernel gave no random numbers: {error}"))
}

/// What rarely changes of the machine. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    model: String,
    os: String,
    kernel: String,
    id: u64,
}

impl Machine {
    /// Reads it all.
    pub fn read(root: &Root) -> Machine {
        Machine {
            model: model(root),
            os: os(root),
            kernel: line(root, "/proc/sys/kernel/osrelease"),
            id: machine_id::read(root),
        }
    }

    /// Which installation of a system it runs, as a frame carries it.
    pub fn installation(&self) -> picket_wire::Machine {
        picket_wire::Machine { id: self.id }
    }

    /// As a frame carries it.
    pub fn facts(&self, every_ms: u32) -> Facts<'_> {
        Facts {
            agent: AGENT,
            model: &self.model,
            os: &self.os,
            kernel: &self.kernel,
            arch: std::env::consts::ARCH,
            every_ms,
        }
    }
}

/// The device tree's model, else vendor and product of the DMI tables.
fn model(root: &Root) -> String {
    let device_tree = line(root, "/proc/device-tree/model");
    if !device_tree.is_empty() {
        return device_tree;
    }
    let dmi =
        ["sys_vendor", "product_name"].map(|file| line(root, &format!("/sys/class/dmi/id/{file}")));
    // A maker that left these out wrote a placeholder, which names no machine.
    let told = |text: &&str| !text.is_empty() && !PLACEHOLDERS.contains(text);
    dmi.iter()
        .map(String::as_str)
        .filter(told)
        .collect::<Vec<_>>()
        .join(" ")
}

const PLACEHOLDERS: [&str; 4] = [
    "To Be Filled By O.E.M.",
    "System manufacturer",
    "System Product Name",
    "Default string",
];

/// `PRETTY_NAME` of os-release (freedesktop, os-release(5)).
fn os(root: &Root) -> String {
    let pretty = |path: &str| {
        let mut source = Source::with_limit(path, MAX_OS_RELEASE);
        pretty_name(source.read(root).ok()?)
    };
    pretty("/etc/os-release")
        .or_else(|| pretty("/usr/lib/os-release"))
        .unwrap_or_default()
}

fn pretty_name(os_release: &str) -> Option<String> {
    let value = os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(clean(value.trim().trim_matches(['"', '\''])))
}

/// The first line of a small file; empty if there is none.
fn line(root: &Root, path: &str) -> String {
    let mut source = Source::new(path);
    let text = source.read(root).unwrap_or_default();
    // The device tree ends its texts with a zero byte.
    clean(text.split(['\n', '\0']).next().unwrap_or_default())
}

fn clean(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn a_pi_says_its_model_and_system() {
        let tree = Tree::new()
            .file("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
            .file("proc/sys/kernel/osrelease", "6.6.51+rpt-rpi-2712\n")
            .file(
                "etc/os-release",
                "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
            );
        let machine = Machine::read(&tree.root());
        let facts = machine.facts(10_000);
        assert_eq!(facts.model, "Raspberry Pi 5 Model B Rev 1.0");
        assert_eq!(facts.os, "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(facts.kernel, "6.6.51+rpt-rpi-2712");
    }

    #[test]
    fn a_board_without_device_tree_is_named_by_its_maker_unless_that_is_a_placeholder() {
        let tree = Tree::new()
            .file("sys/class/dmi/id/sys_vendor", "Default string\n")
            .file("sys/class/dmi/id/product_name", "NUC8i5\n");
        assert_eq!(model(&tree.root()), "NUC8i5");
        assert_eq!(Machine::read(&Tree::new().root()), Machine::default());
    }

    #[test]
    fn the_host_name_becomes_the_id_or_the_error_says_what_to_write() {
        let named =
            |name: &str| node_id(&Tree::new().file("proc/sys/kernel/hostname", name).root());
        assert_eq!(named("Pi-01.lan\n").unwrap().as_str(), "pi-01");
        let error = named("büro\n").unwrap_err().to_string();
        assert!(
            error.contains("büro") && error.contains("node = \"NAME\""),
            "{error}"
        );
        assert!(named("\n").is_err());
    }

    #[test]
    fn the_boot_is_the_beginning_of_the_hash_of_the_kernels_boot_id() {
        // printf %s 5f1c1d43-4b0e-4a5e-9d43-0d8c9f8f8a11 | sha256sum
        assert_eq!(
            boot_of("5f1c1d43-4b0e-4a5e-9d43-0d8c9f8f8a11"),
            BootId(0x77b59058)
        );
        let tree = Tree::new().file(
            "proc/sys/kernel/random/boot_id",
            "5f1c1d43-4b0e-4a5e-9d43-0d8c9f8f8a11\n",
        );
        assert_eq!(boot(&tree.root()), Ok(BootId(0x77b59058)));
        assert!(boot(&Tree::new().root()).is_ok());
    }
}
