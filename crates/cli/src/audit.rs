//! `onsale audit`

use std::process::ExitCode;

use onsale_store::{Store, StoreError};

/// Prints each rule and what breaks it.
pub async fn run(store: &Store) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let findings = store.audit().await.map_err(|error: StoreError| error.to_string())?;
    let mut broken = 0;
    for finding in &findings {
        if finding.violations == 0 {
            println!("ok      {}", finding.rule);
            continue;
        }
        broken += 1;
        println!("BROKEN  {} ({} times)", finding.rule, finding.violations);
        for example in &finding.examples {
            println!("          {example}");
        }
    }
    println!("{} rules, {broken} broken", findings.len());
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
