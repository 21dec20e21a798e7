//! The binary: arguments, environment, terminal, wiring.

mod approvals;
mod arguments;
mod bill;
mod boot;
mod candidate;
mod checkpoints;
mod commands;
mod error;
mod evidence;
mod example;
mod identities;
mod junit;
mod keys;
mod live;
mod measure;
mod output_file;
mod policy;
mod ports;
mod project;
mod registries;
mod sarif;
mod scan;
mod schema_file;
mod settings;
mod signature;
mod since;
mod subject;
mod summary;
mod test_set;
mod ui;
mod unfinished;
mod values;
mod view;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::{Arguments, Command};
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::settings::Settings;
use crate::ui::Ui;

fn main() -> ExitCode {
    plimsoll_data::hush_caught_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return explain(&answer),
    };
    // A panic is a bug in Plimsoll: its message is printed by the hook, the exit code says so.
    let done = catch_unwind(AssertUnwindSafe(|| execute(arguments)));
    done.unwrap_or_else(|_| ExitCode::from(70))
}

/// Shows help, the version, or what is wrong with the arguments.
fn explain(answer: &clap::Error) -> ExitCode {
    // Nothing is left to tell anyone when the stream is closed.
    _ = answer.print();
    match answer.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    }
}

fn execute(arguments: Arguments) -> ExitCode {
    let global = &arguments.global;
    start_logging(global.verbose, matches!(arguments.command, Command::Serve(_)));
    let mut ui = Ui::new(global.json, global.quiet);
    // One thread decides; what takes time has threads of its own. Two would only wake each other.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(Box::pin(dispatch(arguments, &mut ui)));
            // Nobody waits any more for a command that asks for a key.
            plimsoll_release::command::end_all();
            // A step's output that nobody reads must not keep the process alive.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(CommandError::world(format!("threads could not be started: {error}"))),
    };
    match done {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.code())
        }
    }
}

async fn dispatch(arguments: Arguments, ui: &mut Ui) -> Result<Exit, CommandError> {
    let folder = match arguments.global.directory {
        None => std::env::current_dir()
            .map_err(|error| CommandError::world(format!("the current folder is gone: {error}")))?,
        Some(folder) => folder.canonicalize().map_err(|error| {
            CommandError::usage(format!(
                "folder {} could not be entered: {error}",
                folder.display()
            ))
        })?,
    };
    let open = || async {
        let settings = Settings::read()?;
        Ports::open(settings, folder.clone()).await
    };
    match arguments.command {
        // Needs no home, so it works in anybody's CI and on read-only disks.
        Command::Data(command) => commands::data::run(&command, &folder, ui),
        Command::Database(command) => {
            commands::database::run(&command, &folder, &Settings::read()?, ui)
        }
        Command::Scan(command) => {
            commands::scan::run(&command, &folder, Settings::read()?, ui).await
        }
        Command::Check(command) => {
            commands::check::run(command, Settings::read()?, folder, ui).await
        }
        Command::Compare(args) => {
            commands::compare::run(*args, Settings::read()?, folder, ui).await
        }
        Command::Demo(args) => {
            Box::pin(commands::demo::run(&args, Settings::read()?, &folder, ui)).await
        }
        Command::Init(args) => commands::init::run(&args, &folder, ui),
        Command::Doctor(args) => commands::doctor::run(&args, &Settings::read()?, ui).await,
        Command::Runtime(command) => commands::runtime::run(&command, &Settings::read()?, ui).await,
        Command::Run(args) => Box::pin(commands::run::run(&args, open().await?, ui)).await,
        Command::Runs(args) => commands::runs::run(&args, &open().await?, ui).await,
        Command::Show(args) => commands::show::run(&args, &open().await?, ui).await,
        Command::Logs(args) => commands::logs::run(&args, &open().await?, ui).await,
        Command::Status(args) => Box::pin(commands::status::run(&args, &open().await?, ui)).await,
        Command::Diff(args) => commands::diff::run(&args, &open().await?, ui).await,
        Command::Why(args) => Box::pin(commands::why::run(&args, &open().await?, ui)).await,
        Command::Gate(args) => commands::gate::run(&args, &open().await?, ui).await,
        Command::Release(args) => Box::pin(commands::release::run(&args, &open().await?, ui)).await,
        Command::Policy(command) => commands::policy::run(&command, &open().await?, ui).await,
        Command::Verify(args) => commands::verify::run(&args, &open().await?, ui).await,
        Command::Approve(args) => Box::pin(commands::approve::run(&args, &open().await?, ui)).await,
        Command::Reject(args) => Box::pin(commands::reject::run(&args, &open().await?, ui)).await,
        Command::Deploy(args) => commands::deploy::run(&args, &open().await?, ui).await,
        Command::Rollback(args) => commands::rollback::run(&args, &open().await?, ui).await,
        // Works where nothing can be written.
        Command::Serve(args) if args.stateless => {
            let settings = Settings::read()?;
            Box::pin(commands::serve::run_stateless(&args, &settings, &folder, ui)).await
        }
        Command::Serve(args) => Box::pin(commands::serve::run(&args, &open().await?, ui)).await,
        Command::Package(args) => Box::pin(commands::package::run(&args, &open().await?, ui)).await,
        Command::Labels(command) => commands::labels::run(&command, &open().await?, ui),
        Command::Monitor(args) => Box::pin(commands::monitor::run(&args, &open().await?, ui)).await,
        Command::Retrain(args) => Box::pin(commands::retrain::run(&args, &open().await?, ui)).await,
        Command::Reproduce(args) => {
            Box::pin(commands::reproduce::run(&args, &open().await?, ui)).await
        }
        Command::Model(command) => {
            Box::pin(commands::model::run(&command, &open().await?, ui)).await
        }
        Command::Audit(command) => commands::audit::run(&command, &open().await?, ui).await,
        Command::Store(command) => commands::store::run(&command, &open().await?, ui).await,
    }
}

/// Logs to standard error; a server does so in any case, as JSON.
fn start_logging(verbose: u8, is_server: bool) {
    let level = match verbose {
        0 if is_server => "info",
        0 => return,
        1 => "plimsoll=info,plimsoll_engine=info,plimsoll_store=info,plimsoll_predict=info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if is_server {
        logs.json().flatten_event(true).init();
    } else {
        logs.init();
    }
}
