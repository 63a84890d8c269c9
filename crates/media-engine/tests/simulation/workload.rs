//! What callers want, when, and what they got.

use std::time::Duration;

use media_domain::{AssetId, GenerationRequest, IdempotencyKey, JobId, MediaDimensions, ProviderId, RequestId};
use media_engine::{EngineError, GenerateAsset, GenerateOutcome};
use media_testkit::sample;

use crate::dice::Dice;
use crate::scenario::{CALM_CHAIN, SLOTS, Scenario};
use crate::time::Millis;
use crate::vendor::RISKY;

/// One call that somebody will make.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) at: Millis,
    pub(crate) slot: usize,
    pub(crate) user: &'static str,
    pub(crate) chain: &'static str,
    pub(crate) prompt: String,
    pub(crate) count: u32,
    pub(crate) key: Option<String>,
    pub(crate) coalesce: bool,
    pub(crate) preferred: Option<&'static str>,
    pub(crate) cancel_after: Option<Duration>,
    pub(crate) fail_on_placeholder: bool,
}

/// What became of a wish.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) wish: Wish,
    pub(crate) answer: Answered,
}

#[derive(Debug)]
pub(crate) enum Answered {
    /// The process died meanwhile.
    Lost,
    Delivered {
        request_id: RequestId,
        assets: Vec<AssetId>,
        attempts: Vec<ProviderId>,
        replayed: bool,
    },
    /// No provider delivered.
    NotGenerated {
        job_id: Option<JobId>,
        attempts: Vec<ProviderId>,
        words: String,
    },
    Refused(Box<EngineError>),
}

const USERS: [&str; 3] = ["anna", "bela", "carl"];
const CHAINS: [&str; 3] = ["media_generation", "bold", "thrifty"];

/// Draws what everybody wants: now and then one call, now and then many at once, some of them sent again.
pub(crate) fn wishes(scenario: &Scenario) -> Vec<Wish> {
    let mut wishes = Vec::with_capacity(scenario.requests);
    let mut dice = Dice::of(scenario.seed, "workload", 0);
    let last = scenario.calm_from * 9 / 10;
    while wishes.len() < scenario.requests {
        let crowd = if dice.chance(0.1) { dice.within(5..=30) } else { 1 };
        let at = dice.within(0..=last);
        let spread = dice.pick(&[0, 50, 2_000]);
        for _ in 0..crowd {
            let number = wishes.len();
            let wish = wish(&mut Dice::of(scenario.seed, "wish", number as u64), number, at + dice.within(0..=spread));
            repeats(&wish, &mut dice, &mut wishes);
            wishes.push(wish);
        }
    }
    wishes
}

fn wish(dice: &mut Dice, number: usize, at: Millis) -> Wish {
    // Few enough to be asked for twice at the same time.
    let prompt = if dice.chance(0.3) { format!("popular {}", dice.within(0..=3)) } else { format!("wish {number}") };
    let prompt = if dice.chance(0.08) { format!("{prompt}, {RISKY}") } else { prompt };
    let vendors = ["alder", "birch", "cedar", "dogwood", "nobody"];
    Wish {
        at,
        slot: dice.within(0..=SLOTS as u64 - 1) as usize,
        user: dice.pick(&USERS),
        chain: dice.pick(&CHAINS),
        prompt,
        count: dice.pick(&[1, 1, 1, 2, 3]),
        key: dice.chance(0.35).then(|| format!("key-{number}")),
        coalesce: dice.chance(0.3),
        preferred: dice.chance(0.2).then(|| dice.pick(&vendors)),
        cancel_after: dice.chance(0.08).then(|| dice.millis(0..=20_000)),
        fail_on_placeholder: dice.chance(0.1),
    }
}

/// Sends a wish with a key again: while it is under way, or long after; rarely with something else in it.
fn repeats(wish: &Wish, dice: &mut Dice, wishes: &mut Vec<Wish>) {
    while wish.key.is_some() && dice.chance(0.5) {
        let later = if dice.chance(0.6) { dice.within(0..=10_000) } else { dice.within(10_000..=1_200_000) };
        let mut again = Wish {
            at: wish.at + later,
            slot: dice.within(0..=SLOTS as u64 - 1) as usize,
            cancel_after: None,
            coalesce: dice.chance(0.3),
            ..wish.clone()
        };
        if dice.chance(0.05) {
            again.prompt.push_str(", but different");
        }
        wishes.push(again);
    }
}

impl Wish {
    /// A question to one vendor, by nobody in particular.
    pub(crate) fn calm(number: u64, slot: usize, vendor: &'static str) -> Self {
        Self {
            at: 0,
            slot,
            user: "dora",
            chain: CALM_CHAIN,
            prompt: format!("calm {number}"),
            count: 1,
            key: None,
            coalesce: false,
            preferred: Some(vendor),
            cancel_after: None,
            fail_on_placeholder: false,
        }
    }

    pub(crate) fn generate(&self) -> GenerateAsset {
        let mut request = GenerationRequest::new(sample::prompt(&self.prompt));
        request.dimensions = MediaDimensions::new(64, 64);
        request.count = self.count;
        let mut generate = GenerateAsset::new(request);
        generate.chain = Some(self.chain.to_owned());
        generate.user_id = Some(sample::user(self.user));
        generate.idempotency_key = self.key.as_ref().map(|key| IdempotencyKey::parse(key).unwrap());
        generate.coalesce = self.coalesce;
        generate.preferences.provider = self.preferred.map(|vendor| ProviderId::parse(vendor).unwrap());
        generate.fail_on_placeholder = self.fail_on_placeholder;
        generate
    }
}

impl Answered {
    pub(crate) fn of(result: Result<GenerateOutcome, EngineError>) -> Self {
        match result {
            Ok(outcome) => Self::Delivered {
                request_id: outcome.record.request_id,
                assets: outcome.assets.iter().map(|asset| asset.asset_id).collect(),
                attempts: outcome.record.attempts.into_iter().map(|attempt| attempt.provider).collect(),
                replayed: outcome.replayed,
            },
            Err(EngineError::Generation { job_id, source }) => Self::NotGenerated {
                job_id,
                words: source.to_string(),
                attempts: source.attempts.into_iter().map(|attempt| attempt.provider).collect(),
            },
            Err(error) => Self::Refused(Box::new(error)),
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Lost => "the process died".to_owned(),
            Self::Delivered { request_id, assets, replayed, .. } => {
                let again = if *replayed { ", replayed" } else { "" };
                format!("{} assets of request {request_id}{again}", assets.len())
            }
            Self::NotGenerated { words, .. } => words.clone(),
            Self::Refused(error) => error.to_string(),
        }
    }
}
