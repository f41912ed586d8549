//! `onsale queue`

use std::process::ExitCode;

use clap::Subcommand;
use onsale_domain::waiting_room::{Commitment, Draw, QueueNumber, Seed};

/// Larger draws are not checked as a whole: a bit is kept for each number.
const MOST_NUMBERS: u64 = 1 << 32;

/// What can be done. None of it needs a database or a network.
#[derive(Subcommand)]
pub enum Command {
    /// Check a draw: that the seed fits its commitment, and that every number has a position of its
    /// own. With --number, tell the position of one number.
    Verify {
        /// The commitment that was published beforehand, 64 hexadecimal digits.
        #[arg(long)]
        commitment: Commitment,
        /// The seed that was published when the sale opened.
        #[arg(long)]
        seed: Seed,
        /// How many numbers took part.
        #[arg(long)]
        count: u64,
        /// A number whose position is asked for.
        #[arg(long)]
        number: Option<u64>,
    },
}

/// Does it.
pub fn run(command: &Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let Command::Verify { commitment, seed, count, number } = command;
    if seed.commitment() != *commitment {
        println!("The SHA-256 of the seed is {}, not the commitment.", seed.commitment());
        return Ok(ExitCode::FAILURE);
    }
    println!("The SHA-256 of the seed is the commitment.");
    let draw = Draw::new(seed, *count);
    if let Some(number) = number {
        match draw.position(QueueNumber(*number)) {
            Some(position) => println!("Number {number} has position {} of {count}.", position.0),
            None => println!("Number {number} came after the draw: it has position {number}."),
        }
        return Ok(ExitCode::SUCCESS);
    }
    if *count > MOST_NUMBERS {
        return Err(format!("at most {MOST_NUMBERS} numbers are checked; name one").into());
    }
    if let Some(twice) = first_repetition(&draw) {
        println!("Position {twice} was given twice: this is no draw.");
        return Ok(ExitCode::FAILURE);
    }
    println!("All {count} numbers have positions of their own, from 0 to {}.", count.max(&1) - 1);
    Ok(ExitCode::SUCCESS)
}

/// The first position that two numbers have, or that is none.
fn first_repetition(draw: &Draw) -> Option<u64> {
    let words = usize::try_from(draw.count().div_ceil(64)).unwrap_or_default();
    let mut seen = vec![0_u64; words];
    (0..draw.count()).find_map(|number| {
        let position = draw.position(QueueNumber(number))?.0;
        let at = usize::try_from(position / 64).ok()?;
        let bit = 1 << (position % 64);
        let Some(word) = seen.get_mut(at) else { return Some(position) };
        let is_repeated = *word & bit != 0;
        *word |= bit;
        is_repeated.then_some(position)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_whole() {
        assert_eq!(first_repetition(&Draw::new(&Seed([3; 32]), 10_000)), None);
        assert_eq!(first_repetition(&Draw::new(&Seed([3; 32]), 0)), None);
    }
}
