//! Fits the points of the weights table jointly: a multinomial logistic regression over the bins, drawn towards the
//! reasoned table, with ties and with order where physics gives one (docs/METHOD.md, "Where the points come from").

pub mod design;
pub mod examples;
pub mod marginals;
pub mod optimise;
pub mod order;
pub mod pairs;
pub mod temper;
pub mod write;
