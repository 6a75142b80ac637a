//! Which plots a report has: what is drawn of a run, and what of a series.

use super::data::{Series, Single, Step};
use super::plot::{Plot, Unit};

/// Bars of a histogram, and of a volume over time.
const BARS: usize = 40;

/// A plot with the name of its file and what is to be seen in it.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its file is `plots/<name>.svg`.
    pub name: &'static str,
    /// The plot.
    pub plot: Plot,
    /// What is to be seen.
    pub caption: String,
}

/// The plots of a run.
#[must_use]
pub fn of_run(run: &Single) -> Vec<Figure> {
    let code = run.facts.code.as_str();
    let (time, per) = time_unit(run.steps.last().map_or(0.0, |step| step.end_s));
    let at = |step: &Step| step.end_s / per;
    let end = run.steps.last().map_or(1.0, at).max(f64::MIN_POSITIVE);
    let steps = &run.steps;
    let mut figures = Vec::new();
    let prices = steps.iter().filter_map(|step| Some((at(step), step.low_price?, step.high_price?)));
    let means = steps.iter().filter_map(|step| Some((at(step), step.mean_price?)));
    let price = Plot::new("Price of awards", time, code).band(0, "low to high", prices).line(0, "mean", means);
    figures.push(figure("price", price, "Mean price of the awards of each step, with the lowest and the highest."));
    if steps.iter().any(|step| step.welfare.is_some()) {
        let welfare = steps.iter().filter_map(|step| Some((at(step), step.welfare?)));
        let plot = Plot::new("Welfare", time, code).stairs(0, "so far", welfare);
        let caption =
            "What fit deliveries were worth to those who ordered them, less what they paid; tasks that are over.";
        figures.push(figure("welfare", plot, caption));
    }
    let volume = buckets(steps.iter().map(|step| (at(step), step.volume)).collect());
    let plot = Plot::new("Volume", time, code).from_to(0.0, end).bars(0, "paid to workers", volume);
    figures.push(figure("volume", plot, "What was paid to workers, over time."));
    let sums = |of: fn(&Step) -> f64| {
        let mut sum = 0.0;
        steps
            .iter()
            .map(|step| {
                sum += of(step);
                (at(step), sum)
            })
            .collect::<Vec<_>>()
    };
    let (ended, settled) = (sums(|step| step.ended), sums(|step| step.settled));
    let rate = ended
        .iter()
        .zip(&settled)
        .filter(|((_, ended), _)| *ended > 0.0)
        .map(|((x, ended), (_, settled))| (*x, settled / ended));
    let plot = Plot::new("Fill rate", time, "").units(Unit::Number, Unit::Share).between(0.0, 1.0).stairs(
        2,
        "settled of all that ended",
        rate,
    );
    figures.push(figure("fill_rate", plot, "Which part of the tasks that were over was settled, so far."));
    let plot = Plot::new("Tasks", time, "tasks")
        .stairs(0, "posted", sums(|step| step.posted))
        .stairs(2, "settled", settled)
        .stairs(1, "open", steps.iter().map(|step| (at(step), step.open_tasks)));
    figures.push(figure("tasks", plot, "Tasks posted and settled so far, and those that are open."));
    figures.push(lorenz(run));
    let gini = steps.iter().filter_map(|step| Some((at(step), step.gini?)));
    let plot =
        Plot::new("Gini coefficient of income", time, "").between(0.0, 1.0).stairs(0, "of all income so far", gini);
    figures.push(figure("gini", plot, "How unequal income was so far: 0 is equality, near 1 one has it all."));
    let (humans, agents, organisations) =
        (sums(|step| step.human_income), sums(|step| step.agent_income), sums(|step| step.organisation_income));
    let mut income = Plot::new("Income by kind", time, code);
    let stack = [(1, "people", &humans), (0, "agents", &agents), (2, "organisations", &organisations)];
    let mut below = vec![0.0; steps.len()];
    for (colour, name, sums) in stack {
        if sums.last().is_some_and(|(_, sum)| *sum > 0.0) {
            let layer: Vec<_> = sums.iter().zip(&below).map(|(&(x, sum), &low)| (x, low, low + sum)).collect();
            below = layer.iter().map(|(.., high)| *high).collect();
            income = income.stacked(colour, name, layer);
        }
    }
    figures.push(figure(
        "income",
        income,
        "What people, agents and organisations earned so far, on top of each other.",
    ));
    figures
}

