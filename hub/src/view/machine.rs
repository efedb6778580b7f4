//! What `/api/v1/nodes` says of a node's board, of its disks and their wear, and of who writes to
//! them.

use picket_hub_core::{Forecast, KnownBoard, KnownMedium, KnownWriter, Node};
use serde::{Deserialize, Serialize};

use super::nodes::part_of;

/// The board; 0 or empty is what it does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardView {
    /// The revision code in hexadecimal.
    pub revision: String,
    /// The serial number.
    pub serial: String,
    /// Version of the boot loader.
    pub boot_loader: String,
    /// When the boot loader was built, in seconds since 1970.
    pub boot_loader_built_s: u32,
    /// Why the machine was reset.
    pub reset_reason: String,
    /// What that was read from.
    pub reset_source: String,
    /// Whether the node comes back by itself after a halt: `yes`, `no` or `unknown`.
    pub returns: String,
    /// What that rests on.
    pub returns_because: String,
}

/// A disk; 0 or empty is what it does not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumView {
    /// What people call the disk.
    pub part: String,
    /// What stays the same of it over boots; absent until facts name the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_id: Option<String>,
    /// What kind of medium it is.
    pub kind: String,
    /// Number of the maker.
    pub maker: u32,
    /// Whom it was made for.
    pub oem: u16,
    /// The name of the product.
    pub product: String,
    /// The serial number.
    pub serial: String,
    /// Revision of hardware and firmware.
    pub revision: String,
    /// Year in which it was made.
    pub made_year: u16,
    /// Month in which it was made, from 1.
    pub made_month: u8,
    /// Its size.
    pub size_kib: u64,
}

/// One of those who write most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterView {
    /// What people call the disk; `node` where it is not known which one.
    pub part: String,
    /// What stays the same of the disk over boots; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_id: Option<String>,
    /// A systemd unit, a container or a program.
    pub name: String,
    /// What it wrote in the window.
    pub written_kib: u64,
    /// Length of the window, in seconds.
    pub over_s: u32,
}

/// How long a disk will last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WearView {
    /// What people call the disk.
    pub part: String,
    /// What stays the same of it over boots.
    pub part_id: String,
    /// Written to it a day; null before there is history enough.
    pub written_per_day_kib: Option<u64>,
    /// Days of history.
    pub history_days: u32,
    /// Life that it says it has used; null if it does not.
    pub life_used_percent: Option<u8>,
    /// Days until it is worn out; null where nothing tells.
    pub days_left: Option<u32>,
    /// The fewest and the most, by how much the days differ; null where that does not tell.
    pub days_left_range: Option<(u32, u32)>,
    /// What that rests on, or what is lacking.
    pub rests_on: String,
}

impl BoardView {
    /// What is known of a board.
    pub(super) fn of(board: &KnownBoard) -> BoardView {
        BoardView {
            revision: format!("{:x}", board.revision),
            serial: board.serial.clone(),
            boot_loader: board.boot_loader.clone(),
            boot_loader_built_s: board.boot_loader_built_s,
            reset_reason: board.reset_reason.clone(),
            reset_source: board.reset_source.clone(),
            returns: board.returns.name().to_owned(),
            returns_because: board.returns_because.clone(),
        }
    }
}

impl MediumView {
    /// What is known of a disk of `node`.
    pub(super) fn of(node: &Node, medium: &KnownMedium) -> MediumView {
        let (part, _, part_id) = part_of(node, medium.part);
        MediumView {
            part,
            part_id,
            kind: medium.kind.name().to_owned(),
            maker: medium.maker,
            oem: medium.oem,
            product: medium.product.clone(),
            serial: medium.serial.clone(),
            revision: medium.revision.clone(),
            made_year: medium.made.0,
            made_month: medium.made.1,
            size_kib: medium.size_kib,
        }
    }
}

impl WriterView {
    /// One of those who write to disks of `node`.
    pub(super) fn of(node: &Node, writer: &KnownWriter) -> WriterView {
        let (part, _, part_id) = part_of(node, writer.part);
        WriterView {
            part,
            part_id,
            name: writer.name.clone(),
            written_kib: writer.written_kib,
            over_s: writer.over_s,
        }
    }
}

impl WearView {
    /// What is to be expected of a disk.
    pub(super) fn of(forecast: Forecast) -> WearView {
        WearView {
            part: forecast.name,
            part_id: forecast.id,
            written_per_day_kib: forecast.per_day_kib,
            history_days: forecast.history_days,
            life_used_percent: forecast.life_used_percent,
            days_left: forecast.days_left,
            days_left_range: forecast.days_left_range,
            rests_on: forecast.rests_on,
        }
    }
}
