impl Digits {
    /// The number as Postgres shows it.
    fn to_text(&self) -> String {
        match self.sign {
            NAN => return "NaN".to_owned(),
            INFINITY => return "Infinity".to_owned(),
            NEGATIVE_INFINITY => return "-Infinity".to_owned(),
            _ => {}
        }
        let digit = |place: i32| {
            // Places are counted from the point: 0 is the last digit before it.
            let index = usize::try_from(i32::from(self.weight) - place).ok();
            index
                .and_then(|index| self.digits.get(index))
                .copied()
                .unwrap_or(0)
        };
        let before = (1..=i32::from(self.weight))
            .rev()
            .map(digit)
            .chain([digit(0)]);
        let before: String = before.map(|digit| format!("{digit:04}")).collect();
        let before = match before.trim_start_matches('0') {
            "" => "0",
            before => before,
        };
        let scale = usize::from(self.scale);
        let groups = i32::from(self.scale.div_ceil(4));
        let after: String = (1..=groups)
            .map(|place| format!("{:04}", digit(-place)))
            .collect();
        let sign = if self.sign == NEGATIVE { "-" } else { "" };
        let point = if scale == 0 { "" } else { "." };
        format!("{sign}{before}{point}{}", &after[..scale])
    }

    /// Reads a number as Postgres does: `-12.50`, `1e-7`, `NaN`, `Infinity`.
    fn from_text(text: &str) -> Result<Self, Fault> {
        let wrong = || format!("`{text}` is not a number");
        let special = |sign| {
            Ok(Self {
                weight: 0,
                sign,
                scale: 0,
                digits: Vec::new(),
            })
        };
        let trimmed = text.trim();
        let (is_negative, unsigned) = match trimmed.strip_prefix(['-', '+']) {
            Some(unsigned) => (trimmed.starts_with('-'), unsigned),
            None => (false, trimmed),
        };
        match unsigned.to_ascii_lowercase().as_str() {
            "nan" if unsigned == trimmed => return special(NAN),
            "infinity" | "inf" if is_negative => return special(NEGATIVE_INFINITY),
            "infinity" | "inf" => return special(INFINITY),
            _ => {}
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| wrong())?),
            None => (unsigned, 0),
        };
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let decimals = format!("{before}{after}");
        if decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong().into());
        }
        let too_large = || format!("`{text}` is too large for a numeric");
        // The point stands after so many of the decimals.
        let point = i64::try_from(before.len())?.checked_add(exponent);
        let point = point
            .filter(|point| point.abs() < 200_000)
            .ok_or_else(too_large)?;
        let scale = (i64::try_from(decimals.len())? - point).max(0);
        let scale = u16::try_from(scale).ok().filter(|scale| *scale < 0x4000);
        // Whole groups of four on both sides of it.
        let lead = usize::try_from(point.rem_euclid(4))?;
        let padded = format!("{:0>1$}", decimals, decimals.len() + (4 - lead) % 4);
        let mut digits: Vec<u16> = padded
            .as_bytes()
            .chunks(4)
            .map(|group| {
                let digit = group
                    .iter()
                    .fold(0, |sum, byte| sum * 10 + u16::from(byte - b'0'));
                digit * [1, 1000, 100, 10][group.len() % 4]
            })
            .collect();
        let mut weight = point.div_euclid(4) - i64::from(lead == 0);
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        weight -= i64::try_from(zeros)?;
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            weight = 0;
        }
        Ok(Self {
            weight: i16::try_from(weight).map_err(|_| too_large())?,
            sign: if is_negative && !digits.is_empty() {
                NEGATIVE
            } else {
                0
            },
            scale: scale.ok_or_else(too_large)?,
            digits,
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        let count = u16::try_from(self.digits.len())?;
        out.extend_from_slice(&count.to_be_bytes());
        out.extend_from_slice(&self.weight.to_be_bytes());
        for number in [self.sign, self.scale].iter().chain(&self.digits) {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    }
}
