//! Breakers that processes share: in memory on the hot path, transitions written at once, others' seen soon.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use media_domain::breaker::{BreakerPhase, BreakerRefusal, BreakerState, Permit, RefusalReason};
use media_domain::{Breaker, BreakerSettings, FailureWeight};
use media_ports::{BreakerKey, BreakerReader, CatalogWriter, Change, Clock, ProviderError, StoreError, StoreErrorKind};
use tokio::sync::Mutex as AsyncMutex;
use tracing::{info, warn};

use crate::breaker_meters::BreakerMeters;

/// How long a process goes on without looking at what others have written.
pub const SEEN_WITHIN: Duration = Duration::from_millis(250);

/// How often a change is tried again when another process has changed the same breaker meanwhile.
const CONFLICT_TRIES: usize = 4;

/// The breakers of a process, and through a store those of others on it.
#[derive(Debug)]
pub struct BreakerBoard {
    clock: Arc<dyn Clock>,
    store: Option<BreakerStore>,
    breakers: Mutex<BTreeMap<BreakerKey, Arc<SharedBreaker>>>,
    made_at: Instant,
    /// Held by whoever looks at the store, so that calls which come together look once, and none goes on before that.
    looking: AsyncMutex<()>,
    /// When the last look at the store began, in nanoseconds since the board was made, plus one; zero for never.
    looked_at: AtomicU64,
    /// The store's revision that was seen last.
    revision: AtomicU64,
}

/// Where breakers are kept.
#[derive(Debug, Clone)]
pub struct BreakerStore {
    /// Reads them.
    pub reader: Arc<dyn BreakerReader>,
    /// Writes them.
    pub writer: Arc<dyn CatalogWriter>,
}

/// One breaker of the board.
#[derive(Debug)]
pub struct SharedBreaker {
    key: BreakerKey,
    breaker: Mutex<Breaker>,
    /// Held from a change until it is kept or given up, so that the changes of this process do not overtake each other
    /// on their way to the store.
    changing: AsyncMutex<()>,
    /// The generation, plus one, of a breaker that lets everything through until it changes; zero when that is not known.
    /// Spares the lock and the clock on the way that nearly every call goes.
    open_to_all: AtomicU64,
    meters: BreakerMeters,
}

