//! How SQLite runs each query: by searching an index, never by reading the table through.

use super::*;

#[test]
fn every_query_searches_an_index() {
    let sidecar = holding(&[root(1), child(2, &[1])]);
    let conn = sidecar.connection();
    // These are asked for all there is, and read an index that covers them; tips are a table of their own.
    let whole_index = ["COUNT", "ALL_IDS", "ORPHANS"];
    for (name, query) in sql::ALL {
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {query}")).expect(name);
        let parameters = plan.parameter_count();
        let lines = plan
            .query_map(rusqlite::params_from_iter(vec![1; parameters]), |row| {
                row.get::<_, String>(3)
            })
            .expect(name)
            .collect::<Result<Vec<_>, _>>()
            .expect(name);
        assert!(!lines.is_empty(), "{name}");
        for line in &lines {
            let fine = match line.as_str() {
                "CO-ROUTINE c" | "COMPOUND QUERY" | "LEFT-MOST SUBQUERY" | "UNION ALL" | "SCAN c" => {
                    *name == "BY_PARENT_CONTENT"
                }
                "SCAN ref_tips" => *name == "TIPS",
                line if line.starts_with("SCAN") => whole_index.contains(name) && line.contains("USING COVERING INDEX"),
                line => line.starts_with("SEARCH") && (line.contains("INDEX") || line.contains("PRIMARY KEY")),
            };
            assert!(fine, "{name}: {line}\nin {lines:#?}");
        }
    }
}

#[test]
fn abbreviations_and_artifacts_read_only_the_index() {
    let sidecar = holding(&[root(1)]);
    for (name, query) in sql::ALL {
        if [
            "IDS_BETWEEN",
            "FIRST_CONTENT_AFTER",
            "ARTIFACT_AFTER",
            "ARTIFACT_UP_TO",
            "ORDER_OF",
        ]
        .contains(name)
        {
            let mut plan = sidecar
                .connection()
                .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
                .expect(name);
            let parameters = plan.parameter_count();
            let line: String = plan
                .query_row(rusqlite::params_from_iter(vec![1; parameters]), |row| row.get(3))
                .expect(name);
            assert!(line.contains("USING COVERING INDEX"), "{name}: {line}");
        }
    }
}
