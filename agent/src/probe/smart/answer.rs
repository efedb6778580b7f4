//! What `smartctl -j` says, as the health of a disk.
//!
//! Attributes of ATA disks are the makers' own: the same number counts pages of one and hours of
//! another. They are known here by the name that smartctl gives them, and only where its database
//! knows the disk; otherwise the name is a guess of smartctl's.

use crate::probe::disk_health::{self, Health};
use picket_wire::{Missing, Value};
use serde_json::Value as Json;

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The disk answered.
    Health(Health),
    /// The disk sleeps, and was not woken.
    Sleeps,
    /// Nothing was learnt of the disk.
    Refused(Missing),
}

/// Attributes that say the life that is left, the best first: where it stands, and whose disks
/// alone are believed.
///
/// Silicon Motion's 169 has the percentage in its raw value, beside normalised ones that stay at
/// 100. The database names 202 and 231 for each family apart. It calls 177 and 233 so on every SSD
/// of which it does not know better (drivedb.h, `DEFAULT`), where they may stand still at 100; what
/// is meant by those names is what Samsung's and Intel's disks say.
const LIFE_LEFT: [(u8, &str, &str, &[&str]); 5] = [
    (169, "Remaining_Lifetime_Perc", RAW, &[]),
    (231, "SSD_Life_Left", NORMALISED, &[]),
    (202, "Percent_Lifetime_Remain", NORMALISED, &[]),
    (233, "Media_Wearout_Indicator", NORMALISED, &["Intel"]),
    (177, "Wear_Leveling_Count", NORMALISED, &["Samsung"]),
];
const RAW: &str = "/raw/value";
const NORMALISED: &str = "/value";

/// Attributes whose raw value counts errors that could not be corrected, the best first.
const UNCORRECTED: [(u8, &str); 5] = [
    (187, "Reported_Uncorrect"),
    (187, "Uncorrectable_Error_Cnt"),
    (187, "Reported_UE_Counts"),
    (198, "Offline_Uncorrectable"),
    (198, "Offline_Uncorrect_Sector"),
];

/// Attributes whose raw value counts times that power went away without a word.
const POWER_LOST: [(u8, &str); 5] = [
    (174, "Unexpect_Power_Loss_Ct"),
    (174, "Unexpected_Power_Loss"),
    (174, "Unsafe_Shutdown_Count"),
    (192, "Unsafe_Shutdown_Count"),
    (235, "POR_Recovery_Count"),
];

/// Attributes whose raw value counts what was written, and the bytes of one step; 0 is a sector.
const WRITTEN: [(u8, &str, u128); 7] = [
    (241, "Total_LBAs_Written", 0),
    (246, "Total_LBAs_Written", 0),
    (241, "Host_Writes_32MiB", 32 << 20),
    (225, "Host_Writes_32MiB", 32 << 20),
    (241, "Host_Writes_GiB", 1 << 30),
    (241, "Lifetime_Writes_GiB", 1 << 30),
    (241, "Total_Writes_GiB", 1 << 30),
];

/// Reads an answer.
pub(super) fn parse(text: &[u8]) -> Answer {
    let Ok(json) = serde_json::from_slice::<Json>(text) else {
        return Answer::Refused(Missing::Garbled);
    };
    let says = |pointer| json.pointer(pointer).is_some();
    if says("/smart_status/passed")
        || says("/ata_smart_attributes/table")
        || says("/nvme_smart_health_information_log")
    {
        return Answer::Health(health(&json));
    }
    why(&json)
}

/// The bit of smartctl's exit status (smartctl(8)) that says that it does not know how to speak to
/// such a disk, or does not understand how it was called.
const NOT_UNDERSTOOD: u64 = 1;

/// An answer without health: smartctl says why in words, or only in its exit status: most of its
/// words are not in its JSON (smartctl.cpp, ataprint.cpp, scsiprint.cpp).
fn why(json: &Json) -> Answer {
    let messages = json.pointer("/smartctl/messages").and_then(Json::as_array);
    let words: Vec<&str> = messages
        .into_iter()
        .flatten()
        .filter_map(|message| message.get("string")?.as_str())
        .collect();
    let say = |what: &str| words.iter().any(|words| words.contains(what));
    let status = number(json.pointer("/smartctl/exit_status"));
    let is_off = |key| json.pointer(key) == Some(&Json::Bool(false));
    if say("STANDBY") {
        return Answer::Sleeps;
    }
    Answer::Refused(if say("SLEEP") {
        // That is what it takes from a disk whose answer about its power failed.
        Missing::Busy
    } else if say("Permission denied") || say("Operation not permitted") {
        Missing::Denied
    } else if is_off("/smart_support/available") || is_off("/smart_support/enabled") {
        Missing::NotSupported
    } else if say("timed out") {
        Missing::TimedOut
    } else {
        match status {
            // It spoke to the disk, which has nothing of the kind to say.
            Ok(0) => Missing::NotSupported,
            Ok(status) if status & NOT_UNDERSTOOD != 0 => Missing::NotSupported,
            // The disk did not open or answer, as one that dies; it may the next time.
            Ok(_) | Err(_) => Missing::Garbled,
        }
    })
}

fn health(json: &Json) -> Health {
    match json.pointer("/nvme_smart_health_information_log") {
        Some(log) => of_nvme(json, log),
        None => of_ata(json),
    }
}

