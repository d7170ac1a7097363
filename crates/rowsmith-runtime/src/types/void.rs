/// What a function gives that returns `void`.
#[doc(hidden)]
pub enum Void {}

impl Read<()> for Void {
    fn accepts(ty: &Type) -> bool {
        *ty == Type::VOID
    }

    fn read(_: &Type, _: Option<&[u8]>) -> Result<(), Fault> {
        Ok(())
    }
}
