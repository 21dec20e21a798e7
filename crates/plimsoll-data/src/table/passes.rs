//! Columns in groups that can be read in bounded memory.

/// Parts columns into passes whose pages take at most `limit` bytes together, the first with those
/// `together`, whatever these take.
pub(super) fn passes<E>(
    together: &[usize],
    others: &[usize],
    limit: u64,
    pages: impl Fn(usize) -> Result<u64, E>,
) -> Result<Vec<Vec<usize>>, E> {
    let mut passes = Vec::new();
    let mut pass = together.to_vec();
    let mut held = 0;
    for &column in together {
        held += pages(column)?;
    }
    for &column in others {
        let pages = pages(column)?;
        if held + pages > limit && !pass.is_empty() {
            passes.push(std::mem::take(&mut pass));
            held = 0;
        }
        held += pages;
        pass.push(column);
    }
    passes.push(pass);
    Ok(passes)
}
