/// Takes a value apart, which arrives in network byte order.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self
            .0
            .split_at_checked(count)
            .ok_or("the value is shorter than its type says")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        Ok(self.bytes(N)?.try_into()?)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    fn i16(&mut self) -> Result<i16, Fault> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn i32(&mut self) -> Result<i32, Fault> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64, Fault> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    fn f64(&mut self) -> Result<f64, Fault> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    /// A number of things that follow, each of at least one byte.
    fn count(&mut self) -> Result<usize, Fault> {
        let count = usize::try_from(self.i32()?)?;
        if count > self.0.len() {
            return Err("the value is shorter than it says".into());
        }
        Ok(count)
    }

    /// A value with its length before it; `None` is NULL.
    fn value(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        match usize::try_from(self.i32()?) {
            Ok(length) => self.bytes(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// A text that ends with a zero byte.
    fn text(&mut self) -> Result<String, Fault> {
        let end = self.0.iter().position(|&byte| byte == 0);
        let text = self.bytes(end.ok_or("a text in the value has no end")?)?;
        self.byte()?;
        Ok(std::str::from_utf8(text)?.to_owned())
    }

    fn end(self) -> Result<(), Fault> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err("the value is longer than its type says".into())
        }
    }
}

/// A value that may not be NULL.
fn present(raw: Option<&[u8]>) -> Result<&[u8], Fault> {
    raw.ok_or_else(|| WasNull.into())
}

fn put_count(count: usize, out: &mut BytesMut) -> Result<(), Fault> {
    out.extend_from_slice(&i32::try_from(count)?.to_be_bytes());
    Ok(())
}

/// Writes a value with its length before it.
fn put_value(
    out: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> Result<IsNull, Fault>,
) -> Result<(), Fault> {
    let start = out.len();
    out.extend_from_slice(&(-1_i32).to_be_bytes());
    if let IsNull::No = write(out)? {
        let length = i32::try_from(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Writes a text with a zero byte after it.
fn put_text(text: &str, out: &mut BytesMut) -> Result<(), Fault> {
    if text.contains('\0') {
        return Err("Postgres has no zero byte in a text".into());
    }
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&[0]);
    Ok(())
}
