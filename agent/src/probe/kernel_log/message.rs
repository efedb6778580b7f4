//! What one message of the kernel says: texts of its drivers and filesystems, told apart by how
//! they begin. Nothing here reads anything.

use crate::parts::Named;

/// Longest part of a message that is looked at.
pub(super) const MAX_TEXT: usize = 1024;
/// Longest name of a device that is believed.
const MAX_NAME: usize = 32;

/// What a message tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// The input voltage was too low.
    UnderVoltage,
    /// The kernel ended a program because memory ran out.
    OutOfMemory,
    /// An error of storage, and the name of the device as the kernel uses it; empty where the
    /// message has none.
    Storage(&'a str),
    /// A disk or a controller of this name was found: what was said of the name until now was said
    /// of another disk, or of a try before.
    Attached(&'a str),
}

/// The text of a record `priority,sequence,time,flags;text` if the kernel itself said it. What
/// programs write into the log carries another facility, which the kernel sees to; lines that begin
/// with a space belong to the record before.
pub(super) fn of_the_kernel(line: &str) -> Option<&str> {
    let (head, text) = line.split_once(';')?;
    let (priority, _) = head.split_once(',')?;
    let facility = priority.parse::<u32>().ok()? >> 3;
    let end = text.floor_char_boundary(MAX_TEXT);
    (facility == 0).then_some(text.get(..end)?)
}

/// What a message tells of; none for the most of them.
pub(super) fn classify(text: &str) -> Option<Event<'_>> {
    if text.contains("ndervoltage detected") || text.contains("nder-voltage detected") {
        return Some(Event::UnderVoltage);
    }
    // `oom-kill:…` goes before it and tells of the same kill; older kernels say `Kill process`.
    if text.contains("ut of memory") && text.contains(": Kill") {
        return Some(Event::OutOfMemory);
    }
    if let Some(name) = attached(text) {
        return Some(Event::Attached(name));
    }
    let name = block_layer(text)
        .or_else(|| filesystem(text))
        .or_else(|| driver(text))?;
    // A drive without a medium complains about that, and loses nothing.
    let drive = ["fd", "sr"].iter().any(|kind| is_numbered(name, kind));
    (!drive).then_some(Event::Storage(name))
}

/// The name of a disk that a driver has found. Taken are lines that come before the disk's first
/// sector is read, so that errors of its own stay its own: `Attached SCSI disk` comes after.
fn attached(text: &str) -> Option<&str> {
    let (who, what) = text.split_once(": ")?;
    // `sd 0:0:0:0: [sda] 61489152 512-byte logical blocks: (31.5 GB/29.3 GiB)`, `virtio_blk virtio1:
    // [vda] …`
    if who.starts_with("sd ") || who.starts_with("virtio_blk ") {
        let (name, what) = what.split_once('[')?.1.split_once("] ")?;
        return what.contains("-byte logical blocks").then(|| name_in(name));
    }
    // `nvme nvme0: pci function 0000:01:00.0`
    if let Some(name) = who.strip_prefix("nvme ") {
        return what.starts_with("pci function ").then(|| name_in(name));
    }
    // `mmcblk0: mmc0:aaaa SD32G 29.7 GiB`
    let host = what.split_once(':').map(|(host, _)| host);
    let card = is_numbered(who, "mmcblk") && host.is_some_and(|host| is_numbered(host, "mmc"));
    card.then_some(who)
}

/// Kinds of errors of the block layer that tell of the medium or of the way to it (Linux,
/// block/blk-core.c). Others, such as `operation not supported`, tell of a wish.
const BLOCK_ERRORS: [&str; 8] = [
    "I/O",
    "device offline",
    "critical medium",
    "critical target",
    "critical nexus",
    "recoverable transport",
    "timeout",
    "protection",
];
/// What many bridges refuse, and nothing is lost by.
const OPTIONAL: [&str; 3] = ["(DISCARD)", "(WRITE_ZEROES)", "(SECURE_ERASE)"];

fn block_layer(text: &str) -> Option<&str> {
    if let Some((kind, rest)) = text.split_once(" error, dev ") {
        let known = BLOCK_ERRORS.iter().any(|error| kind.ends_with(error));
        let optional = OPTIONAL.iter().any(|operation| rest.contains(operation));
        return (known && !optional).then(|| name_in(rest));
    }
    after(
        text,
        &["Buffer I/O error on dev ", "Buffer I/O error on device "],
    )
}

/// What begins with this is an error of a filesystem; the device follows.
const FILESYSTEM_ERRORS: [&str; 10] = [
    "EXT4-fs error (device ",
    "EXT3-fs error (device ",
    "EXT2-fs error (device ",
    "BTRFS error (device ",
    "BTRFS critical (device ",
    "BTRFS: error (device ",
    "JBD2: Detected IO errors while flushing file data on ",
    "JBD2: I/O error when updating journal superblock for ",
    "Aborting journal on device ",
    "I/O error while writing superblock of ",
];
/// How others begin, and what makes an error of it. That ext4 took a filesystem out of writing is
/// told by nothing else in kernels that show no `emergency_ro`.
const FILESYSTEM_ERRORS_WITH: [(&str, &[&str]); 4] = [
    (
        "EXT4-fs (",
        &[
            "): I/O error while writing superblock",
            "): Remounting filesystem read-only",
        ],
    ),
    ("BTRFS warning (device ", &["csum failed", "checksum error"]),
    ("XFS (", &["I/O error", "orruption"]),
    ("FAT-fs (", &["): error, "]),
];

