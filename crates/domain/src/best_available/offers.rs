//! What each row and area has to offer to the buyers of one kind, so that the best of all is at hand.

use super::{
    BestAvailable,
    ranking::SeatRanking,
    search::{Found, Search},
};
use crate::seat_map::CategoryIndex;

/// What a stretch has to offer: the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    /// What its best group costs; at least so much while nobody has looked.
    cost: u64,
    /// Of two that cost the same, the one that nobody has looked at comes first: its group may turn
    /// out to be the better one.
    looked_at: bool,
    first_seat: u32,
    stretch: usize,
}

/// Of a stretch that has no such group.
const NOTHING: Offer =
    Offer { cost: u64::MAX, looked_at: true, first_seat: u32::MAX, stretch: usize::MAX };

/// The offers of all stretches to buyers who want so many seats of a category, in a tournament: each
/// inner node has the better one of its two children, and the root the best of all. A stretch is looked
/// at only when nothing else could be better, and again only after its seats have changed.
#[derive(Debug, Clone)]
pub(super) struct Offers {
    quantity: u16,
    category: Option<CategoryIndex>,
    /// The root is at 1, the children of node n are at 2n and 2n + 1. The lower half are the stretches.
    nodes: Vec<Offer>,
}

impl Offers {
    pub fn new(ranking: &SeatRanking, request: &BestAvailable) -> Self {
        let BestAvailable { quantity, category, .. } = *request;
        let leaves = ranking.stretches.len().next_power_of_two();
        let mut offers = Self { quantity, category, nodes: vec![NOTHING; 2 * leaves] };
        for stretch in 0..ranking.stretches.len() {
            offers.nodes[leaves + stretch] = offers.unseen(ranking, stretch);
        }
        for node in (1..leaves).rev() {
            offers.nodes[node] = offers.better_child(node);
        }
        offers
    }

    /// Whether they are what is asked for.
    pub fn are_for(&self, request: &BestAvailable) -> bool {
        (self.quantity, self.category) == (request.quantity, request.category)
    }

    /// The best of all.
    pub fn best(&mut self, search: &Search<'_>) -> Option<Found> {
        loop {
            let Offer { cost, looked_at, first_seat, stretch } = *self.nodes.get(1)?;
            if cost == NOTHING.cost {
                return None;
            }
            if looked_at {
                return Some(Found { cost, first_seat, stretch });
            }
            let offer = search.best_of(stretch).map_or(NOTHING, |found| Offer {
                cost: found.cost,
                looked_at: true,
                first_seat: found.first_seat,
                stretch,
            });
            self.put(stretch, offer);
        }
    }

    /// Seats of a stretch have changed; `came_back` says whether there are more of them now.
    pub fn changed(&mut self, ranking: &SeatRanking, stretch: usize, came_back: bool) {
        let offer = self.nodes[self.nodes.len() / 2 + stretch];
        let stays = !offer.looked_at || offer == NOTHING && !came_back;
        if !stays {
            self.put(stretch, self.unseen(ranking, stretch));
        }
    }

    /// The offer of a stretch that nobody has looked at.
    fn unseen(&self, ranking: &SeatRanking, number: usize) -> Offer {
        let stretch = &ranking.stretches[number];
        if !stretch.may_hold(self.category) {
            return NOTHING;
        }
        Offer {
            cost: u64::from(stretch.least_cost) * u64::from(self.quantity),
            looked_at: false,
            first_seat: stretch.seats.start,
            stretch: number,
        }
    }

    fn put(&mut self, stretch: usize, offer: Offer) {
        let mut node = self.nodes.len() / 2 + stretch;
        self.nodes[node] = offer;
        while node > 1 {
            node /= 2;
            let better = self.better_child(node);
            if self.nodes[node] == better {
                break;
            }
            self.nodes[node] = better;
        }
    }

    fn better_child(&self, node: usize) -> Offer {
        self.nodes[2 * node].min(self.nodes[2 * node + 1])
    }
}
