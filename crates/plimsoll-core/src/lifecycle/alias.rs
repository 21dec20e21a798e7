//! Pointing an alias at another version.

use super::Yanked;
use crate::audit::Transition;
use crate::ports::RegistryError;
use crate::{Alias, Digest, Number, Variant, Version};

/// An alias of a variant, from where it is believed to point to where it shall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasMove {
    /// The variant.
    pub variant: Variant,
    /// The alias.
    pub alias: Alias,
    /// Where it is believed to point, `None` for nowhere: what was decided on.
    pub expected: Option<Number>,
    /// Where it shall point, `None` for nowhere.
    pub new: Option<Number>,
    /// The entry of the last approval or rejection of the version that was heard, 0 for none;
    /// `None` where nobody was asked.
    pub heard: Option<u64>,
    /// The signed statement of the deployment, an object; `None` where nobody signed one.
    pub statement: Option<Digest>,
}

/// What is known of the version that an alias shall point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// There is no such version.
    Unknown,
    /// It may be pointed at. The entry tells of its last approval or rejection, 0 for none.
    Released {
        /// That entry.
        said: u64,
    },
    /// It was taken back.
    Yanked(&'a Yanked),
}

/// An alias was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveAliasError {
    /// It points elsewhere than was believed.
    #[error(
        "{} of {} points {}, not {} as was decided on; look again and decide anew",
        decided.alias, decided.variant, place(found.as_ref()), place(decided.expected.as_ref())
    )]
    Moved {
        /// What was decided.
        decided: Box<AliasMove>,
        /// Where it points.
        found: Option<Number>,
    },
    /// The version was never released.
    #[error("{version} was never released")]
    Unknown {
        /// The version.
        version: Version,
    },
    /// The version was taken back.
    #[error("{version} was yanked by {} ({})", yanked.who, yanked.why)]
    Yanked {
        /// The version.
        version: Version,
        /// By whom and why.
        yanked: Box<Yanked>,
    },
    /// Somebody said yes or no in the meantime.
    #[error(
        "{version} was approved or rejected meanwhile (entry {entry} of the audit log); look again and decide anew"
    )]
    Said {
        /// The version.
        version: Version,
        /// The entry that tells of it.
        entry: u64,
    },
    /// The registry did not do it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn place(number: Option<&Number>) -> String {
    number.map_or("nowhere".to_owned(), |number| format!("at {number}"))
}

/// Decides on `change`, given where the alias points and what is known of the new version.
///
/// `None` where it points there already: nothing happens then, and nothing is to be told.
///
/// # Errors
/// The alias was moved or the version approved or rejected in the meantime, or it is not there or was
/// yanked.
pub fn move_alias(
    change: &AliasMove,
    current: Option<&Number>,
    target: Target<'_>,
) -> Result<Option<Transition>, MoveAliasError> {
    let (variant, alias) = (change.variant.clone(), change.alias.clone());
    if change.expected.as_ref() != current {
        let (decided, found) = (Box::new(change.clone()), current.cloned());
        return Err(MoveAliasError::Moved { decided, found });
    }
    if let Some(number) = &change.new {
        let version = || Version { variant: variant.clone(), number: number.clone() };
        match target {
            Target::Released { said } => {
                if change.heard.is_some_and(|heard| heard != said) {
                    return Err(MoveAliasError::Said { version: version(), entry: said });
                }
            }
            Target::Unknown => return Err(MoveAliasError::Unknown { version: version() }),
            Target::Yanked(yanked) => {
                let yanked = Box::new(yanked.clone());
                return Err(MoveAliasError::Yanked { version: version(), yanked });
            }
        }
    }
    let (from, to) = (current.cloned(), change.new.clone());
    Ok((from != to).then_some(Transition::AliasMoved {
        variant,
        alias,
        from,
        to,
        statement: change.statement,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::samples::occasion;

    fn change(expected: Option<Number>, new: Option<Number>) -> AliasMove {
        let (variant, alias) = ("bike-demand".parse().unwrap(), "champion".parse().unwrap());
        AliasMove { variant, alias, expected, new, heard: None, statement: None }
    }

    const ONE: Number = Number::new(1, 0, 0);
    const TWO: Number = Number::new(2, 0, 0);

    #[test]
    fn moves_only_from_where_it_was_believed_to_be() {
        let moved = |expected, current: Option<Number>| {
            let released = Target::Released { said: 0 };
            move_alias(&change(expected, Some(TWO)), current.as_ref(), released)
        };
        assert!(moved(None, None).unwrap().is_some());
        let signed = AliasMove { statement: Some(Digest::blake3(b"s")), ..change(None, Some(ONE)) };
        let told = move_alias(&signed, None, Target::Released { said: 0 }).unwrap().unwrap();
        assert_eq!(told.statement(), signed.statement.as_ref());
        assert!(moved(Some(ONE), Some(ONE)).unwrap().is_some());
        assert!(moved(Some(TWO), Some(TWO)).unwrap().is_none());
        let error = moved(Some(ONE), None).unwrap_err();
        insta::assert_snapshot!(error, @"champion of bike-demand points nowhere, not at 1.0.0 as was decided on; look again and decide anew");
        assert!(moved(None, Some(TWO)).is_err());
    }

    #[test]
    fn what_was_said_meanwhile_is_heard_first() {
        let moved = |heard, said| {
            let change = AliasMove { heard, ..change(None, Some(ONE)) };
            move_alias(&change, None, Target::Released { said })
        };
        assert!(moved(None, 7).is_ok() && moved(Some(7), 7).is_ok() && moved(Some(0), 0).is_ok());
        insta::assert_snapshot!(moved(Some(7), 9).unwrap_err(), @"bike-demand@1.0.0 was approved or rejected meanwhile (entry 9 of the audit log); look again and decide anew");
        assert!(moved(Some(0), 9).is_err());
    }

    #[test]
    fn nothing_points_at_what_is_not_there_or_was_yanked() {
        let occasion = occasion("wrong unit");
        let yanked = Yanked { at: occasion.at, who: occasion.who, why: occasion.why };
        let moved = |target| move_alias(&change(None, Some(ONE)), None, target).unwrap_err();
        insta::assert_snapshot!(moved(Target::Unknown), @"bike-demand@1.0.0 was never released");
        insta::assert_snapshot!(moved(Target::Yanked(&yanked)), @"bike-demand@1.0.0 was yanked by ada (wrong unit)");
        // Away from it is always possible.
        let away = move_alias(&change(Some(ONE), None), Some(&ONE), Target::Unknown).unwrap();
        assert!(matches!(away, Some(Transition::AliasMoved { to: None, .. })));
    }
}
