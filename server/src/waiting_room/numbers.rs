//! Giving out numbers from leased blocks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use onsale_domain::{
    EventId, Timestamp,
    waiting_room::{Epoch, NumberBlock, QueueNumber, RoomMode, next_block_size},
};
use onsale_store::{RoomRecord, Store, StoreError};

use super::{board::Board, lock};

/// The blocks of all rooms.
#[derive(Default)]
pub struct Numbers {
    slots: Mutex<HashMap<EventId, Arc<tokio::sync::Mutex<Slot>>>>,
}

/// The block of one room.
#[derive(Default)]
struct Slot {
    block: Option<(Epoch, NumberBlock)>,
    /// How large it was, and how many of it were given out.
    size: u64,
    used: u64,
}

impl Numbers {
    fn slot(&self, event: EventId) -> Arc<tokio::sync::Mutex<Slot>> {
        Arc::clone(lock(&self.slots).entry(event).or_default())
    }

    /// The next number of a room; `None` when it gives none out.
    pub async fn next(
        &self,
        store: &Store,
        room: &RoomRecord,
        board: &Board,
    ) -> Result<Option<QueueNumber>, StoreError> {
        let slot = self.slot(room.event);
        let mut slot = slot.lock().await;
        let draw_at = draw_ahead(room);
        if let Some(number) = slot.take(room.epoch, board.now(), draw_at) {
            return Ok(Some(number));
        }
        let rest = slot.block.take();
        give_back(store, room.event, rest).await?;
        let count = next_block_size(slot.size, slot.used);
        let Some(lease) = store.lease_numbers(room.event, room.epoch, count).await? else {
            return Ok(None);
        };
        let block = NumberBlock::new(lease.first, lease.end, lease.drawn, board.now());
        *slot = Slot { block: Some((room.epoch, block)), size: count, used: 0 };
        Ok(slot.take(room.epoch, board.now(), draw_at))
    }

    /// Gives back what is left of blocks that are over.
    pub async fn give_back_idle(&self, store: &Store, board: &Board, now: Timestamp) {
        let slots: Vec<_> =
            lock(&self.slots).iter().map(|(event, slot)| (*event, Arc::clone(slot))).collect();
        for (event, slot) in slots {
            // Whoever is taking numbers at this moment looks after the block.
            let Ok(mut slot) = slot.try_lock() else { continue };
            let draw_at = board.room(event).and_then(|room| draw_ahead(&room.record));
            if !slot.block.is_some_and(|(_, block)| block.is_over(now, draw_at)) {
                continue;
            }
            let rest = slot.block.take();
            slot.size = next_block_size(slot.size, slot.used);
            slot.used = 0;
            if let Err(error) = give_back(store, event, rest).await {
                tracing::debug!(%error, "some numbers are skipped");
            }
        }
    }
}

impl Slot {
    fn take(
        &mut self,
        epoch: Epoch,
        now: Timestamp,
        draw_at: Option<Timestamp>,
    ) -> Option<QueueNumber> {
        let (of, block) = self.block.as_mut()?;
        if *of != epoch {
            return None;
        }
        let number = block.take(now, draw_at)?;
        self.used += 1;
        Some(number)
    }
}

/// When a draw will be held that is still ahead. Once it was held, its blocks are over.
fn draw_ahead(room: &RoomRecord) -> Option<Timestamp> {
    let plan = room.schedule.filter(|_| room.mode == RoomMode::Scheduled)?;
    Some(plan.opens_at)
}

async fn give_back(
    store: &Store,
    event: EventId,
    rest: Option<(Epoch, NumberBlock)>,
) -> Result<(), StoreError> {
    let Some((epoch, block)) = rest else { return Ok(()) };
    let (first, end) = block.rest();
    if first >= end {
        return Ok(());
    }
    // Nobody here knows these numbers any more, so they may be leased to somebody else.
    store.give_back_numbers(event, epoch, (first, end)).await
}
