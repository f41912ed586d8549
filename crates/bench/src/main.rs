//! `cargo xtask bench NAME`: each measurement closes with one line of JSON.

use std::process::ExitCode;

use onsale_bench::{
    BenchError, confirm, faults, house, lighthouse, live, page, queue, reserve, search, seatmap,
    transport,
};
use onsale_testkit::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `false` when something that must hold did not.
async fn run(words: &[String]) -> Result<bool, BenchError> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let template = async || house::template(&Environment::read()).await;
    match words.first().map(String::as_str) {
        Some("reserve") => reserve::run(&template().await?, words, has("--quick")).await,
        Some("confirm") => confirm::run(&template().await?).await,
        Some("queue") => queue::run(&template().await?, words, has("--quick")).await,
        Some("faults") => sale_with_faults(template().await?, has("--quick")).await,
        Some("transport") => transport::run(has("--quick")).await,
        Some("search") => search::run(words, has("--quick")).await,
        Some("page") => page::run(has("--quick")).await,
        Some("live") => live::run(words, has("--quick")).await,
        Some("seatmap") => seatmap::run(has("--quick")).await,
        Some("lighthouse") => lighthouse::run().await,
        _ => {
            let names = "there are: reserve, confirm, queue, faults, search, transport, page, live, \
                         seatmap, lighthouse";
            Err(BenchError::new("bench", names))
        }
    }
}

async fn sale_with_faults(template: String, quick: bool) -> Result<bool, BenchError> {
    let plan = if quick { faults::Plan::QUICK } else { faults::Plan::MILLION };
    let report = faults::run(Some(template), plan).await?;
    for violation in &report.violations {
        println!("{violation}");
    }
    let faults::Report { attempts, holds, repeats, confirmed, faults, violations, seconds } =
        &report;
    println!(
        "{{\"bench\":\"faults\",\"ratio\":1,\"baseline\":\"the ledger\",\"unit\":\"attempts\",\
         \"attempts\":{attempts},\"holds\":{holds},\"repeats\":{repeats},\"confirmed\":{confirmed},\
         \"faults\":{},\"seconds\":{seconds:.0},\"violations\":{}}}",
        faults.len(),
        violations.len()
    );
    Ok(violations.is_empty())
}
