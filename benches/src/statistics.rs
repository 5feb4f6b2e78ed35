//! Quantiles of measured samples.

/// The sample at `quantile` (0 to 1) of a sorted slice, by the nearest-rank rule.
///
/// # Panics
/// If there is no sample.
pub fn quantile<T: Copy>(sorted: &[T], quantile: f64) -> T {
    let rank = (sorted.len() as f64 * quantile).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// The median of samples in any order; what is not a number counts as the largest.
///
/// # Panics
/// If there is no sample.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    // A report of an hour's work shall not end with a panic because of one sample.
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    } else {
        sorted[middle]
    }
}

#[cfg(test)]
mod tests {
    use super::{median, quantile};

    #[test]
    fn the_median_does_not_depend_on_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn what_is_not_a_number_is_the_largest() {
        assert_eq!(median(&[f64::NAN, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn quantiles_take_the_nearest_rank() {
        let samples: Vec<u32> = (1..=100).collect();
        assert_eq!(quantile(&samples, 0.5), 50);
        assert_eq!(quantile(&samples, 0.99), 99);
        assert_eq!(quantile(&samples, 0.0), 1);
        assert_eq!(quantile(&samples, 1.0), 100);
    }
}
