//! Draws the seat map of a venue of the demo as SVG:
//! `cargo run -p onsale-catalogue --example seat_map_svg -- kestrel-hall > kestrel-hall.svg`

use std::fmt::Write;

use onsale_catalogue::demo::{self, DemoSize};
use onsale_domain::seat_map::{Point, SeatMap, SectionKind, SectionOutlines, Shape, ShapeKind};

fn main() -> Result<(), String> {
    let key = std::env::args().nth(1).unwrap_or_else(|| "kestrel-hall".to_owned());
    let (today, size) = (onsale_domain::Timestamp(0), DemoSize::Full);
    let venues = demo::generate(1, today, size).venues;
    let venue = venues.iter().find(|venue| venue.key == key);
    let venue = venue.ok_or_else(|| format!("there is no venue `{key}`"))?;
    println!("{}", svg(&venue.seat_map).map_err(|error| error.to_string())?);
    Ok(())
}

fn points(outline: &[Point]) -> String {
    outline.iter().map(|point| format!("{},{} ", point.x, point.y)).collect()
}

fn svg(map: &SeatMap) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" text-anchor="middle"><rect width="100%" height="100%" fill="#faf8f4"/>"##,
        map.width, map.height
    )?;
    for shape in &map.shapes {
        draw_shape(&mut out, shape)?;
    }
    let outlines = SectionOutlines::new(map);
    let radius = map.typical_spacing() / 3.0;
    for (number, section) in map.sections.iter().enumerate() {
        let outline = points(outlines.outline(number));
        writeln!(out, r##"<polygon points="{outline}" fill="#ece7dd" stroke="#d8d1c3"/>"##)?;
        for seat in section.rows().iter().flat_map(|row| &row.seats) {
            let color = &map.categories[usize::from(seat.category.0)].color;
            let stroke = if seat.accessible { "#222" } else { "none" };
            let Point { x, y } = seat.position;
            writeln!(
                out,
                r##"<circle cx="{x}" cy="{y}" r="{radius}" fill="{color}" stroke="{stroke}" stroke-width="3"/>"##
            )?;
        }
        let label = outlines.label_point(number).unwrap_or_default();
        let size = if map.seat_count() > 5000 { 70 } else { 22 };
        let standing = match &section.kind {
            SectionKind::Standing { capacity, .. } => format!(", {capacity} standing"),
            SectionKind::Seated { .. } => String::new(),
        };
        writeln!(
            out,
            r##"<text x="{}" y="{}" font-size="{size}" fill="#222" stroke="#faf8f4" stroke-width="5" paint-order="stroke">{}{standing}</text>"##,
            label.x, label.y, section.name
        )?;
    }
    out.push_str("</svg>");
    Ok(out)
}

fn draw_shape(out: &mut String, shape: &Shape) -> std::fmt::Result {
    let fill = if shape.is_stage { "#3a3733" } else { "#cfc7b8" };
    let middle = match &shape.kind {
        ShapeKind::Polygon(corners) => {
            writeln!(out, r##"<polygon points="{}" fill="{fill}"/>"##, points(corners))?;
            onsale_domain::seat_map::Bounds::around(corners.iter().copied())
                .map_or(Point::default(), |bounds| bounds.center())
        }
        ShapeKind::Ellipse { center, radius_x, radius_y } => {
            writeln!(
                out,
                r##"<ellipse cx="{}" cy="{}" rx="{radius_x}" ry="{radius_y}" fill="{fill}"/>"##,
                center.x, center.y
            )?;
            *center
        }
        ShapeKind::Text(point) => *point,
    };
    writeln!(
        out,
        r##"<text x="{}" y="{}" font-size="24" fill="#faf8f4">{}</text>"##,
        middle.x,
        middle.y + 8.0,
        shape.text
    )
}
