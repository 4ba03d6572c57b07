//! Does a store of files lose nothing and tear nothing, whatever happens to it?

mod documents;
mod dying;
mod kept;
mod leaks;
mod processes;
mod racing;
mod trouble;
