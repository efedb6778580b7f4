//! The rows of what disks may forget.

use super::rows::parsed;
use picket_hub_core::seam::SavedWitness;
use picket_hub_core::witness::{Accused, Canary, FoundIn, Manifest};
use picket_wire::{BootId, NodeId};
use rusqlite::{Connection, Result, Row, params};

const PUT_WITNESS: &str = "INSERT OR REPLACE INTO witnesses (node, id, lineage, generation,
    canary_boot, era, passes, root, manifest_boot, from_passes, has_fault, fault_era, fault_lineage,
    fault_machine, accused_canary, accused_manifest, machine, conceded, day)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

pub(super) fn put_witness(connection: &Connection, witness: &SavedWitness) -> Result<usize> {
    let SavedWitness {
        node,
        id,
        canary,
        manifest,
        found_in,
        accused,
        machine,
        conceded,
        day,
    } = witness;
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
        accused.canary,
        accused.manifest,
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
    let era: Option<i64> = row.get("fault_era")?;
    let machine: Option<i64> = row.get("fault_machine")?;
    let installation: Option<i64> = row.get("machine")?;
    let found_in = FoundIn {
        era: era.map(i64::cast_unsigned),
        lineage: row.get("fault_lineage")?,
        machine: machine.map(i64::cast_unsigned),
    };
    Ok(SavedWitness {
        node: parsed(row, "node", |text| NodeId::parse(text).ok())?,
        id: row.get("id")?,
        canary,
        manifest,
        found_in: row.get::<_, bool>("has_fault")?.then_some(found_in),
        accused: Accused {
            canary: row.get("accused_canary")?,
            manifest: row.get("accused_manifest")?,
        },
        machine: installation.map(i64::cast_unsigned),
        conceded: row.get("conceded")?,
        day: row.get("day")?,
    })
}
