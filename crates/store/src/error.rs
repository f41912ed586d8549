//! What can go wrong in the database.

/// An error of PostgreSQL or Redis.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL cannot be used.
    #[error("the address of the database cannot be used: {0}")]
    Address(String),
    /// The database cannot be reached, is starting, or took too long: trying again may help.
    #[error("the database cannot answer now: {0}")]
    Unavailable(sqlx::Error),
    /// A migration failed.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// Any other refusal of the database: a fault of ours.
    #[error("the database refused: {0}")]
    Refused(sqlx::Error),
    /// What is stored cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// Redis did not answer, or not in time.
    #[error("Redis cannot answer now: {0}")]
    Redis(#[from] redis::RedisError),
}

impl StoreError {
    /// Whether trying again in a while may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Redis(_))
    }

    /// Whether a guard counted fewer rows than were asked for, so that nothing was changed. The
    /// code is raised by the function `all_or_none` of the schema.
    pub(crate) fn is_guard_refusal(&self) -> bool {
        self.code().as_deref() == Some("ONS01")
    }

    /// Whether the database undid a transaction because of another one: trying again helps now.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        // deadlock_detected, serialization_failure, lock_not_available, unique_violation
        matches!(self.code().as_deref(), Some("40P01" | "40001" | "55P03" | "23505"))
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        let (Self::Unavailable(error) | Self::Refused(error)) = self else { return None };
        error.as_database_error().and_then(sqlx::error::DatabaseError::code)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let transient = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Classes: connection exception, insufficient resources, operator intervention
            // (shutdown, starting up, statement timeout), transaction rollback, lock timeout.
            sqlx::Error::Database(refusal) => refusal.code().is_some_and(|code| {
                ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class))
                    || code == "55P03"
            }),
            _ => false,
        };
        if transient { Self::Unavailable(error) } else { Self::Refused(error) }
    }
}
