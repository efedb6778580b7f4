//! Logs that are read on, overwritten or missing, and whom their messages count for.

use super::*;
use crate::testing::Tree;
use picket_wire::PartKind;
use std::collections::VecDeque;
use std::io;

fn rows(probe: &mut KernelLog, root: &Root) -> Vec<(Quantity, String, Value)> {
    let mut out = Found::default();
    probe.read(root, &mut out);
    let row = |measured: Measured| match measured.about {
        About::Node => (measured.quantity, "node".to_owned(), measured.value),
        About::Part(part) => (measured.quantity, part.id().to_owned(), measured.value),
    };
    out.measured.into_iter().map(row).collect()
}

fn row(quantity: Quantity, part: &str, value: Value) -> (Quantity, String, Value) {
    (quantity, part.to_owned(), value)
}

#[test]
fn messages_count_for_the_disk_they_name_and_else_for_the_node() {
    let tree = Tree::new()
        .file("sys/block/mmcblk0/device/cid", "aa\n")
        .file("sys/block/sda/serial", "7\n")
        .file(
            "dev/kmsg",
            "3,1,10,-;mmc0: error -110 whilst initialising SD card\n\
             3,2,11,-;I/O error, dev mmcblk0, sector 8 op 0x0:(READ)\n \
             SUBSYSTEM=block\n DEVICE=b179:0\n\
             3,3,12,-;Buffer I/O error on dev mmcblk0p2, logical block 1, async page read\n\
             3,4,13,-;ata1.00: failed command: READ FPDMA QUEUED\n\
             3,5,14,-;I/O error, dev sdb, sector 8\n\
             2,6,15,-;Under-voltage detected! (0x00050005)\n\
             6,7,16,-;oom-kill:constraint=CONSTRAINT_NONE,task=a\n\
             3,8,17,-;Out of memory: Killed process 1 (a) total-vm:1kB\n",
        );
    let mut probe = KernelLog::default();
    let expected = [
        row(Quantity::UNDER_VOLTAGE_MESSAGES, "node", Ok(1)),
        row(Quantity::OUT_OF_MEMORY_MESSAGES, "node", Ok(1)),
        row(Quantity::STORAGE_MESSAGES, "cid/aa", Ok(3)),
        row(Quantity::STORAGE_MESSAGES, "serial/7", Ok(0)),
        row(Quantity::STORAGE_MESSAGES, "node", Ok(2)),
    ];
    assert_eq!(rows(&mut probe, &tree.root()), expected);
    assert_eq!(
        rows(&mut probe, &tree.root()),
        expected,
        "nothing is counted twice"
    );
}

#[test]
fn a_log_that_cannot_be_read_is_missing_with_its_reason() {
    let why = |root: &Root| {
        let mut out = Found::default();
        KernelLog::default().read(root, &mut out);
        let whys: Vec<_> = out.measured.iter().map(|m| (m.value, m.needs)).collect();
        assert_eq!(whys.len(), QUANTITIES.len());
        assert!(whys.iter().all(|why| *why == whys[0]), "{whys:?}");
        whys[0]
    };
    let no_log = Tree::new();
    assert_eq!(why(&no_log.root()), (Err(Missing::NotSupported), None));
    for garbage in ["", "777", &"x".repeat(MAX_RECORDING + 1)] {
        no_log.write("dev/kmsg", garbage);
        assert_eq!(why(&no_log.root()), (Err(Missing::Garbled), None));
    }
    // A container may have a FIFO there, or a file.
    let file = Tree::new().file("dev/kmsg", "");
    let opened = open(&file.root());
    assert_eq!(opened.map(drop), Err(Missing::NotSupported));
    let denied = Measured::of_node(QUANTITIES[0], Err(Missing::Denied)).needing(Needs::Syslog);
    assert_eq!(denied.needs, Some(Needs::Syslog));
}

/// A log that answers what it is told.
struct Log(VecDeque<Result<&'static str, i32>>);

impl Read for Log {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            Some(Ok(record)) => record.as_bytes().read(buffer),
            Some(Err(code)) => Err(io::Error::from_raw_os_error(code)),
            None => Err(io::Error::from_raw_os_error(Errno::EAGAIN as i32)),
        }
    }
}

#[test]
fn overwritten_and_overlong_records_are_passed_over_and_a_broken_log_is_told() {
    const LOW: &str = "2,6,15,-;Under-voltage detected! (0x00050005)\n";
    let counted = |answers: Vec<Result<&'static str, i32>>| {
        let mut counts = Counts::default();
        let drained = drain(&mut Log(answers.into()), &mut counts);
        (drained, counts.under_voltage)
    };
    let [lost, long, signal, broken] =
        [Errno::EPIPE, Errno::EINVAL, Errno::EINTR, Errno::EIO].map(|errno| errno as i32);
    let answers = vec![Err(lost), Ok(LOW), Err(long), Err(signal), Ok(LOW)];
    assert_eq!(counted(answers), (Ok(()), 2));
    assert_eq!(counted(vec![Ok(LOW), Err(broken)]), (Err(Errno::EIO), 1));
}

