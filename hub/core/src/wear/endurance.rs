//! What the owner states that a disk stands: few makers of cards do.

use super::Disk;
use picket_wire::NodeId;

/// Most statements that are read.
pub const MAX_ENDURANCE: usize = 256;

/// How much may be written to a disk before it is worn out, as the owner states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endurance {
    /// Which disk or disks.
    pub disk: WhichDisk,
    /// Only of this node.
    pub node: Option<NodeId>,
    /// What may be written to it from its first day on.
    pub kib: u64,
    /// What was written to it before Picket saw it; does not count where the disk itself says what
    /// was ever written.
    pub written_before_kib: u64,
}

/// How a disk is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichDisk {
    /// By the id of its part, such as `cid/0353…`.
    Id(String),
    /// By its name on the machine, such as `mmcblk0`.
    Name(String),
    /// All of a product, such as `SD32G`.
    Product(String),
}

impl Endurance {
    /// What is stated of a disk; of several statements the one that names it most closely.
    pub(crate) fn of<'e>(
        all: &'e [Endurance],
        node: NodeId,
        disk: &Disk,
        product: Option<&str>,
    ) -> Option<&'e Endurance> {
        let meant = all.iter().filter(|stated| {
            let here = stated.node.is_none_or(|only| only == node);
            here && match &stated.disk {
                WhichDisk::Id(id) => id.eq_ignore_ascii_case(&disk.id),
                WhichDisk::Name(name) => *name == disk.name,
                WhichDisk::Product(name) => product.is_some_and(|product| product == name),
            }
        });
        meant.min_by_key(|stated| (stated.disk.rank(), stated.node.is_none()))
    }
}

impl WhichDisk {
    const fn rank(&self) -> u8 {
        match self {
            WhichDisk::Id(_) => 0,
            WhichDisk::Name(_) => 1,
            WhichDisk::Product(_) => 2,
        }
    }
}
