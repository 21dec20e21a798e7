//! What a run costs beyond its commands.

use std::fs;
use std::num::NonZeroU32;

use plimsoll_engine::run::RunRequest;

use crate::sandbox::{Sandbox, step};

/// Returns the processor time of all threads so far, in microseconds.
fn spent() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() / 1000
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: run it alone, in release, with --nocapture"]
async fn a_hundred_steps() {
    for chain in [false, true] {
        let steps = (0..100).map(|at| {
            let input = format!("out/{}", at - 1);
            let inputs = if chain && at > 0 { vec![input.as_str()] } else { Vec::new() };
            step(
                &format!("s{at}"),
                &format!("echo {at} > out/{at}"),
                &inputs,
                &[&format!("out/{at}")],
            )
        });
        let sandbox = Sandbox::new().with_steps(steps.collect()).with_the_real_store().await;
        for what in ["first", "nothing new", "nothing new"] {
            let before = spent();
            let start = std::time::Instant::now();
            let request = RunRequest { jobs: NonZeroU32::new(2).unwrap(), ..sandbox.request() };
            sandbox.try_run(request).await.unwrap();
            let (cpu, wall) = (spent() - before, start.elapsed());
            #[expect(clippy::print_stdout, reason = "a measurement is there to be read")]
            {
                println!("chain {chain}, {what}: {cpu} us of CPU, {wall:?}");
            }
        }
    }
}
