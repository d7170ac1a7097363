//! Which Rust type a Postgres type has.

use std::collections::BTreeMap;

use super::{Part, RustType};
use crate::ir::{self, QualifiedName};
use crate::options::{ArrayElements, DateTime, Domains, Numeric, TypeOptions};
use crate::rust::ident::Ident;

/// What the Rust type of a Postgres type depends on.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) catalog: &'a ir::Catalog,
    pub(crate) options: TypeOptions,
    /// What the types of the schema are called.
    pub(crate) names: &'a BTreeMap<QualifiedName, Ident>,
    /// The Rust type that the user chose for all of a type.
    pub(crate) chosen: &'a dyn Fn(&ir::Type) -> Option<RustType>,
}

/// The type that has no Rust type: the one that was asked for, or one inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) ir::Type);

/// Of `pg_catalog` types: the name, the Rust type, the constant of `tokio_postgres::types::Type`.
const BUILTIN: &[(&str, RustType, &str)] = &[
    ("bool", RustType::Primitive("bool"), "BOOL"),
    ("int2", RustType::Primitive("i16"), "INT2"),
    ("int4", RustType::Primitive("i32"), "INT4"),
    ("int8", RustType::Primitive("i64"), "INT8"),
    ("float4", RustType::Primitive("f32"), "FLOAT4"),
    ("float8", RustType::Primitive("f64"), "FLOAT8"),
    ("money", RustType::Generated(Part::Money), "MONEY"),
    ("text", RustType::Text, "TEXT"),
    ("varchar", RustType::Text, "VARCHAR"),
    ("bpchar", RustType::Text, "BPCHAR"),
    ("name", RustType::Text, "NAME"),
    ("char", RustType::Primitive("i8"), "CHAR"),
    ("bytea", RustType::Bytes, "BYTEA"),
    ("uuid", RustType::Copied("uuid::Uuid"), "UUID"),
    ("timetz", RustType::Generated(Part::TimeTz), "TIMETZ"),
    ("interval", RustType::Generated(Part::Interval), "INTERVAL"),
    ("jsonpath", RustType::Generated(Part::JsonPath), "JSONPATH"),
    ("inet", RustType::Copied("cidr::IpInet"), "INET"),
    ("cidr", RustType::Copied("cidr::IpCidr"), "CIDR"),
    ("macaddr", RustType::Generated(Part::MacAddr), "MACADDR"),
    ("macaddr8", RustType::Generated(Part::MacAddr8), "MACADDR8"),
    ("bit", RustType::Borrowed("bit_vec::BitVec"), "BIT"),
    ("varbit", RustType::Borrowed("bit_vec::BitVec"), "VARBIT"),
    ("point", RustType::Generated(Part::Point), "POINT"),
    ("line", RustType::Generated(Part::Line), "LINE"),
    ("lseg", RustType::Generated(Part::LineSegment), "LSEG"),
    ("box", RustType::Generated(Part::Rect), "BOX"),
    ("path", RustType::Generated(Part::Path), "PATH"),
    ("polygon", RustType::Generated(Part::Polygon), "POLYGON"),
    ("circle", RustType::Generated(Part::Circle), "CIRCLE"),
    ("tsvector", RustType::Generated(Part::TsVector), "TS_VECTOR"),
    ("tsquery", RustType::Generated(Part::TsQuery), "TSQUERY"),
    (
        "pg_lsn",
        RustType::Copied("tokio_postgres::types::PgLsn"),
        "PG_LSN",
    ),
    (
        "pg_snapshot",
        RustType::Generated(Part::Snapshot),
        "PG_SNAPSHOT",
    ),
    (
        "txid_snapshot",
        RustType::Generated(Part::Snapshot),
        "TXID_SNAPSHOT",
    ),
    ("oid", RustType::Primitive("u32"), "OID"),
    ("tid", RustType::Generated(Part::Tid), "TID"),
];

