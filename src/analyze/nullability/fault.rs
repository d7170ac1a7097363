//! Mistakes that `tests/mutation.rs` puts into the rules, one at a time, to show that the tests would notice each.
//! Outside of tests there are none: [`made`] is then a constant.

macro_rules! faults {
    ($($fault:ident,)+) => {
        /// A mistake in a rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Fault {
            $($fault,)+
        }

        #[cfg(test)]
        impl Fault {
            pub(super) const ALL: &[Self] = &[$(Self::$fault,)+];
        }
    };
}

faults! {
    AggregateFilterIgnored,
    AggregateOfNothing,
    AnyForeignKeyHolds,
    AnyRangeReachesItself,
    ArrayOfArraysHasScalars,
    CascadeNotUndone,
    CaseConditionHoldsInAggregates,
    CaseLooksAtLastBranch,
    CaseWithoutElse,
    CheckInherited,
    CheckOfNullFails,
    ChildrenIgnored,
    CoalesceOfNulls,
    ComplementOfNull,
    ConflictIgnored,
    CountedGroupHasRows,
    DefaultIsNotNull,
    DomainTrusted,
    ElementsOfStored,
    ElementsOfUnionLeft,
    EmptyArrayCompares,
    EmptyFrameIgnored,
    FalseAndBlamesAll,
    ForeignKeyInherited,
    GeneratedIsKept,
    GroupedExpressionsIgnored,
    GroupingSetsIgnored,
    GroupsAreRows,
    InsteadOfTriggersIgnored,
    JoinConditionAlwaysHolds,
    KeyOfNullRefers,
    LeftJoinIgnored,
    MergeSourceIsThere,
    MergedColumnOfLeft,
    NestedJoinIgnored,
    NotInIgnoresNull,
    OtherConditionsHold,
    ParameterIsNeverNull,
    ParameterMayBeStoredAnywhere,
    ParameterOfLastArgument,
    RecursionTrusted,
    ReferenceOutsideSnapshot,
    ReturningSeesOldRow,
    RightJoinIgnored,
    RowComparisonProvesAll,
    RowSecurityIgnored,
    RulesIgnored,
    SampleHasAllRows,
    SetsOfSameLength,
    StrictIsTotal,
    SubqueryHasRow,
    TimesAreFinite,
    TriggersIgnored,
    TrueOrProvesAll,
    UnionOfLeft,
    UserFunctionsAreStrict,
    ViewTrusted,
    WhereHoldsForEmptyGroup,
}

/// Whether the mistake is made.
#[cfg(not(test))]
pub(super) const fn made(_: Fault) -> bool {
    false
}

#[cfg(test)]
pub(super) use injected::{made, with};

#[cfg(test)]
mod injected {
    use std::cell::Cell;

    use super::Fault;

    thread_local! {
        static MADE: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    pub(in super::super) fn made(fault: Fault) -> bool {
        MADE.get() == Some(fault)
    }

    /// Runs something while the mistake is made.
    pub(in super::super) fn with<T>(fault: Fault, run: impl FnOnce() -> T) -> T {
        MADE.set(Some(fault));
        let result = run();
        MADE.set(None);
        result
    }
}
