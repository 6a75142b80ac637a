//! Filters: which lines a person wants to see.

/// Whether a line has all words of a filter in it, whatever the case.
pub(super) fn has(line: &str, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let line = line.to_lowercase();
    let is_task =
        |word: &str| word.strip_prefix('t').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    filter.to_lowercase().split_whitespace().all(|word| {
        // `t7` is a task and not the beginning of `t70`.
        if is_task(word) {
            line.split(|c: char| !c.is_alphanumeric()).any(|token| token == word)
        } else {
            line.contains(word)
        }
    })
}
