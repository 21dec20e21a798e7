//! `plimsoll database update`

mod copies;
mod wanted;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use plimsoll_core::{Day, Timestamp};
use plimsoll_package::fetch::FetchError;
use plimsoll_scan::vulnerability::{BuildError, Contents, Database, DatabaseBuilder};

use self::copies::{Copies, Copy};
use self::wanted::{Wanted, ecosystem_of, wanted};
use super::show::Document;
use crate::commands::scan::advisories;
use crate::error::{CommandError, Exit, Kind, TRUST};
use crate::settings::Settings;
use crate::ui::{Progress, Ui};
use crate::{ports, unfinished, view};

/// How the names of databases begin that are not there as a whole.
const UNFINISHED: &str = ".advisories-";

/// How many days nothing changes in what a mirror has before somebody is asked to look at it.
const STILL: i64 = 30;

/// Make the advisory database of exports of OSV
///
/// OSV exports one zip for each ecosystem, which any mirror or copy will do for. Those that `--ecosystem` names
/// are fetched, if they changed; without any argument, those that the database was fetched of before. The
/// database replaces the one that is there, wholly or not at all, and scans need nothing else. The same exports
/// give the same bytes, but for when they were fetched.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Zips of records, or folders of records and zips; a zip may be an address, https://…
    #[arg(value_name = "EXPORT")]
    exports: Vec<PathBuf>,
    /// Fetch the export of an ecosystem, such as `PyPI`, `crates.io` or `Debian`; may be repeated
    #[arg(long, value_name = "NAME")]
    ecosystem: Vec<String>,
    /// The mirror to fetch from, which has NAME/all.zip below it: an address, or a folder. Without it,
    /// `PLIMSOLL_OSV_MIRROR`, else OSV itself
    #[arg(long, value_name = "MIRROR")]
    from: Option<String>,
    /// Fetch without TLS too, as is done on this machine anyway
    #[arg(long)]
    plain_http: bool,
    /// Where to write it, instead of into the home
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let target = match &args.output {
        Some(file) => folder.join(file),
        None => advisories::file(&settings.home),
    };
    let shown = target.display().to_string();
    // One that cannot be read is replaced like any other.
    let before = || target.exists().then(|| advisories::index(&target, &shown).ok()).flatten();
    let wanted = wanted(args, settings, before().as_ref().map(Database::contents))?;
    let is_fetched = wanted.iter().any(|one| matches!(one, Wanted::There(_)));
    let copies = is_fetched.then(|| Copies::open(&settings.cache, args.plain_http, ui));
    let copies = copies.transpose()?;
    // Another update may have ended meanwhile.
    let before = before();
    let now = ports::now();
    let brought = match &copies {
        Some(copies) => bring(copies, &wanted, &shown, ui)?,
        None => Vec::new(),
    };
    let is_all_fetched = brought.len() == wanted.len();
    match before {
        Some(mut before) if is_all_fetched && is_of(before.contents(), &brought) => {
            write(&target, None, &mut |to| before.renew(now, to).map(drop))?;
            ui.note("nothing changed since; the database is as of now");
        }
        before => {
            let progress = Progress::new(ui.is_live());
            let bar = progress.spinner("reading");
            let mut exports = DatabaseBuilder::new();
            for one in &wanted {
                add(one, &brought, copies.as_ref(), folder, now, &mut exports, &bar)?;
            }
            if exports.is_empty() {
                return Err(CommandError::usage("the exports hold no advisory that can be read")
                    .hint("the database that is there was left as it is"));
            }
            bar.set_message("writing the database");
            let mut exports = Some(exports);
            write(&target, before.as_ref().map(Database::contents), &mut |to| {
                exports.take().unwrap_or_default().write(to).map(drop)
            })?;
            bar.finish_and_clear();
        }
    }
    let document = Document::of(shown.clone(), &advisories::index(&target, &shown)?, now);
    if let Some(days) = document.days_still().filter(|days| is_fetched && *days > STILL) {
        ui.warn(format_args!("nothing in it changed for {days} days: is the mirror still filled?"));
    }
    ui.show(&document)?;
    // What could not be read may concern a package: scans by this database do not pass.
    Ok(if document.is_whole() { Exit::Done } else { Exit::No })
}

/// Fetches what changed of everything that is wanted from elsewhere; all of it, or the database stays.
fn bring(
    copies: &Copies,
    wanted: &[Wanted],
    shown: &str,
    ui: &mut Ui,
) -> Result<Vec<Copy>, CommandError> {
    let progress = Progress::new(ui.is_live());
    let (mut brought, mut failed, mut tried) = (Vec::new(), Vec::new(), 0);
    for one in wanted {
        let Wanted::There(address) = one else { continue };
        let name = ecosystem_of(address).unwrap_or_else(|| address.clone());
        let bar = progress.spinner("fetch");
        bar.set_message(name.clone());
        let copy = copies.bring(address, &|there, of| {
            let of = of.map(|of| format!(" of {}", view::size(of))).unwrap_or_default();
            bar.set_message(format!("{name} {}{of}", view::size(there)));
        });
        bar.finish_and_clear();
        tried += 1;
        match copy {
            Ok(copy) => {
                match copy.fetched {
                    Some(bytes) => ui.note(format_args!("{name}: fetched {}", view::size(bytes))),
                    None => ui.note(format_args!("{name}: unchanged")),
                }
                brought.push(copy);
            }
            Err(error) => failed.push(error),
        }
    }
    progress.clear();
    if failed.is_empty() { Ok(brought) } else { Err(not_fetched(failed, tried, shown)) }
}

