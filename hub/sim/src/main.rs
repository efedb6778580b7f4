//! `picket-sim`: runs seeded fleets and says which seed went wrong.
#![forbid(unsafe_code)]

mod args;
mod summary;

use args::{Asked, Fleet};
use picket_sim::{Breaks, Config, fleet};
use std::process::ExitCode;
use summary::Summary;

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)) {
        Ok(Asked::Help) => {
            print!("{}", args::HELP);
            ExitCode::SUCCESS
        }
        Ok(Asked::Version) => {
            println!("picket-sim {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Asked::Fleet(asked)) => run(&asked),
        Err(why) => {
            eprintln!("picket-sim: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(asked: &Fleet) -> ExitCode {
    let breaks = Breaks {
        broker: asked.breaks,
        hub: asked.breaks,
    };
    let mut summary = Summary::default();
    for offset in 0..asked.seeds {
        let config = Config {
            seed: asked.from.wrapping_add(offset),
            nodes: asked.nodes,
            every_ms: asked.every_ms,
            ..Config::default()
        };
        print!("{}", summary.take(&fleet(config, asked.hours, breaks)));
    }
    println!("{summary}");
    if summary.all_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