#[test]
fn names_without_end_are_counted_for_the_node() {
    let mut counts = Counts::default();
    for number in 0..2 * MAX_NAMES {
        counts.count(&format!("3,1,1,-;I/O error, dev sd{number}, sector 1"));
    }
    assert!(counts.named.len() <= MAX_NAMES + 1);
    let total = i64::try_from(2 * MAX_NAMES).unwrap();
    counts.charge(&[]);
    assert_eq!(counts.by_disk(&[]), [(About::Node, Ok(total))]);
}

fn sda(id: &str) -> Named {
    Named::new(PartKind::Disk, id, "sda")
}

#[test]
fn a_disk_is_not_charged_with_what_another_of_its_name_did() {
    const ERROR: &str = "3,1,1,-;I/O error, dev sda1, sector 1";
    let mut counts = Counts::default();
    let told = |counts: &mut Counts, disks: &[Named]| {
        counts.charge(disks);
        let rows = counts.by_disk(disks).into_iter();
        rows.map(|(_, value)| value.unwrap()).collect::<Vec<_>>()
    };
    counts.count(ERROR);
    assert_eq!(told(&mut counts, &[sda("old")]), [1, 0]);
    // It is pulled: its errors do not become the node's. Then another takes its name.
    assert_eq!(told(&mut counts, &[]), [0]);
    assert_eq!(told(&mut counts, &[sda("new")]), [0, 0]);
    counts.count(ERROR);
    assert_eq!(told(&mut counts, &[sda("new")]), [1, 0]);
    // What nobody of that name is there for stays the node's.
    counts.count(ERROR);
    assert_eq!(told(&mut counts, &[]), [1]);
    assert_eq!(told(&mut counts, &[sda("old")]), [1, 1]);
}

#[test]
fn of_disks_without_end_those_that_are_gone_are_forgotten() {
    let mut counts = Counts::default();
    for number in 0..2 * MAX_KEPT {
        counts.count("3,1,1,-;I/O error, dev sda, sector 1");
        counts.charge(&[sda(&number.to_string())]);
    }
    assert!(counts.of_disks.len() <= MAX_KEPT);
}

/// The values of storage of a tree, the disks first and at last the node.
fn storage(tree: &Tree) -> Vec<(String, Value)> {
    let rows = rows(&mut KernelLog::default(), &tree.root());
    let storage = rows
        .into_iter()
        .filter(|row| row.0 == Quantity::STORAGE_MESSAGES);
    storage.map(|(_, part, value)| (part, value)).collect()
}

#[test]
fn a_log_that_is_read_again_does_not_charge_a_new_disk_with_what_came_before_it() {
    let tree = Tree::new()
        .file("sys/block/sda/serial", "B\n")
        .file("sys/block/mmcblk0/device/cid", "bb\n")
        .file("sys/block/nvme0n1/wwid", "eui.b\n")
        .file(
            "dev/kmsg",
            "6,1,10,-;sd 0:0:0:0: [sda] 15728640 512-byte logical blocks: (8.05 GB/7.50 GiB)\n\
             3,2,11,-;I/O error, dev sda, sector 1\n\
             3,3,11,-;EXT4-fs error (device sda1): x\n\
             3,4,12,-;mmc0: Timeout waiting for hardware interrupt.\n\
             3,5,12,-;nvme0n1: Read(0x2) @ LBA 0 (sct 0x2 / sc 0x81)\n\
             6,6,13,-;sd 0:0:0:0: [sda] 15728640 512-byte logical blocks: (8.05 GB/7.50 GiB)\n\
             3,7,14,-;I/O error, dev sda, sector 0\n\
             6,7,14,-;sd 0:0:0:0: [sda] Attached SCSI disk\n\
             6,8,15,-;mmcblk0: mmc0:aaaa SD32G 29.7 GiB\n\
             6,9,15,-;nvme nvme0: pci function 0000:01:00.0\n\
             3,10,16,-;mmcblk0: recovery failed!\n",
        );
    let expected = [
        ("cid/bb", 1),
        ("wwid/eui.b", 0),
        ("serial/B", 1),
        ("node", 4),
    ];
    let expected = expected.map(|(part, count)| (part.to_owned(), Ok(count)));
    assert_eq!(storage(&tree), expected);
}

#[test]
fn a_wifi_chip_on_a_host_of_cards_is_no_storage_and_an_empty_slot_is() {
    let tree = Tree::new()
        .file("sys/class/mmc_host/mmc1/mmc1:0001/type", "SDIO\n")
        .file("sys/class/mmc_host/mmc1/uevent", "")
        .file("sys/class/mmc_host/mmc2/uevent", "")
        .file("sys/class/mmc_host/mmc3/mmc3:aaaa/type", "SD\n")
        .file("sys/block/sda/serial", "7\n")
        .file(
            "dev/kmsg",
            "3,1,10,-;mmc1: Timeout waiting for hardware interrupt.\n\
             3,2,11,-;mmc2: Timeout waiting for hardware interrupt.\n\
             3,3,12,-;mmc3: Timeout waiting for hardware interrupt.\n",
        );
    let row = |part: &str, count| (part.to_owned(), Ok(count));
    assert_eq!(storage(&tree), [row("serial/7", 0), row("node", 2)]);
}
