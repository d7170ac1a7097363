/// An array of any number of dimensions.
///
/// The elements are in the order in which Postgres shows them: the last dimension changes fastest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Array<T> {
    /// Of each dimension, the length and the index of the first element.
    dimensions: Vec<(usize, i32)>,
    elements: Vec<T>,
}

impl<T> Array<T> {
    /// An array whose dimensions have these lengths and begin at 1; `None` unless `elements` fill it.
    pub fn new(lengths: &[usize], elements: Vec<T>) -> Option<Self> {
        let dimensions: Vec<_> = lengths.iter().map(|&length| (length, 1)).collect();
        Self::with_bounds(dimensions, elements)
    }

    /// An array whose dimensions have these lengths and first indexes; `None` unless `elements` fill it.
    pub fn with_bounds(dimensions: Vec<(usize, i32)>, elements: Vec<T>) -> Option<Self> {
        (filling(&dimensions) == Some(elements.len())).then(|| Self {
            // Postgres knows one empty array only.
            dimensions: if elements.is_empty() {
                Vec::new()
            } else {
                dimensions
            },
            elements,
        })
    }

    /// Of each dimension, the length and the index of the first element; nothing for an empty array.
    pub fn dimensions(&self) -> &[(usize, i32)] {
        &self.dimensions
    }

    /// The elements, the last dimension fastest.
    pub fn elements(&self) -> &[T] {
        &self.elements
    }

    /// Takes the elements out, the last dimension fastest.
    pub fn into_elements(self) -> Vec<T> {
        self.elements
    }

    /// The element at these indexes, one for each dimension, as Postgres counts them.
    pub fn get(&self, indexes: &[i32]) -> Option<&T> {
        if indexes.len() != self.dimensions.len() || self.elements.is_empty() {
            return None;
        }
        let mut place = 0;
        for (index, (length, first)) in indexes.iter().zip(&self.dimensions) {
            let index = usize::try_from(i64::from(*index) - i64::from(*first)).ok()?;
            if index >= *length {
                return None;
            }
            place = place * length + index;
        }
        self.elements.get(place)
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self {
            dimensions: Vec::new(),
            elements: Vec::new(),
        }
    }
}

/// An array of one dimension.
impl<T> From<Vec<T>> for Array<T> {
    fn from(elements: Vec<T>) -> Self {
        let dimensions = if elements.is_empty() {
            Vec::new()
        } else {
            vec![(elements.len(), 1)]
        };
        Self {
            dimensions,
            elements,
        }
    }
}

impl<'a, T: FromSqlOwned> FromSql<'a> for Array<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Shaped::<Native>::read(ty, Some(raw))
    }

    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(T::accepts)
    }
}

impl<T: ToSql + fmt::Debug> ToSql for Array<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        Shaped::<Native>::write(self, ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(T::accepts)
    }

    to_sql_checked!();
}

/// An array of any number of dimensions, whose elements travel by `C`.
#[doc(hidden)]
pub struct Shaped<C>(PhantomData<C>);

impl<C: Read<T>, T> Read<Array<T>> for Shaped<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Array<T>, Fault> {
        let (dimensions, elements) = read_array::<C, T>(ty, present(raw)?)?;
        Ok(Array {
            dimensions,
            elements,
        })
    }
}

impl<C: Write<T>, T> Write<Array<T>> for Shaped<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &Array<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        write_array::<C, T>(&value.dimensions, &value.elements, ty, out)
    }
}

impl<C: Write<T>, T> Write<&Array<T>> for Shaped<C> {
    fn accepts(ty: &Type) -> bool {
        element_of(ty).is_some_and(C::accepts)
    }

    fn write(value: &&Array<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        <Self as Write<Array<T>>>::write(value, ty, out)
    }
}
