//! The payment provider: intents that are paid once, and news of them.

use onsale_domain::payment::IntentStanding;

use crate::{
    Ending, Guard, Guards, World,
    world::{Intent, News},
};

const NEW: Intent =
    Intent { standing: IntentStanding::Open, short: false, refunded: false, news: News::Away };

impl<const B: usize, const S: usize> World<B, S> {
    /// The intent of a booking: the same for the same key, and a new one for none. `None` when the
    /// model has no room for another.
    pub(crate) fn create_intent(&mut self, booking: usize, guards: Guards) -> Option<u8> {
        let intents = &mut self.intents[booking];
        if guards.has(Guard::IntentKey) && intents[0].is_some() {
            return Some(0);
        }
        let free = intents.iter().position(Option::is_none)?;
        intents[free] = Some(NEW);
        u8::try_from(free).ok()
    }

    pub(crate) fn intent(&mut self, booking: usize, intent: u8) -> Option<&mut Intent> {
        self.intents[booking][usize::from(intent)].as_mut()
    }

    /// Makes an intent that is paid already, and its news known.
    pub(crate) fn pay_at_once(&mut self, booking: usize) {
        let (standing, news) = (IntentStanding::Paid, News::Processed);
        self.intents[booking][0] = Some(Intent { standing, news, ..NEW });
        self.payments[booking].intent = Some(0);
    }

    /// A payment under way comes to its end.
    pub(crate) fn settle(&mut self, booking: usize, intent: u8, ending: Ending) -> bool {
        let Some(intent) = self.intent(booking, intent) else { return false };
        if intent.standing != IntentStanding::Processing {
            return false;
        }
        match ending {
            Ending::Paid | Ending::Short => {
                intent.standing = IntentStanding::Paid;
                intent.short = ending == Ending::Short;
            }
            Ending::Failed => intent.standing = IntentStanding::Open,
        }
        true
    }

    /// Gives the money of an intent back; again with the same key is answered as the first time.
    /// `false` when the provider refuses.
    pub(crate) fn give_back(&mut self, booking: usize, intent: u8, guards: Guards) -> bool {
        let Some(intent) = self.intent(booking, intent) else { return false };
        let is_repeated = intent.refunded && guards.has(Guard::RefundKey);
        let is_first = intent.standing == IntentStanding::Paid && !intent.refunded;
        intent.refunded |= is_first;
        is_repeated || is_first
    }

    /// The intents of a booking whose money we have.
    pub fn kept(&self, booking: usize) -> impl Iterator<Item = &Intent> {
        let is_kept =
            |intent: &&Intent| intent.standing == IntentStanding::Paid && !intent.refunded;
        self.intents[booking].iter().flatten().filter(is_kept)
    }
}
