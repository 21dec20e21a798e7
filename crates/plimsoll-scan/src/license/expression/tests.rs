use proptest::prelude::*;

use super::*;

fn read(text: &str) -> String {
    Expression::parse(text).unwrap().to_string()
}

#[test]
fn there_is_one_spelling() {
    for (text, expected) in [
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("Apache-1.1+", "Apache-1.1+"),
        ("apache-2.0 with llvm-exception", "Apache-2.0 WITH LLVM-exception"),
        ("licenseref-Own.Terms", "LicenseRef-Own.Terms"),
        ("((MIT))", "MIT"),
        ("MIT AND (ISC AND Zlib)", "MIT AND ISC AND Zlib"),
        ("MIT AND ISC OR Zlib", "MIT AND ISC OR Zlib"),
        ("MIT AND (ISC OR Zlib)", "MIT AND (ISC OR Zlib)"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "",
        "  ",
        "MIT OR",
        "MIT ISC",
        "BSD",
        "(MIT",
        "MIT)",
        "MIT + ISC",
        "NOASSERTION",
        "NONE",
        "MIT WITH",
        "MIT WITH MIT",
        "LicenseRef-",
        "Apache License",
        "MIT\0",
    ] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
    let long = vec!["MIT"; MAX_EXPRESSION].join(" OR ");
    assert_eq!(Expression::parse(&long), Err(ParseExpressionError::TooLong(long.len())));
    let mut deep = "MIT".to_owned();
    for at in 0..100 {
        deep = format!("({deep} {} ISC)", if at % 2 == 0 { "AND" } else { "OR" });
    }
    assert_eq!(Expression::parse(&deep), Err(ParseExpressionError::TooDeep));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([A-Za-z0-9.+()/ -]|MIT|GPL-2.0| AND | OR | WITH ){0,30}|.{0,40}") {
        if let Ok(expression) = Expression::parse(&text) {
            prop_assert_eq!(Expression::parse(&expression.to_string()), Ok(expression));
        }
    }
}
