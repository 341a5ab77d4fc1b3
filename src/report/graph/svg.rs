//! Pictures as a self-contained SVG. A library says where boxes and arrows go; this writes them.

use super::View;
use super::picture::{Arrow, Kind, Node, draw};
use crate::report::inert;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{self, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;
use std::fmt::Write as _;

/// Arrows that can be laid out so that anybody could read them.
const ARROWS: usize = 300;

/// Points of the text.
const FONT: usize = 13;

/// The width of a character of the text.
const CHARACTER: f64 = 7.9;

/// The height of a line.
const LINE: f64 = 18.0;

/// Room around what is drawn.
const MARGIN: f64 = 20.0;

/// One picture; a reason where there is too much for one.
pub fn picture(views: &[View<'_>]) -> Result<String, String> {
    let picture = draw(views);
    let count = picture.arrows.len();
    if count > ARROWS {
        return Err(format!(
            "{count} arrows are too many for a picture: choose with --root, --from or --to, or take \
             --format dot"
        ));
    }
    let mut canvas = Canvas::default();
    if !picture.nodes.is_empty() {
        let mut graph = VisualGraph::new(Orientation::LeftToRight);
        let handles: Vec<_> =
            picture.nodes.iter().map(|node| graph.add_node(element(node))).collect();
        for one in &picture.arrows {
            graph.add_edge(arrow(one), handles[one.from], handles[one.to]);
        }
        graph.do_it(false, false, false, &mut canvas);
    }
    Ok(canvas.document(views))
}

/// A number of characters or lines, as the library counts.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn element(node: &Node) -> Element {
    let mut lines = node.lines.clone();
    if !node.group.is_empty() {
        lines.insert(0, format!("[{}]", node.group));
    }
    let text = lines.iter().map(|line| inert(line)).collect::<Vec<_>>().join("\n");
    let widest = lines.iter().map(|line| inert(line).chars().count()).max().unwrap_or(1);
    let size = Point::new(count(widest) * CHARACTER + 24.0, count(lines.len()) * LINE + 16.0);
    let fill = match node.kind {
        Kind::Outside => 0xe8f0_feff,
        Kind::AnyPod => 0xf1f3_f4ff,
        Kind::Workloads if node.open => 0xfde2_e1ff,
        Kind::Workloads => 0xffff_ffff,
    };
    let rounded = if node.kind == Kind::Workloads { 3 } else { 14 };
    let look = StyleAttr::new(Color::new(0x3c40_43ff), 1, Some(Color::new(fill)), rounded, FONT);
    Element::create(ShapeKind::new_box(&text), look, Orientation::LeftToRight, size)
}

fn arrow(arrow: &Arrow) -> shapes::Arrow {
    let labels: Vec<String> = arrow.labels.iter().map(|label| inert(label).into_owned()).collect();
    let style = if arrow.sure { LineStyleKind::Normal } else { LineStyleKind::Dashed };
    let look = StyleAttr::new(Color::new(0x5f63_68ff), 1, None, 0, FONT);
    let (start, end) = (LineEndKind::None, LineEndKind::Arrow);
    shapes::Arrow::new(start, end, style, &labels.join("\n"), &look, &None, &None)
}

/// Takes what the library draws.
#[derive(Default)]
struct Canvas {
    boxes: String,
    arrows: String,
    texts: String,
    /// The lower right corner of everything.
    width: f64,
    height: f64,
    /// The upper left one.
    left: f64,
    top: f64,
}

impl Canvas {
    fn reach(&mut self, low: Point, high: Point) {
        self.left = self.left.min(low.x);
        self.top = self.top.min(low.y);
        self.width = self.width.max(high.x);
        self.height = self.height.max(high.y);
    }

    fn document(&self, views: &[View<'_>]) -> String {
        let (left, top) = (self.left - MARGIN, self.top - MARGIN);
        let (width, height) = (self.width - left + MARGIN, self.height - top + MARGIN);
        let names: Vec<&str> = views.iter().map(|view| view.name).collect();
        let title = escaped(&inert(&format!("Who may reach whom: {}", names.join(", "))));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width:.0}\" \
             height=\"{height:.0}\" viewBox=\"{left:.0} {top:.0} {width:.0} {height:.0}\" \
             font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"{FONT}\">\n\
             <title>{title}</title>\n\
             <defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" \
             markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\" \
             fill=\"#5f6368\"/></marker></defs>\n\
             <rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             fill=\"#ffffff\"/>\n{}{}{}</svg>\n",
            self.arrows, self.boxes, self.texts
        )
    }
}

impl RenderBackend for Canvas {
    fn draw_rect(
        &mut self,
        at: Point,
        size: Point,
        look: &StyleAttr,
        _: Option<String>,
        _: Option<ClipHandle>,
    ) {
        self.reach(at, at.add(size));
        let fill = look.fill_color.map_or("none".to_owned(), |one| one.to_web_color());
        let _ = writeln!(
            self.boxes,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{}\" \
             fill=\"{fill}\" stroke=\"{}\"/>",
            at.x,
            at.y,
            size.x,
            size.y,
            look.rounded,
            look.line_color.to_web_color()
        );
    }

    /// Lines and circles are parts of shapes that are not used here.
    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, at: Point, text: &str, look: &StyleAttr) {
        let lines: Vec<&str> = text.lines().collect();
        let height = count(lines.len()) * LINE;
        let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let half = Point::new(count(widest) * CHARACTER / 2.0, height / 2.0);
        self.reach(at.sub(half), at.add(half));
        if look.fill_color.is_none() {
            // What arrows say stands on them.
            let (corner, size) = (at.sub(half), half.add(half));
            let _ = writeln!(
                self.texts,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                 fill=\"#ffffff\"/>",
                corner.x, corner.y, size.x, size.y
            );
        }
        for (number, line) in lines.into_iter().enumerate() {
            let y = at.y - height / 2.0 + (count(number) + 0.72) * LINE;
            let _ = writeln!(
                self.texts,
                "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" \
                 fill=\"#202124\">{}</text>",
                at.x,
                escaped(line)
            );
        }
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        dashed: bool,
        head: (bool, bool),
        look: &StyleAttr,
        _: Option<String>,
        _: &str,
    ) {
        let [first, second, rest @ ..] = path else { return };
        for (one, other) in path {
            self.reach(*one, *one);
            self.reach(*other, *other);
        }
        let mut line = format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            first.0.x,
            first.0.y,
            first.1.x,
            first.1.y,
            second.0.x,
            second.0.y,
            second.1.x,
            second.1.y
        );
        for (control, end) in rest {
            let _ = write!(line, "S{:.1} {:.1} {:.1} {:.1}", control.x, control.y, end.x, end.y);
        }
        let dash = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let start = if head.0 { " marker-start=\"url(#head)\"" } else { "" };
        let end = if head.1 { " marker-end=\"url(#head)\"" } else { "" };
        let colour = look.line_color.to_web_color();
        let _ = writeln!(
            self.arrows,
            "<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\"{dash}{start}{end}/>"
        );
    }

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}
