//! JSON that somebody else wrote, held whole: bounded, and with every value of a key that is there twice.

use std::fmt;
use std::io::BufReader;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::content::Content;
use super::look::{Look, printable};
use super::window::Unread;

/// How many values a document may have that is held whole.
const MOST_VALUES: u64 = 1 << 20;

/// How many bytes such a document may have.
const MOST_BYTES: u64 = 32 << 20;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    /// In the order of the file; what is there twice is here twice, since readers differ in which they take.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole document. Keys that are there twice are findings.
    pub(crate) fn read(content: &Content, look: &mut Look) -> Result<Self, Unread> {
        if content.length() > MOST_BYTES {
            let length = content.length();
            return Err(Unread::broken(
                format!("a JSON document of {length} bytes is too long"),
                0,
            ));
        }
        let mut state = State { values: 0, repeated: None };
        let mut deserializer =
            serde_json::Deserializer::from_reader(BufReader::new(content.reader()));
        let read = Seed(&mut state)
            .deserialize(&mut deserializer)
            .and_then(|json| deserializer.end().map(|()| json));
        look.steps(state.values)?;
        if let Some(key) = state.repeated {
            let key = printable(&key);
            look.unknown("model.ambiguous", format!("a JSON object has the key `{key}` twice"));
        }
        read.map_err(|error| Unread::broken(format!("not JSON: {error}"), 0))
    }

    /// Returns the last value of `key`, as most readers do.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        self.entries().iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the text of `key`.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// Returns the text that it is.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the keys and values of an object; of anything else none.
    pub(crate) fn entries(&self) -> &[(String, Json)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the values of a list; of anything else none.
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the values in it, of a list or of an object.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Json> {
        self.items().iter().chain(self.entries().iter().map(|(_, value)| value))
    }
}

struct State {
    values: u64,
    repeated: Option<String>,
}

/// Reads one value. Depth is bounded by `serde_json`: 128.
struct Seed<'s>(&'s mut State);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.0.values += 1;
        if self.0.values > MOST_VALUES {
            return Err(D::Error::custom(format!("more than {MOST_VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "no decision hangs on a long number's end")]
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "no decision hangs on a long number's end")]
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Seed(self.0))? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((key, map.next_value_seed(Seed(self.0))?));
        }
        let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair.first() == pair.last()) {
            self.0.repeated = pair.first().map(|key| (*key).to_owned());
        }
        Ok(Json::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    fn read(text: &str) -> (Result<Json, Unread>, Vec<String>) {
        let mut look = Look::new(Limits::default());
        let json = Json::read(&Content::of_bytes(text.into()), &mut look);
        (json, look.report("").findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn both_values_of_a_repeated_key_are_kept_and_told() {
        let (json, codes) = read(r#"{"a": [1, null, true], "b": "x", "a": 2.5}"#);
        let json = json.unwrap();
        assert_eq!(json.entries().len(), 3);
        assert_eq!(json.get("a"), Some(&Json::Number(2.5)));
        assert_eq!(json.text("b"), Some("x"));
        assert_eq!(codes, ["model.ambiguous"]);
    }

    #[test]
    fn what_is_no_bounded_json_is_not_read() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let many = format!("[{}0]", "0,".repeat(1 << 20));
        for text in ["", "{", "{} x", "{a: 1}", "NaN", &deep, &many] {
            assert!(read(text).0.is_err());
        }
    }
}
