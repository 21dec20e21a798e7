//! Names in templates: what the engine brings that only makes texts.

/// Filters that give something in place of what is not there.
const STANDING_IN: &str = "default d";

/// Filters that return one of several.
const PICKING: &str = "first last max min random";

/// Filters that return lists of what they get.
const LISTING: &str = "batch dictsort groupby items list map reject rejectattr reverse select selectattr slice sort \
    unique";

/// Filters that return a number.
const COUNTING: &str = "abs count float int length round sum wordcount";

/// Filters that make a text.
const MAKING: &str = "capitalize center e escape filesizeformat forceescape format indent join lower pprint \
    replace safe string striptags title tojson trim truncate upper urlencode urlize wordwrap xmlattr";

/// Filters of which an argument is the name of an attribute.
const BY_ATTRIBUTE: &str = "groupby join map max min rejectattr selectattr sort sum unique";

/// Tests.
const TESTS: &str = "boolean callable defined divisibleby eq equalto escaped even false filter float ge greaterthan gt \
    in integer iterable le lessthan lower lt mapping ne none number odd sameas sequence string test true undefined \
    upper";

/// Methods of texts, which make texts.
const TEXT_METHODS: &str = "capitalize casefold center count endswith expandtabs find index isalnum isalpha isascii \
    isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip \
    partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith \
    strip swapcase title upper zfill isoformat strftime";

/// Methods of lists and dictionaries, which hand on what is in them.
const COLLECTION_METHODS: &str = "append clear copy extend get insert items keys pop popitem remove reverse setdefault \
    sort update values cycle";

/// Functions that templates of chats get, besides macros.
const FUNCTIONS: &str =
    "namespace range raise_exception strftime_now dict caller loop zip enumerate len";

/// What the engine brings and templates of chats have no use for; payloads start from it.
const STARTS: &str = "lipsum cycler joiner self url_for get_flashed_messages request application";

/// Attributes without underscores that lead from an object to the code behind it.
const FRAMES: &str = "func_globals func_code func_closure func_defaults gi_frame gi_code gi_yieldfrom cr_frame cr_code \
    ag_frame ag_code f_globals f_locals f_builtins f_back f_code tb_frame tb_next im_func im_self im_class co_code mro \
    format_map";

/// What payloads call in the end.
const CALLED: &str = "popen system eval exec spawn spawnl spawnv check_output getoutput load_module import_module \
    exec_module load_module fork execv execl unlink rmtree mro compile open";

fn is_in(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// What a filter does to what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    StandsIn,
    Picks,
    Lists,
    Counts,
    Makes,
    Unknown,
}

/// Tells what a filter does.
pub(super) fn filter(name: &str) -> Filter {
    if is_in(STANDING_IN, name) {
        Filter::StandsIn
    } else if is_in(PICKING, name) {
        Filter::Picks
    } else if is_in(LISTING, name) {
        Filter::Lists
    } else if is_in(COUNTING, name) {
        Filter::Counts
    } else if is_in(MAKING, name) {
        Filter::Makes
    } else {
        Filter::Unknown
    }
}

pub(super) fn takes_attribute(filter: &str) -> bool {
    is_in(BY_ATTRIBUTE, filter)
}

pub(super) fn is_test(name: &str) -> bool {
    is_in(TESTS, name)
}

pub(super) fn is_text_method(name: &str) -> bool {
    is_in(TEXT_METHODS, name)
}

pub(super) fn is_collection_method(name: &str) -> bool {
    is_in(COLLECTION_METHODS, name)
}

pub(super) fn is_function(name: &str) -> bool {
    is_in(FUNCTIONS, name)
}

pub(super) fn is_start(name: &str) -> bool {
    is_in(STARTS, name)
}

pub(super) fn is_called_by_payloads(name: &str) -> bool {
    is_in(CALLED, name)
}

/// What an attribute leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    /// A part of the data.
    Data,
    /// Something that is meant to be private.
    Private,
    /// The machinery of Python, and from there anything.
    Machinery,
}

/// Tells what an attribute leads to, by name. Attributes may be a path with dots.
pub(super) fn attribute(name: &str) -> Attribute {
    let of_part = |part: &str| {
        let part = part.trim();
        if part.contains("__") || is_in(FRAMES, part) {
            Attribute::Machinery
        } else if part.starts_with('_') {
            Attribute::Private
        } else {
            Attribute::Data
        }
    };
    let parts: Vec<Attribute> = name.split('.').map(of_part).collect();
    if parts.contains(&Attribute::Machinery) {
        Attribute::Machinery
    } else if parts.contains(&Attribute::Private) {
        Attribute::Private
    } else {
        Attribute::Data
    }
}

/// Tells whether a text holds the name of something that only payloads name.
pub(super) fn names_machinery(text: &str) -> bool {
    const MACHINERY: [&str; 23] = [
        "__class__",
        "__globals__",
        "__builtins__",
        "__import__",
        "__subclasses__",
        "__mro__",
        "__bases__",
        "__base__",
        "__init__",
        "__getattribute__",
        "__getitem__",
        "__dict__",
        "__code__",
        "__loader__",
        "__self__",
        "__reduce",
        "func_globals",
        "gi_frame",
        "cr_frame",
        "tb_frame",
        "f_globals",
        "f_builtins",
        "f_back",
    ];
    MACHINERY.iter().any(|name| text.contains(name))
}
