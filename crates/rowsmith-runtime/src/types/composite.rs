/// A type of the schema that has fields.
#[doc(hidden)]
pub trait Composite: Sized {
    /// Its name in Postgres.
    const NAME: &'static str;
    /// The names of its fields in Postgres, in their order.
    const FIELDS: &'static [&'static str];

    fn read(fields: &mut FieldReader<'_, '_>) -> Result<Self, Fault>;

    fn write(&self, fields: &mut FieldWriter<'_, '_>) -> Result<(), Fault>;
}

/// The fields of a composite type, which have the names and the order that the code was generated with: values travel
/// without names.
fn fields<T: Composite>(ty: &Type) -> Result<std::slice::Iter<'_, Field>, Fault> {
    let name = T::NAME;
    let Kind::Composite(fields) = base(ty).kind() else {
        return Err(format!("`{}` is not the composite type `{name}`", ty.name()).into());
    };
    if fields.len() != T::FIELDS.len() {
        return Err(other_count::<T>(fields.len()));
    }
    let fields = fields.iter();
    let mut both = T::FIELDS.iter().zip(fields.clone());
    if let Some((known, found)) = both.find(|(known, found)| **known != found.name()) {
        let found = found.name();
        return Err(format!(
            "`{name}` has the field `{found}` in the database where this code expects `{known}`"
        )
        .into());
    }
    Ok(fields)
}

fn other_count<T: Composite>(found: usize) -> Fault {
    let (name, known) = (T::NAME, T::FIELDS.len());
    format!("`{name}` has {found} fields in the database, and {known} here").into()
}

/// The fields of a value that is read, one after the other.
#[doc(hidden)]
pub struct FieldReader<'t, 'a> {
    fields: std::slice::Iter<'t, Field>,
    reader: Reader<'a>,
}

impl FieldReader<'_, '_> {
    #[doc(hidden)]
    pub fn read<C: Read<T>, T>(&mut self) -> Result<T, Fault> {
        let field = self.fields.next();
        let ty = field.ok_or("the value has too few fields")?.type_();
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
    fields: std::slice::Iter<'t, Field>,
    out: &'o mut BytesMut,
}

impl FieldWriter<'_, '_> {
    #[doc(hidden)]
    pub fn write<C: Write<T>, T>(&mut self, value: &T) -> Result<(), Fault> {
        let field = self.fields.next();
        let ty = field.ok_or("the value has too few fields")?.type_();
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
    let fields = fields::<T>(ty)?;
    let mut reader = Reader(raw);
    let found = usize::try_from(reader.i32()?)?;
    if found != T::FIELDS.len() {
        return Err(other_count::<T>(found));
    }
    let mut fields = FieldReader { fields, reader };
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
    let fields = fields::<T>(ty)?;
    put_count(T::FIELDS.len(), out)?;
    value.write(&mut FieldWriter { fields, out })?;
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
