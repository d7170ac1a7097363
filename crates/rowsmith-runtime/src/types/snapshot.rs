/// A `pg_snapshot`: which transactions are visible.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// The first transaction that was running; all before it are visible or rolled back.
    pub xmin: u64,
    /// The first transaction that had not begun.
    pub xmax: u64,
    /// The transactions between them that were running, in order.
    pub running: Vec<u64>,
}

impl Snapshot {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let count = reader.count()?;
        let (xmin, xmax) = (reader.u64()?, reader.u64()?);
        let running = (0..count).map(|_| reader.u64());
        Ok(Self {
            xmin,
            xmax,
            running: running.collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        put_count(self.running.len(), out)?;
        for transaction in [self.xmin, self.xmax].iter().chain(&self.running) {
            out.extend_from_slice(&transaction.to_be_bytes());
        }
        Ok(())
    }
}

value!(Snapshot, |ty: &Type| [
    Type::PG_SNAPSHOT,
    Type::TXID_SNAPSHOT
]
.contains(ty));
