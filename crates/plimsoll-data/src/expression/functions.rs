//! The functions that expressions may call, with their types.

use super::types::Type;

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `size(x)`
    Global,
    /// `x.trim()`
    Member,
    /// `x.matches(y)` and `matches(x, y)`: the receiver is the first argument.
    Both,
}

struct Function {
    name: &'static str,
    style: Style,
    /// The receiver is the first where there is one.
    arguments: &'static [Kind],
    result: Kind,
}

/// A type that a table can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Integer,
    Number,
    /// The one or the other; as a result, what the argument was.
    Numeric,
    String,
    Boolean,
    Timestamp,
    Duration,
    List,
    Strings,
}

impl Kind {
    fn takes(self, of: &Type) -> bool {
        if *of == Type::Any {
            return true;
        }
        match self {
            Self::Numeric => of.is_numeric(),
            Self::List => matches!(of, Type::List(_)),
            Self::Strings => {
                matches!(of, Type::List(of) if matches!(**of, Type::String | Type::Any))
            }
            kind => kind.result(&[]) == *of,
        }
    }

    fn result(self, arguments: &[Type]) -> Type {
        match self {
            Self::Integer => Type::Integer,
            Self::Number => Type::Number,
            Self::Numeric => arguments.first().cloned().unwrap_or(Type::Any),
            Self::String => Type::String,
            Self::Boolean => Type::Boolean,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::List => Type::List(Box::new(Type::Any)),
            Self::Strings => Type::List(Box::new(Type::String)),
        }
    }
}

const fn function(
    name: &'static str,
    style: Style,
    arguments: &'static [Kind],
    result: Kind,
) -> Function {
    Function { name, style, arguments, result }
}

/// The standard functions of CEL and of its libraries `strings` and `math`, as far as they make
/// sense of a row; `date` is ours.
const FUNCTIONS: &[Function] = {
    use Kind::{Boolean, Duration, Integer, List, Number, Numeric, String, Strings, Timestamp};
    use Style::{Both, Global, Member};
    &[
        function("size", Both, &[String], Integer),
        function("size", Both, &[List], Integer),
        function("contains", Member, &[String, String], Boolean),
        function("startsWith", Member, &[String, String], Boolean),
        function("endsWith", Member, &[String, String], Boolean),
        function("matches", Both, &[String, String], Boolean),
        function("charAt", Member, &[String, Integer], String),
        function("indexOf", Member, &[String, String], Integer),
        function("lastIndexOf", Member, &[String, String], Integer),
        function("lowerAscii", Member, &[String], String),
        function("upperAscii", Member, &[String], String),
        function("trim", Member, &[String], String),
        function("reverse", Member, &[String], String),
        function("replace", Member, &[String, String, String], String),
        function("split", Member, &[String, String], Strings),
        function("substring", Member, &[String, Integer], String),
        function("substring", Member, &[String, Integer, Integer], String),
        function("join", Member, &[Strings, String], String),
        function("int", Global, &[Numeric], Integer),
        function("int", Global, &[String], Integer),
        function("double", Global, &[Numeric], Number),
        function("double", Global, &[String], Number),
        function("string", Global, &[Numeric], String),
        function("string", Global, &[Boolean], String),
        function("string", Global, &[String], String),
        function("bool", Global, &[String], Boolean),
        function("bool", Global, &[Boolean], Boolean),
        function("date", Global, &[String], Timestamp),
        function("timestamp", Global, &[String], Timestamp),
        function("duration", Global, &[String], Duration),
        function("getFullYear", Member, &[Timestamp], Integer),
        function("getMonth", Member, &[Timestamp], Integer),
        function("getDate", Member, &[Timestamp], Integer),
        function("getDayOfMonth", Member, &[Timestamp], Integer),
        function("getDayOfWeek", Member, &[Timestamp], Integer),
        function("getDayOfYear", Member, &[Timestamp], Integer),
        function("getHours", Member, &[Timestamp], Integer),
        function("getMinutes", Member, &[Timestamp], Integer),
        function("getSeconds", Member, &[Timestamp], Integer),
        function("getMilliseconds", Member, &[Timestamp], Integer),
        function("math.abs", Global, &[Numeric], Numeric),
        function("math.sign", Global, &[Numeric], Numeric),
        function("math.ceil", Global, &[Number], Number),
        function("math.floor", Global, &[Number], Number),
        function("math.round", Global, &[Number], Number),
        function("math.trunc", Global, &[Number], Number),
        function("math.sqrt", Global, &[Numeric], Number),
        function("@not_strictly_false", Global, &[Boolean], Boolean),
    ]
};

/// What a call is of.
pub(super) enum Called {
    /// A function that takes these arguments, with the type of its result.
    Known(Type),
    /// A function that takes others: how it may be called.
    Misused(String),
    /// No function.
    Unknown,
}

/// Finds the function `name` that is called with `arguments`, the receiver first if there is one.
pub(super) fn find(name: &str, has_receiver: bool, arguments: &[Type]) -> Called {
    let style = if has_receiver { Style::Member } else { Style::Global };
    let mut usages = Vec::new();
    for known in FUNCTIONS.iter().filter(|known| known.name == name) {
        let is_style = known.style == Style::Both || known.style == style;
        let takes = known.arguments.len() == arguments.len()
            && known.arguments.iter().zip(arguments).all(|(kind, of)| kind.takes(of));
        if is_style && takes {
            return Called::Known(known.result.result(arguments));
        }
        usages.push(usage(known));
    }
    if usages.is_empty() { Called::Unknown } else { Called::Misused(usages.join(" or ")) }
}

/// Returns the names that a person may write.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    FUNCTIONS.iter().map(|known| known.name).filter(|name| !name.starts_with('@'))
}

fn usage(function: &Function) -> String {
    let word = |kind: &Kind| match kind {
        Kind::Numeric => "number".to_owned(),
        Kind::List => "list".to_owned(),
        kind => kind.result(&[]).to_string(),
    };
    let words: Vec<String> = function.arguments.iter().map(word).collect();
    match (function.style, words.split_first()) {
        (Style::Member | Style::Both, Some((receiver, rest))) => {
            format!("`{receiver}.{}({})`", function.name, rest.join(", "))
        }
        _ => format!("`{}({})`", function.name, words.join(", ")),
    }
}
