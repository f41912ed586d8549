//! The JavaScript that wasm-bindgen writes, without what only people read.

/// Leaves out comments, empty lines and indentation. Comments are looked for only where a line
/// begins, so texts inside a line are left alone; a script with texts over several lines is left as
/// it is.
pub fn stripped(script: &str) -> String {
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut kept = String::with_capacity(script.len());
    let mut is_comment = false;
    for line in script.lines().map(str::trim) {
        let comment = if is_comment { Some(line) } else { line.strip_prefix("/*") };
        let end = comment.and_then(|comment| comment.split_once("*/"));
        is_comment = comment.is_some() && end.is_none();
        let code = match comment {
            None => line,
            Some(_) => end.map_or("", |(_, behind)| behind.trim_start()),
        };
        if !code.is_empty() && !code.starts_with("//") {
            kept.push_str(code);
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
    fn what_stands_behind_a_comment_is_kept() {
        let script = "/* one */ one();\n/* two\n * three */ two();\nthree(); /* four */\n";
        assert_eq!(stripped(script), "one();\ntwo();\nthree(); /* four */\n");
    }

    #[test]
    fn texts_over_several_lines_are_left_alone() {
        let script = "const text = `a\n    // not a comment\n`;\n";
        assert_eq!(stripped(script), script);
    }
}
