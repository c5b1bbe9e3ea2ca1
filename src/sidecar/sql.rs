//! Every statement that reads versions, in one place, so that a test can ask SQLite how it would run each of them.
//!
//! All name the index they use (`INDEXED BY`): the plan does not depend on statistics, and an index that is missing is
//! an error that leads to a rebuild instead of a silent scan.

/// A query for whole versions: the columns `rows::version` reads, and the tail given.
macro_rules! versions {
    ($($tail:literal),+ $(,)?) => {
        concat!(
            "SELECT v.id, v.version_id, v.artifact_id, v.content_hash, v.parent_hash, v.parent_ids, v.created_at, ",
            "v.tz_offset, v.summary, v.upstream_id, v.upstream_commit, v.upstream_tree, v.project_commit, v.orphan, ",
            "v.change_origin, p.name, p.email, u.id, u.url, u.path, u.ref ",
            $($tail),+
        )
    };
}

/// The tables that complete a version.
macro_rules! joined {
    ($from:literal, $condition:literal) => {
        versions!(
            $from,
            " LEFT JOIN people p ON p.id = v.author_id LEFT JOIN upstreams u ON u.id = v.upstream_id WHERE ",
            $condition
        )
    };
}

/// A query for what walks need of versions: the columns `rows::Step` reads.
macro_rules! steps {
    ($tail:literal) => {
        concat!(
            "SELECT id, version_id, content_hash, parent_hash, parent_ids, created_at FROM artifact_versions ",
            $tail
        )
    };
}

/// A query for what questions about ancestry need of versions: the columns `rows::Vertex` reads.
macro_rules! vertices {
    ($tail:literal) => {
        concat!(
            "SELECT id, version_id, parent_ids, change_origin, project_commit IS NULL FROM artifact_versions ",
            $tail
        )
    };
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)+
        /// All of them by name.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

queries! {
    /// One version: ?1 its id.
    VERSION = joined!(
        "FROM artifact_versions v INDEXED BY idx_artifact_versions_version_id",
        "v.version_id = ?1"
    );
    /// The versions with a content: ?1 its hash.
    BY_CONTENT = joined!(
        "FROM artifact_versions v INDEXED BY idx_artifact_versions_content_hash",
        "v.content_hash = ?1"
    );
    /// The versions of which a parent has a content: ?1 its hash. First parents by their hash, the others by id; a
    /// version may come up twice. CROSS JOIN keeps SQLite to this order.
    BY_PARENT_CONTENT = joined!(
        "FROM (SELECT id FROM artifact_versions INDEXED BY idx_artifact_versions_parent_hash WHERE parent_hash = ?1 \
         UNION ALL SELECT m.child FROM artifact_versions w INDEXED BY idx_artifact_versions_content_hash \
         CROSS JOIN merge_parents m ON m.parent_id = w.version_id WHERE w.content_hash = ?1) c \
         CROSS JOIN artifact_versions v ON v.id = c.id",
        "true"
    );
    /// The versions in the rows ?1 to ?2.
    ROWS = joined!("FROM artifact_versions v NOT INDEXED", "v.id BETWEEN ?1 AND ?2");
    /// The versions of an artifact, newest first: ?1 its id, ?2 and ?3 the first and last second.
    TIMELINE = joined!(
        "FROM artifact_versions v INDEXED BY idx_artifact_versions_artifact_created",
        "v.artifact_id = ?1 AND v.created_at BETWEEN ?2 AND ?3 ORDER BY v.created_at DESC"
    );
    /// What walks need of one version: ?1 its id.
    STEP = steps!("INDEXED BY idx_artifact_versions_version_id WHERE version_id = ?1");
    /// What walks need of the versions in the rows ?1 to ?2.
    STEP_ROWS = steps!("NOT INDEXED WHERE id BETWEEN ?1 AND ?2");
    /// A version's place in the graph: ?1 its id.
    VERTEX = vertices!("INDEXED BY idx_artifact_versions_version_id WHERE version_id = ?1");
    /// The places of the versions in the rows ?1 to ?2.
    VERTEX_ROWS = vertices!("NOT INDEXED WHERE id BETWEEN ?1 AND ?2");
    /// The row number of a version; callers insert parents first, so it is a topological order. ?1 its id.
    ORDER_OF = "SELECT id FROM artifact_versions INDEXED BY idx_artifact_versions_version_id WHERE version_id = ?1";
    /// Whose version it is, and its content: ?1 its id.
    IDENTITY = "SELECT artifact_id, content_hash FROM artifact_versions INDEXED BY idx_artifact_versions_version_id \
                WHERE version_id = ?1";
    /// The version ids from ?1 on below ?2, at most ?3.
    IDS_BETWEEN = "SELECT version_id FROM artifact_versions INDEXED BY idx_artifact_versions_version_id \
                   WHERE version_id >= ?1 AND version_id < ?2 ORDER BY version_id LIMIT ?3";
    /// The next content hash from ?1 on below ?2.
    FIRST_CONTENT_FROM = "SELECT content_hash FROM artifact_versions INDEXED BY idx_artifact_versions_content_hash \
                          WHERE content_hash >= ?1 AND content_hash < ?2 ORDER BY content_hash LIMIT 1";
    /// The next content hash after ?1 below ?2.
    FIRST_CONTENT_AFTER = "SELECT content_hash FROM artifact_versions INDEXED BY idx_artifact_versions_content_hash \
                           WHERE content_hash > ?1 AND content_hash < ?2 ORDER BY content_hash LIMIT 1";
    /// The next artifact id after ?1.
    ARTIFACT_AFTER = "SELECT artifact_id FROM artifact_versions INDEXED BY idx_artifact_versions_artifact_created \
                      WHERE artifact_id > ?1 ORDER BY artifact_id LIMIT 1";
    /// The last artifact id up to ?1.
    ARTIFACT_UP_TO = "SELECT artifact_id FROM artifact_versions INDEXED BY idx_artifact_versions_artifact_created \
                      WHERE artifact_id <= ?1 ORDER BY artifact_id DESC LIMIT 1";
    /// The versions marked as orphans.
    ORPHANS = "SELECT version_id FROM artifact_versions INDEXED BY idx_artifact_versions_orphan \
               WHERE orphan = 1 ORDER BY version_id";
    /// How many versions there are. Counting reads a whole index in SQLite, the smallest one.
    COUNT = "SELECT count(*) FROM artifact_versions INDEXED BY idx_artifact_versions_version_id";
    /// Every version id, in order.
    ALL_IDS = "SELECT version_id FROM artifact_versions INDEXED BY idx_artifact_versions_version_id ORDER BY version_id";
    /// The indexed tip of a ref: ?1 its name.
    TIP = "SELECT version_id FROM ref_tips WHERE ref_name = ?1";
    /// The indexed tips of all refs.
    TIPS = "SELECT ref_name, version_id FROM ref_tips";
    /// The state of a project commit: ?1 its id.
    PROJECT_STATE = "SELECT state FROM project_commits WHERE commit_id = ?1";
    /// The base and the depth of a state: ?1 its number.
    STATE_BASE = "SELECT base, depth FROM project_states WHERE state = ?1";
    /// What a state changes of its base: ?1 its number.
    STATE_CHANGES = "SELECT artifact_id, version_id FROM project_state_versions WHERE state = ?1";
}
