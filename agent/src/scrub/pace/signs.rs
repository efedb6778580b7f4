//! By what a pass decides to rest: what the kernel says of supplies, heat and waiting.

use crate::probe::cpu_temperature::CpuTemperature;
use crate::probe::power_supply::PowerSupplies;
use crate::probe::throttle::Throttle;
use crate::probe::{Found, Probe};
use crate::root::Root;
use crate::source::Source;
use picket_wire::Quantity;
use std::sync::Arc;
use std::time::Duration;

/// What is seen while a pass naps. What nobody can tell keeps no pass from reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// A battery is used, or every mains supply is off.
    pub on_battery: bool,
    /// The firmware slows the processor down.
    pub is_throttled: bool,
    /// Temperature of the processor in tenths of a degree.
    pub temperature: Option<i64>,
    /// In how much of the nap somebody waited for disks, in percent. The pass itself was asleep.
    pub waited: Option<u64>,
}

/// Sees them.
pub struct Watch {
    root: Arc<Root>,
    probes: [Box<dyn Probe>; 3],
    pressure: Source,
    /// Microseconds in which somebody waited for disks, at the beginning of the nap.
    before_us: Option<u64>,
}

impl Watch {
    /// Looks at this machine.
    pub fn new(root: Arc<Root>) -> Watch {
        Watch {
            root,
            probes: [
                Box::new(CpuTemperature::default()),
                Box::new(Throttle::default()),
                Box::new(PowerSupplies::default()),
            ],
            pressure: Source::new("/proc/pressure/io"),
            before_us: None,
        }
    }

    /// A nap begins.
    pub fn nap_begins(&mut self) {
        self.before_us = self.waited_us();
    }

    /// What is seen at its end, after so long.
    pub fn nap_ends(&mut self, slept: Duration) -> Signs {
        let after_us = self.waited_us();
        let slept_us = u64::try_from(slept.as_micros()).unwrap_or(u64::MAX).max(1);
        let mut found = Found::default();
        for probe in &mut self.probes {
            probe.read(&self.root, &mut found);
        }
        let waited_us = after_us
            .zip(self.before_us)
            .map(|(after, before)| after.saturating_sub(before));
        Signs {
            waited: waited_us.map(|us| us.saturating_mul(100) / slept_us),
            ..seen(&found)
        }
    }

    fn waited_us(&mut self) -> Option<u64> {
        total_us(self.pressure.read(&self.root).ok()?)
    }
}

/// What the probes' readings mean for a pass.
fn seen(found: &Found) -> Signs {
    let values = |quantity| {
        let rows = found.measured.iter();
        rows.filter(move |row| row.quantity == quantity)
            .filter_map(|row| row.value.ok())
    };
    let is_set = |quantity| values(quantity).any(|value| value == 1);
    let mut supplies = values(Quantity::SUPPLY_OFFLINE).peekable();
    // A port through which nothing is supplied is no mains that is off.
    let all_off = supplies.peek().is_some() && supplies.all(|offline| offline == 1);
    let has_battery = values(Quantity::BATTERY_DISCHARGING).next().is_some();
    Signs {
        on_battery: is_set(Quantity::BATTERY_DISCHARGING) || (has_battery && all_off),
        is_throttled: is_set(Quantity::THROTTLED_NOW),
        temperature: values(Quantity::CPU_TEMPERATURE).max(),
        waited: None,
    }
}

/// The total of a line such as `some avg10=0.00 avg60=2.19 avg300=2.38 total=126`, in microseconds.
fn total_us(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let total = line
        .split_ascii_whitespace()
        .find_map(|field| field.strip_prefix("total="))?;
    total.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const SUPPLY: &str = "sys/class/power_supply";

    #[test]
    fn a_machine_without_a_battery_never_runs_on_one() {
        let mut watch = Watch::new(Arc::new(Tree::new().root()));
        watch.nap_begins();
        assert_eq!(watch.nap_ends(Duration::from_secs(1)), Signs::default());
        let tree = Tree::new()
            .file(&format!("{SUPPLY}/usb/type"), "USB\n")
            .file(&format!("{SUPPLY}/usb/online"), "0\n");
        let mut watch = Watch::new(Arc::new(tree.root()));
        assert!(!watch.nap_ends(Duration::from_secs(1)).on_battery);
    }

    #[test]
    fn a_battery_that_is_used_is_seen_and_so_is_waiting_in_the_nap_alone() {
        let tree = Tree::new()
            .file(&format!("{SUPPLY}/BAT0/type"), "Battery\n")
            .file(&format!("{SUPPLY}/BAT0/status"), "Charging\n")
            .file(
                "proc/pressure/io",
                "some avg10=99.00 avg60=9.00 avg300=9.00 total=1000000\n",
            )
            .file("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
            .file("sys/class/thermal/thermal_zone0/temp", "61200\n");
        let mut watch = Watch::new(Arc::new(tree.root()));
        watch.nap_begins();
        let signs = watch.nap_ends(Duration::from_secs(1));
        assert!(!signs.on_battery);
        assert_eq!((signs.temperature, signs.waited), (Some(612), Some(0)));
        tree.write(&format!("{SUPPLY}/BAT0/status"), "Discharging\n");
        tree.write(
            "proc/pressure/io",
            "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n",
        );
        let signs = watch.nap_ends(Duration::from_secs(2));
        assert!(signs.on_battery);
        assert_eq!(signs.waited, Some(25));
    }
}
