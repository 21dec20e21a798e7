//! Texts with a form of their own, each with advice for whoever missed it.

use std::str::FromStr;
use std::time::Duration;

use globset::GlobBuilder;
use plimsoll_core::evidence::Unit;
use plimsoll_core::{
    Alias, Code, DatasetName, Day, ModelName, RepoPath, SectionName, SliceName, StepName,
};

/// What is wrong with a text, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misformed {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

fn misformed(message: String, help: impl Into<String>) -> Misformed {
    Misformed { message, help: Some(help.into()) }
}

/// Checks `text` against the format `name`; a name that is unknown here accepts nothing.
pub(crate) fn check(name: &str, text: &str) -> Result<(), Misformed> {
    match name {
        "model-name" => named::<ModelName>(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit()),
        "dataset-name" => named::<DatasetName>(text, |c| c.is_ascii_alphanumeric() || c == '_'),
        "step-name" => named::<StepName>(text, |c| c.is_ascii_alphanumeric() || c == '_'),
        "slice-name" => named::<SliceName>(text, |c| c.is_ascii_alphanumeric() || c == '_'),
        "section-name" => {
            named::<SectionName>(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit())
        }
        "alias" => named::<Alias>(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit()),
        "environment-name" => environment(text),
        "path" => path(text),
        "glob" => glob(text),
        "parameter" => parameter(text),
        "variable" => variable(text),
        "duration" => match duration(text) {
            Some(duration) if duration.is_zero() => {
                Err(misformed(format!("`{text}` is no time at all"), "leave it out for no limit"))
            }
            Some(_) => Ok(()),
            None => Err(misformed(
                format!("`{text}` is no duration"),
                "write it as `90s`, `20m`, `1h30m` or `2d`",
            )),
        },
        "days" if days(text).is_some() => Ok(()),
        "days" => {
            let whole = duration(text).filter(|time| time.as_secs() % 86_400 == 0);
            let near = whole.map(|time| format!("{}d", time.as_secs() / 86_400));
            let near = near.filter(|near| days(near).is_some()).unwrap_or("14d".to_owned());
            let message = format!("`{text}` is no number of whole days from 1 to 9999");
            Err(misformed(message, format!("write it as `{near}`")))
        }
        "code" => match Code::try_from(text.to_owned()) {
            Ok(_) => Ok(()),
            Err(error) => {
                let help = "write the code that stands in brackets before the finding's message";
                Err(misformed(error.to_string(), help))
            }
        },
        "day" => match text.parse::<Day>() {
            Ok(_) => Ok(()),
            Err(error) => Err(misformed(error.to_string(), "write it as `2027-01-31`")),
        },
        "quantity" => match quantity(text) {
            Some(_) => Ok(()),
            None => Err(misformed(
                format!("`{text}` is no time, size or rate"),
                "write a number and its unit, such as `5ms`, `200MB` or `1000/s`",
            )),
        },
        "excess" => match excess(text) {
            Some(_) => Ok(()),
            None => Err(misformed(
                format!("`{text}` is no percentage"),
                "write how much worse a part may be, such as `50%` or `0.5`",
            )),
        },
        "percent" => match percent(text) {
            Some(_) => Ok(()),
            None => Err(misformed(
                format!("`{text}` is no share"),
                "write a percentage from 0 to 100, such as `10%`, or a number from 0 to 1",
            )),
        },
        _ => {
            Err(Misformed { message: format!("nothing is known of the form `{name}`"), help: None })
        }
    }
}

/// Checks a name, and spells the nearest one that would do.
fn named<T>(text: &str, is_kept: fn(char) -> bool) -> Result<(), Misformed>
where
    T: FromStr,
    T::Err: ToString,
{
    let Err(error) = text.parse::<T>() else { return Ok(()) };
    let mut near = String::new();
    for character in text.chars().take(100) {
        let lower = character.to_ascii_lowercase();
        if is_kept(character) {
            near.push(character);
        } else if is_kept(lower) {
            near.push(lower);
        } else if !near.ends_with('-') {
            near.push('-');
        }
    }
    let near = near.trim_matches(['-', '_']);
    let help = near.parse::<T>().is_ok().then(|| format!("`{near}` would do"));
    Err(Misformed { message: error.to_string(), help })
}

