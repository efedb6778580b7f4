//! Picket's hub: reads the command line, does what it says, and ends with the right status.

use clap::Parser;
use picket_hub::backup::{self, BackupError, BackupFile, Owner};
use picket_hub::cli::{Backup, Check, Cli, Command, Decode, Incidents, Restore, Run, Status};
use picket_hub::print::print;
use picket_hub::run::{self, Options, Taken};
use picket_hub::settings::{Settings, explain};
use picket_hub::{ask, decode, enroll, identity, log, signals, up};
use picket_wire::SiteId;
use std::error::Error;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;

/// Threads of the runtime at most: enough for a broker, few on a small board.
const MAX_THREADS: usize = 4;
/// Threads that resolve names at most.
const MAX_BLOCKING_THREADS: usize = 8;

/// Why the program does not end well.
enum Failure {
    /// Something failed.
    Failed(Box<dyn Error>),
    /// The command line or the settings are wrong.
    Usage(Box<dyn Error>),
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Failed(Box::new(error))
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = if cli.verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::INFO
    };
    log::start(level);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(command(cli.command));
            // Sessions of the broker still run; there is nothing to wait for.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(error.into()),
    };
    let (error, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => (error, 1),
        Err(Failure::Usage(error)) => (error, 2),
    };
    eprintln!("picket-hub: {error}");
    ExitCode::from(code)
}

async fn command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Up(args) => {
            let end = signals::end()?;
            up::up(&args, end)
                .await
                .map_err(|error| match error.is_usage() {
                    true => Failure::Usage(error.into()),
                    false => error.into(),
                })
        }
        Command::Run(args) => run(args).await,
        Command::Check(args) => check(&args),
        Command::Status(args) => status(args).await,
        Command::Incidents(args) => incidents(args).await,
        Command::Backup(args) => backup(&args),
        Command::Restore(args) => restore(&args),
        Command::Enroll(args) => Ok(enroll::enroll(&args).await?),
        Command::Expel(args) => Ok(enroll::expel(&args).await?),
        Command::Clear(args) => Ok(enroll::clear(&args).await?),
        Command::Decode(args) => decode(&args),
    }
}

async fn run(args: Run) -> Result<(), Failure> {
    let settings = Settings::load(&args.config).map_err(|error| Failure::Usage(error.into()))?;
    let options = Options {
        runtime_dir: args.runtime_dir.get(),
        taken: Taken::Fail,
        config: Some(std::path::absolute(&args.config).unwrap_or(args.config)),
        token_valid: args.token_valid.0,
    };
    let end = signals::end()?;
    let hub = run::start(&settings, &options).await?;
    let addresses = hub.addresses();
    tracing::info!("listening: the page is at http://{}/", addresses.page);
    tracing::info!("the broker of the nodes is {}", addresses.broker);
    signals::ready();
    let ended = hub.until(async {
        end.await;
        signals::stopping();
    });
    Ok(ended.await?)
}

fn check(args: &Check) -> Result<(), Failure> {
    let settings = Settings::load(&args.config).map_err(|error| Failure::Usage(error.into()))?;
    let identity = identity::describe(&settings.identity_dir(), &settings.nodes_file);
    let identity: String = identity
        .iter()
        .map(|line| format!("Identity: {line}.\n"))
        .collect();
    Ok(print(&format!("{}{identity}", explain(&settings)))?)
}

async fn status(args: Status) -> Result<(), Failure> {
    let dir = args.runtime_dir.of_a_hub();
    let text = match args.json {
        true => format!("{:#}\n", ask::nodes_json(&dir).await?),
        false => ask::status_text(&dir).await?,
    };
    Ok(print(&text)?)
}

async fn incidents(args: Incidents) -> Result<(), Failure> {
    let dir = args.runtime_dir.of_a_hub();
    let (state, node) = (args.state.as_deref(), args.node.as_deref());
    let text = match args.json {
        true => format!("{:#}\n", ask::incidents_json(&dir, state, node).await?),
        false => ask::incidents_text(&dir, state, node).await?,
    };
    Ok(print(&text)?)
}

fn backup(args: &Backup) -> Result<(), Failure> {
    let settings = Settings::load(&args.config).map_err(|error| Failure::Usage(error.into()))?;
    let to_output = args.output.as_deref() == Some(Path::new("-"));
    if to_output && std::io::stdout().is_terminal() {
        return Err(Failure::Usage(BackupError::Terminal.into()));
    }
    let backup = backup::take(&settings.identity_dir(), &settings.nodes_file)?;
    if to_output {
        return Ok(backup.print()?);
    }
    let file = args.output.clone().unwrap_or_else(|| backup.usual_name());
    backup.write(&file)?;
    Ok(print(&format!(
        "the backup is in {}: keep it secret, and on another machine\n",
        file.display()
    ))?)
}

fn restore(args: &Restore) -> Result<(), Failure> {
    let settings = Settings::load(&args.config).map_err(|error| Failure::Usage(error.into()))?;
    let site = SiteId::parse(&settings.site)?;
    let backup = BackupFile::read(&args.file)?;
    let places = (&*settings.identity_dir(), &*settings.nodes_file);
    let become_hub = |state_dir: &Path| match Owner::of_the_hub(state_dir) {
        Some(owner) => owner.take_over(state_dir),
        None => Ok(()),
    };
    let restored = backup::restore(&backup, &args.file, places, site, args.force, become_hub)?;
    Ok(print(&format!("{restored}\n"))?)
}

fn decode(args: &Decode) -> Result<(), Failure> {
    let bytes = decode::input(&args.frame)?;
    let text = match args.json {
        true => format!("{:#}\n", decode::to_json(&bytes)?),
        false => decode::to_text(&bytes)?,
    };
    Ok(print(&text)?)
}
