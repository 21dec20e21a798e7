//! Just enough JSON to read what cargo prints.

/// A JSON value; numbers are kept as text.
#[derive(Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one document; the error is the byte where it stops being one.
    pub(crate) fn parse(text: &str) -> Result<Self, usize> {
        let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
        let value = reader.value()?;
        reader.space();
        if reader.at == text.len() { Ok(value) } else { Err(reader.at) }
    }

    /// Returns the value under `key` of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Returns the items of a list, and none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), usize> {
        self.space();
        if self.bytes.get(self.at) == Some(&byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.at)
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, usize> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.at)
        }
    }

    fn value(&mut self) -> Result<Json, usize> {
        self.space();
        match self.bytes.get(self.at) {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => self.string().map(Json::Text),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Json::Number(self.number())),
            _ => Err(self.at),
        }
    }

    fn number(&mut self) -> String {
        let start = self.at;
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        while self.bytes.get(self.at).is_some_and(part) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()
    }

    fn list(&mut self) -> Result<Json, usize> {
        self.take(b'[')?;
        let mut items = Vec::new();
        if self.take(b']').is_ok() {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b',').is_err() {
                self.take(b']')?;
                return Ok(Json::List(items));
            }
        }
    }

    fn object(&mut self) -> Result<Json, usize> {
        self.take(b'{')?;
        let mut fields = Vec::new();
        if self.take(b'}').is_ok() {
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.take(b':')?;
            fields.push((key, self.value()?));
            if self.take(b',').is_err() {
                self.take(b'}')?;
                return Ok(Json::Object(fields));
            }
        }
    }

    fn string(&mut self) -> Result<String, usize> {
        self.take(b'"')?;
        let mut bytes = Vec::new();
        loop {
            let byte = *self.bytes.get(self.at).ok_or(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(bytes).map_err(|_| self.at),
                b'\\' => {
                    let escaped = *self.bytes.get(self.at).ok_or(self.at)?;
                    self.at += 1;
                    match escaped {
                        b'n' => bytes.push(b'\n'),
                        b't' => bytes.push(b'\t'),
                        b'r' => bytes.push(b'\r'),
                        // Names of packages hold no other escapes; keep them as they are written.
                        b'u' => bytes.extend_from_slice(b"\\u"),
                        other => bytes.push(other),
                    }
                }
                other => bytes.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_prints() {
        let text =
            r#"{"packages":[{"name":"a","kind":null,"n":-1.5e3,"b":[true,false,[]]}],"x":{}}"#;
        let value = Json::parse(text).unwrap();
        let first = &value.get("packages").unwrap().items()[0];
        assert_eq!(first.get("name").and_then(Json::text), Some("a"));
        assert_eq!(first.get("kind"), Some(&Json::Null));
        assert_eq!(Json::parse("{\"a\":}"), Err(5));
        assert_eq!(Json::parse("[1] 2"), Err(4));
    }
}
