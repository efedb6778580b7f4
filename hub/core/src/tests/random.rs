//! Whatever happens in whatever order: no panic, no unrest, and nothing closes without a live
//! frame.

use crate::node::Scrubbed;
use crate::test_util::*;
use crate::{Effect, FrameTopic, Input, Millis, Save};
use picket_wire::quantity::{Row, TABLE};
use picket_wire::{BootId, Finding, Loss, Missing, Quantity, RunBits, SessionId, Value};
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Report {
        live: Liveness,
        seq: u32,
        readings: Vec<(u16, u8, Value)>,
        loss: (u32, u32, u32),
    },
    Scrub {
        backlog: bool,
        readings: Vec<(u16, u8, Value)>,
        findings: Vec<[u8; 6]>,
    },
    Facts {
        live: Liveness,
        every_ms: u32,
        holds: u32,
    },
    HubStatus {
        bits: u32,
        ordinal: u32,
    },
    Status {
        word: &'static str,
        session: u16,
        connection: u32,
        retained: bool,
    },
    Bytes {
        topic: u8,
        bytes: Vec<u8>,
    },
    Turn {
        boot: u32,
        session: u16,
    },
    Link(bool),
    Wait(u64),
    Stall(u64),
    Done {
        notice: u64,
        delivered: bool,
    },
    RestartHub,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Liveness {
    Live,
    Backlog,
    Retained,
    OtherRun,
}

fn liveness() -> impl Strategy<Value = Liveness> {
    prop_oneof![
        4 => Just(Liveness::Live),
        1 => Just(Liveness::Backlog),
        1 => Just(Liveness::Retained),
        1 => Just(Liveness::OtherRun),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Ok(0)),
        Just(Ok(1)),
        (700_i64..900).prop_map(Ok),
        any::<i64>().prop_map(Ok),
        any::<u8>().prop_map(|code| Err(Missing::from_code(code % 9))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let of_scrub = |row: &Row| row.name.starts_with("scrub_") || Scrubbed::has(row.quantity);
    let codes = |is_wanted: &dyn Fn(&Row) -> bool| {
        let rows = TABLE.iter().filter(|row| is_wanted(row));
        proptest::sample::select(rows.map(|row| row.quantity.0).collect::<Vec<_>>())
    };
    let code = prop_oneof![3 => 1_u16..15, 3 => codes(&|row| !of_scrub(row)), 1 => 0_u16..8_000];
    let readings = proptest::collection::vec((code, 0_u8..4, value()), 0..6);
    let of_scrub = (codes(&of_scrub), 0_u8..4, value());
    let of_scrub = proptest::collection::vec(of_scrub, 0..9);
    let findings = proptest::collection::vec(any::<[u8; 6]>(), 0..6);
    let seq = prop_oneof![8 => Just(0_u32), 2 => 1_u32..50, 1 => any::<u32>()];
    let word = prop_oneof![
        Just("online"),
        Just("stopping"),
        Just("halted"),
        Just("offline")
    ];
    let far = |near: u32| prop_oneof![4 => 0..near, 1 => any::<u32>()];
    prop_oneof![
        8 => (liveness(), seq, readings, (far(60), far(60), far(60)))
            .prop_map(|(live, seq, readings, loss)| Step::Report { live, seq, readings, loss }),
        4 => (any::<bool>(), of_scrub, findings)
            .prop_map(|(backlog, readings, findings)| Step::Scrub { backlog, readings, findings }),
        2 => (liveness(), far(20_000), far(30))
            .prop_map(|(live, every_ms, holds)| Step::Facts { live, every_ms, holds }),
        1 => (any::<u32>(), far(20)).prop_map(|(bits, ordinal)| Step::HubStatus { bits, ordinal }),
        3 => (word, 0_u16..3, 0_u32..4, any::<bool>()).prop_map(
            |(word, session, connection, retained)| Step::Status {
                word, session, connection, retained
            }
        ),
        1 => (0_u8..5, proptest::collection::vec(any::<u8>(), 0..80))
            .prop_map(|(topic, bytes)| Step::Bytes { topic, bytes }),
        1 => (0_u32..3, 0_u16..3).prop_map(|(boot, session)| Step::Turn { boot, session }),
        1 => any::<bool>().prop_map(Step::Link),
        6 => prop_oneof![0_u64..30_000, 0_u64..4_000_000].prop_map(Step::Wait),
        1 => (0_u64..4_000_000).prop_map(Step::Stall),
        1 => (0_u64..10, any::<bool>())
            .prop_map(|(notice, delivered)| Step::Done { notice, delivered }),
        1 => Just(Step::RestartHub),
    ]
}

/// How many incidents were closed by what is in the effects.
fn closings(effects: &[Effect]) -> usize {
    let closed =
        |effect: &&Effect| matches!(effect, Effect::Save(Save::Incident(i)) if !i.is_open());
    effects.iter().filter(closed).count()
}

fn open_ids(world: &World) -> Vec<String> {
    let open = world.hub.incidents().filter(|incident| incident.is_open());
    let mut ids: Vec<_> = open.map(|incident| incident.id.clone()).collect();
    ids.sort();
    ids
}

fn send(
    world: &mut World,
    board: &mut Board,
    live: Liveness,
    report: bool,
    make: &dyn Fn(&mut Board, crate::Moment) -> Vec<u8>,
) {
    let run = world.hub.run().bits;
    board.run = if live == Liveness::OtherRun {
        RunBits(run.0 ^ 5)
    } else {
        run
    };
    let bytes = make(board, world.moment);
    let topic = if report {
        FrameTopic::Report(board.id)
    } else {
        FrameTopic::Facts(board.id)
    };
    world.frame(topic, &bytes, live == Liveness::Retained);
}

/// A finding of which little makes sense.
fn finding(bytes: &[u8; 6]) -> Finding<'static> {
    let [part, kind, state, truth, flags, which] = *bytes;
    Finding {
        part: part % 4,
        kind: kind % 8,
        state: state % 6,
        truth: truth % 6,
        flags,
        found_unix_s: u64::from(which),
        block: u64::from(which) << 56,
        blocks: u32::from(flags),
        sector: u64::MAX,
        path_hash: [which % 7; 32],
        path: "/srv/a",
        package: "",
    }
}

