//! What the probes could not read, or not anew, in words: one reason once, with all readings that
//! it keeps away, and what to do about it.

use crate::probe::smart::{self, SMARTCTL};
use crate::probe::{About, Measured, Needs, disk_health};
use crate::root::Root;
use crate::show;
use picket_wire::Missing;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Longest line of a list of readings.
const WIDTH: usize = 96;
/// Under what the words of a line begin.
const INDENT: &str = "          ";

/// How many readings have a value, and the others by their reason. `uid` is the user who asked.
pub fn probes(measured: &[Measured], uid: u32) -> String {
    let answered = measured.iter().filter(|m| m.value.is_ok()).count();
    let all = measured.len();
    let mut text = format!(
        "probes    {answered} of {all} readings have a value, as uid {uid} may read them\n"
    );
    for ((why, needs), names) in by_reason(measured) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "missing   {}:", reason(why, needs));
        text.push_str(&wrapped(&names));
        if why == Missing::Denied {
            let _ = writeln!(text, "{INDENT}=> {}", advice(needs));
        }
    }
    for (needs, names) in of_the_boot(measured) {
        let right = needs.words();
        let _ = writeln!(text, "old       as of the boot; {right} reads it anew:");
        text.push_str(&wrapped(&names));
        let _ = writeln!(text, "{INDENT}=> {}", advice(Some(needs)));
    }
    text
}

/// The package to install where the health of a disk is not told for lack of its program; nothing
/// if there is no such disk.
pub fn disk_program(root: &Root, measured: &[Measured]) -> String {
    let disks = without_health(measured);
    if disks.is_empty() || smart::is_installed(root) {
        return String::new();
    }
    let disks = disks.into_iter().collect::<Vec<_>>().join(", ");
    format!(
        "health    {SMARTCTL}, which asks SATA and USB disks, is not installed ({disks}):\n{INDENT}=> \
         `sudo apt-get install smartmontools`\n"
    )
}

/// The names of the SATA and USB disks whose health nothing tells.
fn without_health(measured: &[Measured]) -> BTreeSet<&str> {
    let is_of_health = |m: &&Measured| disk_health::QUANTITIES.contains(&m.quantity);
    measured
        .iter()
        .filter(|measured| measured.value == Err(Missing::NotSupported))
        .filter(is_of_health)
        .map(|measured| show::part(&measured.about))
        .filter(|name| name.starts_with("sd"))
        .collect()
}

/// The names of the readings whose value is as old as the boot, under the right that they need.
fn of_the_boot(measured: &[Measured]) -> BTreeMap<Needs, Vec<String>> {
    let mut rights: BTreeMap<Needs, Vec<String>> = BTreeMap::new();
    for measured in measured.iter().filter(|measured| measured.value.is_ok()) {
        if let (Some(needs), Some(name)) = (measured.needs, name(measured)) {
            rights.entry(needs).or_default().push(name);
        }
    }
    rights
}

type Reason = (Missing, Option<Needs>);

/// The names of the missing readings under each reason, in the order in which they were read.
fn by_reason(measured: &[Measured]) -> BTreeMap<Reason, Vec<String>> {
    let mut reasons: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
    for measured in measured {
        if let (Err(why), Some(name)) = (measured.value, name(measured)) {
            reasons.entry((why, measured.needs)).or_default().push(name);
        }
    }
    reasons
}

fn name(measured: &Measured) -> Option<String> {
    let name = measured.quantity.row()?.name;
    Some(match &measured.about {
        About::Node => name.to_owned(),
        part => format!("{name} of {}", show::part(part)),
    })
}

/// Names with commas between them, in lines of at most [`WIDTH`].
fn wrapped(names: &[String]) -> String {
    let mut text = String::new();
    let mut line = INDENT.to_owned();
    for (i, name) in names.iter().enumerate() {
        let comma = if i + 1 == names.len() { "" } else { "," };
        let begun = line.len() > INDENT.len();
        let length = line.chars().count() + 1 + name.chars().count() + comma.len();
        if begun && length > WIDTH {
            text.push_str(&line);
            text.push('\n');
            INDENT.clone_into(&mut line);
        } else if begun {
            line.push(' ');
        }
        line.push_str(name);
        line.push_str(comma);
    }
    text.push_str(&line);
    text.push('\n');
    text
}

fn reason(why: Missing, needs: Option<Needs>) -> String {
    let words = match why {
        Missing::NotFitted => "this machine has no such part (not_fitted)",
        Missing::NotSupported => {
            "nothing that is asked tells it: kernel, device, installed program (not_supported)"
        }
        Missing::Busy => "it was busy, sleeps, or is asked later (busy)",
        Missing::Garbled => "the source said something that is no value (garbled)",
        Missing::TimedOut => "the source did not answer in time (timed_out)",
        Missing::Unknown(_) => "for a reason that this version does not know",
        Missing::Denied => {
            let right = needs.map_or("the right", Needs::words);
            return format!("{right} is lacking (denied)");
        }
    };
    words.to_owned()
}

