//! One node at a time in a directory: two would ruin each other's stores.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

pub enum Held {
    /// Ours until the file is closed, which the end of the process does in any case.
    Ours(#[allow(dead_code)] File),
    ByAnother,
}

/// Makes the directory (0700) if it is not there, and takes its lock.
pub fn hold(directory: &Path) -> std::io::Result<Held> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(directory.join("node.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Held::Ours(file)),
        Err(TryLockError::WouldBlock) => Ok(Held::ByAnother),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
