//! Which names of Python a model file may ask for.
//!
//! Safe is what a framework is known to write, and what does nothing but make an object of the values that
//! it is given. Everything else is unknown, or unsafe where it is known to act. A name is judged as it is
//! looked up: `a.b` with the name `c.d` is the attribute `d` of `c` of the module `a.b`.

mod frameworks;
mod python2;
mod standard;

use self::standard::Standard;

/// What is to be thought of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Judged {
    /// It makes objects of whatever it is called with, and does nothing else.
    Safe,
    /// It is safe to refer to, and to be made without arguments.
    Kept,
    /// It is safe when it is called with what it is known to be called with.
    Conditional(Condition),
    /// Nobody has looked at it.
    Unknown,
    /// It acts. Says how.
    Unsafe(&'static str),
}

/// What a name that can do harm has to be called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Condition {
    /// A text and an encoding without a module of its own: `_codecs.encode("…", "latin1")`.
    Encoding,
    /// A member of an enumeration, by its name: `getattr(<a class>, "NAME")`.
    Member,
    /// A function of `NumPy` or `SciPy`, by module and name.
    ArrayFunction,
    /// A model of `PyTorch` as bytes, which is looked at in its turn.
    TorchBytes,
    /// Values that carry no attributes of their own.
    Plain,
    /// Values that hold no others either.
    Flat,
    /// So many names of classes first.
    Classes(usize),
    /// The class of the object, that which makes it, and what of: `copyreg._reconstructor`.
    Reconstructor,
    /// A class, and what to make the object of: `copyreg.__newobj__`.
    NewObject,
    /// A class, what to make the object of, and the same by names: `copyreg.__newobj_ex__`.
    NewObjectNamed,
    /// A name: `functools.partial` keeps it and calls it later.
    Partial,
    /// None or another constant, whose type is asked for: `type(None)`.
    Constant,
    /// A type of element and the bytes of one: `numpy.core.multiarray.scalar`.
    Scalar,
    /// A generator of random numbers: its name, its class, or one that is made already.
    Generator,
    /// A function that rebuilds a tensor, its type, arguments and attributes.
    Rebuilt,
    /// Attributes as the fourth value.
    State,
    /// Values: it hands on the first of them.
    HandedOn,
}

impl Condition {
    /// Whether the name may become a part of something: it may be called later, with values of the program.
    pub(in crate::model) fn may_be_kept(self) -> bool {
        matches!(self, Self::Plain | Self::Flat)
    }
}

impl Judged {
    /// Whether it may be the class of an object.
    pub(in crate::model) fn is_harmless_class(self) -> bool {
        matches!(
            self,
            Self::Safe | Self::Kept | Self::Conditional(Condition::Plain | Condition::Flat)
        )
    }
}

/// Judges the attribute `name` of the module `module`.
pub(in crate::model) fn judge(module: &str, name: &str) -> Judged {
    let (module, name) = python2::renamed(module, name);
    if let Some(condition) = conditional(module, name) {
        return Judged::Conditional(condition);
    }
    if let Some(judged) =
        frameworks::listed(module, name).or_else(|| standard::listed(module, name))
    {
        return judged;
    }
    // What is reached through an object of a module is whatever that module imported.
    let parts = || module.split('.').chain(name.split('.'));
    if name.contains('.') {
        if parts().any(|part| part.starts_with("__") && part.ends_with("__")) {
            return Judged::Unsafe("reaches into what Python keeps of an object");
        }
        if let Some(why) = name.split('.').find_map(standard::dangerous) {
            return Judged::Unsafe(why);
        }
        // `torch` with the name `hub.load` is `torch.hub` with the name `load`.
        let of_a_part = name.match_indices('.').find_map(|(at, _)| {
            let (inner, name) = (&name[..at], &name[at + 1..]);
            frameworks::dangerous(&format!("{module}.{inner}"), name)
        });
        if let Some(why) = of_a_part.or_else(|| standard::method(module, name)) {
            return Judged::Unsafe(why);
        }
    }
    match standard::place(module, name) {
        Standard::Dangerous(why) => Judged::Unsafe(why),
        Standard::Data if standard::is_handed_on(name) => {
            Judged::Unsafe("is handed on by a module that is not its own")
        }
        Standard::Data => Judged::Unknown,
        Standard::Other => {
            if let Some(why) = frameworks::dangerous(module, name) {
                return Judged::Unsafe(why);
            }
            if standard::is_handed_on(name) {
                return Judged::Unsafe("is handed on by a module that is not its own");
            }
            Judged::Unknown
        }
    }
}

