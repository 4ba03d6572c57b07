//! What do programs get that seal by themselves, whichever store delivers it?

use sealjar::KeyRing;
use zeroize::Zeroizing;

use crate::export::ExportFile;
use crate::store::StoreError;

/// Writes the exports of a ring, each with the name of its file.
///
/// # Errors
/// [`StoreError::Export`] if one cannot be made.
pub fn exported<'a>(
    exports: &'a [ExportFile],
    ring: &KeyRing,
) -> Result<Vec<(&'a str, Zeroizing<String>)>, StoreError> {
    let exported = exports.iter().map(|file| {
        let text = file.export().render(ring);
        text.map(|text| (file.name(), text))
            .map_err(|error| StoreError::Export {
                name: file.name().into(),
                error,
            })
    });
    exported.collect()
}
