//! `onsale audit`

use std::process::ExitCode;

use clap::Args;
use onsale_domain::BookingId;
use onsale_ops::{clock::unix_millis, settings::PaymentSettings};
use onsale_payments::{
    IntentQuery, IntentStatus, PaymentIntent, PaymentProvider, ProviderSettings, Secret,
};
use onsale_store::{Store, audit::Finding};
use serde_json::json;

/// Intents in one question to the provider.
const PAGE: u32 = 100;
/// Money that came so lately may still be on its way through the inbox.
const GRACE_SECONDS: i64 = 120;
/// Examples that are given for a broken rule.
const EXAMPLES: usize = 5;

const IN_THE_LEDGER: &str = "money at the provider is in the ledger, with the same amount";
const AT_THE_PROVIDER: &str = "what the ledger says is paid is paid at the provider";

/// How the ledger is checked.
#[derive(Args)]
pub struct Arguments {
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
    /// Compare with the payment provider as well (PAYMENTS_URL, PAYMENTS_API_KEY).
    #[arg(long)]
    provider: bool,
    /// With --provider: payments of the last so many hours.
    #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=8760))]
    hours: u32,
}

/// Prints each rule and what breaks it.
pub async fn run(
    store: &Store,
    payments: &PaymentSettings,
    arguments: &Arguments,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut findings = store.audit().await?;
    if arguments.provider {
        findings.extend(with_provider(store, payments, arguments.hours).await?);
    }
    let broken = findings.iter().filter(|finding| finding.violations > 0).count();
    if arguments.json {
        print_json(&findings, broken);
    } else {
        print_lines(&findings, broken);
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_lines(findings: &[Finding], broken: usize) {
    for finding in findings {
        if finding.violations == 0 {
            println!("ok      {}", finding.rule);
            continue;
        }
        println!("BROKEN  {} ({} times)", finding.rule, finding.violations);
        for example in &finding.examples {
            println!("          {example}");
        }
    }
    println!("{} rules, {broken} broken", findings.len());
}

fn print_json(findings: &[Finding], broken: usize) {
    let rule = |finding: &Finding| {
        json!({
            "rule": finding.rule,
            "violations": finding.violations,
            "examples": finding.examples,
        })
    };
    let rules: Vec<_> = findings.iter().map(rule).collect();
    println!("{}", json!({ "rules": rules, "broken": broken }));
}

/// Asks the provider for its payments and compares them with the ledger, page by page.
async fn with_provider(
    store: &Store,
    payments: &PaymentSettings,
    hours: u32,
) -> Result<Vec<Finding>, Box<dyn std::error::Error>> {
    let api_key = Secret::parse(payments.api_key.expose())?;
    let provider = PaymentProvider::new(&ProviderSettings::new(&payments.url, api_key))?;
    let now_seconds = unix_millis() / 1000;
    let (mut missing, mut unpaid) = (Finding::none(IN_THE_LEDGER), Finding::none(AT_THE_PROVIDER));
    let mut last: Option<String> = None;
    loop {
        let query = IntentQuery {
            limit: Some(PAGE),
            created_since_seconds: Some(now_seconds - 3600 * i64::from(hours)),
            starting_after: last.as_deref(),
        };
        let page = provider.list_intents(&query).await?;
        for intent in &page.data {
            if intent.created_seconds < now_seconds - GRACE_SECONDS {
                compare(store, intent, &mut missing, &mut unpaid).await?;
            }
        }
        last = page.data.last().map(|intent| intent.id.clone());
        if !page.has_more || last.is_none() {
            return Ok(vec![missing, unpaid]);
        }
    }
}

async fn compare(
    store: &Store,
    intent: &PaymentIntent,
    missing: &mut Finding,
    unpaid: &mut Finding,
) -> Result<(), Box<dyn std::error::Error>> {
    // Intents without a booking are somebody else's: the account may sell more than tickets.
    let Some(booking) = intent.booking_id().and_then(|id| id.parse::<BookingId>().ok()) else {
        return Ok(());
    };
    let payment = store.payment(booking).await?;
    let is_paid = intent.status == IntentStatus::Succeeded;
    let known = payment.as_ref().is_some_and(|payment| payment.succeeded_at.is_some());
    let same_amount = payment.as_ref().is_some_and(|payment| {
        payment.amount.minor == intent.amount_minor
            && payment.amount.currency.code().eq_ignore_ascii_case(&intent.currency)
    });
    if is_paid && !(known && same_amount) {
        note(missing, format!("{} of booking {booking}", intent.id));
    }
    let is_its = payment.is_some_and(|it| it.intent_id.as_deref() == Some(intent.id.as_str()));
    if known && is_its && !is_paid {
        note(unpaid, format!("booking {booking}: {} is {}", intent.id, intent.status.as_str()));
    }
    Ok(())
}

fn note(finding: &mut Finding, example: String) {
    finding.violations += 1;
    if finding.examples.len() < EXAMPLES {
        finding.examples.push(example);
    }
}