impl BreakerBoard {
    /// Makes a board of this process alone.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        let made_at = clock.now();
        let (looking, looked_at, revision) = (AsyncMutex::default(), AtomicU64::new(0), AtomicU64::new(0));
        Self { clock, store: None, breakers: Mutex::default(), made_at, looking, looked_at, revision }
    }

    /// Makes a board that is shared through a store and survives a restart.
    pub fn shared(clock: Arc<dyn Clock>, store: BreakerStore) -> Self {
        Self { store: Some(store), ..Self::in_memory(clock) }
    }

    /// The breaker of a key; made closed when there is none yet.
    pub fn breaker(&self, key: BreakerKey, settings: BreakerSettings) -> Arc<SharedBreaker> {
        let make = |key: &BreakerKey| {
            // What is kept of it may have been passed over by an earlier look.
            self.revision.store(0, Ordering::Relaxed);
            self.looked_at.store(0, Ordering::Relaxed);
            Arc::new(SharedBreaker {
                key: key.clone(),
                breaker: Mutex::new(Breaker::new(settings)),
                changing: AsyncMutex::default(),
                open_to_all: AtomicU64::new(0),
                meters: BreakerMeters::default(),
            })
        };
        locked(&self.breakers).entry(key).or_insert_with_key(make).clone()
    }

    /// Leave to make one call, if that can be told without waiting: the breaker is closed, and it is not time to look at
    /// what other processes have written. Otherwise there is [`BreakerBoard::acquire`].
    pub fn pass(&self, breaker: &SharedBreaker) -> Option<Permit> {
        breaker.pass().filter(|_| !self.is_time_to_look())
    }

    /// Asks to make one call. The permit is given back to [`BreakerBoard::settle`] with the outcome.
    ///
    /// # Errors
    /// [`BreakerRefusal`] with the reason and the time from which it is worth asking again.
    pub async fn acquire(&self, breaker: &SharedBreaker) -> Result<Permit, BreakerRefusal> {
        if self.is_time_to_look() {
            self.look_around().await;
        }
        let _alone = breaker.changing.lock().await;
        for _ in 0..CONFLICT_TRIES {
            let now = self.clock.utc_now();
            let (change, asked) = breaker.changed(now, |breaker| breaker.try_acquire(now));
            // A probe is a probe only once everybody else can see that it is taken.
            match self.try_keep(breaker, change).await {
                Ok(true) => return asked,
                Ok(false) => {}
                Err(error) => {
                    warn!(provider = %breaker.key.provider, "a probe could not be written down: {error}");
                    let Ok(permit) = asked else { return asked };
                    breaker.changed(now, |breaker| breaker.release(permit, now));
                    break;
                }
            }
        }
        Err(BreakerRefusal { until: None, reason: RefusalReason::Contended })
    }

    /// Whether a leave to make a call still holds, for a call that has waited since.
    ///
    /// # Errors
    /// [`BreakerRefusal`]: the breaker has opened meanwhile, or the provider asked for a pause.
    pub async fn recheck(&self, breaker: &SharedBreaker, permit: &Permit) -> Result<(), BreakerRefusal> {
        if self.pass(breaker).as_ref() == Some(permit) {
            return Ok(());
        }
        if self.is_time_to_look() {
            self.look_around().await;
        }
        breaker.recheck(permit, self.clock.utc_now())
    }

    /// Gives a permit back with the outcome of its call: `None` for a success. What was raised on our side says nothing
    /// of the provider.
    pub async fn settle(&self, breaker: &SharedBreaker, permit: Permit, failure: Option<&ProviderError>) {
        if failure.is_none() && matches!(permit, Permit::Pass { .. }) {
            // A success among others is counted in this process only.
            let now = self.clock.utc_now();
            breaker.with(now, |breaker| breaker.record_success(permit, now));
            return;
        }
        let _alone = breaker.changing.lock().await;
        let now = self.clock.utc_now();
        for _ in 0..CONFLICT_TRIES {
            let permit = permit.clone();
            let (change, weight) = breaker.changed(now, |breaker| match failure {
                None => {
                    breaker.record_success(permit, now);
                    FailureWeight::Success
                }
                Some(error) if error.raised_here => {
                    breaker.release(permit, now);
                    FailureWeight::Nothing
                }
                Some(error) => breaker.record(permit, now, error.kind, &error.retry),
            });
            if change.is_some() {
                info!(provider = %breaker.key.provider, ?weight, "what a call told of its provider changed the breaker");
            }
            if self.keep(breaker, change).await {
                return;
            }
        }
        warn!(provider = %breaker.key.provider, "others kept changing the breaker: the outcome of a call is not in it");
    }

    /// Does to a breaker what a person decided, and keeps it.
    ///
    /// # Errors
    /// [`StoreError`]; then the decision holds for this process only.
    pub async fn decide(
        &self,
        breaker: &SharedBreaker,
        decide: impl Fn(&mut Breaker, DateTime<Utc>),
    ) -> Result<(), StoreError> {
        self.refresh().await?;
        let _alone = breaker.changing.lock().await;
        for _ in 0..CONFLICT_TRIES {
            let now = self.clock.utc_now();
            let (change, ()) = breaker.changed(now, |breaker| decide(breaker, now));
            if self.try_keep(breaker, change).await? {
                return Ok(());
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "the breaker is being changed by somebody else: try again"))
    }

    /// Whether it is time to read what others have written.
    fn is_time_to_look(&self) -> bool {
        if self.store.is_none() {
            return false;
        }
        !self.has_looked_for(self.age())
    }

    /// Whether what was read last was no older than it may be at that age of the board.
    fn has_looked_for(&self, age: Duration) -> bool {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        looked_at != 0 && nanoseconds(age).saturating_sub(looked_at) < nanoseconds(SEEN_WITHIN)
    }

    /// How long the board has been there.
    fn age(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.made_at)
    }

    /// Reads what others have written, unless somebody else has done so while this call waited for it. What cannot be
    /// read does not stop a call.
    async fn look_around(&self) {
        let asked = self.age();
        let _alone = self.looking.lock().await;
        if self.has_looked_for(asked) {
            return;
        }
        let began = self.age();
        if let Err(error) = self.refresh().await {
            warn!("the breakers of other processes could not be read: {error}");
        }
        self.looked_at.store(nanoseconds(began) + 1, Ordering::Relaxed);
    }

    /// Reads what others have written since the last look.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let after = self.revision.load(Ordering::Relaxed);
        let mut newest = after;
        for kept in store.reader.breaker_states(after).await? {
            let known = locked(&self.breakers).get(&kept.key).cloned();
            if let Some(breaker) = known {
                breaker.adopt(kept.state, self.clock.utc_now());
            }
            newest = newest.max(kept.revision);
        }
        // Unless a breaker was made meanwhile, for which everything is to be read again.
        let _ = self.revision.compare_exchange(after, newest, Ordering::Relaxed, Ordering::Relaxed);
        Ok(())
    }

    /// Keeps a change; tells whether it holds. Without the store's word it holds in this process.
    async fn keep(&self, breaker: &SharedBreaker, change: Option<Transition>) -> bool {
        match self.try_keep(breaker, change).await {
            Ok(kept) => kept,
            Err(error) => {
                warn!(provider = %breaker.key.provider, "the state of a breaker could not be kept: {error}");
                true
            }
        }
    }

    async fn try_keep(&self, breaker: &SharedBreaker, change: Option<Transition>) -> Result<bool, StoreError> {
        let (Some(Transition { before, state }), Some(store)) = (change, &self.store) else {
            return Ok(true);
        };
        let expected_version = before.state().version;
        let save = Change::SaveBreaker { key: breaker.key.clone(), state, expected_version };
        match store.writer.commit(save.into()).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StoreErrorKind::Conflict => {
                self.yield_to_others(breaker, before, store).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes over what another process has written first, in place of what this one wanted: as if that had been known
    /// before, so that the failures counted here still count while theirs is the same spell.
    async fn yield_to_others(
        &self,
        breaker: &SharedBreaker,
        before: Breaker,
        store: &BreakerStore,
    ) -> Result<(), StoreError> {
        let kept = store.reader.breaker_states(0).await?;
        let theirs = kept.into_iter().find(|kept| kept.key == breaker.key).map(|kept| kept.state).unwrap_or_default();
        let mut yielded = before;
        if !yielded.adopt(theirs) {
            // The store knows less than this process: it has been emptied or put back.
            yielded = Breaker::restore(*yielded.settings(), theirs);
        }
        let now = self.clock.utc_now();
        breaker.with(now, |breaker| *breaker = yielded);
        breaker.meters.tell(&breaker.key, &theirs, now);
        Ok(())
    }
}

/// A change of a breaker's state, as a store compares and sets it.
struct Transition {
    before: Breaker,
    state: BreakerState,
}

impl SharedBreaker {
    /// Whose breaker it is.
    pub fn key(&self) -> &BreakerKey {
        &self.key
    }

    /// What it is at the moment, as this process knows it.
    pub fn state(&self) -> BreakerState {
        *locked(&self.breaker).state()
    }

    /// Leave to make a call, if everything is let through.
    fn pass(&self) -> Option<Permit> {
        let generation = self.open_to_all.load(Ordering::Acquire).checked_sub(1)?;
        Some(Permit::Pass { generation })
    }

    /// Whether a leave to make a call still holds.
    fn recheck(&self, permit: &Permit, now: DateTime<Utc>) -> Result<(), BreakerRefusal> {
        let breaker = locked(&self.breaker);
        let state = breaker.state();
        let holds = match (permit, &state.phase) {
            (Permit::Probe(own), BreakerPhase::HalfOpen { lease, .. }) => lease.as_ref() == Some(own),
            _ => breaker.is_closed(now),
        };
        let refusal = || state.refusal(now).unwrap_or(BreakerRefusal { until: None, reason: RefusalReason::Contended });
        if holds { Ok(()) } else { Err(refusal()) }
    }

    /// Works on the breaker, and tells the change of state that came of it.
    fn changed<T>(&self, now: DateTime<Utc>, work: impl FnOnce(&mut Breaker) -> T) -> (Option<Transition>, T) {
        let (before, state, result) = self.with(now, |breaker| {
            let before = breaker.clone();
            let result = work(breaker);
            (before, *breaker.state(), result)
        });
        self.meters.tell(&self.key, &state, now);
        ((state.version != before.state().version).then_some(Transition { before, state }), result)
    }

    /// Takes over what another process has written, if it is newer.
    fn adopt(&self, state: BreakerState, now: DateTime<Utc>) {
        if self.with(now, |breaker| breaker.adopt(state)) {
            self.meters.tell(&self.key, &state, now);
        }
    }

    fn with<T>(&self, now: DateTime<Utc>, work: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = locked(&self.breaker);
        let result = work(&mut breaker);
        let open_to_all = if breaker.is_closed(now) { breaker.state().generation.saturating_add(1) } else { 0 };
        self.open_to_all.store(open_to_all, Ordering::Release);
        result
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A duration in nanoseconds; 584 years are the most.
const fn nanoseconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}
