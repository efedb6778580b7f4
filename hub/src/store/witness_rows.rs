//! The rows of what disks may forget.

use super::rows::{parsed, unknown};
use picket_hub_core::node::MAX_FINDINGS;
use picket_hub_core::seam::SavedWitness;
use picket_hub_core::witness::{Canary, FoundIn, Kept, Manifest, Older, RolledBack};
use picket_wire::{BootId, NodeId};
use rusqlite::{Connection, Result, Row, params};

const PUT_WITNESS: &str = "INSERT OR REPLACE INTO witnesses (node, id, lineage, generation,
    canary_boot, era, passes, root, manifest_boot, from_passes, has_fault, fault_era, fault_lineage,
    fault_machine, named, canary_found, canary_remembered, manifest_found, manifest_remembered,
    machine, conceded, day)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20, ?21, ?22)";

pub(super) fn put_witness(connection: &Connection, witness: &SavedWitness) -> Result<usize> {
    let SavedWitness {
        node,
        id,
        kept,
        day,
    } = witness;
    let Kept {
        canary,
        manifest,
        found_in,
        named,
        rolled_back,
        machine,
        conceded,
    } = kept;
    connection.prepare_cached(PUT_WITNESS)?.execute(params![
        node.as_str(),
        id,
        canary.map(|canary| canary.lineage),
        canary.map(|canary| canary.generation),
        canary.map(|canary| canary.boot.0),
        manifest.map(|manifest| manifest.era.cast_signed()),
        manifest.map(|manifest| manifest.passes),
        manifest.and_then(|manifest| manifest.root.map(u64::cast_signed)),
        manifest.map(|manifest| manifest.boot.0),
        manifest.map(|manifest| manifest.from_passes),
        found_in.is_some(),
        found_in.and_then(|found_in| found_in.era.map(u64::cast_signed)),
        found_in.and_then(|found_in| found_in.lineage),
        found_in.and_then(|found_in| found_in.machine.map(u64::cast_signed)),
        named.as_flattened(),
        rolled_back.canary.map(|older| older.found),
        rolled_back.canary.map(|older| older.remembered),
        rolled_back.manifest.map(|older| older.found),
        rolled_back.manifest.map(|older| older.remembered),
        machine.map(u64::cast_signed),
        conceded,
        day,
    ])
}

pub(super) fn witness(row: &Row<'_>) -> Result<SavedWitness> {
    let lineage: Option<u32> = row.get("lineage")?;
    let canary = match lineage {
        Some(lineage) => Some(Canary {
            lineage,
            generation: row.get("generation")?,
            boot: BootId(row.get("canary_boot")?),
        }),
        None => None,
    };
    let era: Option<i64> = row.get("era")?;
    let manifest = match era {
        Some(era) => Some(Manifest {
            era: era.cast_unsigned(),
            passes: row.get("passes")?,
            root: row.get::<_, Option<i64>>("root")?.map(i64::cast_unsigned),
            boot: BootId(row.get("manifest_boot")?),
            from_passes: row.get("from_passes")?,
        }),
        None => None,
    };
    let machine: Option<i64> = row.get("machine")?;
    let kept = Kept {
        canary,
        manifest,
        found_in: found_in(row)?,
        named: named(row)?,
        rolled_back: RolledBack {
            canary: older(row, "canary_found", "canary_remembered")?,
            manifest: older(row, "manifest_found", "manifest_remembered")?,
        },
        machine: machine.map(i64::cast_unsigned),
        conceded: row.get("conceded")?,
    };
    Ok(SavedWitness {
        node: parsed(row, "node", |text| NodeId::parse(text).ok())?,
        id: row.get("id")?,
        kept,
        day: row.get("day")?,
    })
}

fn found_in(row: &Row<'_>) -> Result<Option<FoundIn>> {
    if !row.get::<_, bool>("has_fault")? {
        return Ok(None);
    }
    let era: Option<i64> = row.get("fault_era")?;
    let machine: Option<i64> = row.get("fault_machine")?;
    Ok(Some(FoundIn {
        era: era.map(i64::cast_unsigned),
        lineage: row.get("fault_lineage")?,
        machine: machine.map(i64::cast_unsigned),
    }))
}

fn older(row: &Row<'_>, found: &str, remembered: &str) -> Result<Option<Older>> {
    match row.get(found)? {
        Some(found) => Ok(Some(Older {
            found,
            remembered: row.get(remembered)?,
        })),
        None => Ok(None),
    }
}

/// The hashes of the files that were named.
fn named(row: &Row<'_>) -> Result<Vec<[u8; 32]>> {
    let bytes: Vec<u8> = row.get("named")?;
    let (hashes, rest) = bytes.as_chunks();
    match rest.is_empty() && hashes.len() <= MAX_FINDINGS {
        true => Ok(hashes.to_vec()),
        false => Err(unknown("a list of files that were named")),
    }
}
