//! What several runs say together: mean, standard deviation, and the interval in which the mean lies.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// A sample of one number, in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// How many.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (n − 1); none for a single one.
    pub sd: Option<f64>,
    /// Where the mean lies with 95 % confidence, by Student's t.
    pub ci95: Option<(f64, f64)>,
}

impl Sample {
    /// The sample of these numbers; none where there is none.
    #[must_use]
    pub fn of(values: &[i128]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        // Sums of whole numbers are exact, and so do not depend on the order of the runs.
        let sum: i128 = values.iter().sum();
        Some(Self::around(sum as f64 / n as f64, n, values.iter().map(|value| *value as f64)))
    }

    /// The sample of these numbers, summed up in their order; none where there is none.
    #[must_use]
    pub fn of_reals(values: &[f64]) -> Option<Self> {
        let n = values.len();
        (n > 0).then(|| Self::around(values.iter().sum::<f64>() / n as f64, n, values.iter().copied()))
    }

    fn around(mean: f64, n: usize, values: impl Iterator<Item = f64>) -> Self {
        let freedom = (n - 1) as f64;
        if n == 1 {
            return Self { n, mean, sd: None, ci95: None };
        }
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        let sd = (squares / freedom).sqrt();
        let half = StudentsT::new(0.0, 1.0, freedom).ok().map(|t| t.inverse_cdf(0.975) * sd / (n as f64).sqrt());
        Self { n, mean, sd: Some(sd), ci95: half.map(|half| (mean - half, mean + half)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_students_t() {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares 32, sd sqrt(32/7); t(7, 0.975) = 2.364624.
        let sample = Sample::of(&[2, 4, 4, 4, 5, 5, 7, 9]).unwrap();
        assert_eq!((sample.n, sample.mean), (8, 5.0));
        assert!((sample.sd.unwrap() - 2.138_089_9).abs() < 1e-6);
        let (low, high) = sample.ci95.unwrap();
        assert!((high - 5.0 - 2.364_624 * 2.138_089_9 / 8f64.sqrt()).abs() < 1e-5, "{high}");
        assert!((low + high - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_single_run_has_a_mean_and_nothing_else() {
        assert_eq!(Sample::of(&[7]), Some(Sample { n: 1, mean: 7.0, sd: None, ci95: None }));
        assert_eq!(Sample::of(&[]), None);
    }
}
