//! People who run the box office: their passwords, and what they are signed in with.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use onsale_domain::Timestamp;
use sqlx::Row;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{Store, StoreError, audit_log, time::PgTime};

/// Wrong passwords in a row before the account rests.
const MOST_FAILURES: i32 = 5;
/// How long it rests, in seconds.
const REST_SECONDS: i32 = 60;
/// How long somebody stays signed in, in seconds.
const SESSION_SECONDS: i32 = 12 * 3600;

/// Passwords that are hashed at the same time, at most.
static HASHING: Semaphore = Semaphore::const_new(2);

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs waiting rooms: switches them on, changes the rate, pauses.
    Organiser,
    /// May also void places, end queues and read the audit log.
    Admin,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organiser => "organiser",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "organiser" => Ok(Self::Organiser),
            "admin" => Ok(Self::Admin),
            _ => Err("a role is organiser or admin".to_owned()),
        }
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Their id.
    pub id: Uuid,
    /// Their address of e-mail.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// What became of an attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInOutcome {
    /// Signed in until then.
    SignedIn {
        /// Who.
        member: StaffMember,
        /// Until when.
        expires_at: Timestamp,
    },
    /// No such address, or not its password; nobody learns which from one answer.
    Refused,
    /// Too many wrong passwords lately. Only an address that exists comes to this.
    Resting,
}

impl Store {
    /// Makes an account. `false` when the address has one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn create_staff(
        &self,
        email: &str,
        password: &str,
        role: Role,
        actor: &str,
    ) -> Result<bool, StoreError> {
        let hash = hash_password(password.to_owned()).await?;
        let mut tx = self.pool.begin().await?;
        let made = sqlx::query(
            "INSERT INTO staff (id, email, role, password_hash) VALUES ($1, lower($2), $3, $4)
             ON CONFLICT (email) DO NOTHING",
        )
        .bind(Uuid::now_v7())
        .bind(email)
        .bind(role.as_str())
        .bind(hash)
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        audit_log::note(
            &mut tx,
            actor,
            "create_staff",
            None,
            &format!("{email} {}", role.as_str()),
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Signs somebody in: `secret` is what their cookie will carry.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        secret: &str,
    ) -> Result<SignInOutcome, StoreError> {
        // The try is counted before the password is looked at: however many are sent together, no
        // more of them are looked at than may fail.
        let row = sqlx::query(
            "UPDATE staff SET failures = failures + 1, failed_at = now()
              WHERE email = lower($1)
                AND NOT (failures >= $2 AND failed_at > now() - $3 * interval '1 second')
             RETURNING id, email, role, password_hash",
        )
        .bind(email)
        .bind(MOST_FAILURES)
        .bind(REST_SECONDS)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return self.not_looked_at(email, password).await };
        let member = member_of(&row)?;
        let hash: String = row.try_get("password_hash")?;
        let is_right = verify_password(password.to_owned(), hash).await?;
        let mut tx = self.pool.begin().await?;
        if !is_right {
            audit_log::note(&mut tx, &member.email, "sign_in_refused", None, "").await?;
            tx.commit().await?;
            return Ok(SignInOutcome::Refused);
        }
        sqlx::query("UPDATE staff SET failures = 0 WHERE id = $1")
            .bind(member.id)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM staff_sessions WHERE expires_at <= now()")
            .execute(&mut *tx)
            .await?;
        let PgTime(expires_at) = sqlx::query_scalar(
            "INSERT INTO staff_sessions (secret_hash, staff_id, expires_at)
             VALUES (sha256(convert_to($1, 'UTF8')), $2, now() + $3 * interval '1 second')
             RETURNING expires_at",
        )
        .bind(secret)
        .bind(member.id)
        .bind(SESSION_SECONDS)
        .fetch_one(&mut *tx)
        .await?;
        audit_log::note(&mut tx, &member.email, "sign_in", None, "").await?;
        tx.commit().await?;
        Ok(SignInOutcome::SignedIn { member, expires_at })
    }

    /// A try whose password is not looked at: nobody has this address, or it rests.
    async fn not_looked_at(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignInOutcome, StoreError> {
        let known = sqlx::query("SELECT FROM staff WHERE email = lower($1)").bind(email);
        if known.fetch_optional(&self.pool).await?.is_some() {
            return Ok(SignInOutcome::Resting);
        }
        // As much work as for an address that exists: the clock tells nobody which do.
        hash_password(password.to_owned()).await?;
        Ok(SignInOutcome::Refused)
    }

    /// Who is signed in with this secret.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn staff_member(&self, secret: &str) -> Result<Option<StaffMember>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.email, s.role FROM staff_sessions x JOIN staff s ON s.id = x.staff_id
              WHERE x.secret_hash = sha256(convert_to($1, 'UTF8')) AND x.expires_at > now()",
        )
        .bind(secret)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(member_of).transpose().map_err(StoreError::from)
    }

    /// Ends what somebody is signed in with.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn sign_out(&self, secret: &str) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM staff_sessions WHERE secret_hash = sha256(convert_to($1, 'UTF8'))",
        )
        .bind(secret)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn member_of(row: &sqlx::postgres::PgRow) -> Result<StaffMember, sqlx::Error> {
    let role: String = row.try_get("role")?;
    Ok(StaffMember {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        role: role.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
    })
}

fn corrupt(reason: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: "a password", reason: reason.to_string() }
}

/// Hashing takes tens of milliseconds and much memory on purpose: not on a thread that serves others,
/// and not for many at once.
async fn hashing<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let _place = HASHING.acquire().await.map_err(corrupt)?;
    tokio::task::spawn_blocking(work).await.map_err(corrupt)?
}

async fn hash_password(password: String) -> Result<String, StoreError> {
    hashing(move || {
        let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes()).map_err(corrupt)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(corrupt)
    })
    .await
}

async fn verify_password(password: String, hash: String) -> Result<bool, StoreError> {
    hashing(move || {
        let hash = PasswordHash::new(&hash).map_err(corrupt)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}
