//! `onsale dead-letters`

use std::{fmt::Write as _, process::ExitCode, time::Duration};

use clap::Subcommand;
use onsale_bus::{
    Bus,
    dead_letters::{Cause, DeadLetter, DeadLetterError, Original},
};
use onsale_domain::Timestamp;
use onsale_ops::Settings;
use serde_json::{Value, json};

/// How long a server of NATS may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Subcommand)]
pub enum Command {
    /// One line for each, oldest first.
    List {
        /// Only from this number on.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// One JSON document instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// What is known of one: why, how often it was tried, and the message itself.
    Show {
        /// Its number, from the list.
        sequence: u64,
        /// One JSON document instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Send messages to their subjects once more, after what was wrong is repaired, and remove
    /// their dead letters. One that fails again becomes a new dead letter.
    Replay {
        /// Their numbers, from the list.
        #[arg(required = true)]
        sequences: Vec<u64>,
    },
    /// Remove dead letters, and their messages with them.
    Discard {
        /// Their numbers, from the list.
        #[arg(required = true)]
        sequences: Vec<u64>,
    },
}

/// Carries a command out.
pub async fn run(
    settings: &Settings,
    command: &Command,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let bus = Bus::connect(settings.nats.url.expose(), "onsale").await?;
    bus.connected(PATIENCE).await?;
    match command {
        Command::List { from, limit, json } => {
            list(&bus, *from, usize::from(*limit), *json).await?
        }
        Command::Show { sequence, json } => {
            let letter = bus.dead_letter(*sequence).await?;
            if *json {
                println!("{:#}", whole(&letter));
            } else {
                print!("{}", in_words(&letter));
            }
        }
        Command::Replay { sequences } => {
            for sequence in sequences {
                let letter = bus.replay_dead_letter(*sequence).await?;
                println!("{sequence}: sent to {} once more", subject_of(&letter));
            }
        }
        Command::Discard { sequences } => {
            for sequence in sequences {
                let letter = bus.discard_dead_letter(*sequence).await?;
                println!("{sequence}: removed, of {}", subject_of(&letter));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(bus: &Bus, from: u64, limit: usize, as_json: bool) -> Result<(), DeadLetterError> {
    let page = bus.dead_letters(from, limit).await?;
    if as_json {
        let letters: Vec<Value> = page.letters.iter().map(summary).collect();
        println!("{:#}", json!({ "deadLetters": letters, "next": page.next, "total": page.total }));
        return Ok(());
    }
    for letter in &page.letters {
        println!("{}", line(letter));
    }
    match page.next {
        Some(next) => println!("{} in all; go on with --from {next}", page.total),
        None => println!("{} in all", page.total),
    }
    Ok(())
}

fn line(letter: &DeadLetter) -> String {
    format!(
        "{:>6}  {}  {}/{}  {}  {}  ({} deliveries)",
        letter.sequence,
        Timestamp(letter.at_millis),
        letter.stream,
        letter.consumer,
        subject_of(letter),
        printable(&letter.reason),
        letter.deliveries
    )
}

fn subject_of(letter: &DeadLetter) -> String {
    let gone = || "(the message is gone)".to_owned();
    letter.original.as_ref().map_or_else(gone, |original| printable(&original.subject))
}

fn in_words(letter: &DeadLetter) -> String {
    let how = match letter.cause {
        Cause::GivenUp => "given up by a worker",
        Cause::DeliveredTooOften => "delivered too often",
        Cause::Terminated => "ended by another client",
    };
    let mut text = format!(
        "dead letter   {}\nwhen          {}\nhow           {how}\nwhy           {}\n\
         stream        {}\nconsumer      {}\nnumber there  {}\ndeliveries    {}\n",
        letter.sequence,
        Timestamp(letter.at_millis),
        printable(&letter.reason),
        letter.stream,
        letter.consumer,
        letter.stream_sequence,
        letter.deliveries
    );
    // Writing to a string cannot fail.
    if let Some(advisory) = &letter.advisory {
        let _ = writeln!(text, "advisory      {}", printable(advisory));
    }
    match &letter.original {
        None => text.push_str("message       gone: its stream does not keep it any more\n"),
        Some(original) => {
            let _ = writeln!(text, "subject       {}", printable(&original.subject));
            for (name, value) in original.sorted_headers() {
                let _ = writeln!(text, "header        {name}: {}", printable(&value));
            }
            let _ = writeln!(text, "body          {} bytes", original.body.len());
            let _ = writeln!(text, "{}", body_of(original).unwrap_or_else(|hex| hex));
        }
    }
    text
}

/// The body as text, or in hexadecimal digits when it is none.
fn body_of(original: &Original) -> Result<String, String> {
    match std::str::from_utf8(&original.body) {
        Ok(text) => Ok(printable(text)),
        Err(_) => Err(hex::encode(&original.body)),
    }
}

/// Nothing that a message carries may command the terminal.
fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' && letter != '\t' {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    safe
}

fn summary(letter: &DeadLetter) -> Value {
    json!({
        "sequence": letter.sequence,
        "at": Timestamp(letter.at_millis),
        "cause": letter.cause,
        "reason": letter.reason,
        "stream": letter.stream,
        "consumer": letter.consumer,
        "streamSequence": letter.stream_sequence,
        "deliveries": letter.deliveries,
        "subject": letter.original.as_ref().map(|original| &original.subject),
    })
}

fn whole(letter: &DeadLetter) -> Value {
    let mut document = summary(letter);
    let advisory = letter.advisory.as_deref().map(serde_json::from_str::<Value>);
    document["advisory"] = advisory.and_then(Result::ok).unwrap_or_default();
    document["message"] = letter.original.as_ref().map_or(Value::Null, |original| {
        let headers: serde_json::Map<String, Value> = original
            .sorted_headers()
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let mut message = json!({ "subject": original.subject, "headers": headers });
        match std::str::from_utf8(&original.body) {
            Ok(text) => message["body"] = text.into(),
            Err(_) => message["bodyHex"] = hex::encode(&original.body).into(),
        }
        message
    });
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(body: &'static [u8]) -> DeadLetter {
        DeadLetter {
            sequence: 7,
            at_millis: 1_796_410_800_000,
            cause: Cause::GivenUp,
            reason: "not\u{1b}[2J JSON".into(),
            stream: "PAYMENTS".into(),
            consumer: "payments".into(),
            stream_sequence: 40,
            deliveries: 1,
            advisory: None,
            original: Some(Original {
                subject: "payments.settle".into(),
                headers: Default::default(),
                body: body.into(),
            }),
        }
    }

    #[test]
    fn a_message_cannot_command_the_terminal() {
        let words = in_words(&letter(b"{\x1b[31m}"));
        assert!(!words.contains('\u{1b}'), "{words}");
        assert!(words.contains(r"{\u{1b}[31m}"), "{words}");
        assert!(line(&letter(b"")).starts_with("     7  2026-12-04T19:00:00Z  PAYMENTS/payments"));
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_in_digits() {
        assert!(in_words(&letter(&[0xff, 0])).contains("\nff00\n"));
        assert_eq!(whole(&letter(&[0xff, 0]))["message"]["bodyHex"], "ff00");
        assert_eq!(whole(&letter(b"{}"))["message"]["body"], "{}");
    }

    #[test]
    fn a_message_that_is_gone_is_said_to_be() {
        let letter = DeadLetter { original: None, ..letter(b"") };
        assert!(in_words(&letter).contains("gone"));
        assert_eq!(whole(&letter)["message"], Value::Null);
    }
}
