//! Labels that do not run into each other.

/// A label over a line, from its left end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub from: f64,
    pub to: f64,
}

/// Returns how far above the ground each label stands, in lines; none where it would stand above
/// `most`. `labels` are sorted by their left ends; a line that goes down from the left end of one
/// meets no other.
pub(super) fn lanes(labels: &[Label], most: usize) -> Vec<Option<usize>> {
    // Where the leftmost label of each lane begins.
    let mut taken: Vec<f64> = Vec::new();
    let mut lanes = vec![None; labels.len()];
    // From the right: what stands further left stands above, so its line passes nothing.
    for (place, label) in labels.iter().enumerate().rev() {
        let above = taken.iter().rposition(|from| *from < label.to);
        let lane = above.map_or(0, |lane| lane + 1);
        if lane >= most {
            continue;
        }
        if lane < taken.len() {
            taken[lane] = label.from;
        } else {
            taken.push(label.from);
        }
        lanes[place] = Some(lane);
    }
    lanes
}

/// Things on a line that are too near to each other are told of together: returns the place of the
/// first of each group and how many it has; `places` are sorted.
pub(super) fn groups(places: &[f64], apart: f64) -> Vec<(f64, usize)> {
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for place in places {
        match groups.last_mut() {
            Some((first, count)) if place - *first < apart => *count += 1,
            _ => groups.push((*place, 1)),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_is_written_over_another_or_crossed_by_its_line() {
        let label = |from, to| Label { from, to };
        let labels = [
            label(0.0, 150.0),
            label(60.0, 210.0),
            label(170.0, 320.0),
            label(170.0, 250.0),
            label(170.0, 240.0),
            label(400.0, 500.0),
        ];
        assert!(lanes(&labels, 3).contains(&None));
        let lanes: Vec<usize> = lanes(&labels, 9).into_iter().map(Option::unwrap).collect();
        for (one, a) in labels.iter().enumerate() {
            for (other, b) in labels.iter().enumerate() {
                let overlap = one != other && a.from < b.to && b.from < a.to;
                assert!(!overlap || lanes[one] != lanes[other], "{one} over {other}: {lanes:?}");
                let crossed = lanes[one] > lanes[other] && b.from < a.from && a.from < b.to;
                assert!(!crossed, "the line of {one} through {other}: {lanes:?}");
            }
        }
        assert_eq!(lanes[5], 0);
    }

    #[test]
    fn what_is_near_is_told_of_together() {
        assert_eq!(groups(&[0.0, 1.0, 9.0, 30.0], 10.0), [(0.0, 3), (30.0, 1)]);
        assert!(groups(&[], 10.0).is_empty());
    }
}
