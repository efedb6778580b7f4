//! `[[endurance]]`: what the owner states that a disk stands.

use super::error::{Place, SettingsError};
use super::written::WrittenEndurance;
use picket_hub_core::wear::{Endurance, MAX_ENDURANCE, WhichDisk};
use picket_wire::NodeId;
use toml::Spanned;

/// Most that a disk may be stated to stand, in terabytes: far more than any does.
const MAX_TB: f64 = 1_000_000.0;
/// Kibibytes of a terabyte of 10^12 bytes.
const KIB_OF_TB: f64 = 1e12 / 1024.0;

pub(super) fn mean(
    written: &[Spanned<WrittenEndurance>],
    place: &Place<'_>,
) -> Result<Vec<Endurance>, SettingsError> {
    if let Some(beyond) = written.get(MAX_ENDURANCE) {
        let what = format!("at most {MAX_ENDURANCE} [[endurance]] may be stated");
        return Err(place.error(beyond, what));
    }
    written.iter().map(|one| mean_one(one, place)).collect()
}

fn mean_one(
    spanned: &Spanned<WrittenEndurance>,
    place: &Place<'_>,
) -> Result<Endurance, SettingsError> {
    let written = spanned.get_ref();
    let node = written.node.as_ref().map(|node| {
        NodeId::parse(node.get_ref()).map_err(|error| place.error(node, format!("node: {error}")))
    });
    let disk = which(spanned, place)?;
    let before = written.written_before_tb.as_ref();
    if let (Some(before), WhichDisk::Product(_)) = (before, &disk) {
        let what = "written_before_tb is of one disk: name that by disk, not by product";
        return Err(place.error(before, what.to_owned()));
    }
    Ok(Endurance {
        disk,
        node: node.transpose()?,
        kib: endurance(&written.terabytes_written, place)?,
        written_before_kib: before.map_or(Ok(0), |before| written_before(before, place))?,
    })
}

fn endurance(stands: &Spanned<f64>, place: &Place<'_>) -> Result<u64, SettingsError> {
    let kib = kib(*stands.get_ref()).filter(|kib| *kib > 0);
    kib.ok_or_else(|| {
        let what = "terabytes_written must be above 0 and at most 1000000, such as 10 or 0.5";
        place.error(stands, what.to_owned())
    })
}

fn written_before(before: &Spanned<f64>, place: &Place<'_>) -> Result<u64, SettingsError> {
    kib(*before.get_ref()).ok_or_else(|| {
        let what = "written_before_tb must be between 0 and 1000000, such as 0.9";
        place.error(before, what.to_owned())
    })
}

fn which(
    spanned: &Spanned<WrittenEndurance>,
    place: &Place<'_>,
) -> Result<WhichDisk, SettingsError> {
    let written = spanned.get_ref();
    let fault = |what: &str| Err(place.error(spanned, what.to_owned()));
    let named = match (&written.disk, &written.product) {
        (Some(disk), None) if disk.get_ref().contains('/') => WhichDisk::Id(trimmed(disk)),
        (Some(disk), None) if written.node.is_some() => WhichDisk::Name(trimmed(disk)),
        (Some(disk), None) => {
            let what = format!(
                "{:?} is a name that many nodes have: add node = \"…\", or write the disk's id, \
                 such as \"cid/0353…\"",
                disk.get_ref()
            );
            return Err(place.error(disk, what));
        }
        (None, Some(product)) => WhichDisk::Product(trimmed(product)),
        (Some(_), Some(_)) => {
            return fault("disk and product both say which disk is meant; keep one");
        }
        (None, None) => {
            return fault("say which disk is meant, by disk = \"cid/0353…\" or product = \"…\"");
        }
    };
    let (WhichDisk::Id(text) | WhichDisk::Name(text) | WhichDisk::Product(text)) = &named;
    if text.is_empty() {
        return fault("the name of the disk or product is empty");
    }
    Ok(named)
}

fn trimmed(text: &Spanned<String>) -> String {
    text.get_ref().trim().to_owned()
}

/// Terabytes as whole kibibytes; none if that is no size.
fn kib(terabytes: f64) -> Option<u64> {
    let is_size = (0.0..=MAX_TB).contains(&terabytes);
    // Within the bounds it fits: the greatest is below 2^50.
    is_size.then(|| (terabytes * KIB_OF_TB).round() as u64)
}