/// An NVMe behind a USB bridge.
fn of_nvme(json: &Json, log: &Json) -> Health {
    let number = |name| number(log.get(name));
    let count = |name| number(name).and_then(|count| disk_health::count(count.into()));
    let byte = |name| number(name).and_then(|byte| u8::try_from(byte).map_err(|_| GARBLED));
    Health {
        life_used: byte("percentage_used").map(i64::from),
        spare: byte("available_spare").and_then(|spare| disk_health::percent(spare.into())),
        failing: byte("critical_warning").and_then(disk_health::failing),
        media_errors: count("media_errors"),
        unsafe_shutdowns: count("unsafe_shutdowns"),
        power_on_h: count("power_on_hours"),
        written_kib: number("data_units_written")
            .and_then(|units| disk_health::data_units_kib(units.into())),
        deci_celsius: celsius(json),
    }
}

fn of_ata(json: &Json) -> Health {
    let attributes = Attributes::of(json);
    let said = |pointer| number(json.pointer(pointer)).and_then(small);
    let life_used = said("/endurance_used/current_percent").and_then(disk_health::life_used);
    let spare = said("/spare_available/current_percent").and_then(disk_health::percent);
    Health {
        life_used: or(life_used, || {
            let left = attributes.life_left(json);
            left.and_then(disk_health::percent).map(|left| 100 - left)
        }),
        spare: or(spare, || {
            let left = attributes.find(232, "Available_Reservd_Space");
            at(left, NORMALISED).and_then(disk_health::percent)
        }),
        failing: match json.pointer("/smart_status/passed") {
            Some(Json::Bool(passed)) => Ok(i64::from(!passed)),
            Some(_) => Err(GARBLED),
            None => Err(Missing::NotSupported),
        },
        media_errors: attributes.raw(&UNCORRECTED).and_then(plain),
        unsafe_shutdowns: attributes.raw(&POWER_LOST).and_then(plain),
        power_on_h: said("/power_on_time/hours"),
        written_kib: attributes.written_kib(json),
        deci_celsius: celsius(json),
    }
}

const GARBLED: Missing = Missing::Garbled;
/// The six bytes of a raw value that was never written.
const ALL_ONES: u64 = (1 << 48) - 1;

/// The first, unless the disk does not say it.
fn or(value: Value, other: impl Fn() -> Value) -> Value {
    match value {
        Err(Missing::NotSupported) => other(),
        value => value,
    }
}

/// A number; one that is not there is not supported.
fn number(json: Option<&Json>) -> Result<u64, Missing> {
    json.ok_or(Missing::NotSupported)?.as_u64().ok_or(GARBLED)
}

/// A number in an attribute.
fn at(attribute: Option<&Json>, place: &str) -> Value {
    number(attribute.ok_or(Missing::NotSupported)?.pointer(place)).and_then(small)
}

fn small(number: u64) -> Value {
    i64::try_from(number).map_err(|_| GARBLED)
}

/// A raw value that is a plain counter. Some makers put several counters into its six bytes, which
/// together are beyond what happens to one disk.
fn plain(raw: u64) -> Value {
    u32::try_from(raw).map(i64::from).map_err(|_| GARBLED)
}

fn celsius(json: &Json) -> Value {
    let current = json.pointer("/temperature/current");
    let current = current.ok_or(Missing::NotSupported)?;
    disk_health::deci_celsius(current.as_i64().ok_or(GARBLED)?)
}

/// The attributes of an ATA disk that smartctl's database knows.
struct Attributes<'a>(&'a [Json]);

impl<'a> Attributes<'a> {
    fn of(json: &'a Json) -> Attributes<'a> {
        let table = json.pointer("/ata_smart_attributes/table");
        let known = json.get("in_smartctl_database") != Some(&Json::Bool(false));
        let table = table.and_then(Json::as_array).filter(|_| known);
        Attributes(table.map(Vec::as_slice).unwrap_or_default())
    }

    fn find(&self, id: u8, name: &str) -> Option<&'a Json> {
        let is_it = |attribute: &&Json| {
            let called = attribute.get("name").and_then(Json::as_str);
            number(attribute.get("id")) == Ok(id.into()) && called == Some(name)
        };
        self.0.iter().find(is_it)
    }

    /// The first of [`LIFE_LEFT`] that is believed of this disk.
    fn life_left(&self, json: &Json) -> Value {
        let said = ["model_family", "model_name"].map(|key| json.get(key).and_then(Json::as_str));
        let is_by = |maker: &&str| said.iter().flatten().any(|said| said.contains(maker));
        let mut wanted = LIFE_LEFT
            .iter()
            .filter(|(.., makers)| makers.is_empty() || makers.iter().any(is_by));
        let found = wanted.find_map(|(id, name, place, _)| Some((self.find(*id, name)?, *place)));
        let (attribute, place) = found.ok_or(Missing::NotSupported)?;
        at(Some(attribute), place)
    }

    /// The raw value of the first of these that the disk has.
    fn raw(&self, wanted: &[(u8, &str)]) -> Result<u64, Missing> {
        let found = wanted.iter().find_map(|(id, name)| self.find(*id, name));
        number(found.ok_or(Missing::NotSupported)?.pointer(RAW))
    }

    fn written_kib(&self, json: &Json) -> Value {
        let has = |(id, name, _): &&(u8, &str, u128)| self.find(*id, name).is_some();
        let (id, name, step) = WRITTEN.iter().find(has).ok_or(Missing::NotSupported)?;
        let count = match self.raw(&[(*id, *name)])? {
            count if count < ALL_ONES => u128::from(count),
            _ => return Err(GARBLED),
        };
        let step = match *step {
            0 => number(json.get("logical_block_size"))?.into(),
            step => step,
        };
        disk_health::count(count.saturating_mul(step) / 1024)
    }
}