fn environment(text: &str) -> Result<(), Misformed> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_word) {
        return Ok(());
    }
    let help = "write lower-case letters, digits and `-`, such as `training`";
    Err(misformed(format!("`{text}` is no name of an environment"), help))
}

fn path(text: &str) -> Result<(), Misformed> {
    let Err(error) = text.parse::<RepoPath>() else { return Ok(()) };
    let help = "paths are relative to the folder of plimsoll.yaml and stay in it";
    Err(misformed(error.to_string(), help))
}

fn glob(text: &str) -> Result<(), Misformed> {
    if text.starts_with('/') || text.split('/').any(|part| part == "..") || text.is_empty() {
        let help = "patterns are relative to the folder of plimsoll.yaml, such as `src/**/*.py`";
        return Err(misformed(format!("pattern `{text}` leads out of the repository"), help));
    }
    match GlobBuilder::new(text).literal_separator(true).build() {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("`{text}` is no pattern: {}", error.kind());
            Err(misformed(
                message,
                "`*`, `?`, `**`, `[a-z]` and `{a,b}` have a meaning in patterns",
            ))
        }
    }
}

fn parameter(text: &str) -> Result<(), Misformed> {
    if text.split('.').all(|part| !part.is_empty() && !part.contains(char::is_control)) {
        return Ok(());
    }
    let help = "write a name, or names joined by points, such as `train` or `train.trees`";
    Err(misformed(format!("`{text}` is no name of a parameter"), help))
}

fn variable(text: &str) -> Result<(), Misformed> {
    let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text.is_empty() || !is_word || text.starts_with(|c: char| c.is_ascii_digit()) {
        let help = match text.split_once('=') {
            Some((name, _)) => format!("name it only: `{name}`; its value comes from outside"),
            None => "write letters, digits and `_`, such as `CUDA_HOME`".to_owned(),
        };
        return Err(misformed(format!("`{text}` is no name of an environment variable"), help));
    }
    if text.starts_with("PLIMSOLL_") {
        let help = "steps see `PLIMSOLL_SEED` without asking, and no other setting of Plimsoll";
        return Err(misformed(format!("`{text}` is not given to steps"), help));
    }
    Ok(())
}

/// Reads `1h30m`: days, hours, minutes and seconds in this order, each at most once.
pub fn duration(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text;
    for (unit, length) in [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)] {
        let Some((digits, after)) = rest.split_once(unit) else { continue };
        if digits.is_empty() || digits.len() > 9 || digits.contains(|c: char| !c.is_ascii_digit()) {
            return None;
        }
        seconds += digits.parse::<u64>().ok()? * length;
        rest = after;
    }
    (rest.is_empty() && !text.is_empty()).then(|| Duration::from_secs(seconds))
}

/// Reads `14d`, from 1 to 9999 whole days, without leading zeros.
pub(crate) fn days(text: &str) -> Option<u32> {
    let digits = text.strip_suffix('d').filter(|digits| digits.len() <= 4)?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_plain.then(|| digits.parse().ok())?
}

/// Reads `5ms`, `200MB` or `1000/s`: the number in seconds, bytes or requests per second.
pub fn quantity(text: &str) -> Option<(f64, Unit)> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().ok()?;
    let (factor, unit) = match unit.trim_start() {
        "us" => (1e-6, Unit::Seconds),
        "ms" => (1e-3, Unit::Seconds),
        "s" => (1.0, Unit::Seconds),
        "kB" => (1e3, Unit::Bytes),
        "MB" => (1e6, Unit::Bytes),
        "GB" => (1e9, Unit::Bytes),
        "KiB" => (1024.0, Unit::Bytes),
        "MiB" => (1_048_576.0, Unit::Bytes),
        "GiB" => (1_073_741_824.0, Unit::Bytes),
        "/s" => (1.0, Unit::PerSecond),
        _ => return None,
    };
    let value = number * factor;
    (value.is_finite() && value > 0.0).then_some((value, unit))
}

