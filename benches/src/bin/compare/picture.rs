//! The picture of a group: a bar for each ratio, on a logarithmic scale, so that twice and half are equally far from 1.

use std::fmt::Write;

use oneloop_benches::scenario::Group;

use crate::rows::{Row, Spread};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 110.0;
const BAR: f64 = 16.0;
const GAP: f64 = 14.0;

/// The group's rows as SVG, or nothing where it has none.
pub(crate) fn of(group: Group, rows: &[Row]) -> Option<String> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.group == group).collect();
    let ratios = || rows.iter().flat_map(|row| bars(row));
    let most = ratios().map(|(_, ratio)| ratio.median).fold(1.0, f64::max);
    let least = ratios().map(|(_, ratio)| ratio.median).fold(1.0, f64::min);
    ratios().next()?;
    let scale = Scale::new(least.min(0.5), most.max(2.0));
    let mut body = String::new();
    let mut top = 50.0;
    for row in &rows {
        let text = format!("{} ({})", row.name, row.unit);
        label(&mut body, 10.0, top + BAR, "start", "row", &text);
        top += BAR + 6.0;
        for (peer, ratio) in bars(row) {
            bar(&mut body, &scale, top, peer, ratio);
            top += BAR + 2.0;
        }
        top += GAP;
    }
    let height = top + 10.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\">\n\
         <style>.row{{font-weight:bold;font-size:13px}}.peer{{font-size:12px}}.ours{{fill:#c2410c}}.other{{fill:#94a3b8}}\
         .line{{stroke:#334155;stroke-width:1}}</style>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let title = format!("{}: ratio to the base, longer is better", group.name());
    label(&mut text, 10.0, 24.0, "start", "row", &title);
    scale.lines(&mut text, height);
    text.push_str(&body);
    text.push_str("</svg>\n");
    Some(text)
}

/// The peers of a row with a ratio.
fn bars(row: &Row) -> impl Iterator<Item = (&'static str, Spread)> {
    row.cells.iter().filter_map(|(peer, outcome)| {
        let ratio = outcome.as_ref().ok()?.ratio?;
        Some((*peer, ratio))
    })
}

fn bar(text: &mut String, scale: &Scale, top: f64, peer: &str, ratio: Spread) {
    let (from, to) = (scale.place(1.0), scale.place(ratio.median));
    let (left, width) = (from.min(to), (to - from).abs().max(1.0));
    let class = if peer == "oneloop" { "ours" } else { "other" };
    label(text, LEFT - 60.0, top + 12.0, "end", "peer", peer);
    writeln!(
        text,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>"
    )
    .expect("a string takes all");
    // The thin line is between what eight of ten rounds lie.
    let (low, high, middle) = (
        scale.place(ratio.low),
        scale.place(ratio.high),
        top + BAR / 2.0,
    );
    writeln!(
        text,
        "<path class=\"line\" d=\"M{low:.1} {middle:.1}H{high:.1}\"/>"
    )
    .expect("a string takes all");
    let number = format!("{:.2}", ratio.median);
    label(
        text,
        left.max(high).max(left + width) + 5.0,
        top + 12.0,
        "start",
        "peer",
        &number,
    );
}

fn label(text: &mut String, x: f64, y: f64, anchor: &str, class: &str, words: &str) {
    writeln!(
        text,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    )
    .expect("a string takes all");
}

/// From a ratio to a place across the picture.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    fn new(least: f64, most: f64) -> Scale {
        Scale { least, most }
    }

    fn place(&self, ratio: f64) -> f64 {
        let part =
            (ratio.clamp(self.least, self.most) / self.least).ln() / (self.most / self.least).ln();
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    /// A line for each power of two, and a strong one where the base is.
    fn lines(&self, text: &mut String, height: f64) {
        let mut ratio = 2_f64.powf(self.least.log2().ceil());
        while ratio <= self.most {
            let x = self.place(ratio);
            let color = if ratio == 1.0 { "#334155" } else { "#e2e8f0" };
            writeln!(
                text,
                "<path stroke=\"{color}\" d=\"M{x:.1} 40V{:.1}\"/>",
                height - 10.0
            )
            .expect("a string takes all");
            label(text, x, 36.0, "middle", "peer", &format!("{ratio}"));
            ratio *= 2.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::Group;

    use super::{Scale, of};

    #[test]
    fn twice_and_half_are_equally_far_from_one() {
        let scale = Scale::new(0.25, 16.0);
        let [half, one, two] = [0.5, 1.0, 2.0].map(|ratio| scale.place(ratio));
        assert!(half < one && ((two - one) - (one - half)).abs() < 1e-9);
    }

    #[test]
    fn a_group_without_rows_has_no_picture() {
        assert_eq!(of(Group::Tasks, &[]), None);
    }
}
