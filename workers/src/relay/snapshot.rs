//! Telling the whole catalogue again, because continuity was lost or somebody asked for it.

use onsale_messages::{
    encode,
    relay::{
        CatalogueRow, RowOp, RowTold, SNAPSHOT_BEGUN_SUBJECT, SNAPSHOT_ENDED_SUBJECT, SnapshotMark,
    },
};
use onsale_store::TextRow;
use onsale_wal::row_of;

use super::{RelayError, lane::Lane};
use crate::Workshop;

/// Tells every row of the catalogue, and returns once all of them are stored.
pub async fn tell(shop: &Workshop, cdc: &mut Lane, epoch: u64) -> Result<(), RelayError> {
    let mut snapshot = shop.store.catalogue_snapshot().await?;
    let lsn = snapshot.lsn;
    let mut told = Told { cdc, epoch, count: 0 };
    let mark = SnapshotMark { epoch, lsn, rows: 0 };
    told.send(SNAPSHOT_BEGUN_SUBJECT.into(), encode(&mark)?).await?;
    let mut rows = 0;
    loop {
        let page = snapshot.next().await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            let Some(row) = catalogue_row(row)? else { continue };
            let row = RowTold { epoch, lsn, op: RowOp::Snapshot, row };
            told.send(row.subject(), encode(&row)?).await?;
            rows += 1;
        }
    }
    let mark = SnapshotMark { epoch, lsn, rows };
    told.send(SNAPSHOT_ENDED_SUBJECT.into(), encode(&mark)?).await?;
    cdc.settle().await?;
    tracing::info!(epoch, rows, %lsn, "the catalogue was told again");
    Ok(())
}

fn catalogue_row(row: &TextRow) -> Result<Option<CatalogueRow>, RelayError> {
    Ok(row_of(row.table, &|column| row.text(column))?)
}

/// Messages beside the log, with ids of their own.
struct Told<'l> {
    cdc: &'l mut Lane,
    epoch: u64,
    count: u64,
}

impl Told<'_> {
    async fn send(&mut self, subject: String, body: Vec<u8>) -> Result<(), RelayError> {
        let id = format!("snapshot.{}.{}", self.epoch, self.count);
        self.count += 1;
        Ok(self.cdc.tell_beside(self.epoch, &id, subject, body).await?)
    }
}
