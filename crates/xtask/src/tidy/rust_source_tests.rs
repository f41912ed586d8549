//! Rust as people write it, with everything that could mislead a reader without a parser.

use super::*;

fn masked(text: &str) -> String {
    without_comments_and_literals(text)
}

#[test]
fn comments_and_strings_are_no_code() {
    assert_eq!(masked("a(); // todo!()\nb();").trim_end(), "a();           \nb();");
    assert_eq!(masked("x /* a /* b */ c */ y"), format!("x {} y", " ".repeat(17)));
    assert_eq!(masked(r#"f("a \" {", 1)"#), format!("f({}, 1)", " ".repeat(8)));
    assert_eq!(masked("f(r#\"{\"#, 1)"), format!("f({}, 1)", " ".repeat(6)));
}

#[test]
fn lifetimes_raw_names_and_characters_are_told_apart() {
    assert_eq!(masked("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
    assert_eq!(masked("r#type"), "r#type");
    for literal in ["'{'", "'\\''", "'é'", "'\\u{7b}'"] {
        assert_eq!(masked(literal).trim(), "", "{literal}");
    }
}

#[test]
fn test_items_are_blanked_and_their_neighbours_stay() {
    let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}\n#[test]\nfn d() {}\n";
    let names: Vec<String> =
        functions(&without_tests(code)).iter().map(|function| function.name.to_owned()).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn functions_are_measured_from_fn_to_brace() {
    let code = "pub fn f<T: Fn(u8)>(x: [u8; 2]) -> T\nwhere\n    T: Fn(u8),\n{\n    g()\n}\nfn no_body();\n";
    let f = Function { name: "f", first_line: 1, lines: 6 };
    assert_eq!(functions(code), [f]);
}

#[test]
fn a_module_declared_for_tests_makes_its_files_tests() {
    let tree = Tree::of(&[
        ("crates/store/src/lib.rs", "#[cfg(test)]\nmod fixtures;\nmod real;"),
        ("crates/store/src/fixtures.rs", ""),
        ("crates/store/src/fixtures/seats.rs", ""),
        ("crates/store/src/real.rs", "#[cfg(test)] mod cases;"),
        ("crates/store/src/real/cases.rs", ""),
    ]);
    let tests: Vec<&str> = Source::all(&tree)
        .into_iter()
        .filter(|source| source.is_test)
        .map(|source| source.path)
        .collect();
    assert_eq!(
        tests,
        [
            "crates/store/src/fixtures.rs",
            "crates/store/src/fixtures/seats.rs",
            "crates/store/src/real/cases.rs",
        ]
    );
}
