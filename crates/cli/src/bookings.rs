//! `onsale bookings`

use std::process::ExitCode;

use clap::Subcommand;
use onsale_domain::BookingId;
use onsale_store::{BookingRecord, CancelOutcome, Deadline, Store};

/// What can be done.
#[derive(Subcommand)]
pub enum Command {
    /// Show a booking, its seats and where its money is.
    Show {
        /// The booking's id.
        booking: BookingId,
    },
    /// Cancel a paid booking, however near its event is: its seats go back on sale, and the workers
    /// send its money back.
    Cancel {
        /// The booking's id.
        booking: BookingId,
    },
}

/// Does it.
pub async fn run(store: &Store, command: &Command) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match command {
        Command::Show { booking } => {
            let record = store.booking(*booking).await?.ok_or("There is no such booking.")?;
            print(&record);
            if let Some(payment) = store.payment(*booking).await? {
                let intent = payment.intent_id.as_deref().unwrap_or("none");
                println!("payment   {} at {}, intent {intent}", payment.amount, payment.provider);
                if let Some(refund) = &payment.refund_id {
                    println!("refund    {refund}");
                }
                if payment.refund_attempts > 0 {
                    println!("          {} refunds failed before", payment.refund_attempts);
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Cancel { booking } => match store.cancel(*booking, Deadline::None).await? {
            None => Err("There is no such booking.".into()),
            Some(CancelOutcome::Refused(refused)) => {
                Err(format!("Not cancelled: {refused}.").into())
            }
            Some(CancelOutcome::Cancelled(record)) => {
                print(&record);
                println!("The workers send the money back.");
                Ok(ExitCode::SUCCESS)
            }
        },
    }
}

fn print(booking: &BookingRecord) {
    println!("booking   {} of event {}", booking.id, booking.event);
    println!("state     {:?}, payment {}", booking.state, booking.payment);
    let seats: Vec<String> = booking.seats.iter().map(|seat| seat.0.to_string()).collect();
    println!("seats     {}, {} in all", seats.join(", "), booking.total);
    if let Some(reason) = &booking.refund_reason {
        println!("because   {reason}");
    }
}