fn lorenz(run: &Single) -> Figure {
    let mut incomes: Vec<f64> = run.people.iter().filter(|person| person.sells).map(|person| person.earned).collect();
    incomes.sort_by(f64::total_cmp);
    let (sum, n) = (incomes.iter().sum::<f64>(), incomes.len() as f64);
    let mut below = 0.0;
    let curve = (1..).zip(&incomes).map(|(rank, income)| {
        below += income;
        (f64::from(rank) / n, below / sum)
    });
    let curve: Vec<_> = if sum > 0.0 { std::iter::once((0.0, 0.0)).chain(curve).collect() } else { Vec::new() };
    let plot = if curve.is_empty() {
        equality()
    } else {
        equality().line(3, "equality", [(0.0, 0.0), (1.0, 1.0)]).line(0, "sellers", curve)
    };
    let caption = "Which part of all income the poorest part of the sellers had; on the dashed line all have the same.";
    figure("lorenz", plot, caption)
}

fn equality() -> Plot {
    Plot::new("Lorenz curve of income", "poorest part of the sellers", "income")
        .units(Unit::Share, Unit::Share)
        .square()
}

/// The plots of a series.
#[must_use]
pub fn of_series(series: &Series) -> Vec<Figure> {
    let code = series.facts.code.as_str();
    let mut figures = vec![
        histogram("welfare", "Welfare", code, Unit::Number, &series.welfare, "How often runs came to which welfare."),
        running_mean(series, code),
        histogram(
            "price",
            "Mean price",
            code,
            Unit::Number,
            &series.price,
            "How often runs came to which mean price of an award.",
        ),
        histogram("volume", "Volume", code, Unit::Number, &series.volume, "How often how much was paid to workers."),
        histogram(
            "fill_rate",
            "Fill rate",
            "of tasks",
            Unit::Share,
            &series.fill_rate,
            "How often which part of the tasks was settled.",
        ),
        histogram(
            "human_share",
            "Human share of income",
            "of income",
            Unit::Share,
            &series.human_share,
            "How often people had which part of the income.",
        ),
        histogram(
            "gini",
            "Gini coefficient",
            "",
            Unit::Number,
            &series.gini,
            "How often income was how unequal: 0 is equality.",
        ),
    ];
    figures.insert(4, lorenz_of_many(series));
    figures
}

fn running_mean(series: &Series, code: &str) -> Figure {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    let mut means = Vec::new();
    for value in &series.welfare {
        // Welford: one pass, and no difference of large sums.
        n += 1.0;
        let off = value - mean;
        mean += off / n;
        squares += off * (value - mean);
        if n >= 2.0 {
            let half = 1.96 * (squares / (n - 1.0)).sqrt() / f64::sqrt(n);
            means.push((n, mean, half));
        }
    }
    // Two or three runs say nothing yet and would set the scale.
    let from = (means.len() / 20).max(if means.len() > 8 { 3 } else { 0 });
    let means = &means[from.min(means.len())..];
    let plot = Plot::new("Mean of welfare as runs add up", "runs", code)
        .band(0, "95 % interval", means.iter().map(|(n, mean, half)| (*n, mean - half, mean + half)))
        .line(0, "mean", means.iter().map(|(n, mean, _)| (*n, *mean)));
    figure("welfare_mean", plot, "How the mean settles: more runs would move it within the band, roughly.")
}