/// `pg_catalog` types whose Rust type is read and sent by a codec.
const CODED: &[(&str, RustType, Part, &str)] = &[
    ("regproc", U32, Part::AsOid, "REGPROC"),
    ("regprocedure", U32, Part::AsOid, "REGPROCEDURE"),
    ("regoper", U32, Part::AsOid, "REGOPER"),
    ("regoperator", U32, Part::AsOid, "REGOPERATOR"),
    ("regclass", U32, Part::AsOid, "REGCLASS"),
    ("regtype", U32, Part::AsOid, "REGTYPE"),
    ("regrole", U32, Part::AsOid, "REGROLE"),
    ("regnamespace", U32, Part::AsOid, "REGNAMESPACE"),
    ("regconfig", U32, Part::AsOid, "REGCONFIG"),
    ("regdictionary", U32, Part::AsOid, "REGDICTIONARY"),
    ("regcollation", U32, Part::AsOid, "REGCOLLATION"),
    ("xid", U32, Part::AsOid, "XID"),
    ("cid", U32, Part::AsOid, "CID"),
    ("xid8", RustType::Primitive("u64"), Part::AsXid8, "XID8"),
    ("json", JSON, Part::ExactJson, "JSON"),
    ("jsonb", JSON, Part::ExactJson, "JSONB"),
    ("xml", RustType::Text, Part::AsText, "XML"),
    ("refcursor", RustType::Text, Part::AsText, "REFCURSOR"),
    ("pg_node_tree", RustType::Text, Part::AsText, "PG_NODE_TREE"),
    ("void", RustType::Primitive("()"), Part::Void, "VOID"),
];

const JSON: RustType = RustType::Borrowed("serde_json::Value");

const U32: RustType = RustType::Primitive("u32");

/// Constants of types that are mapped otherwise.
const CONSTANTS: &[(&str, &str)] = &[
    ("date", "DATE"),
    ("time", "TIME"),
    ("timestamp", "TIMESTAMP"),
    ("timestamptz", "TIMESTAMPTZ"),
    ("numeric", "NUMERIC"),
    ("int2vector", "INT2_VECTOR"),
    ("oidvector", "OID_VECTOR"),
    ("int4range", "INT4_RANGE"),
    ("int8range", "INT8_RANGE"),
    ("numrange", "NUM_RANGE"),
    ("tsrange", "TS_RANGE"),
    ("tstzrange", "TSTZ_RANGE"),
    ("daterange", "DATE_RANGE"),
    ("int4multirange", "INT4MULTI_RANGE"),
    ("int8multirange", "INT8MULTI_RANGE"),
    ("nummultirange", "NUMMULTI_RANGE"),
    ("tsmultirange", "TSMULTI_RANGE"),
    ("tstzmultirange", "TSTZMULTI_RANGE"),
    ("datemultirange", "DATEMULTI_RANGE"),
];

/// Types of extensions, in whatever schema these are.
const EXTENSIONS: &[(&str, RustType)] = &[
    ("citext", RustType::Text),
    ("ltree", RustType::Text),
    ("lquery", RustType::Text),
    ("ltxtquery", RustType::Text),
    (
        "hstore",
        RustType::Borrowed("std::collections::HashMap<String, Option<String>>"),
    ),
    ("cube", RustType::Generated(Part::Cube)),
    ("vector", RustType::Borrowed("pgvector::Vector")),
    ("halfvec", RustType::Borrowed("pgvector::HalfVector")),
    ("sparsevec", RustType::Borrowed("pgvector::SparseVector")),
];