/// Whether a name, or a part of it, is that of something that acts, whoever hands it on.
pub(in crate::model) fn is_handed_on(name: &str) -> bool {
    name.split('.').any(standard::is_handed_on)
}

/// Whether `text` is the name of a module, or of something in one, that is on a list.
pub(in crate::model) fn is_part_of_a_name(text: &str) -> bool {
    frameworks::is_word(text) || standard::is_word(text)
}

fn conditional(module: &str, name: &str) -> Option<Condition> {
    Some(match (module, name) {
        ("_codecs" | "codecs", "encode") => Condition::Encoding,
        ("builtins", "getattr") => Condition::Member,
        ("builtins", "type") => Condition::Constant,
        ("copyreg", "_reconstructor") => Condition::Reconstructor,
        ("copyreg", "__newobj__") => Condition::NewObject,
        ("copyreg", "__newobj_ex__") => Condition::NewObjectNamed,
        ("functools" | "_functools", "partial") => Condition::Partial,
        (
            "numpy.core"
            | "numpy._core"
            | "numpy.core._multiarray_umath"
            | "numpy._core._multiarray_umath",
            "_ufunc_reconstruct",
        ) => Condition::ArrayFunction,
        ("torch.storage", "_load_from_bytes") => Condition::TorchBytes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_unsafe(module: &str, name: &str) -> bool {
        matches!(judge(module, name), Judged::Unsafe(_))
    }

    #[test]
    fn what_frameworks_write_is_safe() {
        for (module, name) in [
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "scalar"),
            ("numpy", "dtype"),
            ("sklearn.ensemble._forest", "RandomForestClassifier"),
            ("sklearn.tree._tree", "Tree"),
            ("pandas.core.frame", "DataFrame"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("torch", "BFloat16Storage"),
            ("collections", "OrderedDict"),
            ("copy_reg", "_reconstructor"),
            ("__builtin__", "set"),
            ("joblib.numpy_pickle", "NumpyArrayWrapper"),
            ("lightgbm.sklearn", "LGBMClassifier"),
            ("xgboost.sklearn", "XGBClassifier"),
        ] {
            let judged = judge(module, name);
            let is_listed = matches!(judged, Judged::Safe | Judged::Kept | Judged::Conditional(_));
            assert!(is_listed, "{module}.{name}: {judged:?}");
        }
    }

    #[test]
    fn what_acts_is_unsafe_however_it_is_reached() {
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("nt", "system"),
            ("__builtin__", "eval"),
            ("builtins", "exec"),
            ("builtins", "__import__"),
            ("subprocess", "Popen"),
            ("commands", "getoutput"),
            ("runpy", "_run_code"),
            ("importlib.util", "spec_from_file_location"),
            ("_pickle", "loads"),
            ("dill", "loads"),
            ("joblib", "load"),
            ("sklearn.externals.joblib", "load"),
            ("numpy.testing._private.utils", "runstring"),
            ("torch.hub", "load"),
            ("pandas", "read_pickle"),
            ("pandas.core.computation.eval", "eval"),
            ("operator", "attrgetter"),
            ("functools", "reduce"),
            ("pip._internal", "main"),
            ("idlelib.pyshell", "ModifiedInterpreter.runcode"),
            ("_osx_support", "_read_output"),
            ("sklearn.utils", "os.system"),
            ("collections", "OrderedDict.__init__.__globals__"),
            ("some.module", "sys.modules"),
            ("site", "execsitecustomize"),
            ("ssl", "get_server_certificate"),
            ("logging.config", "_resolve"),
            ("uuid", "_get_command_stdout"),
            ("sklearn.base", "os"),
            ("my_company.tools", "system"),
            ("keras.utils", "get_file"),
            ("types", "CodeType"),
            ("types", "FunctionType"),
            ("torch", "_dynamo.guards.GuardBuilder.get"),
            ("numpy", "f2py.crackfortran.getlincoef"),
            ("pathlib", "Path.write_text"),
            ("zoneinfo", "ZoneInfo.from_file"),
        ] {
            assert!(is_unsafe(module, name), "{module}.{name}: {:?}", judge(module, name));
        }
    }

    #[test]
    fn what_nobody_has_looked_at_is_unknown() {
        for (module, name) in [
            ("my_company.features", "LogTransformer"),
            ("sklearn.ensemble._forest", "SomethingElse"),
            ("scipy.stats._continuous_distns", "norm_gen"),
            ("collections", "Whatever"),
            ("", ""),
        ] {
            assert_eq!(judge(module, name), Judged::Unknown, "{module}.{name}");
        }
    }
}