/// Does one step; gives whether a live frame was among it.
fn act(world: &mut World, board: &mut Board, step: &Step) -> bool {
    match step {
        Step::Report {
            live,
            seq,
            readings,
            loss,
        } => {
            board.seq = board.seq.saturating_add(*seq);
            let readings: Vec<_> = readings
                .iter()
                .map(|&(q, part, v)| reading(Quantity(q), part, v))
                .collect();
            // A record that contradicts itself would spoil the frame.
            let loss = Loss {
                kind: 2,
                first: loss.0,
                last: loss.0.saturating_add(loss.1),
                count: loss.2.min(loss.1).max(1),
            };
            let backlog = *live == Liveness::Backlog;
            send(world, board, *live, true, &|board, at| {
                let bytes = board.report_of(board.seq, at, backlog, &readings, &[loss]);
                board.seq = board.seq.saturating_add(1);
                bytes
            });
            return *live == Liveness::Live;
        }
        Step::Scrub {
            backlog,
            readings,
            findings,
        } => {
            let live = match backlog {
                true => Liveness::Backlog,
                false => Liveness::Live,
            };
            let readings: Vec<_> = readings
                .iter()
                .map(|&(q, part, v)| reading(Quantity(q), part, v))
                .collect();
            let findings: Vec<_> = findings.iter().map(finding).collect();
            send(world, board, live, true, &|board, at| {
                board.scrub_report(at, *backlog, &readings, &findings, &[])
            });
            return live == Liveness::Live;
        }
        Step::Facts {
            live,
            every_ms,
            holds,
        } => {
            (board.every_ms, board.holds) = (*every_ms, *holds);
            send(world, board, *live, false, &|board, at| board.facts(at));
            return matches!(live, Liveness::Live | Liveness::Backlog);
        }
        Step::HubStatus { bits, ordinal } => {
            let run = crate::Run {
                ordinal: *ordinal,
                bits: RunBits(*bits),
            };
            world.frame(FrameTopic::HubStatus, &hub_status(run), false);
        }
        Step::Status {
            word,
            session,
            connection,
            retained,
        } => {
            world.say(board, word, SessionId(*session), *connection, *retained);
        }
        Step::Bytes { topic, bytes } => match topic {
            0 => world.frame(FrameTopic::Facts(board.id), bytes, false),
            1 => world.frame(FrameTopic::Report(board.id), bytes, false),
            2 => world.frame(FrameTopic::Power(board.id), bytes, false),
            3 => world.frame(FrameTopic::HubStatus, bytes, false),
            _ => world.input(Input::Status {
                node: board.id,
                payload: bytes,
                retained: true,
            }),
        },
        Step::Turn { boot, session } => {
            (board.boot, board.session) = (BootId(*boot), SessionId(*session));
            board.facts_seq += 1;
        }
        Step::Link(up) => world.input(Input::Link(*up)),
        Step::Wait(ms) => world.wait(*ms),
        Step::Stall(ms) => {
            world.moment = world.moment + Millis(*ms);
            world.timeout();
        }
        Step::Done { notice, delivered } => {
            world.input(Input::Done {
                notice: *notice,
                delivered: *delivered,
            });
        }
        Step::RestartHub => *world = world.restart_hub(1_000),
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_closes_without_a_live_frame(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        let mut board = Board::new("pi-01");
        for step in &steps {
            let open = open_ids(&world);
            let closed = closings(&world.effects);
            let live = act(&mut world, &mut board, step);
            if matches!(step, Step::RestartHub) {
                prop_assert_eq!(&open, &open_ids(&world), "a restart keeps what is open");
            } else if !live {
                prop_assert_eq!(closings(&world.effects), closed, "closed by {:?}", step);
            }
            let mut keys: Vec<_> = world
                .hub
                .incidents()
                .filter(|i| i.is_open())
                .map(|i| (i.detector, i.subject.clone()))
                .collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), all, "one open incident for one fault");
        }
    }

    #[test]
    fn bytes_that_are_anything_never_panic_and_are_counted_once(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..20),
    ) {
        let mut world = World::new();
        let board = Board::new("pi-01");
        for bytes in &payloads {
            world.frame(FrameTopic::Report(board.id), bytes, false);
        }
        let c = *world.hub.counters();
        let all = c.frames_taken + c.frames_duplicate + c.frames_garbled + c.frames_refused;
        prop_assert_eq!(all, payloads.len() as u64);
    }
}
