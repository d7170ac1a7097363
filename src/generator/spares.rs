//! Servers at hand for the next migrations: while nobody waits, `watch` makes a copy of the one that these will follow.

use super::Generator;
use super::analysis::pin_of;
use super::closing::Closing;
use super::facts::Facts;
use super::target::MigratedDatabase;
use super::warm::{Spare, Warm, WarmKey};
use crate::config::Target;
use crate::database::{Server, Wanted};
use crate::error::Result;

impl Generator {
    /// Makes the copies that are missing, and stops the servers that are not needed any more.
    pub(super) async fn prepare_servers(&self) -> Result<()> {
        let Some(warmth) = &self.asking.warmth else {
            return Ok(());
        };
        let bases = warmth.borrow().bases.clone();
        for (number, base) in bases {
            let (latest, former, spare) = {
                let mut prepared = warmth.borrow_mut();
                let mut servers = prepared.take_target(number);
                (servers.pop(), servers, prepared.spares.remove(&number))
            };
            let mut closing = Closing::default();
            for warm in former {
                warm.close(&mut closing);
            }
            closing.finish()?;
            let spare = spare.filter(|spare| spare.base == base);
            let (latest, spare) = match (latest, spare, self.config.targets.get(number)) {
                (Some(latest), None, Some(target)) => prepared(latest, &base, target).await?,
                (latest, spare, _) => (latest, spare),
            };
            let mut prepared = warmth.borrow_mut();
            prepared.servers.extend(latest);
            prepared.spares.extend(spare.map(|spare| (number, spare)));
        }
        Ok(())
    }
}

/// Makes a copy of the server for the migrations `base`, where that can be done. That may be the latest one, which then has to
/// stop meanwhile.
async fn prepared(
    latest: Warm,
    base: &WarmKey,
    target: &Target,
) -> Result<(Option<Warm>, Option<Spare>)> {
    if !latest.server.is_keepable() {
        return Ok((Some(latest), None));
    }
    if latest.key != *base {
        return Ok((Some(latest), spare(base, target).await?));
    }
    if latest.migrated.facts.resume.is_none() {
        return Ok((Some(latest), None));
    }
    let number = latest.target;
    let mut closing = Closing::default();
    latest.close(&mut closing);
    closing.finish()?;
    let spare = spare(base, target).await?;
    Ok((started(number, base, target).await?, spare))
}

/// A copy of the server for the migrations `base`, if that is kept and can be copied.
async fn spare(base: &WarmKey, target: &Target) -> Result<Option<Spare>> {
    // For migrations that nobody has: it is given the right ones when they are known.
    let nobodys = format!("after {}", base.migrations);
    let digests = [nobodys, base.migrations.clone()];
    let (server, facts) = start(&digests, base, target).await?;
    match facts {
        Some(facts) if server.lacking() == Some(1) => Ok(Some(Spare {
            server,
            facts,
            base: base.clone(),
        })),
        _ => server.close().map(|()| None),
    }
}

/// The server that is kept for these migrations.
async fn started(number: usize, key: &WarmKey, target: &Target) -> Result<Option<Warm>> {
    let (server, facts) = start(std::slice::from_ref(&key.migrations), key, target).await?;
    match facts {
        Some(facts) if server.lacking() == Some(0) => Ok(Some(Warm {
            target: number,
            migrated: MigratedDatabase {
                database: server.create_database().await?,
                facts,
                is_new: false,
            },
            server,
            key: key.clone(),
        })),
        _ => server.close().map(|()| None),
    }
}

async fn start(
    digests: &[String],
    key: &WarmKey,
    target: &Target,
) -> Result<(Server, Option<Facts>)> {
    let pin = pin_of(target);
    let wanted = Wanted {
        pin: pin.as_ref(),
        migrations: digests,
        extensions: &[],
    };
    Server::start_informed(&key.provider, wanted).await
}
