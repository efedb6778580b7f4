//! What a machine has installed, and how far it has told the hub of it.

use picket_wire::{Machine, Package};

/// What a machine has installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Which installation it is; clones say the same. 0 if it does not say.
    pub machine: u64,
    /// Name, key and content of each package.
    pub packages: Vec<(String, u64, u64)>,
}

/// What a machine tells of it: all of it to each run of the hub, and whenever it changes.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    installed: Installed,
    told: bool,
}

impl Telling {
    /// It is something else from now on.
    pub(crate) fn install(&mut self, installed: Installed) {
        *self = Telling {
            installed,
            told: false,
        };
    }

    /// Another run of the hub knows nothing of it.
    pub(crate) fn again(&mut self) {
        self.told = false;
    }

    /// Which installation it is.
    pub(crate) fn machine(&self) -> Option<Machine> {
        let id = self.installed.machine;
        (id != 0).then_some(Machine { id })
    }

    /// What the next report tells.
    pub(crate) fn next(&mut self) -> Vec<Package<'_>> {
        if core::mem::replace(&mut self.told, true) {
            return Vec::new();
        }
        let packages = self.installed.packages.iter();
        let packages = packages.map(|(name, key, content)| Package {
            name,
            key: *key,
            content: *content,
        });
        packages.collect()
    }
}
