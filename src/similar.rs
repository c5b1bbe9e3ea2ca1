//! "Did you mean": names that look like a mistyped one.

use crate::id::ArtifactId;

/// The ids most like `text`, best first, at most three.
pub(crate) fn similar_ids<'a>(text: &str, known: impl IntoIterator<Item = &'a ArtifactId>) -> Vec<ArtifactId> {
    let found = most_similar(text, known, |id| vec![id.as_str(), id.name()]);
    found.into_iter().cloned().collect()
}

/// The paths most like `text`, best first, at most three: the beginning or a misspelling of one, else a file that is called
/// the same in another folder.
pub(crate) fn similar_paths(text: &str, known: &[String]) -> Vec<String> {
    let name_at = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let wanted = &text[name_at(text)..];
    let mut found = most_similar(text, known, |path| vec![path.as_str()]);
    if found.is_empty() {
        found = most_similar(wanted, known, |path| vec![&path[name_at(path)..]]);
    }
    found.into_iter().cloned().collect()
}

/// The names most like `text`, best first, at most three.
pub(crate) fn similar_names<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let found = most_similar(text, known, |name| vec![*name]);
    found.into_iter().map(str::to_owned).collect()
}

/// `spellings` are the ways in which one of the known may be written.
fn most_similar<'a, T: Ord>(
    text: &str,
    known: impl IntoIterator<Item = T>,
    spellings: impl Fn(&T) -> Vec<&'a str>,
) -> Vec<T> {
    let wanted = text.to_lowercase();
    let mut ranked: Vec<(usize, T)> = Vec::new();
    for one in known {
        let distances = spellings(&one).into_iter().map(|spelling| {
            let spelling = spelling.to_lowercase();
            let is_beginning = spelling.starts_with(&wanted);
            if is_beginning {
                1
            } else {
                edit_distance(&wanted, &spelling)
            }
        });
        // A third of the letters wrong is a typo; more is another word. A beginning is one that was not finished.
        if let Some(distance) = distances.min()
            && distance * 3 <= wanted.chars().count().max(3)
        {
            ranked.push((distance, one));
        }
    }
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, one)| one).collect()
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
        assert_eq!(similar_names("mainn", ["main", "master", "topic"]), ["main"]);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn paths_are_found_by_their_beginning_their_letters_or_their_file_name() {
        let known = ["SKILL.md", "references/forms.md", "scripts/fill.sh"].map(str::to_owned);
        for (text, found) in [
            ("SKIL.md", "SKILL.md"),
            ("references", "references/forms.md"),
            ("script/fill.sh", "scripts/fill.sh"),
            ("fill.sh", "scripts/fill.sh"),
            (".claude/skills/pdf/SKILL.md", "SKILL.md"),
        ] {
            assert_eq!(similar_paths(text, &known), [found]);
        }
        assert!(similar_paths("entirely/different", &known).is_empty());
    }
}
