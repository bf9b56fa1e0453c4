//! Shapes of keys from a maintained rule set (`shapes.tsv`, which names its source and licence).

use super::{How, Kind, Rule, runs};

/// The rules. Each is compiled only when one of its keywords is in a text.
pub fn all() -> impl Iterator<Item = Rule> {
    lines().filter_map(|line| {
        let mut fields = line.split('\t').skip(1);
        let [entropy, keywords, rows, pattern] = [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
        let how = How::Token(entropy.parse().ok()?);
        let (plain, key) = rows.split_once('/')?;
        let needs = runs(plain.parse().ok()?, key.parse().ok()?);
        Some(Rule::new(Kind::Secret, keywords.split(',').collect(), pattern, (how, needs)))
    })
}

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("shapes.tsv").lines().filter(|l| !l.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_rule_that_compiles() {
        let rules: Vec<Rule> = all().collect();
        assert_eq!(rules.len(), lines().count());
        assert!(rules.len() > 400, "{}", rules.len());
        for rule in &rules {
            assert_eq!(rule.pattern.check(), Ok(()));
            assert!(rule.keywords.iter().all(|k| k.len() >= 3), "{}", rule.pattern.as_str());
        }
    }
}
