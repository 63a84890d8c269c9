//! Checks the file's structure, and every sum that is kept against what it sums up.

use media_ports::VerifyFinding;
use rusqlite::Connection;

use crate::audit::audit;
use crate::failure::Failure;

/// A figure that is kept, beside the same figure computed anew.
struct Recount {
    /// What is compared.
    subject: &'static str,
    /// Yields a name for each row in which both differ.
    differences: &'static str,
}

/// Most rows named for one figure.
const FINDINGS_PER_FIGURE: usize = 100;

const RECOUNTS: &[Recount] = &[
    Recount {
        subject: "figures of library",
        differences: "SELECT l.name FROM libraries l
            LEFT JOIN (
                SELECT la.library_key, count(*) AS assets, sum(a.size_bytes) AS size_bytes, sum(a.usage_count) AS usage,
                    sum(coalesce(t.impressions, 0)) AS impressions, sum(coalesce(t.clicks, 0)) AS clicks
                FROM library_assets la JOIN assets a ON a.asset_key = la.asset_key AND a.status <> 'deleted'
                LEFT JOIN performance_totals t ON t.campaign_key = 0 AND t.asset_key = a.asset_key
                GROUP BY la.library_key
            ) s ON s.library_key = l.library_key
            LEFT JOIN (
                SELECT la.library_key, count(DISTINCT ac.campaign_key) AS campaigns
                FROM library_assets la JOIN assets a ON a.asset_key = la.asset_key AND a.status <> 'deleted'
                JOIN asset_campaigns ac ON ac.asset_key = a.asset_key
                GROUP BY la.library_key
            ) c ON c.library_key = l.library_key
            WHERE (l.asset_count, l.size_bytes, l.usage_count, l.impressions, l.clicks, l.campaign_count)
                <> (coalesce(s.assets, 0), coalesce(s.size_bytes, 0), coalesce(s.usage, 0), coalesce(s.impressions, 0),
                    coalesce(s.clicks, 0), coalesce(c.campaigns, 0))",
    },
    Recount {
        subject: "tags of library",
        differences: "WITH recount AS (
                SELECT la.library_key AS library_key, at.tag_key AS label_key, count(*) AS asset_count
                FROM library_assets la JOIN assets a ON a.asset_key = la.asset_key AND a.status <> 'deleted'
                JOIN asset_tags at ON at.asset_key = a.asset_key GROUP BY la.library_key, at.tag_key)
            SELECT l.name FROM libraries l WHERE EXISTS (
                SELECT library_key, label_key, asset_count FROM recount WHERE library_key = l.library_key
                EXCEPT SELECT library_key, tag_key, asset_count FROM library_tags) OR EXISTS (
                SELECT library_key, tag_key, asset_count FROM library_tags WHERE library_key = l.library_key
                EXCEPT SELECT library_key, label_key, asset_count FROM recount)",
    },
    Recount {
        subject: "categories of library",
        differences: "WITH recount AS (
                SELECT la.library_key AS library_key, ac.category_key AS label_key, count(*) AS asset_count
                FROM library_assets la JOIN assets a ON a.asset_key = la.asset_key AND a.status <> 'deleted'
                JOIN asset_categories ac ON ac.asset_key = a.asset_key GROUP BY la.library_key, ac.category_key)
            SELECT l.name FROM libraries l WHERE EXISTS (
                SELECT library_key, label_key, asset_count FROM recount WHERE library_key = l.library_key
                EXCEPT SELECT library_key, category_key, asset_count FROM library_categories) OR EXISTS (
                SELECT library_key, category_key, asset_count FROM library_categories
                    WHERE library_key = l.library_key
                EXCEPT SELECT library_key, label_key, asset_count FROM recount)",
    },
    Recount {
        subject: "campaigns of library",
        differences: "WITH recount AS (
                SELECT la.library_key AS library_key, ac.campaign_key AS campaign_key, count(*) AS asset_count
                FROM library_assets la JOIN assets a ON a.asset_key = la.asset_key AND a.status <> 'deleted'
                JOIN asset_campaigns ac ON ac.asset_key = a.asset_key GROUP BY la.library_key, ac.campaign_key)
            SELECT l.name FROM libraries l WHERE EXISTS (
                SELECT * FROM recount WHERE library_key = l.library_key EXCEPT SELECT * FROM library_campaigns)
                OR EXISTS (SELECT * FROM library_campaigns WHERE library_key = l.library_key
                EXCEPT SELECT * FROM recount)",
    },
    Recount {
        subject: "assets that carry tag",
        differences: "SELECT t.name FROM tags t WHERE t.asset_count
            <> (SELECT count(*) FROM asset_tags at WHERE at.tag_key = t.tag_key)",
    },
    Recount {
        subject: "assets in category",
        differences: "SELECT c.name FROM categories c WHERE c.asset_count
            <> (SELECT count(*) FROM asset_categories ac WHERE ac.category_key = c.category_key)",
    },
    Recount {
        subject: "tags of asset",
        differences: "WITH listed AS (SELECT at.asset_key, t.name FROM asset_tags at JOIN tags t USING (tag_key)),
                written AS (SELECT a.asset_key, label.value FROM assets a, json_each(a.tags) label),
                differing AS (SELECT * FROM (SELECT * FROM listed EXCEPT SELECT * FROM written)
                    UNION SELECT * FROM (SELECT * FROM written EXCEPT SELECT * FROM listed))
            SELECT DISTINCT a.name FROM differing d JOIN assets a ON a.asset_key = d.asset_key",
    },
    Recount {
        subject: "categories of asset",
        differences: "WITH listed AS (
                    SELECT ac.asset_key, c.name FROM asset_categories ac JOIN categories c USING (category_key)),
                written AS (SELECT a.asset_key, label.value FROM assets a, json_each(a.categories) label),
                differing AS (SELECT * FROM (SELECT * FROM listed EXCEPT SELECT * FROM written)
                    UNION SELECT * FROM (SELECT * FROM written EXCEPT SELECT * FROM listed))
            SELECT DISTINCT a.name FROM differing d JOIN assets a ON a.asset_key = d.asset_key",
    },
    Recount {
        subject: "place in listings of asset",
        differences: "SELECT DISTINCT a.name FROM assets a JOIN (
                SELECT asset_key, asset_id, recency FROM library_assets
                UNION ALL SELECT asset_key, asset_id, recency FROM asset_tags
                UNION ALL SELECT asset_key, asset_id, recency FROM asset_categories
            ) place ON place.asset_key = a.asset_key WHERE (place.asset_id, place.recency) <> (a.asset_id, a.recency)",
    },
    Recount {
        subject: "sums of measurements of asset",
        differences: "WITH recount AS (
                SELECT campaign_key, asset_key, count(*), sum(impressions), sum(clicks), sum(engagements),
                    sum(conversions), sum(shares), sum(comments) FROM performance GROUP BY campaign_key, asset_key
                UNION ALL SELECT 0, asset_key, count(*), sum(impressions), sum(clicks), sum(engagements),
                    sum(conversions), sum(shares), sum(comments) FROM performance GROUP BY asset_key),
                kept AS (SELECT campaign_key, asset_key, records, impressions, clicks, engagements, conversions, shares,
                    comments FROM performance_totals),
                differing AS (SELECT * FROM (SELECT * FROM recount EXCEPT SELECT * FROM kept)
                    UNION SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM recount))
            SELECT DISTINCT a.name FROM differing d JOIN assets a ON a.asset_key = d.asset_key",
    },
    Recount {
        subject: "searchable words of asset",
        differences: "SELECT a.name FROM assets a
            WHERE NOT EXISTS (SELECT 1 FROM asset_search_docsize d WHERE d.id = a.asset_key)",
    },
];

