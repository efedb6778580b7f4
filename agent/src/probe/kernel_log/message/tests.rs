//! Messages as kernels print them, and the names in them.

use super::*;
use picket_wire::PartKind;

#[test]
fn messages_of_the_kernel_are_told_apart_by_their_own_words() {
    let storage = |name| Some(Event::Storage(name));
    for (text, expected) in [
        (
            "blk_update_request: I/O error, dev mmcblk0, sector 123456 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 0",
            storage("mmcblk0"),
        ),
        (
            "I/O error, dev sda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
            storage("sda"),
        ),
        (
            "print_req_error: critical medium error, dev sdb, sector 976773160",
            storage("sdb"),
        ),
        (
            "blk_update_request: operation not supported error, dev loop0, sector 0 op 0x9:(WRITE_ZEROES)",
            None,
        ),
        (
            "critical target error, dev sda, sector 100 op 0x3:(DISCARD) flags 0x800 phys_seg 1 prio class 2",
            None,
        ),
        (
            "blk_update_request: I/O error, dev fd0, sector 0 op 0x0:(READ) flags 0x0",
            None,
        ),
        ("I/O error, dev sr0, sector 0", None),
        (
            "device offline error, dev sda, sector 2049 op 0x1:(WRITE) flags 0x100000 phys_seg 1 prio class 2",
            storage("sda"),
        ),
        ("I/O error, dev dm-0, sector 8", storage("dm")),
        (
            "Buffer I/O error on dev mmcblk0p2, logical block 1034, lost async page write",
            storage("mmcblk0p2"),
        ),
        (
            "Buffer I/O error on device sda1, logical block 0",
            storage("sda1"),
        ),
        (
            "EXT4-fs error (device mmcblk0p2): ext4_lookup:1590: inode #2: comm ls: deleted inode referenced: 12",
            storage("mmcblk0p2"),
        ),
        (
            "EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode. Quota mode: none.",
            None,
        ),
        (
            "EXT4-fs (sda1): I/O error while writing superblock",
            storage("sda1"),
        ),
        (
            "EXT4-fs (sda1): Remounting filesystem read-only",
            storage("sda1"),
        ),
        (
            "EXT4-fs warning (device mmcblk0p2): ext4_dirblock_csum_verify:375: inode #2",
            None,
        ),
        (
            "JBD2: Detected IO errors while flushing file data on mmcblk0p2-8",
            storage("mmcblk0p2"),
        ),
        (
            "JBD2: I/O error when updating journal superblock for sda5-8.",
            storage("sda5"),
        ),
        (
            "Aborting journal on device mmcblk0p2-8.",
            storage("mmcblk0p2"),
        ),
        (
            "BTRFS error (device sda1): bdev /dev/sda1 errs: wr 1, rd 0, flush 0, corrupt 0, gen 0",
            storage("sda1"),
        ),
        (
            "BTRFS error (device sda1: state EA): level verify failed",
            storage("sda1"),
        ),
        (
            "BTRFS critical (device nvme0n1p2): corrupt leaf",
            storage("nvme0n1p2"),
        ),
        (
            "BTRFS warning (device sda1): csum failed root 5 ino 257 off 0 csum 0x98f94189 expected csum 0x1 mirror 1",
            storage("sda1"),
        ),
        (
            "BTRFS warning (device sda1): block size 4096 vs. 16384",
            None,
        ),
        (
            "BTRFS info (device sda1): bdev /dev/sda1 errs: wr 0, rd 0, flush 0, corrupt 3, gen 0",
            None,
        ),
        (
            "XFS (sda1): metadata I/O error in \"xfs_trans_read_buf_map\" at daddr 0x2 len 1 error 5",
            storage("sda1"),
        ),
        ("XFS (sda1): Mounting V5 Filesystem", None),
        (
            "FAT-fs (mmcblk0p1): error, fat_get_cluster: invalid cluster chain (i_pos 1)",
            storage("mmcblk0p1"),
        ),
        (
            "FAT-fs (mmcblk0p1): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.",
            None,
        ),
        (
            "mmc0: error -110 whilst initialising SD card",
            storage("mmc0"),
        ),
        ("mmc1: error -110 whilst initialising SDIO card", None),
        (
            "mmc0: Timeout waiting for hardware interrupt.",
            storage("mmc0"),
        ),
        (
            "mmc0: timeout waiting for hardware interrupt.",
            storage("mmc0"),
        ),
        (
            "sdhost-bcm2835 3f202000.mmc: timeout waiting for hardware interrupt.",
            storage(""),
        ),
        (
            "sdhost-bcm2835 3f202000.mmc: loaded - DMA enabled (>1)",
            None,
        ),
        (
            "mmc0: new ultra high speed SDR104 SDXC card at address aaaa",
            None,
        ),
        (
            "mmcblk0: error -84 sending status command, retrying",
            storage("mmcblk0"),
        ),
        ("mmcblk0: recovery failed!", storage("mmcblk0")),
        (
            "mmcblk0: mmc0:aaaa SD64G 59.5 GiB",
            Some(Event::Attached("mmcblk0")),
        ),
        ("mmc0: card aaaa removed", None),
        (" mmcblk0: p1 p2", None),
        (
            "nvme nvme0: I/O 321 QID 4 timeout, aborting",
            storage("nvme0"),
        ),
        (
            "nvme nvme0: I/O tag 321 (1141) opcode 0x2 (I/O Cmd) QID 4 timeout, reset controller",
            storage("nvme0"),
        ),
        ("nvme nvme0: I/O 8 QID 2 timeout, completion polled", None),
        (
            "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10",
            storage("nvme0"),
        ),
        (
            "nvme0n1: Read(0x2) @ LBA 0, 8 blocks, Unrecovered Read Error (sct 0x2 / sc 0x81) DNR",
            storage("nvme0n1"),
        ),
        ("nvme nvme0: 4/0/0 default/read/poll queues", None),
        ("ata1.00: failed command: READ FPDMA QUEUED", storage("")),
        (
            "ata1: SATA link up 6.0 Gbps (SStatus 133 SControl 300)",
            None,
        ),
        (
            "md/raid1:md0: Disk failure on sdb1, disabling device.",
            storage("sdb1"),
        ),
        (
            "sd 0:0:0:0: [sda] tag#24 uas_eh_abort_handler 0 uas-tag 2 inflight: CMD IN",
            storage("sda"),
        ),
        ("sd 0:0:0:0: [sda] Attached SCSI disk", None),
        ("sd 0:0:0:0: [sda] Attached SCSI removable disk", None),
        (
            "sd 0:0:0:0: [sda] 15728640 512-byte logical blocks: (8.05 GB/7.50 GiB)",
            Some(Event::Attached("sda")),
        ),
        (
            "virtio_blk virtio1: [vda] 20971520 512-byte logical blocks (10.7 GB/10.0 GiB)",
            Some(Event::Attached("vda")),
        ),
        (
            "nvme nvme0: pci function 0000:01:00.0",
            Some(Event::Attached("nvme0")),
        ),
        ("sd 0:0:0:0: Attached scsi generic sg0 type 0", None),
        ("sd 0:0:0:0: [sda] Write Protect is off", None),
        (
            "Under-voltage detected! (0x00050005)",
            Some(Event::UnderVoltage),
        ),
        (
            "hwmon hwmon2: Undervoltage detected!",
            Some(Event::UnderVoltage),
        ),
        ("Voltage normalised (0x00000000)", None),
        (
            "Out of memory: Killed process 812 (chromium) total-vm:1234kB, anon-rss:1kB",
            Some(Event::OutOfMemory),
        ),
        (
            "Memory cgroup out of memory: Killed process 7 (a) total-vm:1kB",
            Some(Event::OutOfMemory),
        ),
        (
            "Out of memory: Kill process 12 (b) score 900 or sacrifice child",
            Some(Event::OutOfMemory),
        ),
        ("Killed process 12 (b) total-vm:100kB, anon-rss:20kB", None),
        (
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=a,pid=812,uid=1000",
            None,
        ),
        (
            "oom_reaper: reaped process 812 (chromium), now anon-rss:0kB",
            None,
        ),
        ("", None),
        (": ", None),
        ("I/O error, dev ", storage("")),
    ] {
        assert_eq!(classify(text), expected, "{text}");
    }
}

