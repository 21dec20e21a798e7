//! The page.
use crate::report::ReportError;
use plimsoll_core::Digest;
use plimsoll_core::monitoring::Monitoring;
/// Returns the page.
#[expect(clippy::unnecessary_wraps, reason = "the page itself comes next")]
pub fn report(monitoring: &Monitoring, evidence: Option<&Digest>) -> Result<String, ReportError> {
    let _ = (monitoring, evidence);
    Ok(String::new())
}
