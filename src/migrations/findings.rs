//! Remarks on a script before it runs. A statement that the parser does not know is passed over, never an error.

use super::{Finding, Script};
use crate::engine::Engine;

pub(super) fn of(_script: &Script, _engine: Engine) -> Vec<Finding> {
    Vec::new()
}