#[test]
fn a_record_counts_only_if_the_kernel_itself_said_it() {
    for (line, expected) in [
        ("6,339,5140900,-;NET: Registered", Some("NET: Registered")),
        ("2,1,0,c,more;a;b", Some("a;b")),
        ("0,1,0,-;", Some("")),
        ("12,900,77,-;I/O error, dev sda, sector 1", None),
        ("30,900,77,-;systemd[1]: Out of memory: Killed", None),
        (" SUBSYSTEM=block;x", None),
        (" DEVICE=b8:0", None),
        ("x,1,0,-;text", None),
        ("-6,1,0,-;text", None),
        ("text without a head", None),
        ("", None),
    ] {
        assert_eq!(of_the_kernel(line), expected, "{line}");
    }
    let long = format!("6,1,1,-;{}", "ü".repeat(MAX_TEXT));
    assert_eq!(of_the_kernel(&long).map(str::len), Some(MAX_TEXT));
}

#[test]
fn a_partition_a_host_and_a_controller_belong_to_their_disk() {
    let disks = ["mmcblk0", "nvme0n1", "sda", "mmcblk10"]
        .map(|name| Named::new(PartKind::Disk, name, name));
    for (name, expected) in [
        ("mmcblk0", Some("mmcblk0")),
        ("mmcblk0p2", Some("mmcblk0")),
        ("mmcblk0boot0", Some("mmcblk0")),
        ("mmc0", Some("mmcblk0")),
        ("mmc10", Some("mmcblk10")),
        ("mmcblk10p1", Some("mmcblk10")),
        ("mmc1", None),
        ("mmcblk01", None),
        ("nvme0", Some("nvme0n1")),
        ("nvme0n1", Some("nvme0n1")),
        ("nvme0n1p3", Some("nvme0n1")),
        ("nvme0n12", None),
        ("nvme", None),
        ("sda", Some("sda")),
        ("sda12", Some("sda")),
        ("sdab", None),
        ("sdap1", None),
        ("dm", None),
        ("", None),
    ] {
        assert_eq!(disk_of(name, &disks).map(Named::name), expected, "{name}");
    }
}

#[test]
fn a_controller_that_is_attached_has_every_name_of_its_disks() {
    for (name, attached, expected) in [
        ("nvme0", "nvme0", true),
        ("nvme0n1", "nvme0", true),
        ("nvme0n1p2", "nvme0", true),
        ("nvme01", "nvme0", false),
        ("sda1", "sda", true),
        ("sdab", "sda", false),
        ("mmc0", "mmcblk0", true),
        ("", "sda", false),
        ("sda", "", false),
    ] {
        assert_eq!(is_of(name, attached), expected, "{name} {attached}");
    }
}