fn lorenz_of_many(series: &Series) -> Figure {
    let caption = "Which part of all income the poorest part of the sellers had: the mean of all runs, and where nine of ten lie.";
    if series.lorenz.is_empty() {
        return figure("lorenz", equality(), caption);
    }
    let parts = series.lorenz.iter().map(Vec::len).max().unwrap_or_default() + 1;
    let at = |part: usize| {
        let mut values: Vec<f64> = series.lorenz.iter().filter_map(|curve| curve.get(part - 1).copied()).collect();
        values.sort_by(f64::total_cmp);
        let rank =
            |share: f64| values.get(((values.len() - 1) as f64 * share).round() as usize).copied().unwrap_or_default();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        (part as f64 / parts as f64, rank(0.05), mean, rank(0.95))
    };
    let corners = [(0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)];
    let curve: Vec<_> = std::iter::once(corners[0]).chain((1..parts).map(at)).chain([corners[1]]).collect();
    let plot = equality()
        .band(0, "nine of ten runs", curve.iter().map(|&(x, low, _, high)| (x, low, high)))
        .line(3, "equality", [(0.0, 0.0), (1.0, 1.0)])
        .line(0, "mean", curve.iter().map(|&(x, _, mean, _)| (x, mean)));
    figure("lorenz", plot, caption)
}

fn histogram(name: &'static str, title: &str, x_name: &str, unit: Unit, values: &[f64], caption: &str) -> Figure {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let mut plot = Plot::new(title, x_name, "runs").units(unit, Unit::Number);
    if !values.is_empty() {
        // All the same: one bar around it.
        let (low, width, bars) = if unit == Unit::Share {
            plot = plot.from_to(0.0, 1.0);
            (0.0, 0.05, 20)
        } else if high > low {
            let bars = ((values.len() as f64).sqrt().ceil() as usize).clamp(8, BARS);
            (low, (high - low) / bars as f64, bars)
        } else {
            let width = if low == 0.0 { 0.1 } else { low.abs() * 0.1 };
            (low - width / 2.0, width, 1)
        };
        let mut counts = vec![0.0; bars];
        for value in values {
            counts[(((value - low) / width) as usize).min(bars - 1)] += 1.0;
        }
        let bar = |(at, count): (usize, f64)| (low + at as f64 * width, low + (at + 1) as f64 * width, count);
        plot = plot.bars(0, "runs", counts.into_iter().enumerate().map(bar));
        if let Some(sample) = Series::sample(values) {
            plot = plot.upright(1, "mean", sample.mean);
        }
    }
    figure(name, plot, caption)
}

/// At most [`BARS`] bars of equal width with the sums of what falls into them.
fn buckets(points: Vec<(f64, f64)>) -> Vec<(f64, f64, f64)> {
    let Some(&(last, _)) = points.last() else { return Vec::new() };
    let width = if last > 0.0 { last / BARS as f64 } else { 1.0 };
    let mut sums = vec![0.0; BARS];
    for (at, value) in points {
        // A step is named by its end.
        sums[((at / width).ceil() as usize).clamp(1, BARS) - 1] += value;
    }
    sums.into_iter().enumerate().map(|(n, sum)| (n as f64 * width, (n + 1) as f64 * width, sum)).collect()
}

fn figure(name: &'static str, plot: Plot, caption: &str) -> Figure {
    Figure { name, plot, caption: caption.to_owned() }
}

/// The unit of time in which so many seconds read well, and how many seconds it has.
fn time_unit(seconds: f64) -> (&'static str, f64) {
    match seconds {
        s if s >= 4.0 * 86_400.0 => ("days", 86_400.0),
        s if s >= 2.0 * 3_600.0 => ("hours", 3_600.0),
        s if s >= 120.0 => ("minutes", 60.0),
        _ => ("seconds", 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_histogram_stands_in_a_bar() {
        for values in [vec![1.0, 2.0, 3.0, 3.0], vec![5.0; 4], vec![0.0; 4]] {
            let svg = histogram("welfare", "", "", Unit::Number, &values, "").plot.svg();
            assert!(svg.contains("<rect class=\"bar"), "{svg}");
        }
        assert!(histogram("welfare", "", "", Unit::Number, &[], "").plot.is_empty());
    }

    #[test]
    fn buckets_keep_the_sum() {
        let points: Vec<_> = (1..=1_000).map(|n| (f64::from(n), 1.0)).collect();
        let bars = buckets(points);
        assert_eq!((bars.len(), bars.iter().map(|bar| bar.2).sum::<f64>()), (BARS, 1_000.0));
    }
}