/// What gives the right.
fn advice(needs: Option<Needs>) -> &'static str {
    match needs {
        Some(Needs::GroupVideo) => {
            "the service has it: SupplementaryGroups=video in picket-agent.service; a user: \
             `sudo usermod -aG video USER`, then log in anew"
        }
        Some(Needs::SysRawio) => {
            "the service: mmc.conf for cards, sata.conf for disks, both of \
             /usr/share/doc/picket-agent/examples/picket-scrub.service.d; once: sudo"
        }
        Some(Needs::SysAdmin) => {
            "the service: nvme.conf of /usr/share/doc/picket-agent/examples/picket-scrub.service.d; \
             once: sudo"
        }
        Some(Needs::Syslog) => {
            "the service has it in picket-scrub.service, if that runs; once: sudo"
        }
        Some(Needs::SysPtrace) => {
            "once: sudo. No service has it, because it opens every process's memory"
        }
        Some(Needs::DacReadSearch) => "only their owner and root may read these files; once: sudo",
        None => "no single right is known; once: sudo",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Named;
    use crate::testing::Tree;
    use picket_wire::quantity::{Row, TABLE};
    use picket_wire::{PartKind, Quantity};

    #[test]
    fn each_reason_is_said_once_with_its_readings_and_what_to_do() {
        let disk = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        let denied = |quantity| Measured::of_node(quantity, Err(Missing::Denied));
        let measured = [
            denied(Quantity::THROTTLED_NOW).needing(Needs::GroupVideo),
            Measured::of_node(Quantity::UPTIME, Ok(5)),
            Measured::of_node(Quantity::FAN_SPEED, Err(Missing::NotFitted)),
            denied(Quantity::CPU_FREQUENCY).needing(Needs::GroupVideo),
            denied(Quantity::CPU_TEMPERATURE),
            Measured::of_part(Quantity::EMMC_LIFE_STEP, &disk, Err(Missing::NotFitted)),
            Measured {
                needs: Some(Needs::SysRawio),
                ..Measured::of_part(Quantity::EMMC_SPARE_STATE, &disk, Ok(1))
            },
        ];
        let expected = "\
probes    2 of 7 readings have a value, as uid 1000 may read them
missing   this machine has no such part (not_fitted):
          fan_speed, emmc_life_step of mmcblk0
missing   the right is lacking (denied):
          cpu_temperature
          => no single right is known; once: sudo
missing   group video is lacking (denied):
          throttled_now, cpu_frequency
          => the service has it: SupplementaryGroups=video in picket-agent.service; a user: \
`sudo usermod -aG video USER`, then log in anew
old       as of the boot; CAP_SYS_RAWIO reads it anew:
          emmc_spare_state of mmcblk0
          => the service: mmc.conf for cards, sata.conf for disks, both of \
/usr/share/doc/picket-agent/examples/picket-scrub.service.d; once: sudo
";
        assert_eq!(probes(&measured, 1000), expected);
    }

    #[test]
    fn sixty_missing_readings_are_a_few_lines() {
        let missing = |row: &Row| Measured::of_node(row.quantity, Err(Missing::NotSupported));
        let measured: Vec<Measured> = TABLE.iter().take(60).map(missing).collect();
        let text = probes(&measured, 0);
        assert!(text.lines().count() < 20, "{text}");
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        for measured in &measured {
            let name = measured.quantity.to_string();
            let words = text.split([' ', ',', '\n']);
            assert_eq!(words.filter(|word| *word == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_disk_whose_program_is_not_installed_gets_the_name_of_the_package() {
        let health = |name: &str, value| {
            let disk = Named::new(PartKind::Disk, "serial/1", name);
            [Measured::of_part(Quantity::DISK_LIFE_USED, &disk, value)]
        };
        let tree = Tree::new();
        let says = disk_program(&tree.root(), &health("sda", Err(Missing::NotSupported)));
        assert!(says.contains("is not installed (sda)"), "{says}");
        assert!(says.contains("`sudo apt-get install smartmontools`"));
        for (name, value) in [
            ("sda", Ok(7)),
            ("sda", Err(Missing::Denied)),
            // A card is asked in another way.
            ("mmcblk0", Err(Missing::NotSupported)),
        ] {
            assert_eq!(disk_program(&tree.root(), &health(name, value)), "");
        }
        tree.write("usr/sbin/smartctl", "");
        let bridge = health("sda", Err(Missing::NotSupported));
        assert_eq!(disk_program(&tree.root(), &bridge), "");
    }

    #[test]
    fn the_words_of_a_reason_are_true_of_all_that_say_it() {
        let says = |why| reason(why, None);
        // A disk that sleeps, a card just after the boot.
        let busy = says(Missing::Busy);
        assert!(busy.contains("sleeps") && busy.contains("later"), "{busy}");
        // No smartctl, a card that its owner has not named.
        let not_supported = says(Missing::NotSupported);
        assert!(not_supported.contains("program"), "{not_supported}");
        assert!(not_supported.contains("that is asked"), "{not_supported}");
    }

    #[test]
    fn every_right_has_advice_that_names_what_to_do() {
        for needs in [
            Needs::GroupVideo,
            Needs::SysRawio,
            Needs::SysAdmin,
            Needs::Syslog,
            Needs::SysPtrace,
            Needs::DacReadSearch,
        ] {
            let says = advice(Some(needs));
            assert!(says.contains("sudo"), "{says}");
        }
    }
}
