//! Plots of the simulation, as SVG for the documentation.

use std::fmt::Write as _;

use super::simulation::Outcome;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const MARGIN: f64 = 56.0;

/// A line of a plot: its name, its colour and its points.
struct Line<'a> {
    name: &'a str,
    color: &'a str,
    points: Vec<(f64, f64)>,
}

/// Seats sold and people let in, over the minutes of the sale.
pub fn sales(outcome: &Outcome) -> String {
    let points = |of: fn(&super::simulation::Minute) -> f64| {
        outcome.minutes.iter().map(|minute| (minute.at as f64 / 60.0, of(minute))).collect()
    };
    let lines = [
        Line { name: "seats sold", color: "#b8320f", points: points(|m| f64::from(m.sold)) },
        Line { name: "let in", color: "#1f7a8c", points: points(|m| m.admitted as f64) },
        Line { name: "called", color: "#7a2ea0", points: points(|m| m.called as f64) },
    ];
    plot("Minutes after the opening", "people and seats", &lines)
}

/// The rate as the rule moved it.
pub fn rate(outcome: &Outcome) -> String {
    let points = |of: fn(&super::simulation::Minute) -> f64| {
        outcome.minutes.iter().map(|minute| (minute.at as f64 / 60.0, of(minute))).collect()
    };
    let lines = [
        Line { name: "rate, a minute", color: "#b8320f", points: points(|m| m.rate) },
        Line { name: "valid passes", color: "#1f7a8c", points: points(|m| f64::from(m.active)) },
    ];
    plot("Minutes after the opening", "a minute; passes", &lines)
}

/// Estimates against what came true.
pub fn estimates(outcome: &Outcome) -> String {
    let points = outcome.estimates.iter().map(|it| (it.truth / 60.0, it.likely / 60.0));
    let points: Vec<(f64, f64)> = points.collect();
    let most = points.iter().map(|(truth, _)| *truth).fold(1.0, f64::max);
    let line = |share: f64| vec![(0.0, 0.0), (most, most * share)];
    let lines = [
        Line { name: "the truth", color: "#6b6170", points: line(1.0) },
        Line { name: "15% less", color: "#c9bfb3", points: line(0.85) },
        Line { name: "15% more", color: "#c9bfb3", points: line(1.15) },
    ];
    let mut svg = plot("Minutes that it took", "minutes that were told", &lines);
    let (x, y) = (scale(most, WIDTH), scale(most * 1.15, HEIGHT));
    let mut dots = String::new();
    for (truth, told) in points {
        // Writing to a string cannot fail.
        let _ = write!(
            dots,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"#b8320f\" fill-opacity=\"0.5\"/>",
            MARGIN + truth * x,
            HEIGHT - MARGIN - told * y
        );
    }
    svg.insert_str(svg.len() - "</svg>\n".len(), &dots);
    svg
}

/// The share of each tenth of arrival among the first tenth of the drawn.
pub fn fairness(outcome: &Outcome) -> String {
    let shares = outcome.deciles.iter().enumerate().map(|(tenth, row)| {
        let all: u64 = row.iter().sum();
        (tenth as f64 + 1.0, row[0] as f64 * 100.0 / all.max(1) as f64)
    });
    let lines = [
        Line { name: "of them in the first tenth, %", color: "#b8320f", points: shares.collect() },
        Line { name: "10%", color: "#c9bfb3", points: vec![(1.0, 10.0), (10.0, 10.0)] },
    ];
    plot("Tenth of arrival, the earliest first", "percent", &lines)
}

fn scale(most: f64, side: f64) -> f64 {
    (side - 2.0 * MARGIN) / most.max(f64::MIN_POSITIVE)
}

fn plot(across: &str, up: &str, lines: &[Line<'_>]) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let most_x = all().map(|point| point.0).fold(1.0, f64::max);
    let most_y = all().map(|point| point.1).fold(1.0, f64::max);
    let (x, y) = (scale(most_x, WIDTH), scale(most_y, HEIGHT));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#1c1420\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#faf7f2\"/>\n"
    );
    let (left, bottom) = (MARGIN, HEIGHT - MARGIN);
    let (right, top) = (WIDTH - MARGIN, MARGIN);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        svg,
        "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#8d8291\"/>\
         <text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{across}: 0 to {most_x:.0}</text>\
         <text x=\"{left}\" y=\"{}\">{up}: 0 to {most_y:.0}</text>",
        bottom + 32.0,
        top - 30.0
    );
    for (number, line) in lines.iter().enumerate() {
        let path: Vec<String> = line
            .points
            .iter()
            .map(|(px, py)| format!("{:.1} {:.1}", MARGIN + px * x, HEIGHT - MARGIN - py * y))
            .collect();
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\" fill=\"{}\">{}</text>",
            path.join("L"),
            line.color,
            left + number as f64 * 200.0,
            top - 10.0,
            line.color,
            line.name
        );
    }
    svg.push_str("</svg>\n");
    svg
}
