//! What every adapter of a port promises, tried on each of them.

mod objects;
mod registry;
mod runs;

// A suite is a list of async functions over `&dyn Port`; a generic runner could not name the tests.
macro_rules! conformance {
    ([$($test:ident)+] $adapters:tt) => {
        $(conformance!(@test $test $adapters);)+
    };
    (@test $test:ident { $($adapter:ident => $made:expr;)+ }) => {
        mod $test {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $adapter() {
                    use super::*;
                    super::$test(&$made).await;
                }
            )+
        }
    };
}
pub(crate) use conformance;
