//! A semaphore. Slots come back when the world says so: at the end of a request, some seconds late, or long after a client
//! gave up (a ghost).

/// So many requests at once.
#[derive(Clone, Debug)]
pub struct Slots {
    /// How many there are.
    pub slots: u32,
    held: u32,
}

impl Slots {
    /// All free.
    pub fn new(slots: u32) -> Self {
        Self { slots, held: 0 }
    }

    /// Whether none is free.
    pub fn full(&self) -> bool {
        self.held >= self.slots
    }

    /// Takes one.
    pub fn take(&mut self) {
        self.held += 1;
    }

    /// Gives one back.
    pub fn give_back(&mut self) {
        self.held = self.held.saturating_sub(1);
    }

    /// How many are taken.
    pub fn held(&self) -> u32 {
        self.held
    }
}
