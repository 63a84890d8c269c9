-- The catalogue. Times are microseconds since 1970 in UTC, enumerations are their words, UUIDs 16 bytes, hashes 32.
-- Every table is STRICT: a sum that leaves 64 bits is refused instead of losing digits.

CREATE TABLE libraries (
    library_key    INTEGER PRIMARY KEY,
    library_id     BLOB NOT NULL UNIQUE,
    name           TEXT NOT NULL UNIQUE,
    description    TEXT NOT NULL,
    owner          TEXT NOT NULL,
    project        TEXT,
    created_at     INTEGER NOT NULL,
    -- Sums over the assets that are not deleted, kept up to date by every commit.
    asset_count    INTEGER NOT NULL DEFAULT 0 CHECK (asset_count >= 0),
    size_bytes     INTEGER NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    usage_count    INTEGER NOT NULL DEFAULT 0 CHECK (usage_count >= 0),
    campaign_count INTEGER NOT NULL DEFAULT 0 CHECK (campaign_count >= 0),
    impressions    INTEGER NOT NULL DEFAULT 0 CHECK (impressions >= 0),
    clicks         INTEGER NOT NULL DEFAULT 0 CHECK (clicks >= 0)
) STRICT;

CREATE TABLE assets (
    asset_key         INTEGER PRIMARY KEY,
    asset_id          BLOB NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    description       TEXT NOT NULL,
    media_type        TEXT NOT NULL,
    width             INTEGER NOT NULL,
    height            INTEGER NOT NULL,
    size_bytes        INTEGER NOT NULL CHECK (size_bytes >= 0),
    format            TEXT NOT NULL,
    metadata          TEXT NOT NULL,
    content_hash      BLOB NOT NULL,
    thumbnail_hash    BLOB,
    uploaded_at       INTEGER NOT NULL,
    status            TEXT NOT NULL,
    deleted_from      TEXT,
    approval          TEXT,
    -- JSON arrays, so that reading an asset needs no join; asset_tags and asset_categories find assets by label.
    tags              TEXT NOT NULL,
    categories        TEXT NOT NULL,
    usage_count       INTEGER NOT NULL CHECK (usage_count >= 0),
    last_used_at      INTEGER,
    provider          TEXT,
    placeholder       INTEGER NOT NULL,
    processing_errors TEXT,
    version           INTEGER NOT NULL,
    -- Negated, so that a listing ascends in every column and a page continues with one row comparison.
    recency           INTEGER GENERATED ALWAYS AS (-uploaded_at) VIRTUAL,
    usage_rank        INTEGER GENERATED ALWAYS AS (-usage_count) VIRTUAL
) STRICT;

CREATE INDEX assets_by_recency ON assets (recency, asset_id) WHERE status <> 'deleted';
CREATE INDEX assets_by_usage ON assets (usage_rank, asset_id) WHERE status <> 'deleted';
CREATE INDEX assets_deleted ON assets (recency, asset_id) WHERE status = 'deleted';
CREATE INDEX assets_by_content_hash ON assets (content_hash, status);
CREATE INDEX assets_by_thumbnail_hash ON assets (thumbnail_hash) WHERE thumbnail_hash IS NOT NULL;

-- How an asset was generated.
CREATE TABLE generation_records (
    asset_key INTEGER PRIMARY KEY REFERENCES assets,
    record    TEXT NOT NULL
) STRICT;

