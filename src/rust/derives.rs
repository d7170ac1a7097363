//! What structs derive: as much as their fields allow.

use crate::ir;

use super::types::RustType;

/// Of a struct that owns values of these types, as the attribute lists it.
pub(super) fn of_row(types: &[RustType]) -> String {
    let types: Vec<&RustType> = types.iter().collect();
    allowed(&["Debug", "Clone", "PartialEq"], &types, owned_implements)
}

/// Of a struct that borrows what would have to be copied.
pub(super) fn of_params(parameters: &[(&ir::Parameter, RustType)]) -> String {
    let types: Vec<&RustType> = parameters.iter().map(|(_, ty)| ty).collect();
    let usual = ["Debug", "Clone", "Copy", "PartialEq"];
    allowed(&usual, &types, argument_implements)
}

fn allowed(usual: &[&str], types: &[&RustType], implements: fn(&RustType, &str) -> bool) -> String {
    let allowed = usual
        .iter()
        .filter(|name| types.iter().all(|ty| implements(ty, name)));
    allowed.copied().collect::<Vec<_>>().join(", ")
}

/// Whether the type of a field that owns its value implements a trait, given without its path.
fn owned_implements(ty: &RustType, name: &str) -> bool {
    match ty {
        RustType::Array(_) | RustType::Of(..) if name == "Copy" => false,
        RustType::Array(_) | RustType::Nullable(_) if name == "Default" => true,
        RustType::Array(of)
        | RustType::Nullable(of)
        | RustType::Coded(of, _)
        | RustType::Of(_, of) => owned_implements(of, name),
        RustType::Custom(custom) => custom.implements(name),
        _ => name != "Copy" || !ty.is_borrowed(),
    }
}

/// Whether the type of a field that borrows where [`RustType::argument`] does implements a trait.
fn argument_implements(ty: &RustType, name: &str) -> bool {
    match name {
        "Clone" | "Copy" if ty.is_borrowed() => true,
        _ => owned_implements(ty, name),
    }
}
