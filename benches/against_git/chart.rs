//! Lines on logarithmic axes, as SVG.

use std::fmt::Write as _;

/// What one line shows: sizes, and times in milliseconds.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Series {
    /// The time at the largest size over that at this one.
    pub(crate) fn over(&self, size: f64) -> f64 {
        let at = |size: f64| self.points.iter().find(|point| point.0 == size).map(|point| point.1);
        let largest = self.points.last().map(|point| point.1);
        largest
            .zip(at(size))
            .map_or(f64::NAN, |(largest, small)| largest / small)
    }

    /// The power of the size that the time grows with: the slope of the line that fits best on logarithmic axes.
    pub(crate) fn exponent(&self) -> f64 {
        let points: Vec<_> = self.points.iter().map(|(size, time)| (size.ln(), time.ln())).collect();
        let count = points.len() as f64;
        let (x, y) = points
            .iter()
            .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (x, y) = (x / count, y / count);
        let above: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        above / below
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 45.0;
/// Told apart by people who see few colours, too; what is git's is dashed.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00",
];

/// The chart of some lines.
pub(crate) fn draw(title: &str, all: &[Series]) -> String {
    let points = || all.iter().flat_map(|series| &series.points);
    let decades = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low.log10().floor(), high.log10().ceil().max(low.log10().floor() + 1.0))
    };
    let (x_low, x_high) = decades(&mut points().map(|point| point.0));
    let (y_low, y_high) = decades(&mut points().map(|point| point.1));
    let x = |size: f64| LEFT + (size.log10() - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT);
    let y = |time: f64| HEIGHT - BOTTOM - (time.log10() - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"14\">{title}</text>\n"
    );
    let mut put = |line: String| writeln!(svg, "{line}").expect("a String takes all");
    for power in x_low as i32..=x_high as i32 {
        let at = x(10f64.powi(power));
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        put(format!("<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"#ddd\"/>"));
        let label = bottom + 18.0;
        put(format!(
            "<text x=\"{at:.1}\" y=\"{label}\" text-anchor=\"middle\">10<tspan dy=\"-5\" font-size=\"9\">{power}</tspan></text>"
        ));
    }
    for power in y_low as i32..=y_high as i32 {
        let at = y(10f64.powi(power));
        let (left, right) = (LEFT, WIDTH - RIGHT);
        put(format!("<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/>"));
        let (label, time) = (left - 8.0, 10f64.powi(power));
        put(format!(
            "<text x=\"{label}\" y=\"{:.1}\" text-anchor=\"end\">{time} ms</text>",
            at + 4.0
        ));
    }
    for (number, (series, colour)) in all.iter().zip(COLOURS).enumerate() {
        let line: Vec<String> = series
            .points
            .iter()
            .map(|(size, time)| format!("{:.1},{:.1}", x(*size), y(*time)))
            .collect();
        let dashes = if series.name.starts_with("git ") {
            " stroke-dasharray=\"6 4\""
        } else {
            ""
        };
        put(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>",
            line.join(" ")
        ));
        let (left, at) = (WIDTH - RIGHT + 12.0, TOP + 14.0 + 20.0 * number as f64);
        put(format!(
            "<path d=\"M{left} {at:.1}h20\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left + 26.0,
            at + 4.0,
            series.name
        ));
    }
    put("</svg>".to_owned());
    svg
}
