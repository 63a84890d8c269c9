//! Listings of assets: which index leads, what is checked on the way, where a page continues.

use media_domain::{MediaAsset, MediaStatus};
use media_ports::{AssetOrder, AssetQuery, Page, StoreErrorKind};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::asset_rows::{asset_columns, asset_of, with_uses};
use crate::columns::{Columns, limit};
use crate::cursor::Cursor;
use crate::failure::Failure;

/// Most words in one search.
const WORDS: usize = 32;
/// Most libraries, tags and categories in one query.
const GROUPS: usize = 64;
/// A listing by use sorts the assets of a group up to this many, and walks all assets by use beyond.
const SORTED_AT_MOST: i64 = 20_000;

/// A page of the assets that a query wants.
pub(crate) fn page(connection: &Connection, query: &AssetQuery) -> Result<Page<MediaAsset>, Failure> {
    let most = query.limit.min(AssetQuery::MAX_LIMIT);
    let after = query.after.as_deref().map(|after| Cursor::read(after, query.order)).transpose()?;
    let Some(mut listing) = Listing::of(connection, query)? else {
        return Ok(Page { items: Vec::new(), next: None });
    };
    listing.continue_after(query.order, after);
    let mut items = listing.read(connection, query.order, most)?;
    let next = match items.len() > most {
        true => items.get(most.wrapping_sub(1)).map(|last| Cursor::of(last, query.order).write(query.order)),
        false => None,
    };
    items.truncate(most);
    Ok(Page { items, next })
}

/// A group that assets are listed in: a library, a tag or a category.
struct Group {
    /// The table of the listing.
    listing: &'static str,
    /// Its column that names the group.
    column: &'static str,
    /// The group.
    key: i64,
    /// About how many assets are in it.
    size: i64,
}

/// A statement in the making.
struct Listing {
    from: String,
    conditions: Vec<String>,
    values: Vec<Value>,
    /// The table whose columns lead the order of newest first.
    leader: &'static str,
}

impl Listing {
    /// Everything but order and place; `None` when a group that is asked for is empty or unknown.
    fn of(connection: &Connection, query: &AssetQuery) -> Result<Option<Self>, Failure> {
        let Some(mut groups) = groups(connection, query)? else { return Ok(None) };
        // The smallest group leads; the others are looked up for each of its assets.
        groups.sort_by_key(|group| std::cmp::Reverse(group.size));
        let mut listing = Self { from: String::new(), conditions: Vec::new(), values: Vec::new(), leader: "a" };
        match &query.text {
            Some(text) if !text.trim().is_empty() => {
                let Some(words) = match_expression(text)? else { return Ok(None) };
                listing.from = "asset_search s CROSS JOIN assets a ON a.asset_key = s.rowid".to_owned();
                listing.require("asset_search MATCH {}", words);
            }
            _ => listing.lead_by(groups.pop_if(|group| leads(group, query.order)), query),
        }
        for group in groups {
            let Group { listing: table, column, key, .. } = group;
            listing.require(
                &format!(
                    "EXISTS (SELECT 1 FROM {table} g \
                     WHERE g.{column} = {{}} AND g.recency = a.recency AND g.asset_id = a.asset_id)"
                ),
                key,
            );
        }
        listing.add_facts(query);
        Ok(Some(listing))
    }

    fn lead_by(&mut self, group: Option<Group>, query: &AssetQuery) {
        match group {
            Some(Group { listing: table, column, key, .. }) => {
                self.from = format!("{table} m CROSS JOIN assets a ON a.asset_key = m.asset_key");
                self.leader = "m";
                self.require(&format!("m.{column} = {{}}"), key);
            }
            None => {
                let index = match (query.status, query.order) {
                    (Some(MediaStatus::Deleted), _) => "assets_deleted",
                    (_, AssetOrder::NewestFirst) => "assets_by_recency",
                    (_, AssetOrder::MostUsedFirst) => "assets_by_usage",
                };
                self.from = format!("assets a INDEXED BY {index}");
            }
        }
    }

    /// Conditions on the asset's own columns. The words of the first must be those of the partial indexes.
    fn add_facts(&mut self, query: &AssetQuery) {
        let hidden = query.status == Some(MediaStatus::Deleted);
        self.conditions.push(if hidden { "a.status = 'deleted'" } else { "a.status <> 'deleted'" }.to_owned());
        let facts = [
            ("a.status = {}", query.status.filter(|_| !hidden).map(MediaStatus::as_str)),
            ("a.media_type = {}", query.media_type.map(|media_type| media_type.as_str())),
            ("a.format = {}", query.format.map(|format| format.as_str())),
            ("a.provider = {}", query.provider.as_ref().map(|provider| provider.as_str())),
        ];
        for (condition, value) in facts {
            if let Some(value) = value {
                self.require(condition, value.to_owned());
            }
        }
    }

    fn continue_after(&mut self, order: AssetOrder, after: Option<Cursor>) {
        let Some(Cursor { rank, asset_id }) = after else { return };
        let (first, second) = self.order_columns(order);
        self.values.push(rank.into());
        self.values.push(asset_id.into_bytes().to_vec().into());
        let place = self.values.len();
        self.conditions.push(format!("({first}, {second}) > (?{}, ?{place})", place - 1));
    }

    fn order_columns(&self, order: AssetOrder) -> (String, String) {
        match order {
            AssetOrder::NewestFirst => (format!("{}.recency", self.leader), format!("{}.asset_id", self.leader)),
            AssetOrder::MostUsedFirst => ("a.usage_rank".to_owned(), "a.asset_id".to_owned()),
        }
    }

