use super::*;

#[test]
fn the_environment_wins_over_the_file() {
    let mut settings = Settings::from_toml("[booking]\nhold_ttl_seconds = 60\n").expect("toml");
    assert_eq!(settings.booking.hold_ttl_seconds, 60);
    let environment = |name: &str| (name == "ONSALE_HOLD_TTL_SECONDS").then(|| "30".into());
    settings.apply_environment(environment).expect("a number");
    assert_eq!(settings.booking.hold_ttl_seconds, 30);
}

#[test]
fn mistakes_are_named() {
    let error = Settings::from_toml("[booking]\nhold_tll_seconds = 60\n").expect_err("typo");
    assert!(error.contains("hold_tll_seconds"), "{error}");
    let mut settings = Settings::default();
    let error = settings
        .apply_environment(|name| (name == "ONSALE_ADDR").then(|| "here".into()))
        .expect_err("no address");
    assert!(error.to_string().contains("ONSALE_ADDR"), "{error}");
}

#[test]
fn secrets_are_required_and_never_shown() {
    let mut settings = Settings::default();
    assert!(settings.require_secrets().is_err());
    settings.server.secret = Secret::new("s".repeat(32));
    settings.payments.api_key = Secret::new("sk_hidden");
    settings.payments.webhook_secret = Secret::new("whsec_hidden");
    assert!(settings.require_secrets().is_ok());
    assert!(!format!("{settings:?}").contains("hidden"));
}

#[test]
fn operators_find_every_setting_in_the_manual() {
    let manual = include_str!("../../../docs/configuration.md");
    for (variable, _) in ENVIRONMENT {
        assert!(manual.contains(&format!("`{variable}`")), "{variable} is not documented");
    }
}
