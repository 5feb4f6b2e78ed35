//! The picture of a group: a bar for each ratio, on a logarithmic scale, so that twice and half are equally far from 1.
//! Colors follow what the reader's screen prefers, light or dark.

use std::fmt::Write;

use oneloop_benches::scenario::Group;

use crate::markdown::{digits, times};
use crate::rows::{Numbers, Row, Spread};
use crate::verdict::OURS;

const WIDTH: f64 = 900.0;
/// Where the bars begin; names of peers stand before it.
const LEFT: f64 = 170.0;
/// What is left behind the longest bar, for its numbers.
const RIGHT: f64 = 200.0;
/// From one bar to the next, and how high it is.
const STEP: f64 = 19.0;
const BAR: f64 = 13.0;
/// The title, its explanation, and the scale.
const HEAD: f64 = 92.0;
/// Between two lines of the scale there is at least so much room.
const ROOM: f64 = 34.0;

const STYLE: &str = "\
text{font-family:system-ui,sans-serif;font-size:12px;fill:#1f2937}\
.title{font-size:17px;font-weight:bold}.row{font-size:14px;font-weight:bold}.weak{fill:#6b7280}\
.paper{fill:#ffffff}.grid{stroke:#e5e7eb}.base{stroke:#6b7280;stroke-width:1.5}\
.ours{fill:#c2410c}.other{fill:#94a3b8}.own{font-weight:bold}.spread{stroke:#111827;stroke-width:1.5}\
@media (prefers-color-scheme:dark){\
text{fill:#e5e7eb}.weak{fill:#9ca3af}.paper{fill:#0d1117}.grid{stroke:#262c36}.base{stroke:#9ca3af}\
.ours{fill:#f97316}.other{fill:#64748b}.spread{stroke:#f9fafb}}";

/// The group's rows as SVG, or nothing where no row has ratios.
pub(crate) fn of(group: Group, rows: &[Row]) -> Option<String> {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.group == group && bars(row).next().is_some())
        .collect();
    rows.first()?;
    let ratios = || rows.iter().flat_map(|row| bars(row));
    let most = ratios().map(|(.., ratio)| ratio.high).fold(2.0, f64::max);
    let least = ratios().map(|(.., ratio)| ratio.low).fold(0.5, f64::min);
    let scale = Scale { least, most };
    let mut body = String::new();
    let mut top = HEAD;
    for row in &rows {
        let base = format!("{}, base {}", row.unit, row.base);
        line(
            &mut body,
            format_args!(
                "<text class=\"row\" x=\"10\" y=\"{:.1}\">{} <tspan class=\"weak\" font-size=\"12\" font-weight=\"normal\">{}</tspan></text>",
                top + 14.0,
                escaped(&row.name),
                escaped(&base)
            ),
        );
        top += 22.0;
        for (peer, numbers, ratio) in bars(row) {
            bar(&mut body, &scale, top, row, (peer, numbers, ratio));
            top += STEP;
        }
        top += 10.0;
    }
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top:.0}\" width=\"{WIDTH}\" height=\"{top:.0}\">\n\
         <style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{top:.0}\"/>\n\
         <text class=\"title\" x=\"10\" y=\"26\">{}: how many times better than the base</text>\n\
         <text class=\"weak\" x=\"10\" y=\"46\">Longer to the right is better; the scale is logarithmic. The thin line: between what eight of ten rounds (or draws) lie.</text>\n",
        group.name()
    );
    scale.lines(&mut text, top);
    text.push_str(&body);
    text.push_str("</svg>\n");
    Some(text)
}

/// The peers of a row with a ratio that can be drawn.
fn bars(row: &Row) -> impl Iterator<Item = (&'static str, &Numbers, Spread)> {
    row.cells.iter().filter_map(|(peer, outcome)| {
        let numbers = outcome.as_ref().ok()?;
        let drawn = |ratio: &Spread| ratio.low > 0.0 && ratio.high.is_finite();
        Some((*peer, numbers, numbers.ratio.filter(drawn)?))
    })
}

