//! JSON beside a model or as one: which documents make a loader import something, and which are only data.
//!
//! A first pass takes documents of any size and holds nothing of them but the keys that decide. Only a
//! document that has one of these is then held whole.

pub(super) mod code;
mod paths;
mod survey;

use self::survey::Survey;
use super::content::Content;
use super::json::Json;
use super::keras;
use super::look::Look;
use super::window::Unread;

/// Tells whether a content begins like a document: with a brace or a bracket, behind white space.
pub(crate) fn is(head: &[u8]) -> bool {
    let mut rest = head.iter().skip_while(|byte| byte.is_ascii_whitespace());
    matches!(rest.next(), Some(b'{' | b'['))
}

/// Looks at a document.
pub(crate) fn look(content: &Content, look: &mut Look) {
    match Survey::of(content, look) {
        Ok(survey) => {
            look.read_as(survey.format());
            if let Err(error) = judge(content, &survey, look) {
                error.tell("JSON", look);
            }
        }
        Err(error) => {
            look.read_as("json");
            error.tell("JSON", look);
        }
    }
}

/// Looks at a file whose name promises something else, if it is a document to its end.
pub(crate) fn look_if_whole(content: &Content, look: &mut Look) {
    if let Ok(survey) = Survey::of(content, look) {
        look.read_as(survey.format());
        if let Err(error) = judge(content, &survey, look) {
            error.tell("JSON", look);
        }
    }
}

fn judge(content: &Content, survey: &Survey, look: &mut Look) -> Result<(), Unread> {
    for path in &survey.acting {
        code::acts(path, look);
    }
    if !survey.is_telling() {
        return Ok(());
    }
    let json = Json::read(content, look)?;
    if survey.telling.contains("class_name") {
        keras::judge(&json, look);
    }
    code::judge(&json, look)
}

#[cfg(test)]
mod tests;
