//! The simulation told as a document.

use std::{fmt::Write as _, fs, path::Path};

use super::{
    plots,
    simulation::{self, EARLY, LATE, Outcome, POLL_SECONDS, RATE_PER_MINUTE},
};
use crate::BenchError;

const SEED: u64 = 20;
/// With 81 degrees of freedom, a fair draw stays below this but for one case in a thousand.
const CHI_SQUARE_MOST: f64 = 126.1;
/// Of 400,000 pairs, tau of a fair draw stays below this but for one case in a thousand.
const TAU_MOST: f64 = 0.0053;

/// Runs the simulation, and writes its report when a folder is given. Returns the JSON of the
/// figures, and how much of what must hold did not.
pub fn simulation(folder: Option<&Path>) -> Result<(String, u64), BenchError> {
    println!("simulating an on-sale of {} fans", EARLY + LATE);
    let outcome = simulation::run(SEED);
    let within = outcome.within(0.15);
    let rules = [
        (outcome.most_in_a_minute <= u64::from(RATE_PER_MINUTE), "more were let in than the rate"),
        (within >= 0.9, "estimates"),
        (outcome.chi_square < CHI_SQUARE_MOST, "chi-square"),
        (outcome.kendall_tau.abs() < TAU_MOST, "Kendall's tau"),
        (outcome.late_stay_behind, "late arrivals"),
    ];
    for (_, what) in rules.iter().filter(|(holds, _)| !holds) {
        println!("  broken: {what}");
    }
    let broken = rules.iter().filter(|(holds, _)| !holds).count() as u64;
    println!(
        "  {} estimates, {:.1}% within 15% of the truth, {:.1}% within their spread; at most {} let in \
         in a minute of {RATE_PER_MINUTE}; chi-square {:.1}, tau {:.4}; {} seats sold; all gone: {}",
        outcome.estimates.len(),
        within * 100.0,
        outcome.within_spread() * 100.0,
        outcome.most_in_a_minute,
        outcome.chi_square,
        outcome.kendall_tau,
        outcome.sold,
        sold_out(&outcome)
    );
    if let Some(folder) = folder {
        write(folder, &outcome).map_err(|error| BenchError::new("the report", error))?;
    }
    let json = format!(
        "{{\"part\":\"simulation\",\"fans\":{},\"estimates\":{},\"within15Percent\":{within:.3},\
         \"withinSpread\":{:.3},\"mostInAMinute\":{},\"rate\":{RATE_PER_MINUTE},\"chiSquare\":{:.1},\
         \"kendallTau\":{:.5},\"lateStayBehind\":{},\"sold\":{},\"peakOriginPerSecond\":{}}}",
        EARLY + LATE,
        outcome.estimates.len(),
        outcome.within_spread(),
        outcome.most_in_a_minute,
        outcome.chi_square,
        outcome.kendall_tau,
        outcome.late_stay_behind,
        outcome.sold,
        outcome.peak_origin()
    );
    Ok((json, broken))
}

/// When no seat was left.
fn sold_out(outcome: &Outcome) -> String {
    outcome.sold_out_at.map_or_else(
        || "not within 75 min: single seats come back".to_owned(),
        |at| format!("{} min", at / 60),
    )
}

fn write(folder: &Path, outcome: &Outcome) -> std::io::Result<()> {
    let images = folder.join("images");
    fs::create_dir_all(&images)?;
    for (name, svg) in [
        ("queue-sales.svg", plots::sales(outcome)),
        ("queue-rate.svg", plots::rate(outcome)),
        ("queue-estimates.svg", plots::estimates(outcome)),
        ("queue-fairness.svg", plots::fairness(outcome)),
    ] {
        fs::write(images.join(name), svg)?;
    }
    fs::write(folder.join("waiting-room-simulation.md"), text(outcome))
}

fn text(outcome: &Outcome) -> String {
    let mut text = format!(
        "# A simulated on-sale\n\n\
         Written by `cargo xtask bench queue simulation --report docs`; do not edit. {} fans stand before\n\
         the real draw and the real rule that lets them in, on a simulated clock; only people are made\n\
         up (`crates/bench/src/queue/simulation.rs`). {EARLY} join before the opening and are drawn, {LATE}\n\
         later. Of those called 70% come, of those let in 65% buy one to four seats, of those who hold\n\
         seats 10% do not pay and the seats come back. From minute 20 to 22 holds are slow.\n\n",
        EARLY + LATE
    );
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        text,
        "| | |\n| --- | --- |\n\
         | set rate, most in any sixty seconds | {RATE_PER_MINUTE}, {} |\n\
         | estimates checked (rate stable for five minutes) | {} |\n\
         | … within 15% of the truth | {:.1}% |\n\
         | … truth within the spread that was told | {:.1}% |\n\
         | chi-square of position by arrival, 81 degrees of freedom | {:.1} (below {CHI_SQUARE_MOST} but once in a thousand) |\n\
         | Kendall's tau of position and arrival | {:.4} |\n\
         | late arrivals stay behind the draw | {} |\n\
         | seats sold of 120000; all gone | {}; {} |\n\
         | joins a second at the worst moment | {} |\n\
         | requests a second at the front at the worst moment | {} |\n\
         | the crowd's questions at the edge, a second (every {POLL_SECONDS} s) | {} |\n\
         | … of these at the origin, from 50 points of presence | 50 |\n\n",
        outcome.most_in_a_minute,
        outcome.estimates.len(),
        outcome.within(0.15) * 100.0,
        outcome.within_spread() * 100.0,
        outcome.chi_square,
        outcome.kendall_tau,
        if outcome.late_stay_behind { "yes" } else { "no" },
        outcome.sold,
        sold_out(outcome),
        outcome.peak_joins,
        outcome.peak_exchanges,
        (EARLY + LATE) / POLL_SECONDS,
    );
    for (title, image) in [
        ("Seats and people over time", "queue-sales.svg"),
        ("The rate: halved while holds are slow, then up again by steps", "queue-rate.svg"),
        ("Estimates: what was told, and what came true", "queue-estimates.svg"),
        ("Fairness: does coming early help?", "queue-fairness.svg"),
    ] {
        let _ = write!(text, "## {title}\n\n![{title}](images/{image})\n\n");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
