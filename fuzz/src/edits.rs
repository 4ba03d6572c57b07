//! Damages genuine data with small edits, as many as the fuzzer chooses.

use arbitrary::{Result, Unstructured};

/// Edits `bytes` until the input is used up. Pieces are cut from `other`.
///
/// # Errors
/// None: bytes that are wanted and not there are zeros.
pub fn edit(bytes: &mut Vec<u8>, other: &[u8], input: &mut Unstructured<'_>) -> Result<()> {
    while !input.is_empty() && !bytes.is_empty() {
        let at = input.choose_index(bytes.len())?;
        match input.int_in_range(0..=7)? {
            0 => bytes[at] ^= 1 << input.int_in_range(0..=7)?,
            1 => bytes[at] = input.arbitrary()?,
            2 => {
                let with = input.choose_index(bytes.len())?;
                bytes.swap(at, with);
            }
            3 => bytes.insert(at, input.arbitrary()?),
            4 => drop(bytes.remove(at)),
            5 => bytes.truncate(bytes.len() - input.int_in_range(0..=3)?.min(bytes.len())),
            6 => {
                // A piece of the other one, at the same place.
                let until = at + input.int_in_range(1..=64)?;
                let until = until.min(bytes.len()).min(other.len());
                if at < until {
                    bytes[at..until].copy_from_slice(&other[at..until]);
                }
            }
            _ => bytes.push(input.arbitrary()?),
        }
    }
    Ok(())
}
