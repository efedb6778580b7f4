//! The program of a Linux node: runs, probes or checks.

use picket_agent::cli::{self, Command, HELP, Options, SCRUB_HELP, ScrubOptions};
use picket_agent::probe::Found;
use picket_agent::root::Root;
use picket_agent::sampler::Sampler;
use picket_agent::scrub::command;
use picket_agent::settings::{Settings, SettingsError};
use picket_agent::standing::Standing;
use picket_agent::{check, join, log, run, show};
use std::io::{self, Write};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

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
        Ok(status) => ExitCode::from(status),
        Err(Failure(status, why)) => {
            // Whoever closed standard error does not want to know.
            let _ = writeln!(io::stderr(), "picket-agent: {why}");
            ExitCode::from(status)
        }
    }
}

/// Gives the exit status.
fn dispatch() -> Result<u8, Failure> {
    let command = cli::parse(std::env::args_os().skip(1)).map_err(|why| Failure(WRONG, why))?;
    let done = match command {
        Command::Scrub(options) => return scrub(options),
        Command::Help => print(HELP),
        Command::ScrubHelp => print(SCRUB_HELP),
        Command::Version => print(concat!("picket-agent ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Probe { json, root } => {
            let found = probe(&Arc::new(open_root(root.as_deref())?))?;
            match json {
                true => print(&format!("{}\n", show::json(&found))),
                false => print(&show::table(&found)),
            }
        }
        Command::Check(options) => explain(options),
        Command::Run(options) => {
            let root = options.root.clone();
            let settings = Settings::load(options.settings, options.flags)?;
            let root = open_root(root.as_deref())?;
            let standing = Standing::of(&settings, options.id.as_deref(), &root)
                .map_err(|why| Failure(WRONG, why))?;
            let runtime_dir = options.runtime_dir.as_deref();
            run::run(&settings, standing, root, runtime_dir).map_err(|why| Failure(FAILED, why))
        }
        Command::Join(options) => {
            let root = open_root(None)?;
            let told = join::join(&options, &root, &mut |line| {
                // Whoever does not read along does not want to know.
                let _ = writeln!(io::stdout(), "{line}");
            });
            told.map_err(|why| Failure(FAILED, why))
        }
    };
    done.map(|()| 0)
}

fn explain(options: Options) -> Result<(), Failure> {
    let settings = Settings::load(options.settings, options.flags)?;
    let root = open_root(options.root.as_deref())?;
    let standing = Standing::of(&settings, options.id.as_deref(), &root);
    print(&check::settings(&settings, standing.as_ref()))?;
    let uid = nix::unistd::geteuid().as_raw();
    let root = Arc::new(root);
    let measured = probe(&root)?.measured;
    print(&check::probes(&measured, uid))?;
    print(&check::disk_program(&root, &measured))?;
    print(&check::who_writes(&root))?;
    let standing = standing.map_err(|why| Failure(WRONG, why))?;
    check::reach(&standing.door).map_err(|why| Failure(FAILED, why))?;
    match standing.door.tls {
        Some(_) => print("broker    answers, and is the hub that this node has joined\n"),
        None => print("broker    answers\n"),
    }
}

fn scrub(options: ScrubOptions) -> Result<u8, Failure> {
    let root = open_root(options.root.as_deref())?;
    let failure = |command::Failure(status, why)| Failure(status, why);
    if options.now {
        let (status, text) = command::once(options, root).map_err(failure)?;
        print(&text)?;
        return Ok(status);
    }
    command::serve(options, root).map_err(failure)?;
    Ok(command::CLEAN)
}

fn open_root(dir: Option<&Path>) -> Result<Root, Failure> {
    match dir {
        None => Root::of_this_machine().map_err(|error| Failure(FAILED, format!("/: {error}"))),
        Some(dir) => Root::moved_to(dir)
            .map_err(|error| Failure(WRONG, format!("--root {}: {}", dir.display(), error.desc()))),
    }
}

/// Longest that `probe` and `check` wait: a disk that sleeps takes some ten seconds to answer.
const PATIENCE: Duration = Duration::from_secs(25);
/// After so long they say that they wait.
const QUIET: Duration = Duration::from_secs(2);

/// Reads everything once, as fast as all of it answers.
fn probe(root: &Arc<Root>) -> Result<Found, Failure> {
    let failed = |error: io::Error| Failure(FAILED, format!("cannot start the probes: {error}"));
    let mut sampler = Sampler::start_all(root).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(failed)?;
    Ok(runtime.block_on(async {
        let mut sampling = pin!(sampler.sample(PATIENCE, true));
        if let Ok(found) = tokio::time::timeout(QUIET, &mut sampling).await {
            return found;
        }
        let seconds = PATIENCE.as_secs();
        let line = format!("picket-agent: something is slow to answer; {seconds} s at most");
        // Whoever closed standard error does not want to know.
        let _ = writeln!(io::stderr(), "{line}");
        sampling.await
    }))
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