impl Context<'_> {
    /// The type of a value that is read; `not_null` tells that it is an array whose elements are never NULL.
    pub(crate) fn rust_type(&self, ty: &ir::Type, not_null: bool) -> Result<RustType, Unsupported> {
        if let Some(chosen) = (self.chosen)(ty) {
            return Ok(chosen);
        }
        let unsupported = || Unsupported(ty.clone());
        let schema_type = |name| self.names.get(name).cloned().ok_or_else(unsupported);
        match ty {
            ir::Type::Base(name) => self.base_type(name).ok_or_else(unsupported),
            ir::Type::Enum(name) => schema_type(name).map(RustType::Enum),
            ir::Type::Composite(name) => {
                for field in self.fields(name) {
                    self.rust_type(field, false)?;
                }
                schema_type(name).map(|name| RustType::Model(name, false))
            }
            ir::Type::Domain(name) => {
                let domain = self.catalog.domain(name).ok_or_else(unsupported)?;
                let base = self.rust_type(&domain.base, not_null)?;
                Ok(match self.options.domains {
                    Domains::Transparent => base,
                    Domains::Newtype => RustType::Model(schema_type(name)?, !base.is_borrowed()),
                })
            }
            ir::Type::Range(_, subtype) => self.of(Part::Range, subtype),
            ir::Type::Multirange(_, subtype) => self.of(Part::Multirange, subtype),
            ir::Type::Array(element) => {
                // Postgres has no arrays of arrays: these are the dimensions that are declared.
                let (mut element, mut dimensions) = (element, 1);
                while let ir::Type::Array(inner) = &**element {
                    (element, dimensions) = (inner, dimensions + 1);
                }
                let mut of = self.inside(element)?;
                if !not_null && self.options.array_elements == ArrayElements::Nullable {
                    of = RustType::Nullable(Box::new(of));
                }
                Ok(if dimensions == 1 {
                    RustType::Array(Box::new(of))
                } else {
                    RustType::Of(Part::Array, Box::new(of))
                })
            }
        }
    }

    /// The type of a value that is sent: NULL is no element of an array.
    pub(crate) fn parameter_type(
        &self,
        parameter: &ir::Parameter,
    ) -> Result<RustType, Unsupported> {
        let ty = with_shape(parameter, self.catalog);
        let rust = self.rust_type(ty, true)?;
        // Whatever can be read can be sent back.
        let rust = match rust {
            RustType::Of(Part::Array, _) => self.rust_type(ty, false)?,
            rust => rust,
        };
        let is_custom = matches!(rust, RustType::Custom(_));
        Ok(
            if !is_custom && !knows_domains(&rust) && is_undeclared_domain(ty, self.catalog) {
                RustType::Coded(Box::new(rust), Part::Native)
            } else {
                rust
            },
        )
    }

    /// The types of a composite type's fields, or of a table's columns.
    fn fields(&self, name: &QualifiedName) -> impl Iterator<Item = &ir::Type> {
        let composite = self.catalog.composite(name);
        let fields = composite.map(|composite| composite.fields.iter().map(|field| &field.ty));
        let table = self.catalog.table(name);
        let columns = table.map(|table| table.columns.iter().map(|column| &column.ty));
        let columns = columns.into_iter().flatten();
        fields.into_iter().flatten().chain(columns)
    }

    fn of(&self, part: Part, subtype: &ir::Type) -> Result<RustType, Unsupported> {
        Ok(RustType::Of(part, Box::new(self.inside(subtype)?)))
    }

    /// The type of what is inside another value. There a domain is not what it is over, except to codecs.
    fn inside(&self, ty: &ir::Type) -> Result<RustType, Unsupported> {
        let rust = self.rust_type(ty, false)?;
        let is_transparent = matches!(ty, ir::Type::Domain(_))
            && self.options.domains == Domains::Transparent
            && !knows_domains(&rust);
        Ok(if is_transparent {
            RustType::Coded(Box::new(rust), Part::Native)
        } else {
            rust
        })
    }

    fn base_type(&self, name: &QualifiedName) -> Option<RustType> {
        if name.schema != "pg_catalog" {
            let found = EXTENSIONS.iter().find(|(known, _)| *known == name.name);
            return found.map(|(_, rust)| rust.clone());
        }
        let name = name.name.as_str();
        let coded = |rust, codec| RustType::Coded(Box::new(rust), codec);
        Some(match (name, self.options.date_time) {
            ("date", DateTime::Chrono) => RustType::Copied("chrono::NaiveDate"),
            ("date", DateTime::Jiff) => RustType::Copied("jiff::civil::Date"),
            ("date", DateTime::Time) => RustType::Copied("time::Date"),
            ("timestamp", DateTime::Chrono) => RustType::Copied("chrono::NaiveDateTime"),
            ("timestamp", DateTime::Jiff) => RustType::Copied("jiff::civil::DateTime"),
            ("timestamp", DateTime::Time) => RustType::Copied("time::PrimitiveDateTime"),
            ("timestamptz", DateTime::Chrono) => RustType::Copied("chrono::DateTime<chrono::Utc>"),
            ("timestamptz", DateTime::Jiff) => RustType::Copied("jiff::Timestamp"),
            ("timestamptz", DateTime::Time) => RustType::Copied("time::OffsetDateTime"),
            ("time", DateTime::Chrono) => {
                coded(RustType::Copied("chrono::NaiveTime"), Part::ClockTime)
            }
            ("time", DateTime::Jiff) => {
                coded(RustType::Copied("jiff::civil::Time"), Part::ClockTime)
            }
            ("time", DateTime::Time) => coded(RustType::Copied("time::Time"), Part::ClockTime),
            ("numeric", _) => match self.options.numeric {
                Numeric::RustDecimal => {
                    coded(RustType::Copied("rust_decimal::Decimal"), Part::RustDecimal)
                }
                Numeric::BigDecimal => coded(
                    RustType::Borrowed("bigdecimal::BigDecimal"),
                    Part::BigDecimal,
                ),
                Numeric::String => coded(RustType::Text, Part::NumericString),
            },
            // Postgres refuses NULL in these.
            ("int2vector", _) => RustType::Array(Box::new(RustType::Primitive("i16"))),
            ("oidvector", _) => RustType::Array(Box::new(U32)),
            _ => {
                let builtin = BUILTIN.iter().find(|(known, ..)| *known == name);
                let found = CODED.iter().find(|(known, ..)| *known == name);
                return builtin
                    .map(|(_, rust, _)| rust.clone())
                    .or_else(|| found.map(|(_, rust, codec, _)| coded(rust.clone(), *codec)));
            }
        })
    }
}

