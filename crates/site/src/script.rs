//! The JavaScript that wasm-bindgen writes, without what only people read.

/// Leaves out comments, empty lines and indentation. Only whole lines of comments are looked for, so
/// nothing inside a line is touched; a script with texts over several lines is left as it is.
pub fn stripped(script: &str) -> String {
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut kept = String::with_capacity(script.len());
    let mut is_comment = false;
    for line in script.lines().map(str::trim) {
        let begins = !is_comment && line.starts_with("/*");
        if begins || is_comment {
            is_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_is_kept() {
        let script = "/**\n * @returns {number}\n */\nexport function seats() {\n    // ten\n\n    return 10; // seats\n}\n/* one line */\nseats();\n";
        assert_eq!(
            stripped(script),
            "export function seats() {\nreturn 10; // seats\n}\nseats();\n"
        );
    }

    #[test]
    fn texts_over_several_lines_are_left_alone() {
        let script = "const text = `a\n    // not a comment\n`;\n";
        assert_eq!(stripped(script), script);
    }
}
