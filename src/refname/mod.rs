//! temporary until the format room lands
#[derive(Default)]
/// x
pub(crate) struct RefPrefix(String);
impl RefPrefix {
    pub(crate) fn new(s: &str) -> Result<Self, std::fmt::Error> {
        Ok(Self(s.into()))
    }
}
