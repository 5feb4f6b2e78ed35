//! A text table whose columns are as wide as their widest cell; numbers stand at the right.

/// Lays out rows of cells; the first column stands at the left, the others at the right.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    line(&mut text, &widths, head);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        line(&mut text, &widths, &cells);
    }
    text
}

fn line(text: &mut String, widths: &[usize], cells: &[&str]) {
    let start = text.len();
    for (column, (width, cell)) in widths.iter().zip(cells).enumerate() {
        let padding = " ".repeat(width - cell.chars().count());
        if column == 0 {
            text.push_str(cell);
            text.push_str(&padding);
        } else {
            text.push_str("  ");
            text.push_str(&padding);
            text.push_str(cell);
        }
    }
    let end = text[start..].trim_end().len();
    text.truncate(start + end);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["spawn".to_string(), "1555".to_string()],
            vec!["yield_now".to_string(), "64".to_string()],
        ];
        let expected = "operation  count\n\
                        spawn       1555\n\
                        yield_now     64\n";
        assert_eq!(table(&["operation", "count"], &rows), expected);
    }

    #[test]
    fn no_line_ends_in_spaces() {
        let rows = [vec!["a long name".to_string(), String::new()]];
        assert_eq!(
            table(&["name", "note"], &rows),
            "name         note\na long name\n"
        );
    }
}
