//! "Did you mean": ids that look like a mistyped one.

use crate::id::ArtifactId;

/// The ids most like `text`, best first, at most three.
pub(crate) fn similar_ids<'a>(text: &str, known: impl IntoIterator<Item = &'a ArtifactId>) -> Vec<ArtifactId> {
    let wanted = text.to_lowercase();
    let mut ranked: Vec<(usize, &ArtifactId)> = Vec::new();
    for id in known {
        let name = id.as_str().to_lowercase();
        let distance = edit_distance(&wanted, &name).min(edit_distance(&wanted, &id.name().to_lowercase()));
        let distance = if name.starts_with(&wanted) || id.name().to_lowercase().starts_with(&wanted) {
            1
        } else {
            distance
        };
        // A third of the letters wrong is a typo; more is another word. A beginning is one that was not finished.
        if distance * 3 <= wanted.chars().count().max(3) {
            ranked.push((distance, id));
        }
    }
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, id)| id.clone()).collect()
}

/// Levenshtein's distance in characters, by the row-by-row algorithm of Wagner and Fischer.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replace = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_find_their_id_and_other_words_do_not() {
        let known: Vec<ArtifactId> = ["skill/pdf", "skill/docx", "agent/reviewer"]
            .iter()
            .map(|id| id.parse().expect("valid"))
            .collect();
        let similar = |text: &str| {
            similar_ids(text, &known)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(similar("skill/pdff"), ["skill/pdf"]);
        assert_eq!(similar("reviewer"), ["agent/reviewer"]);
        assert!(similar("template/entirely-other").is_empty());
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
