//! Loops, the interpreter and common sense agree.

use super::*;

/// Texts of expressions of one type over the columns of [`types`].
fn expressions() -> impl Strategy<Value = String> {
    let integer = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        (-3..4_i64).prop_map(|n| n.to_string()),
        Just("9223372036854775807".to_owned()),
        Just("size(s)".to_owned()),
    ];
    let integer = integer.prop_recursive(3, 12, 2, |of| {
        prop_oneof![
            (of.clone(), "[-+*/%]", of.clone()).prop_map(|(a, by, b)| format!("({a} {by} {b})")),
            of.clone().prop_map(|a| format!("(-{a})")),
            (of.clone(), of).prop_map(|(a, b)| format!("(p ? {a} : {b})")),
        ]
    });
    let number = prop_oneof![
        Just("x".to_owned()),
        Just("y".to_owned()),
        (-3..4).prop_map(|n| format!("{n}.5")),
        Just("double(b)".to_owned()),
        Just("math.abs(x)".to_owned()),
    ];
    let number = number.prop_recursive(2, 8, 2, |of| {
        (of.clone(), "[-+*/]", of).prop_map(|(a, by, b)| format!("({a} {by} {b})"))
    });
    let text = prop_oneof![Just("s"), Just("t"), Just("'b'"), Just("''"), Just("s.upperAscii()")];
    let by = || prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let truth = prop_oneof![
        Just("p".to_owned()),
        any::<bool>().prop_map(|is| is.to_string()),
        (integer.clone(), by(), integer.clone()).prop_map(|(a, by, b)| format!("{a} {by} {b}")),
        (number.clone(), by(), number.clone()).prop_map(|(a, by, b)| format!("{a} {by} {b}")),
        (integer.clone(), by(), number).prop_map(|(a, by, b)| format!("{a} {by} {b}")),
        (text.clone(), by(), text.clone()).prop_map(|(a, by, b)| format!("{a} {by} {b}")),
        (text.clone(), "startsWith|endsWith|contains", text)
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        integer.clone().prop_map(|a| format!("{a} in [1, 2, -1]")),
        integer.clone().prop_map(|a| format!("{a} in [b, 2]")),
        integer.prop_map(|a| format!("[{a}, b].exists(q, q > a)")),
        Just("s in ['b', 'abc']".to_owned()),
        Just("x in [0.5, 1.0]".to_owned()),
        Just("s.matches('^a?b')".to_owned()),
    ];
    truth.prop_recursive(3, 24, 3, |of| {
        prop_oneof![
            (of.clone(), of.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (of.clone(), of.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            of.clone().prop_map(|a| format!("!({a})")),
            (of.clone(), of.clone()).prop_map(|(a, b)| format!("({a}) == ({b})")),
            (of.clone(), of.clone(), of).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
        ]
    })
}

type RowOf = (
    Option<i64>,
    Option<i64>,
    Option<f64>,
    Option<f64>,
    Option<String>,
    Option<String>,
    Option<bool>,
);

fn cell<T: Clone + fmt::Debug>(
    filled: f64,
    of: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    (0.0..1.0, of).prop_map(move |(at, value)| (at < filled).then_some(value))
}

/// A row whose cells are filled with that probability.
fn row(filled: f64) -> impl Strategy<Value = RowOf> {
    let integer = || prop_oneof![-2..3_i64, Just(i64::MAX), Just(i64::MIN)];
    let number = || prop_oneof![Just(0.0), Just(-0.0), Just(0.5), Just(f64::INFINITY), -9.0..9.0];
    let text = || "[ab]{0,2}|ä|B";
    (
        cell(filled, integer()),
        cell(filled, integer()),
        cell(filled, number()),
        cell(filled, number()),
        cell(filled, text()),
        cell(filled, text()),
        cell(filled, any::<bool>()),
    )
}

fn column(rows: &[RowOf], name: &str) -> ArrayRef {
    match name {
        "a" => Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()),
        "b" => Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>()),
        "x" => Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>()),
        "y" => Arc::new(rows.iter().map(|row| row.3).collect::<Float64Array>()),
        "s" => Arc::new(rows.iter().map(|row| row.4.clone()).collect::<StringArray>()),
        "t" => Arc::new(rows.iter().map(|row| row.5.clone()).collect::<StringArray>()),
        _ => Arc::new(rows.iter().map(|row| row.6).collect::<BooleanArray>()),
    }
}

/// Judges a row with the interpreter alone.
fn interpreted(env: &Arc<cel::Env>, program: &cel::Program, row: &RowOf) -> char {
    let mut context = cel::Context::with_env(Arc::clone(env));
    context.add_variable("a", row.0.unwrap()).unwrap();
    context.add_variable("b", row.1.unwrap()).unwrap();
    context.add_variable("x", row.2.unwrap()).unwrap();
    context.add_variable("y", row.3.unwrap()).unwrap();
    context.add_variable("s", row.4.clone().unwrap()).unwrap();
    context.add_variable("t", row.5.clone().unwrap()).unwrap();
    context.add_variable("p", row.6.unwrap()).unwrap();
    match program.execute(&context) {
        Ok(cel::Value::Bool(true)) => 'T',
        Ok(cel::Value::Bool(false)) => 'F',
        Ok(other) => panic!("{other:?}"),
        Err(_) => '!',
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn loops_and_the_interpreter_agree(
        source in expressions(),
        rows in prop::collection::vec(row(1.0), 1..6),
    ) {
        let expression = compile(&source).unwrap_or_else(|e| panic!("{source}: {e:?}"));
        let judged = judged(&expression, |name| column(&rows, name), rows.len());
        let mut env = cel::Env::stdlib();
        env.add_extension(cel::extensions::strings).unwrap();
        env.add_extension(cel::extensions::math).unwrap();
        let program = env.compile(&source).unwrap();
        let env = Arc::new(env);
        for (row, judged) in rows.iter().zip(judged) {
            let expected = interpreted(&env, &program, row);
            // Equality with NaN, which only a computation can give here, is `false` for the
            // interpreter, and no answer for us.
            if judged != '!' || expected == '!' {
                prop_assert_eq!(judged, expected, "{} in {:?}", source, row);
            } else {
                prop_assert!(source.contains(['/', '*', '-', '+']), "{} in {:?}", source, row);
            }
        }
    }

    #[test]
    fn what_is_known_in_spite_of_empty_cells_holds_whatever_fills_them(
        source in expressions(),
        rows in prop::collection::vec((row(0.6), row(1.0)), 1..8),
    ) {
        let expression = compile(&source).unwrap_or_else(|e| panic!("{source}: {e:?}"));
        let (empty, full): (Vec<RowOf>, Vec<RowOf>) = rows.into_iter().unzip();
        let filled: Vec<RowOf> = empty.iter().cloned().zip(full).map(|(row, full)| (
            row.0.or(full.0), row.1.or(full.1), row.2.or(full.2), row.3.or(full.3),
            row.4.or(full.4), row.5.or(full.5), row.6.or(full.6),
        )).collect();
        let judged = |rows: &[RowOf]| judged(&expression, |name| column(rows, name), rows.len());
        for (before, after) in judged(&empty).into_iter().zip(judged(&filled)) {
            prop_assert!(before == '?' || before == after || after == '!' || before == '!',
                "{}: {} became {}", source, before, after);
        }
    }

    #[test]
    fn no_expression_is_too_strange(source in "\\PC{0,40}|[a-z0-9'\"()\\[\\]{}?:.,&|!=<>+*/% -]{0,60}") {
        _ = compile(&source);
    }
}
