//! Draws the race: two panels of bars beside the names of the contenders.

use std::fmt::Write;

use crate::found::{Cost, Row};

/// Draws logouts, and the CPU time that a read and a write add. Its colours suit a light and a dark
/// page.
pub(crate) fn draw(rows: &[Row]) -> String {
    let height = TOP + rows.len() * STEP + 52;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\">\n<title>{DESCRIPTION}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    text(&mut svg, "head", (20.0, 30.0), TITLE);
    for (at, row) in rows.iter().enumerate() {
        text(&mut svg, "name", (LEFT - 10.0, middle(at)), row.name);
    }
    let logouts = Panel::new(
        LEFT,
        300.0,
        rows.iter().map(|row| logouts_of(row).iter().sum()),
    );
    let unit = "number of logouts, faint: from the SIGKILL of Redis on";
    logouts.frame(&mut svg, height, "logouts", unit);
    for (at, row) in rows.iter().enumerate() {
        let told = row.race.told(|it| it.logouts);
        logouts.bar(&mut svg, "lost", (at, 0), &logouts_of(row), &told);
    }
    let costs = || rows.iter().filter_map(|row| row.cost.as_ref());
    let cpu = Panel::new(
        LEFT + 390.0,
        300.0,
        costs().map(|cost| both(cost)[1].iter().sum()),
    );
    cpu.frame(
        &mut svg,
        height,
        "added CPU",
        "microseconds a request, read above write; faint: Redis itself",
    );
    for (at, row) in rows.iter().enumerate() {
        for (half, parts) in row.cost.iter().flat_map(both).enumerate() {
            let class = ["read", "write"][half];
            let sum: f64 = parts.iter().sum();
            cpu.bar(
                &mut svg,
                class,
                (at, half + 1),
                &parts,
                &format!("{sum:.1}"),
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// A scale from nothing to the greatest value.
struct Panel {
    left: f64,
    width: f64,
    most: f64,
}

impl Panel {
    fn new(left: f64, width: f64, values: impl Iterator<Item = f64>) -> Self {
        Self {
            left,
            width,
            most: values.fold(1.0, f64::max),
        }
    }

    /// Draws a heading, the axis and its unit.
    fn frame(&self, svg: &mut String, height: usize, heading: &str, unit: &str) {
        let (left, right) = (self.left, self.left + self.width);
        let bottom = as_f64(height) - 44.0;
        text(svg, "part", (left, 56.0), heading);
        _ = writeln!(
            svg,
            "<path class=\"axis\" d=\"M{left} 66V{bottom}H{right}\"/>"
        );
        for (x, value) in [(left, 0.0), (right, self.most)] {
            text(svg, "tick", (x, bottom + 16.0), &format!("{value:.0}"));
        }
        let middle = left + self.width / 2.0;
        text(svg, "tick", (middle, bottom + 34.0), unit);
    }

    /// Draws a bar over the full height of a row or over its first or second half, in consecutive
    /// parts, with their sum.
    fn bar(
        &self,
        svg: &mut String,
        class: &str,
        (row, half): (usize, usize),
        parts: &[f64],
        sum: &str,
    ) {
        let top = middle(row) - 16.0 + if half == 2 { 12.0 } else { 0.0 };
        let height = if half == 0 { 23.0 } else { 11.0 };
        let mut x = self.left;
        for (part, value) in parts.iter().enumerate() {
            let width = value.max(0.0) / self.most * self.width;
            let faint = if part == 0 { "" } else { " faint" };
            _ = writeln!(
                svg,
                "<rect class=\"{class}{faint}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
                 height=\"{height}\"/>"
            );
            x += width;
        }
        text(svg, "value", (x + 5.0, top + height / 2.0 + 4.0), sum);
    }
}

/// Returns how many were logged out before Redis died, and since then.
fn logouts_of(row: &Row) -> Vec<f64> {
    let parts = [Some(row.race.losses), row.race.after_redis];
    let parts = parts.into_iter().flatten();
    parts.map(|losses| f64::from(losses.logouts)).collect()
}

/// Returns what a read and a write add, in microseconds: the server's part and that of Redis.
fn both(cost: &Cost) -> [Vec<f64>; 2] {
    let us = |own: f64, redis: Option<f64>| {
        let parts = [Some(own), redis].into_iter().flatten();
        parts.map(|ns| ns / 1e3).collect()
    };
    [
        us(cost.read_ns, cost.redis_read_ns),
        us(cost.write_ns, cost.redis_write_ns),
    ]
}

fn text(svg: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
    );
}

fn middle(row: usize) -> f64 {
    as_f64(TOP + row * STEP) + 14.0
}

fn as_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

const DESCRIPTION: &str = "Three replicas, rolling key rotations, one replica and then Redis killed: logouts, \
                           and CPU that a session adds";
const TITLE: &str = "The race: who was logged out, and what sessions cost";
const WIDTH: usize = 1000;
const TOP: usize = 72;
const STEP: usize = 33;
/// Wide enough for the longest name, in fonts that are wider than most.
const LEFT: f64 = 240.0;
/// Two colours that people with colour blindness can tell apart, on white and on black.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#222}.head{font-size:16px;font-weight:600}.part{font-weight:600}\
.name{text-anchor:end}.tick{font-size:11px;text-anchor:middle}.value{font-size:11px}\
.page{fill:#fff}.axis{fill:none;stroke:#888}.lost{fill:#d55e00}.read{fill:#56b4e9}.write{fill:#0072b2}\
.faint{opacity:.45}\
@media(prefers-color-scheme:dark){text{fill:#ddd}.page{fill:#161616}.axis{stroke:#777}.write{fill:#3a8fd0}}";
