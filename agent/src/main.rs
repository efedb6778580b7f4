//! The program of a Linux node: runs, probes or checks.

use picket_agent::cli::{self, Command, HELP, Options};
use picket_agent::probe::Measured;
use picket_agent::root::Root;
use picket_agent::sampler::{LONGEST_WAIT, Sampler};
use picket_agent::settings::{Settings, SettingsError};
use picket_agent::{check, identity, log, run, show};
use picket_wire::NodeId;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Something failed that is not the owner's writing.
const FAILED: u8 = 1;
/// The command line or the settings are wrong.
const WRONG: u8 = 2;

/// What ends the program: its exit status and one line.
struct Failure(u8, String);

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Failure(WRONG, error.to_string())
    }
}

fn main() -> ExitCode {
    log::start();
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(status, why)) => {
            // Whoever closed standard error does not want to know.
            let _ = writeln!(io::stderr(), "picket-agent: {why}");
            ExitCode::from(status)
        }
    }
}

fn dispatch() -> Result<(), Failure> {
    let command = cli::parse(std::env::args_os().skip(1)).map_err(|why| Failure(WRONG, why))?;
    match command {
        Command::Help => print(HELP),
        Command::Version => print(concat!("picket-agent ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Probe { json, root } => {
            let measured = probe(open_root(root.as_deref())?)?;
            match json {
                true => print(&format!("{}\n", show::json(&measured))),
                false => print(&show::table(&measured)),
            }
        }
        Command::Check(options) => explain(options),
        Command::Run(options) => {
            let root = options.root.clone();
            let settings = Settings::load(options.settings, options.flags)?;
            let root = open_root(root.as_deref())?;
            let node = name(&settings, &root)?;
            run::run(&settings, root, node).map_err(|why| Failure(FAILED, why))
        }
    }
}

fn explain(options: Options) -> Result<(), Failure> {
    let settings = Settings::load(options.settings, options.flags)?;
    let root = open_root(options.root.as_deref())?;
    let node = name(&settings, &root)?;
    print(&check::settings(&settings, node))?;
    print(&check::probes(&probe(root)?))?;
    check::reach(&settings.hub).map_err(|why| Failure(FAILED, why))?;
    print("broker    answers\n")
}

fn name(settings: &Settings, root: &Root) -> Result<NodeId, Failure> {
    match settings.node {
        Some(node) => Ok(node),
        None => identity::node_id(root).map_err(|error| Failure(WRONG, error.to_string())),
    }
}

fn open_root(dir: Option<&Path>) -> Result<Root, Failure> {
    match dir {
        None => Root::of_this_machine().map_err(|error| Failure(FAILED, format!("/: {error}"))),
        Some(dir) => Root::moved_to(dir)
            .map_err(|error| Failure(WRONG, format!("--root {}: {}", dir.display(), error.desc()))),
    }
}

/// Reads everything once, in the time that a sampling has.
fn probe(root: Root) -> Result<Vec<Measured>, Failure> {
    let failed = |error: io::Error| Failure(FAILED, format!("cannot start the probes: {error}"));
    let mut sampler = Sampler::start(Arc::new(root)).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(failed)?;
    Ok(runtime.block_on(sampler.sample(LONGEST_WAIT)))
}

/// Prints to standard output. A reader that went away, such as `head`, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure(FAILED, format!("cannot print: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
