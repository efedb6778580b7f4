//! What the node itself lacks while nobody knows its parts, and no longer once they are known.

use crate::test_util::*;
use picket_wire::{Missing, Quantity, Reading, Value};

const WRITTEN: Quantity = Quantity::FILESYSTEM_WRITTEN;
const TIMED_OUT: Value = Err(Missing::TimedOut);

fn lacking(part: u8) -> Reading {
    reading(WRITTEN, part, TIMED_OUT)
}

fn met() -> (World, Board) {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    world.meet(&mut board);
    (world, board)
}

fn rows(world: &World, board: &Board) -> Vec<(u8, Value)> {
    let node = world.hub.node(board.id).unwrap();
    let rows = node
        .known
        .readings()
        .filter(|latest| latest.quantity == WRITTEN);
    rows.map(|latest| (latest.part, latest.value)).collect()
}

#[test]
fn what_a_part_has_is_not_lacking_on_the_node() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 5, &[lacking(0)]);
    assert_eq!(rows(&world, &board), [(0, TIMED_OUT)]);
    // A part that lacks it proves nothing, nor does another quantity.
    let other = reading(Quantity::FILESYSTEM_SIZE, 1, Ok(7));
    world.reports(&mut board, 1, &[other, lacking(1)]);
    assert_eq!(rows(&world, &board), [(0, TIMED_OUT), (1, TIMED_OUT)]);
    world.reports(&mut board, 1, &[reading(WRITTEN, 1, Ok(3))]);
    assert_eq!(rows(&world, &board), [(1, Ok(3))]);
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn what_one_report_says_of_both_is_true_of_both() {
    let (mut world, mut board) = met();
    let value = reading(WRITTEN, 1, Ok(3));
    for both in [[lacking(0), value], [value, lacking(0)]] {
        world.reports(&mut board, 2, &both);
        assert_eq!(rows(&world, &board), [(0, TIMED_OUT), (1, Ok(3))]);
    }
    // A value of the node itself is no ghost, however old.
    world.reports(&mut board, 1, &[reading(WRITTEN, 0, Ok(9))]);
    world.reports(&mut board, 2, &[value]);
    assert_eq!(rows(&world, &board), [(0, Ok(9)), (1, Ok(3))]);
}

#[test]
fn a_blind_probe_of_the_node_is_over_when_a_part_has_its_value() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[reading(WRITTEN, 0, Ok(1))]);
    world.reports(&mut board, 3, &[lacking(0)]);
    assert_eq!(world.open_detectors(), ["blind_probe"]);
    world.reports(&mut board, 3, &[lacking(1)]);
    assert_eq!(world.open_detectors(), ["blind_probe"]);
    world.reports(&mut board, 1, &[reading(WRITTEN, 1, Ok(3))]);
    assert!(world.open().is_empty(), "{:?}", world.open());
}
