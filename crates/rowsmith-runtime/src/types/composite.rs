/// A type of the schema that has fields.
#[doc(hidden)]
pub trait Composite: Sized {
    /// Its name in Postgres.
    const NAME: &'static str;
    /// How many fields it has.
    const FIELDS: usize;

    fn read(fields: &mut FieldReader<'_, '_>) -> Result<Self, Fault>;

    fn write(&self, fields: &mut FieldWriter<'_, '_>) -> Result<(), Fault>;
}

/// The types of a composite type's fields.
fn field_types<T: Composite>(ty: &Type) -> Result<std::vec::IntoIter<&Type>, Fault> {
    let name = T::NAME;
    let Kind::Composite(fields) = base(ty).kind() else {
        return Err(format!("`{}` is not the composite type `{name}`", ty.name()).into());
    };
    if fields.len() != T::FIELDS {
        return Err(other_fields::<T>(fields.len()));
    }
    let types: Vec<&Type> = fields.iter().map(|field| field.type_()).collect();
    Ok(types.into_iter())
}

fn other_fields<T: Composite>(found: usize) -> Fault {
    let (name, known) = (T::NAME, T::FIELDS);
    format!("`{name}` has {found} fields in the database, and {known} here").into()
}

/// The fields of a value that is read, one after the other.
#[doc(hidden)]
pub struct FieldReader<'t, 'a> {
    types: std::vec::IntoIter<&'t Type>,
    reader: Reader<'a>,
}

impl FieldReader<'_, '_> {
    #[doc(hidden)]
    pub fn read<C: Read<T>, T>(&mut self) -> Result<T, Fault> {
        let ty = self.types.next().ok_or("the value has too few fields")?;
        // A type that was described in advance may have changed since.
        let found = Type::from_oid(self.reader.u32()?);
        let ty = found.as_ref().unwrap_or(ty);
        if !C::accepts(ty) {
            return Err(WrongType::new::<T>(ty.clone()).into());
        }
        C::read(ty, self.reader.value()?)
    }
}

/// The fields of a value that is written, one after the other.
#[doc(hidden)]
pub struct FieldWriter<'t, 'o> {
    types: std::vec::IntoIter<&'t Type>,
    out: &'o mut BytesMut,
}

impl FieldWriter<'_, '_> {
    #[doc(hidden)]
    pub fn write<C: Write<T>, T>(&mut self, value: &T) -> Result<(), Fault> {
        let ty = self.types.next().ok_or("the value has too few fields")?;
        if !C::accepts(ty) {
            return Err(WrongType::new::<T>(ty.clone()).into());
        }
        self.out.extend_from_slice(&ty.oid().to_be_bytes());
        put_value(self.out, |out| C::write(value, ty, out))
    }
}

/// Whether `ty` is the composite type, or a domain over it.
#[doc(hidden)]
pub fn is_composite<T: Composite>(ty: &Type) -> bool {
    let ty = base(ty);
    matches!(ty.kind(), Kind::Composite(_)) && ty.name() == T::NAME
}

#[doc(hidden)]
pub fn read_composite<T: Composite>(ty: &Type, raw: &[u8]) -> Result<T, Fault> {
    let types = field_types::<T>(ty)?;
    let mut reader = Reader(raw);
    let found = usize::try_from(reader.i32()?)?;
    if found != T::FIELDS {
        return Err(other_fields::<T>(found));
    }
    let mut fields = FieldReader { types, reader };
    let value = T::read(&mut fields)?;
    fields.reader.end()?;
    Ok(value)
}

#[doc(hidden)]
pub fn write_composite<T: Composite>(
    value: &T,
    ty: &Type,
    out: &mut BytesMut,
) -> Result<IsNull, Fault> {
    let types = field_types::<T>(ty)?;
    put_count(T::FIELDS, out)?;
    value.write(&mut FieldWriter { types, out })?;
    Ok(IsNull::No)
}

/// Implements what `tokio-postgres` needs to send and receive a composite type.
#[doc(hidden)]
#[macro_export]
macro_rules! composite_in_postgres {
    ($name:ident) => {
        $crate::in_postgres!(
            $name,
            accepts: $crate::types::is_composite::<$name>,
            read: $crate::types::read_composite,
            write: $crate::types::write_composite
        );
    };
}
