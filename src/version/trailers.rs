//! placeholder
/// x
#[derive(Debug, Clone)]
pub struct Damage;
/// x
#[derive(Debug, Clone)]
pub struct Trailer;