-- The words of an asset; the row id is the asset's key.
CREATE VIRTUAL TABLE asset_search USING fts5 (
    name, description, tags, prompt,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE tags (
    tag_key     INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    -- Assets that carry it, deleted or not: tells a search where to begin.
    asset_count INTEGER NOT NULL CHECK (asset_count >= 0)
) STRICT;

CREATE TABLE asset_tags (
    tag_key   INTEGER NOT NULL REFERENCES tags,
    recency   INTEGER NOT NULL,
    asset_id  BLOB NOT NULL,
    asset_key INTEGER NOT NULL REFERENCES assets,
    PRIMARY KEY (tag_key, recency, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE categories (
    category_key INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    asset_count  INTEGER NOT NULL CHECK (asset_count >= 0)
) STRICT;

CREATE TABLE asset_categories (
    category_key INTEGER NOT NULL REFERENCES categories,
    recency      INTEGER NOT NULL,
    asset_id     BLOB NOT NULL,
    asset_key    INTEGER NOT NULL REFERENCES assets,
    PRIMARY KEY (category_key, recency, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE library_assets (
    library_key INTEGER NOT NULL REFERENCES libraries,
    recency     INTEGER NOT NULL,
    asset_id    BLOB NOT NULL,
    asset_key   INTEGER NOT NULL REFERENCES assets,
    PRIMARY KEY (library_key, recency, asset_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX library_assets_by_asset ON library_assets (asset_key);

CREATE TABLE campaigns (
    campaign_key INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE asset_campaigns (
    asset_key    INTEGER NOT NULL REFERENCES assets,
    campaign_key INTEGER NOT NULL REFERENCES campaigns,
    PRIMARY KEY (asset_key, campaign_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_events (
    usage_key    INTEGER PRIMARY KEY,
    asset_key    INTEGER NOT NULL REFERENCES assets,
    used_at      INTEGER NOT NULL,
    campaign_key INTEGER NOT NULL REFERENCES campaigns,
    contact_id   TEXT
) STRICT;

CREATE INDEX usage_events_by_asset ON usage_events (asset_key, used_at);

-- Assets of a library, not deleted, by label and by campaign.
CREATE TABLE library_tags (
    library_key INTEGER NOT NULL REFERENCES libraries,
    tag_key     INTEGER NOT NULL REFERENCES tags,
    asset_count INTEGER NOT NULL CHECK (asset_count >= 0),
    PRIMARY KEY (library_key, tag_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE library_categories (
    library_key  INTEGER NOT NULL REFERENCES libraries,
    category_key INTEGER NOT NULL REFERENCES categories,
    asset_count  INTEGER NOT NULL CHECK (asset_count >= 0),
    PRIMARY KEY (library_key, category_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE library_campaigns (
    library_key  INTEGER NOT NULL REFERENCES libraries,
    campaign_key INTEGER NOT NULL REFERENCES campaigns,
    asset_count  INTEGER NOT NULL CHECK (asset_count >= 0),
    PRIMARY KEY (library_key, campaign_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE variants (
    variant_key       INTEGER PRIMARY KEY,
    variant_id        BLOB NOT NULL UNIQUE,
    asset_key         INTEGER NOT NULL REFERENCES assets,
    name              TEXT NOT NULL,
    width             INTEGER NOT NULL,
    height            INTEGER NOT NULL,
    format            TEXT NOT NULL,
    content_hash      BLOB NOT NULL,
    performance_score REAL,
    UNIQUE (asset_key, name)
) STRICT;

CREATE INDEX variants_by_content_hash ON variants (content_hash);

CREATE TABLE performance (
    performance_key INTEGER PRIMARY KEY,
    performance_id  BLOB NOT NULL UNIQUE,
    asset_key       INTEGER NOT NULL REFERENCES assets,
    -- No reference: figures outlive a variant that is removed.
    variant_id      BLOB,
    campaign_key    INTEGER NOT NULL REFERENCES campaigns,
    channel         TEXT NOT NULL,
    impressions     INTEGER NOT NULL,
    clicks          INTEGER NOT NULL,
    engagements     INTEGER NOT NULL,
    conversions     INTEGER NOT NULL,
    shares          INTEGER NOT NULL,
    comments        INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    source          TEXT,
    -- Days since 1970 in UTC.
    day             INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX performance_by_source ON performance
    (asset_key, ifnull(variant_id, x''), campaign_key, channel, day, source) WHERE source IS NOT NULL;
CREATE INDEX performance_by_asset ON performance (asset_key, recorded_at);
CREATE INDEX performance_by_variant ON performance (variant_id, recorded_at) WHERE variant_id IS NOT NULL;
CREATE INDEX performance_by_campaign ON performance (campaign_key, recorded_at);
CREATE INDEX performance_by_time ON performance (recorded_at);

-- Sums of an asset's measurements: in one campaign, or in all of them under the campaign key 0.
CREATE TABLE performance_totals (
    campaign_key INTEGER NOT NULL,
    asset_key    INTEGER NOT NULL REFERENCES assets,
    asset_id     BLOB NOT NULL,
    records      INTEGER NOT NULL,
    impressions  INTEGER NOT NULL,
    clicks       INTEGER NOT NULL,
    engagements  INTEGER NOT NULL,
    conversions  INTEGER NOT NULL,
    shares       INTEGER NOT NULL,
    comments     INTEGER NOT NULL,
    click_rate   REAL GENERATED ALWAYS AS
        (CASE WHEN impressions > 0 THEN CAST(clicks AS REAL) / impressions ELSE 0.0 END) VIRTUAL,
    PRIMARY KEY (campaign_key, asset_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX performance_ranking ON performance_totals
    (campaign_key, click_rate DESC, impressions DESC, asset_id) WHERE impressions > 0;

CREATE TABLE suggestions (
    suggestion_key                INTEGER PRIMARY KEY,
    suggestion_id                 BLOB NOT NULL UNIQUE,
    asset_key                     INTEGER NOT NULL REFERENCES assets,
    kind                          TEXT NOT NULL,
    description                   TEXT NOT NULL,
    priority                      TEXT NOT NULL,
    estimated_improvement_percent REAL NOT NULL,
    finding                       TEXT,
    created_at                    INTEGER NOT NULL,
    is_applied                    INTEGER NOT NULL,
    applied_at                    INTEGER,
    new_asset_id                  BLOB
) STRICT;

CREATE UNIQUE INDEX suggestions_open ON suggestions (asset_key, kind) WHERE is_applied = 0;
CREATE INDEX suggestions_by_asset ON suggestions (asset_key, created_at);

CREATE TABLE design_exports (
    export_key  INTEGER PRIMARY KEY,
    export_id   BLOB NOT NULL UNIQUE,
    asset_key   INTEGER NOT NULL REFERENCES assets,
    provider    TEXT NOT NULL,
    result      TEXT NOT NULL,
    dry_run     INTEGER NOT NULL,
    exported_at INTEGER NOT NULL
) STRICT;

CREATE INDEX design_exports_by_asset ON design_exports (asset_key, exported_at);

CREATE TABLE events (
    event_key   INTEGER PRIMARY KEY,
    event_id    BLOB NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    asset_key   INTEGER NOT NULL REFERENCES assets,
    user_id     TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    details     TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_asset ON events (asset_key, happened_at);

-- The journal of paid work.
CREATE TABLE jobs (
    job_key        INTEGER PRIMARY KEY,
    job_id         BLOB NOT NULL UNIQUE,
    request_id     BLOB NOT NULL,
    owner          BLOB NOT NULL,
    user_id        TEXT NOT NULL,
    chain          TEXT NOT NULL,
    request        TEXT NOT NULL,
    library_id     BLOB NOT NULL,
    state          TEXT NOT NULL,
    content_hashes TEXT NOT NULL,
    asset_ids      TEXT NOT NULL,
    failure        TEXT,
    resolution     TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX jobs_by_state ON jobs (state, created_at);
CREATE INDEX jobs_by_time ON jobs (created_at);

CREATE TABLE job_attempts (
    job_key       INTEGER NOT NULL REFERENCES jobs,
    number        INTEGER NOT NULL,
    provider      TEXT NOT NULL,
    state         TEXT NOT NULL,
    handle        TEXT,
    error_kind    TEXT,
    message       TEXT,
    usage         TEXT NOT NULL,
    dispatched_at INTEGER NOT NULL,
    ended_at      INTEGER,
    PRIMARY KEY (job_key, number)
) STRICT, WITHOUT ROWID;
