//! Where a disk is plugged in, for disks that cannot be told apart by what they say of themselves.

/// The place by the link of the disk in the folder of block devices, such as
/// `pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/0:0:0`: the port that it is plugged into, and which
/// unit of the device there it is. None if the link does not lead to a device.
///
/// What the kernel counts up, or hands out anew when the disk is found again, is left out: the
/// number of the SCSI host, the address of a card.
pub(super) fn of_link(link: &str) -> Option<String> {
    let (_, device) = link.split_once("/devices/")?;
    let steps: Vec<&str> = device.split('/').collect();
    // The last is the kernel's name of the disk.
    let (_, steps) = steps.split_last()?;
    let steps: Vec<&str> = steps.iter().filter_map(|step| lasting(step)).collect();
    (!steps.is_empty()).then(|| steps.join("/"))
}

/// What of a step stays the same over boots.
fn lasting(step: &str) -> Option<&str> {
    if step == "block" || is_numbered(step, "host") || step.starts_with("target") {
        return None;
    }
    if step.starts_with("mmc") && step.contains(':') {
        return None;
    }
    match step.split_once(':') {
        // A unit by host, channel, target and number within it (Linux, scsi.rst).
        Some((host, unit)) if is_number(host) && unit.split(':').all(is_number) => Some(unit)
            .filter(|unit| unit.matches(':').count() == 2)
            .or(Some(step)),
        _ => Some(step),
    }
}

fn is_numbered(step: &str, name: &str) -> bool {
    step.strip_prefix(name).is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_port_and_not_what_the_kernel_counts_up() {
        const PORT: &str = "platform/scb/fd500000.pcie/pci0000:00/0000:01:00.0/usb2/2-1/2-1:1.0";
        for (link, expected) in [
            (
                format!("../devices/{PORT}/host3/target3:0:0/3:0:0:1/block/sdb"),
                Some(format!("{PORT}/0:0:1")),
            ),
            (
                "../devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
                    .to_owned(),
                Some("pci0000:00/0000:00:17.0/ata1/0:0:0".to_owned()),
            ),
            (
                "../devices/platform/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0".to_owned(),
                Some("platform/fe340000.mmc/mmc_host/mmc0".to_owned()),
            ),
            ("../devices/sda".to_owned(), None),
            ("../../elsewhere/sda".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(of_link(&link), expected, "{link}");
        }
    }
}
