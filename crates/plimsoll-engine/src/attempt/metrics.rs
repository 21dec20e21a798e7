//! The metrics file of a step: an object of finite numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The largest metrics file that is read.
const LARGEST: usize = 1 << 20;

/// Reads the numbers of a metrics file by their names; those of inner objects by dotted names.
///
/// # Errors
/// A sentence's end that says what is wrong and where: `has no number under "rmse" (NaN)`.
pub(crate) fn metrics(bytes: &[u8]) -> Result<BTreeMap<String, f64>, String> {
    if bytes.len() > LARGEST {
        return Err(format!("has {} bytes (at most {LARGEST} are read)", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("is not UTF-8 ({error})"))?;
    if text.trim().is_empty() {
        return Err("is empty (expected an object of numbers)".to_owned());
    }
    let Unique(value) = serde_json::from_str(&named_constants(text)).map_err(|error| {
        if error.is_data() { error.to_string() } else { format!("is not JSON ({error})") }
    })?;
    if !value.is_object() {
        return Err(format!("is {} (expected an object of numbers)", kind(&value)));
    }
    let mut found = BTreeMap::new();
    flatten(&value, "", &mut found)?;
    if found.is_empty() {
        return Err("holds no number (expected an object of numbers)".to_owned());
    }
    Ok(found)
}

/// A value in which no object has a key twice: of two numbers none is the right one.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(value)) = items.next_element()? {
            list.push(value);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("has the key `{key}` twice")));
            }
            let Unique(value) = fields.next_value()?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

fn flatten(value: &Value, name: &str, into: &mut BTreeMap<String, f64>) -> Result<(), String> {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, &inner, into)?;
            }
            Ok(())
        }
        Value::Number(number) => match number.as_f64().filter(|number| number.is_finite()) {
            Some(number) => {
                if into.insert(name.to_owned(), number).is_some() {
                    return Err(format!("has two numbers called `{name}`"));
                }
                Ok(())
            }
            None => Err(format!("has no finite number under `{name}` (found {number})")),
        },
        other => Err(format!("has no finite number under `{name}` (found {})", kind(other))),
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if is_constant(text) => text.trim().to_owned(),
        Value::String(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// The words that Python writes for what JSON cannot say.
const CONSTANTS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];

fn is_constant(text: &str) -> bool {
    // `named_constants` sets them apart from text by a space.
    text.strip_prefix(' ').is_some_and(|text| CONSTANTS.contains(&text))
}

/// Puts `NaN` and its like in quotes, so that the file can be read and the place named.
fn named_constants(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let (mut rest, mut inside) = (text, false);
    while let Some(first) = rest.chars().next() {
        let constant = CONSTANTS.iter().find(|word| !inside && rest.starts_with(**word));
        let taken = match (constant, first) {
            (Some(word), _) => {
                quoted.push_str("\" ");
                quoted.push_str(word);
                quoted.push('"');
                word.len()
            }
            (None, '\\') if inside => {
                let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
                let taken = '\\'.len_utf8() + escaped;
                quoted.push_str(&rest[..taken]);
                taken
            }
            (None, character) => {
                inside ^= character == '"';
                quoted.push(character);
                character.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_dotted_names() {
        let found = metrics(br#"{"rmse": 1.5, "by": {"hour": {"n": 3}}, "NaN \" Infinity": 0}"#);
        let names: Vec<String> = found.unwrap().into_keys().collect();
        assert_eq!(names, ["NaN \" Infinity", "by.hour.n", "rmse"]);
    }

    #[test]
    fn whatever_is_no_number_is_named_with_its_place() {
        let problem = |text: &str| metrics(text.as_bytes()).unwrap_err();
        insta::assert_snapshot!(
            [
                r#"{"mae": 1, "rmse": NaN}"#,
                r#"{"a": {"b": -Infinity}}"#,
                r#"{"mae": "low"}"#,
                r#"{"mae": null}"#,
                r#"{"mae": true}"#,
                r#"{"mae": [1]}"#,
                r#"{"a.b": 1, "a": {"b": 2}}"#,
                r#"{"a": 1, "a": 2}"#,
                r#"{"by": {"b": 1, "c": 2, "b": 1}}"#,
                "[1]",
                "{}",
                "",
                "{\"mae\": 1",
            ]
            .map(problem)
            .join("\n"),
            @r#"
        has no finite number under `rmse` (found NaN)
        has no finite number under `a.b` (found -Infinity)
        has no finite number under `mae` (found the text "low")
        has no finite number under `mae` (found null)
        has no finite number under `mae` (found true)
        has no finite number under `mae` (found a list)
        has two numbers called `a.b`
        has the key `a` twice at line 1 column 12
        has the key `b` twice at line 1 column 27
        is a list (expected an object of numbers)
        holds no number (expected an object of numbers)
        is empty (expected an object of numbers)
        is not JSON (EOF while parsing an object at line 1 column 9)
        "#
        );
        assert_eq!(metrics(b"\xff").unwrap_err().split(' ').next(), Some("is"));
        assert!(metrics(b"{\"a\": 1e999}").is_err());
    }
}
