//! The words of a template.

use super::Fault;

/// A word of a tag.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A text, with its escapes resolved.
    Text(String),
    /// A number.
    Number,
    /// An operator or a bracket.
    Operator(&'static str),
}

/// A piece of a template that is not plain text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tag {
    /// `{{ … }}`
    Output(Vec<Token>),
    /// `{% … %}`
    Statement(Vec<Token>),
}

/// Longer ones first, as the template engine has them.
const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";",
];

/// Splits a template into its tags. Plain text and comments are dropped.
pub(super) fn tags(template: &str) -> Result<Vec<Tag>, Fault> {
    let mut tags = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let from = rest.get(at..).unwrap_or_default();
        let mut inside = Lexer { rest: from.get(2..).unwrap_or_default() };
        if from.starts_with("{#") {
            let end = inside.rest.find("#}").ok_or(Fault::new("a comment does not end"))?;
            rest = inside.rest.get(end + 2..).unwrap_or_default();
        } else if from.starts_with("{{") {
            tags.push(Tag::Output(inside.tokens("}}")?));
            rest = inside.rest;
        } else if from.starts_with("{%") {
            let tokens = inside.tokens("%}")?;
            rest = inside.rest;
            if tokens == [Token::Name("raw".to_owned())] {
                rest = after_raw(rest)?;
            } else {
                tags.push(Tag::Statement(tokens));
            }
        } else {
            rest = from.get(1..).unwrap_or_default();
        }
    }
    Ok(tags)
}

/// Returns what is behind the end of a raw part, in which nothing is a tag.
fn after_raw(text: &str) -> Result<&str, Fault> {
    let mut rest = text;
    while let Some(at) = rest.find("{%") {
        let inner = rest.get(at + 2..).unwrap_or_default();
        let trimmed = inner.trim_start_matches(['-', '+']).trim_start();
        if let Some(after) = trimmed.strip_prefix("endraw") {
            let end = after.trim_start().trim_start_matches(['-', '+']);
            if let Some(behind) = end.strip_prefix("%}") {
                return Ok(behind);
            }
        }
        rest = inner;
    }
    Err(Fault::new("a raw part does not end"))
}

struct Lexer<'t> {
    rest: &'t str,
}

impl Lexer<'_> {
    /// Returns the tokens up to `end`, which is taken too.
    fn tokens(&mut self, end: &str) -> Result<Vec<Token>, Fault> {
        let mut tokens = Vec::new();
        // Brackets that are open: `}}` may close two of them.
        let mut open = 0_usize;
        self.rest = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
        loop {
            self.rest = self.rest.trim_start();
            let unsigned = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
            if let Some(behind) = self.rest.strip_prefix(end).filter(|_| open == 0) {
                self.rest = behind;
                return Ok(tokens);
            }
            if let Some(behind) = unsigned.strip_prefix(end).filter(|_| open == 0) {
                self.rest = behind;
                return Ok(tokens);
            }
            let token = self.token()?;
            match token {
                Token::Operator("(" | "[" | "{") => open += 1,
                Token::Operator(")" | "]" | "}") => open = open.saturating_sub(1),
                _ => {}
            }
            tokens.push(token);
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let Some(first) = self.rest.chars().next() else {
            return Err(Fault::new("a tag does not end"));
        };
        if first == '"' || first == '\'' {
            return self.text(first).map(Token::Text);
        }
        if first.is_ascii_digit() {
            self.number();
            return Ok(Token::Number);
        }
        if first.is_alphabetic() || first == '_' {
            let end = self.rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let name = self.take(end.unwrap_or(self.rest.len()));
            return Ok(Token::Name(name.to_owned()));
        }
        let operator = OPERATORS.iter().find(|operator| self.rest.starts_with(**operator));
        let operator = operator.ok_or_else(|| Fault::new(format!("`{first}` has no meaning")))?;
        self.take(operator.len());
        Ok(Token::Operator(operator))
    }

    fn take(&mut self, count: usize) -> &str {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes a number: digits, one point with digits behind it, an exponent, other bases.
    fn number(&mut self) {
        let is_digit = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let end = self.rest.find(|letter| !is_digit(letter)).unwrap_or(self.rest.len());
        self.take(end);
        let fraction = self
            .rest
            .strip_prefix('.')
            .filter(|fraction| fraction.starts_with(|letter: char| letter.is_ascii_digit()));
        if let Some(fraction) = fraction {
            let end = fraction.find(|letter| !is_digit(letter)).unwrap_or(fraction.len());
            self.take(end + 1);
        }
    }

    /// Takes a text, and resolves its escapes as Python does.
    fn text(&mut self, quote: char) -> Result<String, Fault> {
        let ends = || Fault::new("a text does not end");
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        loop {
            let (at, letter) = letters.next().ok_or_else(ends)?;
            if letter == quote {
                self.take(at + 1);
                return Ok(text);
            }
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let (_, escape) = letters.next().ok_or_else(ends)?;
            let mut hexadecimal = |count: usize| -> Result<char, Fault> {
                let digits: String =
                    letters.by_ref().take(count).map(|(_, letter)| letter).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                code.ok_or_else(|| Fault::new("an escape is no letter"))
            };
            match escape {
                'x' => text.push(hexadecimal(2)?),
                'u' => text.push(hexadecimal(4)?),
                'U' => text.push(hexadecimal(8)?),
                'N' => return Err(Fault::new("a letter is given by its name")),
                '0'..='7' => {
                    let mut code = escape.to_digit(8).unwrap_or_default();
                    for _ in 0..2 {
                        let mut ahead = letters.clone();
                        let Some(digit) = ahead.next().and_then(|(_, next)| next.to_digit(8))
                        else {
                            break;
                        };
                        code = code * 8 + digit;
                        letters = ahead;
                    }
                    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'a' => text.push('\u{7}'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'v' => text.push('\u{b}'),
                '\n' => {}
                '\\' | '\'' | '"' => text.push(escape),
                other => {
                    text.push('\\');
                    text.push(other);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_as_the_engine_does() {
        let name = |name: &str| Token::Name(name.to_owned());
        let tags = tags(
            "a { b {# {{ x }} #}{%- if x -%}{{ {'a': {'b': 1}}}}{% raw %}{{ y }}{%- endraw %}",
        )
        .unwrap();
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[0], Tag::Statement(vec![name("if"), name("x")]));
        let Tag::Output(tokens) = &tags[1] else { panic!() };
        assert_eq!(tokens.len(), 9);
    }

    #[test]
    fn escapes_are_resolved() {
        let text = |template: &str| match tags(template).unwrap().remove(0) {
            Tag::Output(tokens) => tokens[0].clone(),
            Tag::Statement(_) => panic!(),
        };
        for template in [r"{{ '\x5f\x5fa' }}", r"{{ '\137\137a' }}", r"{{ '\u005f_a' }}"] {
            assert_eq!(text(template), Token::Text("__a".to_owned()));
        }
        assert_eq!(text(r#"{{ "}} %} \"\d\n" }}"#), Token::Text("}} %} \"\\d\n".to_owned()));
        for bad in ["{{ 'a", "{{ a", "{# a", "{% raw %}", r"{{ '\N{LOW LINE}' }}", "{{ a ? b }}"] {
            assert!(tags(bad).is_err(), "{bad}");
        }
    }
}
