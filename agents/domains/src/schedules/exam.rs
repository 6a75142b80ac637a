//! Orders with known answers.

use super::Schedules;
use super::schema::{Operation, Plan, Shop};
use crate::trade::Question;

fn shop(machines: u32, makespan_max: u32, jobs: &[&[(u32, u32)]]) -> Shop {
    let step = |&(machine, minutes): &(u32, u32)| Operation { machine, minutes };
    Shop { machines, makespan_max, jobs: jobs.iter().map(|job| job.iter().map(step).collect()).collect() }
}

fn plan(makespan: u32, starts: &[&[u32]]) -> Plan {
    Plan { makespan, starts: starts.iter().map(|job| job.to_vec()).collect() }
}

pub(super) fn questions() -> Vec<Question<Schedules>> {
    // Two jobs cross: 5 on A then 3 on B, 4 on B then 2 on A. A is busy for 7 minutes and B for 7; job 0 takes 8.
    let crossing = shop(2, 8, &[&[(0, 5), (1, 3)], &[(1, 4), (0, 2)]]);
    let crossing_wrong = vec![
        ("makespan", plan(7, &[&[0, 5], &[0, 5]])),
        ("makespan", plan(10, &[&[0, 5], &[0, 8]])),
        ("machine 0", plan(8, &[&[0, 5], &[0, 4]])),
        ("starts.0", plan(8, &[&[0, 4], &[0, 5]])),
        ("starts", plan(8, &[&[0, 5]])),
        ("starts", plan(8, &[&[0, 5], &[0]])),
    ];
    // Rounds put the short jobs first on the only bottleneck, and the long tail of the last job comes too late:
    // machine 0 is needed 1, 1, 1, 1 minutes; job 3 then needs 20 more. First it ends at 21, last at 24.
    let tail = shop(2, 21, &[&[(0, 1)], &[(0, 1)], &[(0, 1)], &[(0, 1), (1, 20)]]);
    let tail_wrong = vec![("makespan", plan(24, &[&[0], &[1], &[2], &[3, 4]]))];
    vec![
        Question {
            about: "two jobs that cross",
            input: crossing,
            right: plan(8, &[&[0, 5], &[0, 5]]),
            wrong: crossing_wrong,
        },
        Question {
            about: "a long tail",
            input: tail,
            right: plan(21, &[&[1], &[2], &[3], &[0, 1]]),
            wrong: tail_wrong,
        },
    ]
}
