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
    ConcatenationCastsTotally,
    ConflictIgnored,
    ConflictSeesView,
    CountedGroupHasRows,
    DefaultIsNotNull,
    DomainTrusted,
    ElementCastIgnored,
    ElementsOfStored,
    ElementsOfUnionLeft,
    EmbedBelievesTable,
    EmptyArrayCompares,
    EmptyFrameIgnored,
    EqualityIsTotal,
    FalseAndBlamesAll,
    ForeignKeyInherited,
    GeneratedIsKept,
    GroupedExpressionsIgnored,
    GroupingSetsIgnored,
    GroupsAreRows,
    InsteadOfTriggersIgnored,
    JoinConditionAlwaysHolds,
    KeyOfNullRefers,
    LateralKeepsFilter,
    LeftJoinIgnored,
    MergeSourceIsThere,
    MergedColumnOfLeft,
    NegatorIgnored,
    NestedJoinIgnored,
    NotInIgnoresNull,
    OtherConditionsHold,
    ParameterIsNeverNull,
    ParameterMayBeStoredAnywhere,
    ParameterOfLastArgument,
    PartitionsOfInsertIgnored,
    RecursionTrusted,
    ReferenceOutsideSnapshot,
    ReturningSeesOldRow,
    RightJoinIgnored,
    RowComparisonProvesAll,
    RowSecurityIgnored,
    RulesIgnored,
    SampleHasAllRows,
    SentElementsTrusted,
    SetsOfSameLength,
    SimplifiedGroupsIgnored,
    StrictIsTotal,
    SubqueryHasRow,
    TimesAreFinite,
    TriggersIgnored,
    TrueOrProvesAll,
    UnionCastIsTotal,
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

/// Whether columns are looked at from the last to the first, which must not change what is found.
#[cfg(not(test))]
pub(super) const fn is_backwards() -> bool {
    false
}

#[cfg(test)]
pub(super) use injected::{backwards, is_backwards, made, with};

#[cfg(test)]
mod injected {
    use std::cell::Cell;

    use super::Fault;

    thread_local! {
        static MADE: Cell<Option<Fault>> = const { Cell::new(None) };
        static BACKWARDS: Cell<bool> = const { Cell::new(false) };
    }

    pub(in super::super) fn made(fault: Fault) -> bool {
        MADE.get() == Some(fault)
    }

    pub(in super::super) fn is_backwards() -> bool {
        BACKWARDS.get()
    }

    /// Runs something while columns are looked at from the last to the first.
    pub(in super::super) fn backwards<T>(run: impl FnOnce() -> T) -> T {
        BACKWARDS.set(true);
        let result = run();
        BACKWARDS.set(false);
        result
    }

    /// Runs something while the mistake is made.
    pub(in super::super) fn with<T>(fault: Fault, run: impl FnOnce() -> T) -> T {
        MADE.set(Some(fault));
        let result = run();
        MADE.set(None);
        result
    }
}
