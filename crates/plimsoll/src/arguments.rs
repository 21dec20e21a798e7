//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    approve, audit, check, compare, data, database, demo, deploy, diff, doctor, gate, init, labels,
    logs, model, monitor, package, policy, reject, release, reproduce, retrain, rollback, run,
    runs, runtime, scan, serve, show, status, store, verify, why,
};

/// CI/CD for machine-learning models: from a commit to a verdict
///
/// Put plimsoll.yaml beside the model's code and call `plimsoll run`: it validates the data, runs the
/// steps whose inputs changed, evaluates the model and says whether it may ship, and if not, why.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration, 3 a step failed, 4 it waits for a \
                        person, 5 the store is damaged, 70 a bug, 75 try again, 128+n stopped by signal n"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Of every command")]
pub(crate) struct Global {
    /// Act as if called in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "FOLDER")]
    pub directory: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log what is done to standard error; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    Init(init::Args),
    Run(Box<run::Args>),
    Runs(runs::Args),
    Show(show::Args),
    Logs(logs::Args),
    Status(status::Args),
    Diff(diff::Args),
    Why(why::Args),
    Gate(gate::Args),
    Release(release::Args),
    Verify(verify::Args),
    Approve(approve::Args),
    Reject(reject::Args),
    Package(Box<package::Args>),
    Deploy(deploy::Args),
    Rollback(rollback::Args),
    Serve(serve::Args),
    /// Bring what became true to the predictions
    #[command(subcommand)]
    Labels(labels::Command),
    Monitor(monitor::Args),
    Retrain(retrain::Args),
    Reproduce(Box<reproduce::Args>),
    /// Look at released models
    #[command(subcommand)]
    Model(model::Command),
    /// Read and check the log of every transition
    #[command(subcommand)]
    Audit(audit::Command),
    /// Try an organisation's policy before it holds
    #[command(subcommand)]
    Policy(policy::Command),
    Doctor(doctor::Args),
    /// Check models, with or without a project
    #[command(subcommand)]
    Check(check::Command),
    Compare(Box<compare::Args>),
    /// Check data files, with or without a project
    #[command(subcommand)]
    Data(data::Command),
    /// Scan what comes from elsewhere, with or without a project
    #[command(subcommand)]
    Scan(scan::Command),
    /// Keep the advisories that packages are held against
    #[command(subcommand)]
    Database(database::Command),
    /// Look after the object store
    #[command(subcommand)]
    Store(store::Command),
    /// Get what evaluation needs
    #[command(subcommand)]
    Runtime(runtime::Command),
}
