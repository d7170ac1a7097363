/// A range.
///
/// Postgres brings ranges over whole numbers and dates into the form `[lower, upper)`, whatever bounds were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// Holds nothing.
    Empty,
    /// From the lower to the upper bound.
    Between(Bound<T>, Bound<T>),
}

impl<T> Range<T> {
    /// The lower bound; `None` where the range is empty.
    pub fn lower(&self) -> Option<Bound<&T>> {
        match self {
            Self::Empty => None,
            Self::Between(lower, _) => Some(lower.as_ref()),
        }
    }

    /// The upper bound; `None` where the range is empty.
    pub fn upper(&self) -> Option<Bound<&T>> {
        match self {
            Self::Empty => None,
            Self::Between(_, upper) => Some(upper.as_ref()),
        }
    }

    /// Whether it holds nothing. Of bounds that were not sent yet, Postgres may find that they hold nothing, too.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether it holds `value`.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialOrd,
    {
        match self {
            Self::Empty => false,
            Self::Between(lower, upper) => {
                let bounds = (lower.as_ref(), upper.as_ref());
                std::ops::RangeBounds::<T>::contains(&bounds, value)
            }
        }
    }
}

/// `[lower, upper)`
impl<T> From<std::ops::Range<T>> for Range<T> {
    fn from(range: std::ops::Range<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

/// `[lower, upper]`
impl<T> From<std::ops::RangeInclusive<T>> for Range<T> {
    fn from(range: std::ops::RangeInclusive<T>) -> Self {
        let (lower, upper) = range.into_inner();
        Self::Between(Bound::Included(lower), Bound::Included(upper))
    }
}

/// `[lower,)`
impl<T> From<std::ops::RangeFrom<T>> for Range<T> {
    fn from(range: std::ops::RangeFrom<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Unbounded)
    }
}

/// `(,upper)`
impl<T> From<std::ops::RangeTo<T>> for Range<T> {
    fn from(range: std::ops::RangeTo<T>) -> Self {
        Self::Between(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

/// `(,)`
impl<T> From<std::ops::RangeFull> for Range<T> {
    fn from(_: std::ops::RangeFull) -> Self {
        Self::Between(Bound::Unbounded, Bound::Unbounded)
    }
}

impl<'a, T: FromSqlOwned> FromSql<'a> for Range<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        RangeOf::<Native>::read(ty, Some(raw))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(subtype) if T::accepts(base(subtype)))
    }
}

impl<T: ToSql + fmt::Debug> ToSql for Range<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        RangeOf::<Native>::write(self, ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(subtype) if T::accepts(base(subtype)))
    }

    to_sql_checked!();
}

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// A range whose bounds travel by `C`.
#[doc(hidden)]
pub struct RangeOf<C>(PhantomData<C>);

impl<C> RangeOf<C> {
    fn read_over<T>(subtype: &Type, raw: &[u8]) -> Result<Range<T>, Fault>
    where
        C: Read<T>,
    {
        let mut reader = Reader(raw);
        let flags = reader.byte()?;
        if flags & EMPTY != 0 {
            reader.end()?;
            return Ok(Range::Empty);
        }
        let mut bound = |infinite, inclusive| {
            if flags & infinite != 0 {
                return Ok(Bound::Unbounded);
            }
            let value = C::read(subtype, reader.value()?)?;
            Ok::<_, Fault>(if flags & inclusive != 0 {
                Bound::Included(value)
            } else {
                Bound::Excluded(value)
            })
        };
        let lower = bound(LOWER_INFINITE, LOWER_INCLUSIVE)?;
        let upper = bound(UPPER_INFINITE, UPPER_INCLUSIVE)?;
        reader.end()?;
        Ok(Range::Between(lower, upper))
    }

    fn write_over<T>(range: &Range<T>, subtype: &Type, out: &mut BytesMut) -> Result<(), Fault>
    where
        C: Write<T>,
    {
        let Range::Between(lower, upper) = range else {
            out.extend_from_slice(&[EMPTY]);
            return Ok(());
        };
        let flags = match lower {
            Bound::Included(_) => LOWER_INCLUSIVE,
            Bound::Excluded(_) => 0,
            Bound::Unbounded => LOWER_INFINITE,
        } | match upper {
            Bound::Included(_) => UPPER_INCLUSIVE,
            Bound::Excluded(_) => 0,
            Bound::Unbounded => UPPER_INFINITE,
        };
        out.extend_from_slice(&[flags]);
        for bound in [lower, upper] {
            if let Bound::Included(value) | Bound::Excluded(value) = bound {
                put_value(out, |out| match C::write(value, subtype, out)? {
                    IsNull::No => Ok(IsNull::No),
                    IsNull::Yes => Err("a bound of a range cannot be NULL".into()),
                })?;
            }
        }
        Ok(())
    }
}

fn subtype_of(ty: &Type) -> Option<&Type> {
    match base(ty).kind() {
        Kind::Range(subtype) => Some(subtype),
        _ => None,
    }
}

impl<C: Read<T>, T> Read<Range<T>> for RangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        subtype_of(ty).is_some_and(C::accepts)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Range<T>, Fault> {
        let subtype = subtype_of(ty).ok_or("the value is not a range")?;
        Self::read_over(subtype, present(raw)?)
    }
}

impl<C: Write<T>, T> Write<Range<T>> for RangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        subtype_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &Range<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        let subtype = subtype_of(ty).ok_or("the value is not a range")?;
        Self::write_over(value, subtype, out)?;
        Ok(IsNull::No)
    }
}

impl<C: Write<T>, T> Write<&Range<T>> for RangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        subtype_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &&Range<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        <Self as Write<Range<T>>>::write(value, ty, out)
    }
}
