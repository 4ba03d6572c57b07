//! The groups of rows, and the adapters through which they run.

/// One test for each group of rows in each adapter.
macro_rules! table {
    ($($group:ident)*) => {
        table! { @adapter actix crate::on_actix::Actix; $($group)* }
        table! { @adapter axum crate::on_axum::Axum; $($group)* }
        table! { @adapter tower crate::on_tower::Tower; $($group)* }
    };
    (@adapter $name:ident $adapter:ty; $($group:ident)*) => {
        mod $name {
            $(#[test]
            fn $group() {
                crate::run::check::<$adapter>(&crate::rows::$group::rows());
            })*
        }
    };
}

/// All groups, for the test binary that uses this.
macro_rules! whole_table {
    () => {
        table! {
            answers
            attributes
            caches
            candidates
            chunks
            csrf
            expiry
            flash
            hostile
            intents
            legacy
            login
            logouts
            mounts
            overlaps
            refusals
            reseal
            too_late
            untouched
            updates
            writing
        }
    };
}
