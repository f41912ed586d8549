//! Positions along a row.
//!
//! A row is a line or a bend: where the next seat will be can be guessed from the seats before.
//! Stored is only the error of the guess, a *surprise*, which is a few sixteenths of a unit and
//! mostly fits, both axes together, in one byte:
//!
//! | byte | means |
//! | --- | --- |
//! | 0–224 | a small surprise: `(x + 7) × 15 + (y + 7)` with both from −7 to 7 |
//! | 225–254 | 2 to 31 seats in a row without any surprise |
//! | 255 | a large surprise: two signed varints follow |
//!
//! A straight row guesses "the same step again"; a bend guesses that the step goes on turning.
//! The encoder tries both and keeps the shorter.

use super::{
    InvalidGeometry,
    bytes::{Reader, Steps, Writer},
};

const REACH: i64 = 7;
const SPAN: i64 = 2 * REACH + 1;
const FIRST_RUN_BYTE: u8 = 225;
const SHORTEST_RUN: usize = 2;
/// Seats that one byte can stand for at most.
pub(super) const LONGEST_RUN: usize = 31;
const LARGE: u8 = 255;

/// What earlier rows of the section teach about the next: where it starts and how wide it sits.
#[derive(Default)]
pub(super) struct RowsSoFar {
    start: Steps,
    way_to_start: Steps,
    first_step: Steps,
}

impl RowsSoFar {
    /// A new section starts anywhere: the way from row to row is forgotten.
    pub fn new_section(&mut self) {
        self.way_to_start = Steps::default();
    }

    fn guess_start(&self) -> Steps {
        self.start.plus(self.way_to_start)
    }

    fn learn(&mut self, start: Steps, first_step: Option<Steps>) {
        self.way_to_start = start.minus(self.start);
        self.start = start;
        self.first_step = first_step.unwrap_or(self.first_step);
    }
}

/// Guesses the next step of a row from its last two.
struct Walk {
    bends: bool,
    step: Steps,
    step_before: Option<Steps>,
}

impl Walk {
    fn new(rows: &RowsSoFar, bends: bool) -> Self {
        Self { bends, step: rows.first_step, step_before: None }
    }

    fn guess(&self) -> Steps {
        match self.step_before {
            Some(before) if self.bends => self.step.plus(self.step.minus(before)),
            _ => self.step,
        }
    }

    fn learn(&mut self, step: Steps, is_first: bool) {
        self.step_before = (!is_first).then_some(self.step);
        self.step = step;
    }
}

/// Writes a row's positions and says whether its steps were taken to bend.
pub(super) fn write(rows: &mut RowsSoFar, positions: &[Steps]) -> (bool, Vec<u8>) {
    let straight = write_as(rows, positions, false);
    let bent = write_as(rows, positions, true);
    if let Some(start) = positions.first() {
        rows.learn(*start, positions.get(1).map(|second| second.minus(*start)));
    }
    if bent.len() < straight.len() { (true, bent) } else { (false, straight) }
}

fn write_as(rows: &RowsSoFar, positions: &[Steps], bends: bool) -> Vec<u8> {
    let mut out = Writer { bytes: Vec::with_capacity(positions.len() + 8) };
    let Some(start) = positions.first() else { return out.bytes };
    out.steps(start.minus(rows.guess_start()));
    let mut walk = Walk::new(rows, bends);
    let mut quiet_seats = 0;
    for (number, pair) in positions.windows(2).enumerate() {
        let step = pair[1].minus(pair[0]);
        let surprise = step.minus(walk.guess());
        walk.learn(step, number == 0);
        if surprise == Steps::default() {
            quiet_seats += 1;
        } else {
            write_quiet(&mut out, &mut quiet_seats);
            write_surprise(&mut out, surprise);
        }
    }
    write_quiet(&mut out, &mut quiet_seats);
    out.bytes
}

fn write_quiet(out: &mut Writer, quiet_seats: &mut usize) {
    while *quiet_seats >= SHORTEST_RUN {
        let run = (*quiet_seats).min(LONGEST_RUN);
        out.byte(FIRST_RUN_BYTE + (run - SHORTEST_RUN) as u8);
        *quiet_seats -= run;
    }
    if *quiet_seats == 1 {
        write_surprise(out, Steps::default());
    }
    *quiet_seats = 0;
}

fn write_surprise(out: &mut Writer, surprise: Steps) {
    let small = -REACH..=REACH;
    if small.contains(&surprise.x) && small.contains(&surprise.y) {
        out.byte(((surprise.x + REACH) * SPAN + surprise.y + REACH) as u8);
    } else {
        out.byte(LARGE);
        out.steps(surprise);
    }
}

/// Reads the positions of a row of `count` seats.
pub(super) fn read(
    reader: &mut Reader<'_>,
    rows: &mut RowsSoFar,
    count: usize,
    bends: bool,
) -> Result<Vec<Steps>, InvalidGeometry> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let way = reader.steps()?;
    let start = reader.on_the_plan(rows.guess_start().plus(way))?;
    if count - 1 > reader.remaining().saturating_mul(LONGEST_RUN) {
        return Err(InvalidGeometry::Truncated { at: reader.at() + reader.remaining() });
    }
    let mut positions = Vec::with_capacity(count);
    positions.push(start);
    let mut walk = Walk::new(rows, bends);
    let mut place = start;
    while positions.len() < count {
        let (surprise, seats) = read_surprise(reader)?;
        if seats > count - positions.len() {
            return Err(InvalidGeometry::Number { at: reader.at() });
        }
        for _ in 0..seats {
            let step = walk.guess().plus(surprise);
            walk.learn(step, positions.len() == 1);
            place = reader.on_the_plan(place.plus(step))?;
            positions.push(place);
        }
    }
    rows.learn(start, positions.get(1).map(|second| second.minus(start)));
    Ok(positions)
}

fn read_surprise(reader: &mut Reader<'_>) -> Result<(Steps, usize), InvalidGeometry> {
    let byte = reader.byte()?;
    Ok(match byte {
        LARGE => (reader.steps()?, 1),
        FIRST_RUN_BYTE.. => (Steps::default(), usize::from(byte - FIRST_RUN_BYTE) + SHORTEST_RUN),
        _ => {
            let byte = i64::from(byte);
            (Steps { x: byte / SPAN - REACH, y: byte % SPAN - REACH }, 1)
        }
    })
}
