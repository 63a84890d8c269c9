//! The types that a key can want, and how each reads what TOML, JSON and the environment write.

use config::ValueKind;

/// A type that a key can want.
pub(super) trait FromConfig: Sized {
    /// What is expected, for people.
    const EXPECTED: &'static str;

    /// The value, unless it is of another type.
    fn from_config(kind: &ValueKind) -> Option<Self>;
}

/// What a text says about yes and no, if anything.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// What a value is, for people; texts are cut short.
pub(super) fn describe(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
        ValueKind::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        other => format!("{other}"),
    }
}

impl FromConfig for bool {
    const EXPECTED: &'static str = "true or false (also 1, 0, yes, no, on, off)";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Boolean(flag) => Some(*flag),
            ValueKind::String(text) => truth(text),
            _ => None,
        }
    }
}

impl FromConfig for u64 {
    const EXPECTED: &'static str = "a whole number from 0 up";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::I64(number) => (*number).try_into().ok(),
            ValueKind::U64(number) => Some(*number),
            ValueKind::I128(number) => (*number).try_into().ok(),
            ValueKind::U128(number) => (*number).try_into().ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl FromConfig for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        let number = match kind {
            ValueKind::Float(number) => *number,
            ValueKind::I64(number) => *number as f64,
            ValueKind::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }
}

impl FromConfig for String {
    const EXPECTED: &'static str = "a text";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::String(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// A list of texts; one text with commas reads as a list too, since the environment has no lists.
impl FromConfig for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Array(items) => items.iter().map(|item| String::from_config(&item.kind)).collect(),
            ValueKind::String(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(items.map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}
