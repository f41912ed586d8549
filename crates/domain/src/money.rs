//! Money: whole minor units and a currency. No floating point comes near it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 code, three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is not a currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code of three letters, such as EUR")]
pub struct InvalidCurrency;

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Reads a code of three letters; small letters are raised.
    ///
    /// # Errors
    /// [`InvalidCurrency`] when the text is not three ASCII letters.
    pub fn parse(code: &str) -> Result<Self, InvalidCurrency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        if bytes.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(bytes.map(|b| b.to_ascii_uppercase())))
        } else {
            Err(InvalidCurrency)
        }
    }

    /// The code in capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Digits after the point: 2 for most, 0 for the yen and its like.
    #[must_use]
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"CLP" | b"ISK" | b"VND" => 0,
            _ => 2,
        }
    }

    /// What stands before the amount when people read it.
    fn sign(&self) -> &str {
        match &self.0 {
            b"EUR" => "€",
            b"GBP" => "£",
            b"USD" => "$",
            b"JPY" => "¥",
            b"SEK" | b"NOK" | b"DKK" => "kr\u{a0}",
            b"CHF" => "CHF\u{a0}",
            b"PLN" => "zł\u{a0}",
            b"CZK" => "Kč\u{a0}",
            b"CAD" => "C$",
            b"AUD" => "A$",
            _ => self.code(),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(code: &str) -> Result<Self, InvalidCurrency> {
        Self::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&code).map_err(de::Error::custom)
    }
}

/// An amount in minor units (cents for the euro, yen for the yen).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; negative amounts do not occur in prices.
    #[serde(rename = "amountMinor")]
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum, or `None` for two currencies or an overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor = self.minor.checked_add(other.minor)?;
        Some(Self { minor, ..self })
    }

    /// The amount as people read it, without the fraction when that is zero: `€64`, `£18.50`.
    #[must_use]
    pub fn short(self) -> String {
        let unit = 10_i64.pow(self.currency.minor_digits());
        if self.minor % unit == 0 {
            format!("{}{}", self.currency.sign(), grouped(self.minor / unit))
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Money {
    /// `€64.00`, `kr 1,240.00`, `¥8,000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_i64.pow(digits);
        write!(f, "{}{}", self.currency.sign(), grouped(self.minor / unit))?;
        if digits > 0 {
            write!(f, ".{:02}", (self.minor % unit).abs())?;
        }
        Ok(())
    }
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).expect("a code"))
    }

    #[test]
    fn people_read_it() {
        assert_eq!(money(6400, "EUR").to_string(), "€64.00");
        assert_eq!(money(6400, "EUR").short(), "€64");
        assert_eq!(money(1850, "gbp").short(), "£18.50");
        assert_eq!(money(124_000, "SEK").short(), "kr\u{a0}1,240");
        assert_eq!(money(8000, "JPY").to_string(), "¥8,000");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
    }

    #[test]
    fn currencies_do_not_mix_and_sums_do_not_wrap() {
        assert_eq!(money(1, "EUR").checked_add(money(2, "EUR")), Some(money(3, "EUR")));
        assert_eq!(money(1, "EUR").checked_add(money(2, "GBP")), None);
        assert_eq!(money(i64::MAX, "EUR").checked_add(money(1, "EUR")), None);
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for text in ["", "EU", "EURO", "E1R", "€€€"] {
            assert_eq!(Currency::parse(text), Err(InvalidCurrency), "{text}");
        }
    }
}
