//! What columns mean: the label, identifiers, the time, and those that are left out.

use plimsoll_core::nearest::nearest;
use plimsoll_core::project::Task;

use crate::example::shown;

/// The names of columns that mean something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The column that a model is to predict.
    pub label: Option<String>,
    /// The columns that tell rows, or whatever a row is about, apart.
    pub index: Vec<String>,
    /// The column that says when.
    pub time: Option<String>,
    /// The columns that are series over that time.
    pub series: Vec<String>,
    /// Columns that are not looked at.
    pub ignored: Vec<String>,
    /// What the label is for, where it is not seen from its values.
    pub task: Option<Task>,
}

/// Where the column of a role is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role<T> {
    /// Nobody named one.
    #[default]
    NotNamed,
    /// It is there.
    At(T),
    /// It is not, or it cannot have the role: why.
    Lost(String),
}

impl<T> Role<T> {
    /// Returns the place, if there is one.
    pub(crate) fn at(&self) -> Option<&T> {
        match self {
            Self::At(at) => Some(at),
            Self::NotNamed | Self::Lost(_) => None,
        }
    }
}

/// The columns that are looked at, and those of them that mean something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The columns that are looked at, by place in the file.
    pub(crate) kept: Vec<usize>,
    /// The label, among those.
    pub(crate) label: Role<usize>,
    /// The identifiers, among those; none is no role.
    pub(crate) index: Role<Vec<usize>>,
    /// The time, among those.
    pub(crate) time: Role<usize>,
    /// The series, among those; none is no role.
    pub(crate) series: Role<Vec<usize>>,
    /// What is wrong with columns that are to be ignored.
    pub(crate) not_ignored: Vec<String>,
    /// What the label is for.
    pub(crate) task: Option<Task>,
}

impl Layout {
    /// Tells whether the column at `at` is one that a model may be given.
    pub(crate) fn is_feature(&self, at: usize) -> bool {
        self.label.at() != Some(&at)
            && self.time.at() != Some(&at)
            && !self.index.at().is_some_and(|index| index.contains(&at))
    }
}

impl Layout {
    /// Returns what is wrong with the first role whose column is not there.
    pub(crate) fn lost(&self) -> Option<&str> {
        fn of<T>(role: &Role<T>) -> Option<&str> {
            match role {
                Role::Lost(said) => Some(said),
                Role::NotNamed | Role::At(_) => None,
            }
        }
        let ignored = self.not_ignored.first().map(String::as_str);
        of(&self.label).or(of(&self.index)).or(of(&self.time)).or(of(&self.series)).or(ignored)
    }
}

impl Roles {
    /// Finds the columns of a file with these names.
    pub(crate) fn layout(&self, names: &[&str]) -> Layout {
        let mut layout = Layout { task: self.task, ..Layout::default() };
        let mut ignored = Vec::new();
        for name in &self.ignored {
            match find(name, names) {
                Ok(at) => ignored.push(at),
                Err(said) => layout.not_ignored.push(said),
            }
        }
        layout.kept = (0..names.len()).filter(|at| !ignored.contains(at)).collect();
        let place = |name: &str| {
            let at = find(name, names)?;
            let kept = layout.kept.binary_search(&at);
            kept.map_err(|_| format!("column `{}` is to be ignored", shown(name)))
        };
        let role = |name: &Option<String>| match name.as_deref().map(place) {
            None => Role::NotNamed,
            Some(Ok(at)) => Role::At(at),
            Some(Err(said)) => Role::Lost(said),
        };
        let several = |names: &[String]| {
            let places: Result<Vec<usize>, String> = names.iter().map(|name| place(name)).collect();
            match places {
                Ok(places) if places.is_empty() => Role::NotNamed,
                Ok(places) => Role::At(places),
                Err(said) => Role::Lost(said),
            }
        };
        let (label, time) = (role(&self.label), role(&self.time));
        let (index, series) = (several(&self.index), several(&self.series));
        Layout { label, index, time, series, ..layout }
    }
}

fn find(name: &str, names: &[&str]) -> Result<usize, String> {
    let mut places = names.iter().enumerate().filter(|(_, other)| **other == name);
    match (places.next(), places.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => Err(format!("several columns are named `{}`", shown(name))),
        (None, _) => {
            let meant = nearest(name, names.iter().copied());
            let meant = meant.map(|near| format!(" (is `{}` meant?)", shown(near)));
            Err(format!("there is no column `{}`{}", shown(name), meant.unwrap_or_default()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_not_there_are_named() {
        let label = |label: &str, ignored: &[&str]| {
            let roles = Roles {
                label: Some(label.to_owned()),
                ignored: ignored.iter().map(|name| (*name).to_owned()).collect(),
                ..Roles::default()
            };
            roles.layout(&["id", "day", "x", "y", "y"]).label
        };
        let lost = |said: &str| Role::Lost(said.to_owned());
        assert_eq!(label("dya", &[]), lost("there is no column `dya` (is `day` meant?)"));
        assert_eq!(label("y", &[]), lost("several columns are named `y`"));
        assert_eq!(label("x", &["x"]), lost("column `x` is to be ignored"));
    }

    #[test]
    fn places_are_those_of_what_is_looked_at() {
        let roles = Roles {
            label: Some("x".to_owned()),
            index: vec!["id".to_owned()],
            ignored: vec!["day".to_owned(), "weather".to_owned()],
            ..Roles::default()
        };
        let layout = roles.layout(&["id", "day", "x", "y"]);
        assert_eq!(layout.kept, [0, 2, 3]);
        assert_eq!((&layout.label, &layout.index), (&Role::At(1), &Role::At(vec![0])));
        assert_eq!(layout.time, Role::NotNamed);
        assert_eq!(layout.not_ignored, ["there is no column `weather`"]);
        assert_eq!((0..3).filter(|at| layout.is_feature(*at)).collect::<Vec<_>>(), [2]);
    }
}
