//! What the vendors know: every call that reached them, every order they accepted and what they billed.

use std::sync::{Mutex, MutexGuard};

use media_domain::{JobHandle, ProviderErrorKind, RequestId, RetryClass};
use media_ports::{CallContext, ProviderError};

use crate::time::{Life, Millis, Timeline};

/// The books of all vendors.
#[derive(Debug, Default)]
pub(crate) struct Truth(Mutex<Books>);

#[derive(Debug, Default, Clone)]
pub(crate) struct Books {
    /// Calls in the order in which they came.
    pub(crate) calls: Vec<Call>,
    pub(crate) orders: Vec<Order>,
}

/// One call of an adapter.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) vendor: usize,
    /// The incarnation of the process that made it.
    pub(crate) process: u64,
    pub(crate) request_id: RequestId,
    pub(crate) begun: Millis,
    pub(crate) ended: Option<Millis>,
    pub(crate) told: Option<Told>,
    /// Whether it met a vendor that answers nobody.
    pub(crate) met_outage: bool,
    pub(crate) refused_content: bool,
    /// What it ordered, if the vendor accepted anything.
    pub(crate) order: Option<usize>,
}

/// What the chain was told of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Images,
    Failed(ProviderErrorKind, RetryClass),
    /// The call was cut off before the adapter had answered.
    Cut,
}

/// An order that a vendor accepted.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// What it costs; zero if it is not billed.
    pub(crate) billed_micros: u64,
    pub(crate) billed: bool,
    pub(crate) images: u32,
    pub(crate) finishes_at: Millis,
    pub(crate) fate: OrderFate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderFate {
    Done,
    /// Ends without images; the vendor tells whether it billed, or not even that.
    Failed {
        tells: bool,
    },
    /// Forgotten by the time anybody asks.
    Gone,
}

impl Told {
    /// Whether nobody knows what became of the order.
    pub(crate) fn is_uncertain(&self) -> bool {
        matches!(self, Self::Cut | Self::Failed(_, RetryClass::Uncertain { .. }))
    }

    pub(crate) fn is_billed(&self) -> bool {
        matches!(self, Self::Failed(_, RetryClass::Billed))
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Failed(ProviderErrorKind::Cancelled, _))
    }
}

impl Truth {
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    /// Takes a call down; the guard takes down how it ended, even if it is cut off.
    pub(crate) fn begin<'a>(
        &'a self,
        vendor: usize,
        process: u64,
        context: &CallContext,
        timeline: Timeline,
        life: &'a Life,
    ) -> OpenCall<'a> {
        let mut books = self.books();
        books.calls.push(Call {
            vendor,
            process,
            request_id: context.request_id,
            begun: timeline.now(),
            ended: None,
            told: None,
            met_outage: false,
            refused_content: false,
            order: None,
        });
        OpenCall { truth: self, number: books.calls.len() - 1, timeline, life }
    }

    pub(crate) fn handle(order: usize) -> JobHandle {
        JobHandle::new(format!("order-{order}"))
    }

    pub(crate) fn order_of(&self, handle: &JobHandle) -> Option<(usize, Order)> {
        let number: usize = handle.as_str().strip_prefix("order-")?.parse().ok()?;
        Some((number, self.books().orders.get(number)?.clone()))
    }
}

impl Books {
    /// The calls of one request, in order.
    pub(crate) fn calls_of(&self, request_id: RequestId) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.request_id == request_id).collect()
    }

    pub(crate) fn order(&self, call: &Call) -> Option<&Order> {
        call.order.map(|order| &self.orders[order])
    }

    pub(crate) fn billed(&self, call: &Call) -> bool {
        self.order(call).is_some_and(|order| order.billed)
    }
}

/// A call that has not ended yet.
pub(crate) struct OpenCall<'a> {
    truth: &'a Truth,
    pub(crate) number: usize,
    timeline: Timeline,
    life: &'a Life,
}

impl OpenCall<'_> {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Call)) {
        change(&mut self.truth.books().calls[self.number]);
    }

    /// The vendor accepts an order for the call.
    pub(crate) fn order(&self, order: Order) -> usize {
        let mut books = self.truth.books();
        books.orders.push(order);
        let number = books.orders.len() - 1;
        books.calls[self.number].order = Some(number);
        number
    }

    pub(crate) fn end<T>(&self, result: &Result<T, ProviderError>) {
        let told = match result {
            Ok(_) => Told::Images,
            Err(error) => Told::Failed(error.kind, error.retry.clone()),
        };
        self.close(told);
    }

    fn close(&self, told: Told) {
        let now = self.timeline.now();
        self.change(|call| {
            if call.told.is_none() {
                (call.told, call.ended) = (Some(told), Some(now));
            }
        });
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        // A dead process drops nothing: its calls stay open for ever.
        if !self.life.has_ended() {
            self.close(Told::Cut);
        }
    }
}