    /// Reads one asset more than fit, which tells whether there is a next page.
    fn read(mut self, connection: &Connection, order: AssetOrder, most: usize) -> Result<Vec<MediaAsset>, Failure> {
        self.values.push(limit(most + 1).into());
        let rows = {
            let mut statement = connection.prepare_cached(&self.sql(order))?;
            statement
                .query_and_then(params_from_iter(self.values), |row| asset_of(&mut Columns::of(row)))?
                .collect::<Result<Vec<_>, _>>()?
        };
        with_uses(connection, rows)
    }

    /// The statement; its last value is the limit.
    fn sql(&self, order: AssetOrder) -> String {
        let (first, second) = self.order_columns(order);
        format!(
            concat!("SELECT ", asset_columns!(), " FROM {} WHERE {} ORDER BY {}, {} LIMIT ?{}"),
            self.from,
            self.conditions.join(" AND "),
            first,
            second,
            self.values.len()
        )
    }

    /// Adds a condition in which `{}` stands for the value.
    fn require(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace("{}", &format!("?{}", self.values.len())));
    }
}

fn leads(group: &Group, order: AssetOrder) -> bool {
    order == AssetOrder::NewestFirst || group.size <= SORTED_AT_MOST
}

/// The groups that a query names; `None` when there is no such group.
fn groups(connection: &Connection, query: &AssetQuery) -> Result<Option<Vec<Group>>, Failure> {
    const LIBRARY: &str = "SELECT library_key, asset_count FROM libraries WHERE library_id = ?1";
    const TAG: &str = "SELECT tag_key, asset_count FROM tags WHERE name = ?1";
    const CATEGORY: &str = "SELECT category_key, asset_count FROM categories WHERE name = ?1";
    let mut wanted = Vec::new();
    if let Some(library_id) = query.library_id {
        wanted.push((
            LIBRARY,
            "library_assets",
            "library_key",
            Value::from(library_id.as_uuid().into_bytes().to_vec()),
        ));
    }
    for tag in &query.tags {
        wanted.push((TAG, "asset_tags", "tag_key", tag.as_str().to_owned().into()));
    }
    for category in &query.categories {
        wanted.push((CATEGORY, "asset_categories", "category_key", category.as_str().to_owned().into()));
    }
    if wanted.len() > GROUPS {
        let message = format!("list assets: {} tags and categories are more than the {GROUPS} allowed", wanted.len());
        return Err(Failure::new(StoreErrorKind::Invalid, message));
    }
    let mut groups = Vec::new();
    for (sql, listing, column, name) in wanted {
        let found = connection
            .prepare_cached(sql)?
            .query_row([name], |row| Ok(Group { listing, column, key: row.get(0)?, size: row.get(1)? }))
            .optional()?;
        match found {
            Some(group) => groups.push(group),
            None => return Ok(None),
        }
    }
    Ok(Some(groups))
}

/// The search for every word of a text, each as the beginning of a word; `None` when there is no word in it.
///
/// Each word is quoted, so that nothing in it is an operator.
fn match_expression(text: &str) -> Result<Option<String>, Failure> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control() || c == '"')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    if words.len() > WORDS {
        let message = format!("search: {} words are more than the {WORDS} allowed", words.len());
        return Err(Failure::new(StoreErrorKind::Invalid, message));
    }
    let expression = words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" ");
    Ok(if expression.is_empty() { None } else { Some(expression) })
}

#[cfg(test)]
mod tests {
    use media_domain::{Category, LibraryId, Tag};
    use uuid::Uuid;

    use super::*;

    /// A catalogue without assets but with a library of a size that counts as large, a tag and a category.
    fn catalogue() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(crate::migrate::MIGRATIONS[0]).unwrap();
        let library = "INSERT INTO libraries (library_id, name, description, owner, created_at, asset_count)
            VALUES (zeroblob(16), 'a', '', '', 0, 1000000);
            INSERT INTO tags (name, asset_count) VALUES ('hero', 900000);
            INSERT INTO categories (name, asset_count) VALUES ('web', 800000)";
        connection.execute_batch(library).unwrap();
        connection
    }

    fn plan(connection: &Connection, query: &AssetQuery) -> String {
        let mut listing = Listing::of(connection, query).unwrap().unwrap();
        listing.continue_after(query.order, Some(Cursor { rank: -1, asset_id: Uuid::nil() }));
        listing.values.push(limit(50).into());
        let sql = format!("EXPLAIN QUERY PLAN {}", listing.sql(query.order));
        let mut statement = connection.prepare(&sql).unwrap();
        let lines = statement.query_map(params_from_iter(listing.values), |row| row.get::<_, String>(3)).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_page_of_a_large_catalogue_is_found_in_an_index_and_never_sorted() {
        let connection = catalogue();
        let library_id = Some(LibraryId::from_uuid(Uuid::nil()));
        let tags = vec![Tag::parse("hero").unwrap()];
        let categories = vec![Category::parse("web").unwrap()];
        for order in [AssetOrder::NewestFirst, AssetOrder::MostUsedFirst] {
            let all = AssetQuery { order, ..AssetQuery::all() };
            let queries = [
                all.clone(),
                AssetQuery { library_id, ..all.clone() },
                AssetQuery { tags: tags.clone(), ..all.clone() },
                AssetQuery { library_id, tags: tags.clone(), categories: categories.clone(), ..all.clone() },
                AssetQuery { status: Some(MediaStatus::Published), ..all },
            ];
            for query in queries {
                let plan = plan(&connection, &query);
                assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{query:?}:\n{plan}");
            }
        }
    }
}
