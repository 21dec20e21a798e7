//! Numbers of a stored sketch. JSON's numbers are finite; others are written as `"Infinity"`,
//! `"-Infinity"` and `"NaN"`, so that every profile that is written can be read.

use std::fmt;

use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What holds numbers, and its form in JSON.
pub(crate) trait Reals: Sized {
    /// The form.
    type Form: Serialize + DeserializeOwned;

    /// Returns it as it is written.
    fn written(&self) -> Self::Form;

    /// Returns what was written.
    fn read(form: Self::Form) -> Self;
}

/// Writes `value`.
pub(crate) fn serialize<T: Reals, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.written().serialize(to)
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, T: Reals, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::Form::deserialize(from).map(T::read)
}

/// One number.
#[derive(Clone, Copy)]
pub(crate) struct Real(f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            finite if finite.is_finite() => to.serialize_f64(finite),
            nothing if nothing.is_nan() => to.serialize_str("NaN"),
            below if below < 0.0 => to.serialize_str("-Infinity"),
            _ => to.serialize_str("Infinity"),
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AReal)
    }
}

struct AReal;

impl Visitor<'_> for AReal {
    type Value = Real;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, `Infinity`, `-Infinity` or `NaN`")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Real, E> {
        Ok(Real(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "as JSON's numbers are read")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "as JSON's numbers are read")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Real, E> {
        Ok(Real(value as f64))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Real, E> {
        match word {
            "Infinity" => Ok(Real(f64::INFINITY)),
            "-Infinity" => Ok(Real(f64::NEG_INFINITY)),
            "NaN" => Ok(Real(f64::NAN)),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }
}

impl Reals for f64 {
    type Form = Real;

    fn written(&self) -> Real {
        Real(*self)
    }

    fn read(form: Real) -> Self {
        form.0
    }
}

impl Reals for [f64; 2] {
    type Form = [Real; 2];

    fn written(&self) -> [Real; 2] {
        self.map(Real)
    }

    fn read(form: [Real; 2]) -> Self {
        form.map(|real| real.0)
    }
}

impl Reals for Vec<f64> {
    type Form = Vec<Real>;

    fn written(&self) -> Vec<Real> {
        self.iter().copied().map(Real).collect()
    }

    fn read(form: Vec<Real>) -> Self {
        form.into_iter().map(|real| real.0).collect()
    }
}

impl Reals for Option<f64> {
    type Form = Option<Real>;

    fn written(&self) -> Option<Real> {
        self.map(Real)
    }

    fn read(form: Option<Real>) -> Self {
        form.map(|real| real.0)
    }
}

impl Reals for Option<(f64, f64)> {
    type Form = Option<(Real, Real)>;

    fn written(&self) -> Option<(Real, Real)> {
        self.map(|(low, high)| (Real(low), Real(high)))
    }

    fn read(form: Option<(Real, Real)>) -> Self {
        form.map(|(low, high)| (low.0, high.0))
    }
}
