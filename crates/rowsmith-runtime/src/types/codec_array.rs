/// The type of an array's elements.
fn element_of(ty: &Type) -> Option<&Type> {
    match base(ty).kind() {
        Kind::Array(element) => Some(element),
        _ => None,
    }
}

/// How many elements fill an array of these dimensions.
fn filling(dimensions: &[(usize, i32)]) -> Option<usize> {
    if dimensions.is_empty() {
        return Some(0);
    }
    let mut lengths = dimensions.iter().map(|(length, _)| *length);
    lengths.try_fold(1_usize, usize::checked_mul)
}

/// Reads an array: each dimension with its length and lower bound, and the elements, the last dimension fastest.
fn read_array<C: Read<T>, T>(ty: &Type, raw: &[u8]) -> Result<(Vec<(usize, i32)>, Vec<T>), Fault> {
    let element = element_of(ty).ok_or("the value is not an array")?;
    let mut reader = Reader(raw);
    let (dimensions, _has_null, _element) = (reader.count()?, reader.i32()?, reader.u32()?);
    let mut shape = Vec::with_capacity(dimensions);
    for _ in 0..dimensions {
        shape.push((usize::try_from(reader.i32()?)?, reader.i32()?));
    }
    let mut elements = Vec::new();
    while !reader.0.is_empty() {
        elements.push(C::read(element, reader.value()?)?);
    }
    if filling(&shape) != Some(elements.len()) {
        return Err("the array has another number of elements than it says".into());
    }
    Ok((shape, elements))
}

fn write_array<C: Write<T>, T>(
    shape: &[(usize, i32)],
    elements: &[T],
    ty: &Type,
    out: &mut BytesMut,
) -> Result<IsNull, Fault> {
    let element = element_of(ty).ok_or("the value is not an array")?;
    put_count(shape.len(), out)?;
    let has_null = out.len();
    out.extend_from_slice(&0_i32.to_be_bytes());
    out.extend_from_slice(&element.oid().to_be_bytes());
    for (length, lower_bound) in shape {
        put_count(*length, out)?;
        out.extend_from_slice(&lower_bound.to_be_bytes());
    }
    for value in elements {
        let mut null = false;
        put_value(out, |out| {
            let written = C::write(value, element, out)?;
            null = matches!(written, IsNull::Yes);
            Ok(written)
        })?;
        if null {
            out[has_null + 3] = 1;
        }
    }
    Ok(IsNull::No)
}

/// An array of one dimension, whose elements travel by `C`.
#[doc(hidden)]
pub struct Elements<C>(PhantomData<C>);

impl<C: Read<T>, T> Read<Vec<T>> for Elements<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Vec<T>, Fault> {
        let (shape, elements) = read_array::<C, T>(ty, present(raw)?)?;
        if shape.len() > 1 {
            return Err("array contains too many dimensions".into());
        }
        Ok(elements)
    }
}

impl<C: Write<T>, T> Write<Vec<T>> for Elements<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &Vec<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        <Self as Write<&[T]>>::write(&value.as_slice(), ty, out)
    }
}

impl<C: Write<T>, T> Write<&[T]> for Elements<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &&[T], ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        write_array::<C, T>(&[(value.len(), 1)], value, ty, out)
    }
}
