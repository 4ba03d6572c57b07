//! Does a store of files lose nothing and tear nothing, whatever happens to it?

mod access;
mod documents;
mod dying;
mod kept;
mod leaks;
mod list;
mod planted;
mod processes;
mod racing;
mod trouble;
