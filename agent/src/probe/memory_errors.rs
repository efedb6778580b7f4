//! Errors of main memory, and programs that were ended for lack of it.

use super::{Found, Measured, Needs, Probe, class, number};
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};

/// Most memory controllers that are added up.
pub const MAX_CONTROLLERS: usize = 32;
/// Longest `/proc/vmstat` that is read; it has some 200 lines.
pub const MAX_VMSTAT: usize = 64 * 1024;

/// Memory controllers that report errors (Linux, Documentation/admin-guide/ras.rst). The memory of
/// today's Raspberry Pis corrects by itself and reports nothing.
const CONTROLLERS: &str = "/sys/devices/system/edac/mc";

/// The probe. A kernel without EDAC does not support counting; with EDAC and without a controller
/// that it knows, none is fitted.
#[derive(Debug)]
pub struct MemoryErrors {
    vmstat: Source,
}

impl Default for MemoryErrors {
    fn default() -> MemoryErrors {
        MemoryErrors {
            vmstat: Source::with_limit("/proc/vmstat", MAX_VMSTAT),
        }
    }
}

impl Probe for MemoryErrors {
    fn quantities(&self) -> &'static [Quantity] {
        &[
            Quantity::MEMORY_ERRORS_CORRECTED,
            Quantity::MEMORY_ERRORS_UNCORRECTED,
            Quantity::OUT_OF_MEMORY_KILLS,
        ]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let kills = match self.vmstat.read(root) {
            Ok(text) => kills(text),
            Err(Errno::ENOENT) => Err(Missing::NotSupported),
            Err(errno) => Err(reason(errno)),
        };
        for (quantity, value) in [
            (Quantity::MEMORY_ERRORS_CORRECTED, errors(root, "ce_count")),
            (
                Quantity::MEMORY_ERRORS_UNCORRECTED,
                errors(root, "ue_count"),
            ),
            (Quantity::OUT_OF_MEMORY_KILLS, kills),
        ] {
            out.push(Measured::of_node(quantity, value).needing(Needs::DacReadSearch));
        }
    }
}

/// The sum over all controllers. One that cannot be read leaves no sum.
fn errors(root: &Root, file: &str) -> Value {
    let mut sum: Option<i64> = None;
    let entries = class::entries(root, CONTROLLERS)?;
    let controllers = entries.iter().filter(|entry| is_controller(entry));
    for controller in controllers.take(MAX_CONTROLLERS) {
        let text = class::attribute(root, &format!("{CONTROLLERS}/{controller}/{file}"))?;
        let more = sum.unwrap_or(0).checked_add(number::count(&text)?);
        sum = Some(more.ok_or(Missing::Garbled)?);
    }
    sum.ok_or(Missing::NotFitted)
}

/// `mc0`, and not `power` or another file of the folder.
fn is_controller(entry: &str) -> bool {
    entry
        .strip_prefix("mc")
        .is_some_and(|number| number.parse::<u16>().is_ok())
}

/// The line `oom_kill` of `/proc/vmstat`, which Linux has since 4.13.
fn kills(vmstat: &str) -> Value {
    let mut lines = vmstat.lines().filter_map(|line| line.split_once(' '));
    if lines.clone().next().is_none() {
        return Err(Missing::Garbled);
    }
    let kills = lines.find(|(name, _)| *name == "oom_kill");
    kills.map_or(Err(Missing::NotSupported), |(_, count)| {
        number::count(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn values(tree: &Tree) -> Vec<Value> {
        let mut out = Found::default();
        MemoryErrors::default().read(&tree.root(), &mut out);
        out.measured.iter().map(|m| m.value).collect()
    }

    #[test]
    fn all_controllers_are_added_and_the_kernels_kills_are_counted() {
        let tree = Tree::new()
            .file("sys/devices/system/edac/mc/mc0/ce_count", "3\n")
            .file("sys/devices/system/edac/mc/mc0/ue_count", "0\n")
            .file("sys/devices/system/edac/mc/mc1/ce_count", "4\n")
            .file("sys/devices/system/edac/mc/mc1/ue_count", "1\n")
            .file("sys/devices/system/edac/mc/power/control", "auto\n")
            .file("proc/vmstat", "nr_free_pages 1\noom_kill 2\nswap_ra 0\n");
        assert_eq!(values(&tree), [Ok(7), Ok(1), Ok(2)]);
    }

    #[test]
    fn a_controller_that_cannot_be_read_leaves_no_sum() {
        let tree = Tree::new()
            .file("sys/devices/system/edac/mc/mc0/ce_count", "3\n")
            .file("sys/devices/system/edac/mc/mc1/ce_count", "many\n")
            .file("proc/vmstat", "oom_kill -1\n");
        let (garbled, none) = (Err(Missing::Garbled), Err(Missing::NotSupported));
        assert_eq!(values(&tree), [garbled, none, garbled]);
        tree.write(
            "sys/devices/system/edac/mc/mc1/ce_count",
            "9223372036854775807\n",
        );
        assert_eq!(values(&tree).first(), Some(&garbled));
    }

    #[test]
    fn no_controller_is_not_fitted_and_no_source_is_not_supported() {
        let none = Err(Missing::NotSupported);
        assert_eq!(values(&Tree::new()), [none, none, none]);
        let tree = Tree::new()
            .file("sys/devices/system/edac/mc/uevent", "")
            .file("proc/vmstat", "nr_free_pages 1\n");
        let not_fitted = Err(Missing::NotFitted);
        assert_eq!(values(&tree), [not_fitted, not_fitted, none]);
        tree.write("proc/vmstat", "\n");
        assert_eq!(values(&tree).last(), Some(&Err(Missing::Garbled)));
    }
}