/// Says what could not be fetched, and that nothing else was done.
fn not_fetched(mut failed: Vec<FetchError>, tried: usize, shown: &str) -> CommandError {
    let left = format!("{shown} was left as it is");
    let is_transient = failed.iter().any(FetchError::is_transient);
    let is_missing = failed.iter().any(FetchError::is_missing);
    let is_plain = failed.iter().any(|error| matches!(error, FetchError::Plain(_)));
    let hint = if is_plain {
        format!("{left}; `--plain-http` fetches it nevertheless")
    } else if failed.iter().any(FetchError::is_untrusted) {
        format!("{left}; {TRUST}")
    } else if is_missing {
        format!("{left}; a mirror lists its ecosystems in `ecosystems.txt`")
    } else {
        format!("{left}; what was fetched is not fetched again")
    };
    let kind = if is_transient { Kind::World } else { Kind::Usage };
    let count = failed.len();
    match failed.pop() {
        Some(only) if count == 1 && tried == 1 => CommandError::new(kind, only),
        last => {
            failed.extend(last);
            let all = failed.into_iter().map(|error| CommandError::new(kind, error).to_string());
            let all = all.collect::<Vec<_>>().join("; ");
            CommandError::new(kind, format!("{count} of {tried} exports are not there: {all}"))
        }
    }
    .hint(hint)
}

/// Tells whether a database was made of these exports and no others, all of them fetched.
fn is_of(contents: &Contents, brought: &[Copy]) -> bool {
    let is_one = |copy: &Copy| {
        let mut exports = contents.exports.iter();
        exports.any(|export| export.name == copy.address && export.digest == copy.digest)
    };
    contents.exports.len() == brought.len()
        && contents.exports.iter().all(|export| export.retrieved.is_some())
        && brought.iter().all(is_one)
}

fn add(
    one: &Wanted,
    brought: &[Copy],
    copies: Option<&Copies>,
    folder: &Path,
    now: Timestamp,
    exports: &mut DatabaseBuilder,
    bar: &indicatif::ProgressBar,
) -> Result<(), CommandError> {
    match one {
        Wanted::Here(export) => {
            let shown = export.display().to_string();
            bar.set_message(shown.clone());
            // Nobody knows when a file was retrieved; its newest advisory tells how old it is at most.
            advisories::add(exports, &folder.join(export), &shown, None)
        }
        Wanted::There(address) => {
            let Some(copy) = brought.iter().find(|copy| copy.address == *address) else {
                return Err(CommandError::new(Kind::Bug, format!("{address} was not fetched")));
            };
            bar.set_message(address.clone());
            advisories::add(exports, &copy.path, address, Some(now)).map_err(|error| {
                if let Some(copies) = copies {
                    copies.forget(address);
                }
                error.hint("it is fetched anew the next time; the database was left as it is")
            })
        }
    }
}

/// Writes beside the target first, so that nobody reads half of a database. One that was fetched earlier than
/// the one that is there takes the place of nothing.
fn write(
    target: &Path,
    before: Option<&Contents>,
    put: &mut dyn FnMut(&mut dyn Write) -> Result<(), BuildError>,
) -> Result<(), CommandError> {
    let shown = target.display();
    let unwritten = |error: std::io::Error| {
        CommandError::world(format!("{shown} could not be written: {error}"))
    };
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritten)?;
    unfinished::sweep(parent, UNFINISHED);
    let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(parent);
    let mut file = file.map_err(unwritten)?;
    let mut buffered: BufWriter<&mut File> = BufWriter::new(file.as_file_mut());
    put(&mut buffered).map_err(|error| CommandError::new(Kind::World, error))?;
    buffered.flush().map_err(unwritten)?;
    drop(buffered);
    if let Some(before) = before {
        let after = advisories::index(file.path(), &shown.to_string())?;
        refuse_older(before, after.contents())?;
    }
    file.as_file().sync_all().map_err(unwritten)?;
    file.persist(target).map_err(|error| unwritten(error.error))?;
    Ok(())
}

/// Refuses an export of an ecosystem that lacks what the one before it had: a mirror that fell behind.
fn refuse_older(before: &Contents, after: &Contents) -> Result<(), CommandError> {
    let key = |name: &str| ecosystem_of(name).unwrap_or_else(|| name.to_owned());
    for new in after.exports.iter().filter(|export| export.retrieved.is_some()) {
        let mut same = before.exports.iter().filter(|old| {
            old.retrieved.is_some() && key(&old.name) == key(&new.name) && old.newest > new.newest
        });
        let Some(old) = same.next() else { continue };
        let day = |at: Option<Timestamp>| {
            at.map_or_else(|| "no time".to_owned(), |at| Day::of(at).to_string())
        };
        let message = format!(
            "{} is older than what the database has: its newest change is of {}, that of {} of {}",
            new.name,
            day(new.newest),
            old.name,
            day(old.newest)
        );
        return Err(CommandError::world(message).hint(
            "the database was left as it is; fetch from another mirror, or remove the database to begin anew",
        ));
    }
    Ok(())
}
