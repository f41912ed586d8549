//! What signing, checking and drawing cost.

use std::{hint::black_box, time::Instant};

use onsale_domain::{
    EventId, Timestamp, UserId,
    waiting_room::{Challenge, Draw, Epoch, QueueNumber, QueueToken, Seed, SpentNumbers, TokenKey},
};
use uuid::Uuid;

/// Signatures and checks of one kind.
const ROUNDS: u64 = 1_000_000;

/// Returns the JSON of the figures, and how much of what must hold did not.
pub fn measure(fans: u64) -> (String, u64) {
    let key = TokenKey::new(b"a secret of the operator, 32 chars");
    let token = |number| QueueToken {
        event: EventId(1),
        epoch: Epoch(1),
        number: QueueNumber(number),
        user: UserId(Uuid::from_u128(u128::from(number))),
        issued_at: Timestamp(1_800_000_000_000),
    };
    let began = Instant::now();
    for number in 0..ROUNDS {
        black_box(token(number).seal(&key));
    }
    let sealed = ROUNDS as f64 / began.elapsed().as_secs_f64();
    let text = token(7).seal(&key);
    let began = Instant::now();
    for _ in 0..ROUNDS {
        black_box(QueueToken::open(black_box(&text), &key)).ok();
    }
    let opened = ROUNDS as f64 / began.elapsed().as_secs_f64();

    let puzzle = Challenge {
        event: EventId(1),
        epoch: Epoch(1),
        user: UserId(Uuid::from_u128(7)),
        bits: 16,
        issued_at: Timestamp(1_800_000_000_000),
    };
    let text = puzzle.seal(&key);
    let nonce = puzzle.solve(&text);
    let began = Instant::now();
    for _ in 0..ROUNDS {
        black_box(puzzle.check(black_box(&text), &nonce)).ok();
    }
    let proofs = ROUNDS as f64 / began.elapsed().as_secs_f64();
    println!(
        "tokens signed {sealed:.0}/s, checked {opened:.0}/s; proofs checked {proofs:.0}/s (one core)"
    );

    let draw = Draw::new(&Seed([9; 32]), fans);
    let mut seen = SpentNumbers::default();
    let began = Instant::now();
    let mut repeated = 0;
    for number in 0..fans {
        let position = draw.position(QueueNumber(number)).map_or(u64::MAX, |it| it.0);
        let is_new = position < fans && seen.spend(QueueNumber(position));
        repeated += u64::from(!is_new);
    }
    let seconds = began.elapsed().as_secs_f64();
    let bits = seen.bytes();
    println!(
        "draw of {fans}: {repeated} positions twice, {:.0} positions/s (one core); its bits take {bits} bytes",
        fans as f64 / seconds
    );
    let json = format!(
        "{{\"part\":\"crypto\",\"tokensSignedPerSecond\":{sealed:.0},\"tokensCheckedPerSecond\":{opened:.0},\
         \"proofsCheckedPerSecond\":{proofs:.0},\"drawn\":{fans},\"positionsPerSecond\":{:.0},\
         \"repeated\":{repeated},\"spentBitsBytes\":{bits}}}",
        fans as f64 / seconds
    );
    (json, repeated + u64::from(bits > 2_000_000))
}
