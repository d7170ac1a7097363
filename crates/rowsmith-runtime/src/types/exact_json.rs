/// JSON whose numbers come back as they are, or not at all. `serde_json` keeps those that 64 bits can hold; others it
/// rounds, unless its feature `arbitrary_precision` is on.
#[doc(hidden)]
pub enum ExactJson {}

impl<T: FromSqlOwned> Read<T> for ExactJson {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<T, Fault> {
        let ty = base(ty);
        let text = match raw {
            // After its version.
            Some(raw) if *ty == Type::JSONB => raw.get(1..),
            Some(raw) if *ty == Type::JSON => Some(raw),
            _ => None,
        };
        if let Some(number) = text.and_then(rounded_number) {
            return Err(format!(
                "the JSON has the number {number}, which `serde_json` rounds without its feature `arbitrary_precision`"
            )
            .into());
        }
        T::from_sql_nullable(ty, raw)
    }
}

impl<T: ToSql> Write<T> for ExactJson {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn write(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.to_sql(base(ty), out)
    }
}

/// The first number in a JSON text that `serde_json` would make another of.
fn rounded_number(json: &[u8]) -> Option<&str> {
    let is_number = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let mut rest = json;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'"' {
            while let Some((&byte, after)) = rest.split_first() {
                rest = match byte {
                    b'\\' => after.get(1..).unwrap_or_default(),
                    _ => after,
                };
                if byte == b'"' {
                    break;
                }
            }
        } else if byte == b'-' || byte.is_ascii_digit() {
            let digits = rest.iter().take_while(|byte| is_number(**byte)).count();
            let start = json.len() - rest.len() - 1;
            let number = std::str::from_utf8(&json[start..=start + digits]).ok()?;
            rest = &rest[digits..];
            if is_rounded(number) {
                return Some(number);
            }
        }
    }
    None
}

fn is_rounded(number: &str) -> bool {
    // So many digits are never too many.
    let is_short = number.len() <= 15 && !number.contains(['e', 'E']);
    if is_short || number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return false;
    }
    let Ok(read) = serde_json::from_str::<f64>(number) else {
        // It is refused anyway, or kept as it is.
        return false;
    };
    let keeps_all = || {
        let long = serde_json::from_str::<serde_json::Number>("0.1000000000000000000000001");
        long.is_ok_and(|long| long.to_string().ends_with("01"))
    };
    decimal(number) != decimal(&read.to_string()) && !keeps_all()
}

/// The digits of a number, without zeros at either end, and the power of ten of the first.
fn decimal(number: &str) -> (bool, String, i64) {
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (is_negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return (false, String::new(), 0);
    }
    let zeros = (all.len() - significant.len()) as i64;
    let exponent = exponent.parse().unwrap_or(i64::MAX / 2);
    let first = whole.len() as i64 - zeros + exponent;
    (is_negative, significant.trim_end_matches('0').to_owned(), first)
}
