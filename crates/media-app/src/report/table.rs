//! Tables and figures for people.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use media_domain::FileSize;

/// The head of a column.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Words, to the left.
    Text(&'static str),
    /// Figures, to the right.
    Number(&'static str),
}

/// Lays out a table; `when_empty` stands in its place when there is no row.
pub fn table(columns: &[Column], rows: Vec<Vec<String>>, when_empty: &str) -> String {
    if rows.is_empty() {
        return when_empty.to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(|column| match column {
        Column::Text(name) | Column::Number(name) => name.to_uppercase(),
    }));
    for row in rows {
        let cells = row.into_iter().zip(columns).map(|(text, column)| match column {
            Column::Text(_) => Cell::new(clean(&text)),
            Column::Number(_) => Cell::new(text).set_alignment(CellAlignment::Right),
        });
        table.add_row(cells);
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// A rate from 0 to 1 in per cent.
pub fn percent(rate: f64) -> String {
    format!("{:.2} %", rate * 100.0)
}

/// A number of bytes.
pub fn bytes_of(bytes: u64) -> String {
    FileSize::from_bytes(bytes).to_string()
}

/// Items with commas between them; a dash for none.
pub fn list_of<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

/// The text without what could move the cursor or colour the terminal; line breaks become spaces.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