/// Reads `50%` as 0.5, and `150%` as 1.5.
pub(crate) fn excess(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?.trim_end();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = is_plain.then(|| digits.parse().ok())??;
    (0.0..=10_000.0).contains(&value).then_some(value / 100.0)
}

/// Reads `10%` as 0.1.
pub(crate) fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?.trim_end();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = is_plain.then(|| digits.parse().ok())??;
    (0.0..=100.0).contains(&value).then_some(value / 100.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::schema::{Additional, PROJECT, Schema, TABLE};

    fn every<'s>(schema: &'s Schema, visit: &mut impl FnMut(&'s Schema)) {
        visit(schema);
        let named = schema.definitions.0.iter().chain(&schema.properties.0).map(|(_, of)| of);
        let boxed = schema.items.iter().chain(&schema.property_names).map(|of| &**of);
        let mut inner: Vec<&Schema> = named.chain(boxed).collect();
        inner.extend(schema.one_of.iter().chain(&schema.any_of));
        if let Additional::Schema(of) = &schema.additional_properties {
            inner.push(of);
        }
        for of in inner {
            every(of, visit);
        }
    }

    #[test]
    fn every_format_is_known_and_every_pattern_says_no_more_than_its_format() {
        for json in [PROJECT, TABLE] {
            let schema = Schema::read(json).unwrap();
            every(&schema, &mut |schema| {
                if let Some(format) = &schema.format {
                    let unknown = format!("nothing is known of the form `{format}`");
                    assert_ne!(check(format, "").unwrap_err().message, unknown);
                }
                let Some(pattern) = &schema.pattern else { return };
                let format = schema.format.as_deref().expect("a pattern needs a format");
                let texts =
                    proptest::string::string_regex(pattern.trim_matches(['^', '$'])).unwrap();
                let mut runner = TestRunner::deterministic();
                for _ in 0..200 {
                    let text = texts.new_tree(&mut runner).unwrap().current();
                    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                    let is_nothing = format == "duration" && digits.trim_matches('0').is_empty();
                    assert!(is_nothing || check(format, &text).is_ok(), "{format}: {text}");
                }
            });
        }
    }

    #[test]
    fn durations_and_percentages_have_one_meaning() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("20m"), Some(1200));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("2d1s"), Some(172_801));
        for bad in
            ["", "20", "m", "30m1h", "1h1h", "1.5h", "-1s", "1 h", "99999999999s", "1h30", "+1s"]
        {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!([days("1d"), days("14d"), days("9999d")], [Some(1), Some(14), Some(9999)]);
        for bad in ["", "d", "0d", "014d", "10000d", "14", "14 d", "+1d", "2w", "1d1d", "1.5d"] {
            assert_eq!(days(bad), None, "{bad}");
        }
        let near = |text| check("days", text).unwrap_err().help.unwrap();
        assert_eq!([near("336h"), near("36h")], ["write it as `14d`", "write it as `14d`"]);
        assert_eq!(near("07d"), "write it as `7d`");
        assert_eq!(percent("10%"), Some(0.1));
        assert_eq!(percent("0.5 %"), Some(0.005));
        for bad in ["10", "%", "-1%", "101%", "1e1%", "inf%", "nan%", ".%"] {
            assert_eq!(percent(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            for format in ["model-name", "environment-name", "path", "glob", "parameter", "variable", "duration", "days", "percent"] {
                let _ = check(format, &text);
            }
        }
    }
}