fn bar(
    text: &mut String,
    scale: &Scale,
    top: f64,
    row: &Row,
    (peer, numbers, ratio): (&str, &Numbers, Spread),
) {
    let (from, to) = (scale.place(1.0), scale.place(ratio.median));
    let (low, high) = (scale.place(ratio.low), scale.place(ratio.high));
    let (left, width) = (from.min(to), (to - from).abs().max(1.5));
    let (class, name) = match peer {
        OURS => ("ours", " class=\"own\""),
        _ => ("other", ""),
    };
    let (words, middle) = (top + BAR - 2.0, top + BAR / 2.0);
    line(
        text,
        format_args!(
            "<text{name} x=\"{:.1}\" y=\"{words:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 12.0,
            escaped(peer)
        ),
    );
    line(
        text,
        format_args!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>"
        ),
    );
    if high - low > 1.0 {
        line(
            text,
            format_args!("<path class=\"spread\" d=\"M{low:.1} {middle:.1}H{high:.1}\"/>"),
        );
    }
    let unit = row.unit.split(' ').next().unwrap_or_default();
    let value = format!("{} {unit}", digits(numbers.median));
    let number = match peer == row.base {
        true => "base".to_string(),
        false => format!("{}×", times(ratio.median)),
    };
    // Behind everything that is drawn, and so never in the way of it.
    let x = (left + width).max(high).max(from) + 6.0;
    line(
        text,
        format_args!(
            "<text{name} x=\"{x:.1}\" y=\"{words:.1}\">{number} <tspan class=\"weak\">{}</tspan></text>",
            escaped(&value)
        ),
    );
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    writeln!(text, "{words}").expect("a string takes all");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// From a ratio to a place across the picture.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    fn place(&self, ratio: f64) -> f64 {
        let part = (ratio / self.least).ln() / (self.most / self.least).ln();
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    /// How many times the next line's ratio is this one's: a power of two that leaves room for both numbers.
    fn step(&self) -> f64 {
        let mut step = 2.0;
        while self.place(step) - self.place(1.0) < ROOM {
            step *= 2.0;
        }
        step
    }

    /// A line for each step, and a strong one where the base is.
    fn lines(&self, text: &mut String, bottom: f64) {
        let step = self.step();
        let mut ratio = 1.0;
        while ratio / step >= self.least {
            ratio /= step;
        }
        while ratio <= self.most {
            let x = self.place(ratio);
            let (class, name) = match ratio == 1.0 {
                true => ("base", "base".to_string()),
                false if ratio < 1.0 => ("grid", format!("1/{}", 1.0 / ratio)),
                false => ("grid", format!("{ratio}×")),
            };
            line(
                text,
                format_args!(
                    "<path class=\"{class}\" d=\"M{x:.1} {:.1}V{:.1}\"/>",
                    HEAD - 16.0,
                    bottom - 8.0
                ),
            );
            line(
                text,
                format_args!(
                    "<text class=\"weak\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
                    HEAD - 22.0
                ),
            );
            ratio *= step;
        }
    }
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::Group;

    use super::{ROOM, Scale, of};
    use crate::rows::{Better, Row};

    #[test]
    fn twice_and_half_are_equally_far_from_one() {
        let scale = Scale {
            least: 0.25,
            most: 16.0,
        };
        let [half, one, two] = [0.5, 1.0, 2.0].map(|ratio| scale.place(ratio));
        assert!(half < one && ((two - one) - (one - half)).abs() < 1e-9);
    }

    #[test]
    fn lines_of_the_scale_have_room_for_their_numbers() {
        for (least, most) in [(0.5, 2.0), (0.01, 64.0), (0.000_1, 10_000.0)] {
            let scale = Scale { least, most };
            assert!(scale.place(scale.step()) - scale.place(1.0) >= ROOM);
        }
    }

    #[test]
    fn a_picture_names_its_base_its_unit_and_every_peer() {
        let outcomes = vec![
            ("oneloop", Ok(vec![vec![50.0]; 5])),
            ("hyper", Ok(vec![vec![100.0]; 5])),
            ("nginx", Err("it is missing".to_string())),
        ];
        let row = Row::of_one(
            "http_64",
            Group::Http,
            "us CPU",
            "hyper",
            Better::Less,
            outcomes,
        );
        let picture = of(Group::Http, &[row]).expect("it has ratios");
        for words in [
            "us CPU, base hyper",
            ">oneloop<",
            "2.00×",
            "50 us",
            "prefers-color-scheme:dark",
        ] {
            assert!(picture.contains(words), "{words}: {picture}");
        }
        assert!(!picture.contains("nginx"));
    }

    #[test]
    fn a_group_without_rows_has_no_picture() {
        assert_eq!(of(Group::Tasks, &[]), None);
    }
}
