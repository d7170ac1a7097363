//! Names for the numbers by which Postgres' nodes say of which kind they are. They are the same from Postgres 14 to 18;
//! a number that only a newer server has is `None`.

use super::Node;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($field:literal) { $($kind:ident = $number:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in super::super) enum $name {
            $($kind,)+
        }

        impl $name {
            /// Reads the kind from the node's field of that name.
            pub(in super::super) fn of(node: &Node<'_>) -> Option<Self> {
                match node.number::<u8>($field)? {
                    $($number => Some(Self::$kind),)+
                    _ => None,
                }
            }
        }
    )+};
}

kinds! {
    /// The kind of a statement. Before Postgres 15, 5 was a utility command, which has no tree of a query.
    CommandType("commandType") { Select = 1, Update = 2, Insert = 3, Delete = 4, Merge = 5, Nothing = 7, }
    /// The kind of a range table entry. `Group` is new in Postgres 18.
    RteKind("rtekind") {
        Relation = 0, Subquery = 1, Join = 2, Function = 3, TableFunction = 4, Values = 5, Cte = 6, Group = 9,
    }
    JoinType("jointype") { Inner = 0, Left = 1, Full = 2, Right = 3, }
    /// `Row` compares a row with that of a subquery, `Expr` is a subquery's value, `MultiExpr` the row of
    /// `SET (a, b) = (SELECT …)`.
    SubLinkType("subLinkType") {
        Exists = 0, All = 1, Any = 2, Row = 3, Expr = 4, MultiExpr = 5, Array = 6,
    }
    /// `Extern` is a parameter of the statement, `SubLink` a column of the subquery that is being compared with,
    /// `MultiExpr` one of the subquery in `SET (a, b) = (SELECT …)`.
    ParamKind("paramkind") { Extern = 0, SubLink = 2, MultiExpr = 3, }
    SetOperation("op") { Union = 1, Intersect = 2, Except = 3, }
    GroupingSetKind("kind") { Empty = 0, Simple = 1, Rollup = 2, Cube = 3, Sets = 4, }
    OnConflictAction("action") { Nothing = 1, Update = 2, }
    /// New in Postgres 17.
    MergeMatchKind("matchKind") { Matched = 0, NotMatchedBySource = 1, NotMatchedByTarget = 2, }
    NullTestType("nulltesttype") { IsNull = 0, IsNotNull = 1, }
    /// `IS TRUE`, `IS NOT TRUE` and so on.
    BoolTestType("booltesttype") {
        True = 0, NotTrue = 1, False = 2, NotFalse = 3, Unknown = 4, NotUnknown = 5,
    }
    /// How a function call is written.
    CoercionForm("funcformat") { ExplicitCall = 0, ExplicitCast = 1, ImplicitCast = 2, SqlSyntax = 3, }
    XmlOperator("op") {
        Concat = 0, Element = 1, Forest = 2, Parse = 3, Pi = 4, Root = 5, Serialize = 6, IsDocument = 7,
    }
    SqlValueFunction("op") {
        CurrentDate = 0, CurrentTime = 1, CurrentTimeN = 2, CurrentTimestamp = 3, CurrentTimestampN = 4, LocalTime = 5,
        LocalTimeN = 6, LocalTimestamp = 7, LocalTimestampN = 8, CurrentRole = 9, CurrentUser = 10, User = 11,
        SessionUser = 12, CurrentCatalog = 13, CurrentSchema = 14,
    }
    JsonConstructor("type") {
        Object = 1, Array = 2, ObjectAggregate = 3, ArrayAggregate = 4, Parse = 5, Scalar = 6, Serialize = 7,
    }
    JsonQuery("op") { Exists = 0, Query = 1, Value = 2, Table = 3, }
    /// What `ON ERROR` and `ON EMPTY` ask for.
    JsonBehavior("btype") { Null = 0, Error = 1, Empty = 2, True = 3, False = 4, Unknown = 5, }
    /// Which row of RETURNING a column belongs to: the default one, `OLD` or `NEW`. New in Postgres 18.
    ReturningRow("varreturningtype") { Default = 0, Old = 1, New = 2, }
}
