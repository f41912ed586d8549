//! Eight palettes. Each is a dark ground, three loud colours and a light one.

/// Colours of one poster, as `#rrggbb`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    /// Behind everything.
    pub ground: &'static str,
    /// A neighbour of the ground, for quiet shapes.
    pub shade: &'static str,
    /// Loud colours, the loudest first.
    pub loud: [&'static str; 3],
    /// The light one.
    pub light: &'static str,
}

/// The palette of an event. Events that were announced one after the other often hang side by
/// side, so the palettes take turns.
pub(super) fn of(event_id: i64) -> Palette {
    // Three steps at a time: neighbours in the list below are alike in warmth.
    let turn = event_id.unsigned_abs().wrapping_mul(3) % ALL.len() as u64;
    usize::try_from(turn).map_or(ALL[0], |turn| ALL[turn])
}

const ALL: [Palette; 8] = [
    Palette {
        ground: "#1b1030",
        shade: "#2a1a33",
        loud: ["#f95738", "#7747ff", "#ff9f1c"],
        light: "#f4d19b",
    },
    Palette {
        ground: "#2b0d1f",
        shade: "#47122f",
        loud: ["#ff8fa3", "#c9189d", "#ff4d6d"],
        light: "#ffe9d6",
    },
    Palette {
        ground: "#0f1f3d",
        shade: "#17305c",
        loud: ["#ff8500", "#ffb703", "#8ecae6"],
        light: "#eef6fb",
    },
    Palette {
        ground: "#0b2b2b",
        shade: "#123f3d",
        loud: ["#f2c14e", "#1f8a8a", "#f78154"],
        light: "#f8efe0",
    },
    Palette {
        ground: "#3a0ca3",
        shade: "#2a087d",
        loud: ["#f72585", "#4cc9f0", "#ffbe0b"],
        light: "#fce1ff",
    },
    Palette {
        ground: "#1a1a1a",
        shade: "#2c2a27",
        loud: ["#e4ff1a", "#ff5714", "#6eeb83"],
        light: "#f7f4ea",
    },
    Palette {
        ground: "#5a0f1c",
        shade: "#74182a",
        loud: ["#ff9b85", "#ffd97d", "#60d394"],
        light: "#fff3e2",
    },
    Palette {
        ground: "#06283d",
        shade: "#0d3d5a",
        loud: ["#47b5ff", "#dff6ff", "#ff6d6d"],
        light: "#fff6e0",
    },
];