fn filesystem(text: &str) -> Option<&str> {
    after(text, &FILESYSTEM_ERRORS).or_else(|| {
        let mut kinds = FILESYSTEM_ERRORS_WITH.iter();
        kinds.find_map(|(begin, marks)| {
            let rest = text.strip_prefix(begin)?;
            marks
                .iter()
                .any(|mark| rest.contains(mark))
                .then(|| name_in(rest))
        })
    })
}

/// What drivers of cards and disks say, `who: what`.
fn driver(text: &str) -> Option<&str> {
    if let Some((_, disk)) = text.split_once(" Disk failure on ") {
        return Some(name_in(disk));
    }
    let (who, what) = text.split_once(": ")?;
    let any = |marks: &[&str]| marks.iter().any(|mark| what.contains(mark));
    let name = name_in(who.strip_prefix("nvme ").unwrap_or(who));
    if name.starts_with("mmcblk") {
        return any(&["error", "timed out", "failed"]).then_some(name);
    }
    if is_numbered(name, "mmc") {
        let marks = [
            "error -",
            // Hosts of a PC write it with a capital, those of a Pi without.
            "imeout waiting for",
            "Card stuck",
            "timeout for tag",
        ];
        // The same driver drives Wi-Fi chips.
        return (any(&marks) && !what.contains("SDIO")).then_some(name);
    }
    if name.starts_with("nvme") {
        let marks = [
            " timeout, ",
            "controller is down",
            "Device not ready",
            "Removing after probe failure",
            "(sct 0x",
        ];
        // An interrupt was lost, and no data.
        return (any(&marks) && !what.contains("completion polled")).then_some(name);
    }
    // `sdhost-bcm2835 3f202000.mmc: …`: the host of a Pi's SD card under its own name. The Wi-Fi chip
    // hangs on another one.
    if who.starts_with("sdhost-bcm2835 ") {
        return any(&["imeout waiting for"]).then_some("");
    }
    if is_numbered(name, "ata") {
        return what.starts_with("failed command").then_some("");
    }
    // `sd 0:0:0:0: [sda] tag#24 uas_eh_abort_handler …`: a USB bridge that answers no more.
    if who.starts_with("sd ") && any(&["uas_eh_abort_handler"]) {
        return what.split_once('[').map(|(_, rest)| name_in(rest));
    }
    None
}

/// The name behind the first of these beginnings that fits.
fn after<'a>(text: &'a str, begins: &[&str]) -> Option<&'a str> {
    let mut rests = begins.iter().filter_map(|begin| text.strip_prefix(begin));
    rests.next().map(name_in)
}

/// The name of a device at the begin of a text.
fn name_in(text: &str) -> &str {
    let length = text
        .bytes()
        .take(MAX_NAME)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    text.get(..length).unwrap_or_default()
}

/// Whether a name is these letters and a number.
fn is_numbered(name: &str, letters: &str) -> bool {
    name.strip_prefix(letters).is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The disk that a name of the kernel belongs to: the disk itself, its partition, its host
/// (`mmc0`, which numbers its card) or its controller (`nvme0`).
pub(super) fn disk_of<'a>(name: &str, disks: &'a [Named]) -> Option<&'a Named> {
    disks.iter().find(|disk| is_of_disk(name, disk.name()))
}

/// The same for one disk, or for all disks of one controller.
pub(super) fn is_of(name: &str, attached: &str) -> bool {
    let namespace = name.strip_prefix(attached).unwrap_or_default();
    is_of_disk(name, attached) || is_numbered(attached, "nvme") && namespace.starts_with('n')
}

fn is_of_disk(name: &str, disk: &str) -> bool {
    let card = host_number(name).map(|number| format!("mmcblk{number}"));
    let name = card.as_deref().unwrap_or(name);
    let Some(rest) = name.strip_prefix(disk) else {
        let namespace = disk.strip_prefix(name).unwrap_or_default();
        return is_numbered(name, "nvme") && is_numbered(namespace, "n");
    };
    let partition = match disk.ends_with(|end: char| end.is_ascii_digit()) {
        true => is_numbered(rest, "p") || is_numbered(rest, "boot"),
        false => is_number(rest),
    };
    rest.is_empty() || partition
}

/// The number of a host of cards, such as `mmc0`.
pub(super) fn host_number(name: &str) -> Option<&str> {
    name.strip_prefix("mmc").filter(|number| is_number(number))
}

#[cfg(test)]
mod tests;
