//! Steps that wait for each other.

/// Returns one circle for each knot of steps that wait for each other, as indices in the order in
/// which one feeds the next; `feeds[i]` are the steps that read what step `i` writes.
pub(super) fn circles(feeds: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; feeds.len()];
    let mut circles = Vec::new();
    for start in 0..feeds.len() {
        if marks[start] != Mark::New {
            continue;
        }
        // The way from `start`, each with how many of its readers were followed.
        let mut way = vec![(start, 0)];
        marks[start] = Mark::Open;
        let mut found = false;
        while let Some((step, followed)) = way.last_mut() {
            let step = *step;
            let Some(&next) = feeds[step].get(*followed) else {
                marks[step] = Mark::Done;
                way.pop();
                continue;
            };
            *followed += 1;
            match marks[next] {
                Mark::New => {
                    marks[next] = Mark::Open;
                    way.push((next, 0));
                }
                // One circle of a knot says enough: solving it shows the others.
                Mark::Open if !found => {
                    found = true;
                    let from = way.iter().position(|(on_way, _)| *on_way == next).unwrap_or(0);
                    circles.push(way[from..].iter().map(|(on_way, _)| *on_way).collect());
                }
                Mark::Open | Mark::Done => {}
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_circles_and_only_those() {
        assert!(circles(&[vec![1, 2], vec![2], vec![]]).is_empty());
        assert_eq!(circles(&[vec![1], vec![2], vec![1], vec![3]]), [vec![1, 2], vec![3]]);
    }

    proptest! {
        #[test]
        fn what_only_leads_forward_has_no_circle(
            pairs in prop::collection::vec((0..20_usize, 0..20_usize), 0..80),
            back in any::<bool>(),
        ) {
            let mut feeds = vec![Vec::new(); 20];
            for (a, b) in pairs {
                if a != b {
                    feeds[a.min(b)].push(a.max(b));
                }
            }
            if back {
                feeds[0].push(1);
                feeds[1].push(0);
            }
            let found = circles(&feeds);
            prop_assert_eq!(!found.is_empty(), back);
            for circle in found {
                for (at, step) in circle.iter().enumerate() {
                    prop_assert!(feeds[*step].contains(&circle[(at + 1) % circle.len()]));
                }
            }
        }
    }
}