/// Everything that is wrong; nothing when all is well.
pub(crate) fn check(connection: &Connection) -> Result<Vec<VerifyFinding>, Failure> {
    let mut findings = structure(connection)?;
    findings.extend(references(connection)?);
    for recount in RECOUNTS {
        let mut statement = connection.prepare(recount.differences)?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?.take(FINDINGS_PER_FIGURE);
        for name in names {
            let subject = format!("{} {:?}", recount.subject, name?);
            findings.push(VerifyFinding { subject, problem: "what is kept differs from a recount".to_owned() });
        }
    }
    findings.extend(audit(connection)?.into_iter().take(FINDINGS_PER_FIGURE));
    Ok(findings)
}

fn structure(connection: &Connection) -> Result<Vec<VerifyFinding>, Failure> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let finding = |problem| VerifyFinding { subject: "the catalogue's file".to_owned(), problem };
    Ok(lines.into_iter().filter(|line| line != "ok").map(finding).collect())
}

fn references(connection: &Connection) -> Result<Vec<VerifyFinding>, Failure> {
    let mut statement = connection.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check")?;
    let rows = statement.query_map([], |row| {
        let (table, row_id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let row_id = row_id.map(|row_id| format!(" row {row_id}")).unwrap_or_default();
        Ok(VerifyFinding {
            subject: format!("{table}{row_id}"),
            problem: format!("refers to a row of {parent} that is missing"),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