/// Whether values of the type are read from and sent to domains over their Postgres type as well.
fn knows_domains(rust: &RustType) -> bool {
    rust.is_coded() || matches!(rust, RustType::Enum(_) | RustType::Model(..))
}

/// The type of a parameter, with the dimensions of the column that it is for.
pub(crate) fn with_shape<'p>(
    parameter: &'p ir::Parameter,
    catalog: &'p ir::Catalog,
) -> &'p ir::Type {
    let declared = parameter.origin.as_ref().and_then(|origin| {
        let table = catalog.table(&origin.table)?;
        let column = table.columns.iter().find(|c| c.name == origin.column)?;
        (*without_shape(&column.ty) == parameter.ty).then_some(&column.ty)
    });
    declared.unwrap_or(&parameter.ty)
}

/// A type without the dimensions that are declared beyond the first.
fn without_shape(ty: &ir::Type) -> &ir::Type {
    match ty {
        ir::Type::Array(element) if matches!(**element, ir::Type::Array(_)) => {
            without_shape(element)
        }
        ty => ty,
    }
}

/// Whether a parameter of the type is sent as of a domain, since its base cannot be declared.
fn is_undeclared_domain(ty: &ir::Type, catalog: &ir::Catalog) -> bool {
    matches!(ty, ir::Type::Domain(_)) && type_constant(ty, catalog) == "UNKNOWN"
}

/// The constant of `tokio_postgres::types::Type` that declares a parameter to the server; `UNKNOWN` leaves it to the
/// server, as for types whose object id only the server knows.
pub(crate) fn type_constant(ty: &ir::Type, catalog: &ir::Catalog) -> String {
    let constant = match ty {
        ir::Type::Base(name) | ir::Type::Range(name, _) | ir::Type::Multirange(name, _)
            if name.schema == "pg_catalog" =>
        {
            builtin_constant(&name.name).map(str::to_owned)
        }
        // Declared as its base: the value is sent as the base's, and the server casts it.
        ir::Type::Domain(name) => catalog
            .domain(name)
            .map(|domain| type_constant(&domain.base, catalog)),
        // The dimensions are not part of the type.
        ir::Type::Array(element) if matches!(**element, ir::Type::Array(_)) => {
            Some(type_constant(element, catalog))
        }
        ir::Type::Array(element) => match type_constant(element, catalog).as_str() {
            "UNKNOWN" => None,
            // An array of a domain is not an array of its base.
            _ if matches!(**element, ir::Type::Domain(_)) => None,
            constant => Some(format!("{constant}_ARRAY")),
        },
        _ => None,
    };
    constant.unwrap_or_else(|| UNDECLARED.to_owned())
}

fn builtin_constant(name: &str) -> Option<&'static str> {
    let builtin = BUILTIN
        .iter()
        .map(|(known, _, constant)| (*known, *constant));
    let coded = CODED
        .iter()
        .map(|(known, _, _, constant)| (*known, *constant));
    builtin
        .chain(coded)
        .chain(CONSTANTS.iter().copied())
        .find(|(known, _)| *known == name)
        .map(|(_, constant)| constant)
}

/// The constant for a type that the server is left to tell.
pub(crate) const UNDECLARED: &str = "UNKNOWN";

/// The name of a type without its schema; that of a domain is its base's, as the server describes columns.
pub(crate) fn base_name(ty: &ir::Type, catalog: &ir::Catalog) -> String {
    match catalog.base(ty) {
        // Whatever the dimensions.
        ir::Type::Array(element) => {
            let element = base_name(element, catalog);
            format!("{}[]", element.trim_end_matches("[]"))
        }
        base => base.name().name.clone(),
    }
}
