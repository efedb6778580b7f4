//! What a node says no more has no present value, and what it had no chance to repeat keeps its.

use crate::Lack;
use crate::test_util::*;
use picket_wire::{Quantity, Reading};

const SIZE: Quantity = Quantity::FILESYSTEM_SIZE;
const SILENT: Result<i64, Lack> = Err(Lack::NoLongerReported);

fn met(every_ms: u32) -> (World, Board) {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    board.every_ms = every_ms;
    world.meet(&mut board);
    (world, board)
}

fn both() -> [Reading; 2] {
    [celsius(48.0), reading(SIZE, 2, Ok(7))]
}

fn size(world: &World, board: &Board) -> Result<i64, Lack> {
    let node = world.hub.node(board.id).unwrap();
    let mut readings = node.readings();
    readings.find(|known| known.quantity == SIZE).unwrap().value
}

#[test]
fn a_filesystem_that_is_in_no_report_for_three_minutes_has_no_present_value() {
    let (mut world, mut board) = met(10_000);
    world.reports(&mut board, 1, &both());
    world.reports(&mut board, 18, &both()[..1]);
    assert_eq!(size(&world, &board), Ok(7));
    world.reports(&mut board, 1, &both()[..1]);
    assert_eq!(size(&world, &board), SILENT);
    let node = world.hub.node(board.id).unwrap();
    let heat = node.readings().next().unwrap();
    assert_eq!(
        (heat.quantity, heat.value),
        (Quantity::CPU_TEMPERATURE, Ok(480))
    );
    world.reports(&mut board, 1, &both());
    assert_eq!(size(&world, &board), Ok(7), "it is mounted again");
}

#[test]
fn what_an_agent_reads_once_a_minute_stays_a_present_value_for_ever() {
    let (mut world, mut board) = met(10_000);
    for _ in 0..60 {
        world.reports(&mut board, 1, &both());
        world.reports(&mut board, 5, &both()[..1]);
        assert_eq!(size(&world, &board), Ok(7));
    }
}

#[test]
fn an_agent_that_reports_seldom_has_three_reports_to_repeat_a_reading() {
    let (mut world, mut board) = met(600_000);
    world.reports(&mut board, 1, &both());
    world.reports(&mut board, 3, &both()[..1]);
    assert_eq!(size(&world, &board), Ok(7));
    world.reports(&mut board, 1, &both()[..1]);
    assert_eq!(size(&world, &board), SILENT);
}

#[test]
fn an_outage_is_no_time_in_which_anything_could_be_repeated() {
    let (mut world, mut board) = met(10_000);
    world.reports(&mut board, 1, &both());
    world.wait(24 * 3_600_000);
    world.reports(&mut board, 5, &both()[..1]);
    assert_eq!(size(&world, &board), Ok(7));
    world.reports(&mut board, 14, &both()[..1]);
    assert_eq!(size(&world, &board), SILENT);
}

#[test]
fn reports_that_waited_on_the_way_count_by_the_nodes_own_clock() {
    let (mut world, mut board) = met(10_000);
    world.reports(&mut board, 1, &both());
    let sampled = world.moment;
    world.wait(400_000);
    // All that waited arrives at once.
    for report in 1..=19 {
        assert_eq!(size(&world, &board), Ok(7), "before report {report}");
        let bytes = board.report(sampled + crate::Millis(report * 10_000), &both()[..1]);
        world.frame(crate::FrameTopic::Report(board.id), &bytes, false);
    }
    assert_eq!(size(&world, &board), SILENT);
}

#[test]
fn a_report_whose_uptime_lies_makes_nothing_old() {
    let (mut world, mut board) = met(10_000);
    world.reports(&mut board, 1, &both());
    for uptime in [u64::MAX, 0, u64::MAX, 0] {
        let bytes = board.report(crate::Moment(uptime), &both()[..1]);
        world.frame(crate::FrameTopic::Report(board.id), &bytes, false);
        assert_eq!(size(&world, &board), Ok(7), "{uptime}");
    }
}
