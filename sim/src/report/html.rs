//! The page of a report: one file with its style and its pictures inside, read without a script or a network.
//!
//! Light and dark follow the reader's own setting; on paper it is black on white and no picture is cut in two.
//! Invariant: every word of a stranger is escaped; the same folder gives the same bytes.

use super::data::{Checked, Facts, Person, Series, Single, Source};
use super::figure::{Figure, of_run, of_series};
use super::plot;
use super::text::visible;
use crate::metric::sample::Sample;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How many of those who earned most are named.
const NAMED: usize = 12;

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5b6875;--edge:#e0e4e9;--good:#0a7a53;\
--bad:#b3261e;--bar:#0b62a8}\
@media (prefers-color-scheme:dark){:root{--page:#12171d;--card:#1a2129;--ink:#e8edf2;--soft:#9aa7b4;--edge:#2b343e;\
--good:#5fd0a2;--bad:#ff8a80;--bar:#69b3f2}}\
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,\
'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}\
main{max-width:1120px;margin:0 auto;padding:24px 16px 48px}\
h1{font-size:1.7rem;line-height:1.2;margin:0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:36px 0 12px}\
header p{margin:6px 0 0;color:var(--soft);overflow-wrap:anywhere}\
.seal{display:inline-block;margin-top:12px;padding:4px 12px;border-radius:99px;border:1px solid currentColor;\
font-weight:600;font-size:.9rem}.good{color:var(--good)}.bad{color:var(--bad)}\
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(46%,225px),1fr));gap:12px;margin:20px 0 0;padding:0}\
.tile{background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:12px 14px;min-width:0}\
.tile dt{color:var(--soft);font-size:.85rem}.tile dd{margin:2px 0 0;overflow-wrap:anywhere}\
.tile .big{font-size:1.35rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}\
.tile .big small{font-size:.8rem;font-weight:500;color:var(--soft)}\
.tile .more{color:var(--soft);font-size:.8rem;line-height:1.35}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:16px}\
figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:12px;padding:14px;min-width:0;\
break-inside:avoid}figure h3{margin:0 0 6px;font-size:1rem}figcaption{color:var(--soft);font-size:.85rem;margin-top:4px}\
svg.plot{display:block;width:100%;height:auto}\
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--edge);border-radius:12px}\
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{padding:8px 14px;text-align:left;vertical-align:top}\
tr+tr td,thead+tbody td{border-top:1px solid var(--edge)}th{color:var(--soft);font-weight:600;font-size:.82rem}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td{overflow-wrap:break-word}td.name{overflow-wrap:anywhere;min-width:9em}\
td.word{white-space:nowrap;overflow-wrap:normal}\
.share{height:6px;border-radius:3px;background:var(--edge);margin-top:5px;overflow:hidden}\
.share i{display:block;height:100%;background:var(--bar)}\
code{font:.82rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}\
.soft{color:var(--soft)}footer{margin-top:36px;color:var(--soft);font-size:.85rem}\
@media (max-width:480px){figure{padding:12px 8px}th,td{padding:8px 9px}}@media (min-width:900px){.two{display:grid;grid-template-columns:1fr 1fr;gap:0 24px}}\
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--edge:#bbb;--good:#0a5c3f;--bad:#a01a12;\
--bar:#0b62a8}@page{margin:14mm}body{font-size:10.5pt}main{max-width:none;padding:0}.plots{grid-template-columns:1fr 1fr}\
.tile,figure,.scroll{border-radius:4px}h2{break-after:avoid}tr,.tile{break-inside:avoid}.scroll{overflow:visible}}";

/// One headline number.
struct Tile {
    name: &'static str,
    value: String,
    unit: String,
    more: String,
}

/// The page, and the figures in it.
#[must_use]
pub fn page(source: &Source) -> (String, Vec<Figure>) {
    let (markup, figures) = match source {
        Source::Single(run) => single(run),
        Source::Series(runs) => series(runs),
    };
    (markup.into_string(), figures)
}

fn single(run: &Single) -> (Markup, Vec<Figure>) {
    let figures = of_run(run);
    let conserved = run.checks.iter().all(|check| check.ok);
    let page = frame(
        &run.facts,
        conserved,
        &seal_of(&run.checks),
        &tiles_of_run(run),
        &figures,
        &html! {
            div.two {
                section {
                    h2 { "Tasks" }
                    (phases(run))
                    h2 { "Income by kind" }
                    (kinds(run))
                }
                section {
                    h2 { "Who earned most" }
                    (earners(run))
                }
            }
            h2 { "Checks" }
            (checks(&run.checks))
        },
    );
    (page, figures)
}

fn series(series: &Series) -> (Markup, Vec<Figure>) {
    let figures = of_series(series);
    let conserved = series.conserved == series.runs;
    let seal = if conserved {
        format!("Every check holds in all {} runs", series.runs)
    } else {
        format!("Checks fail in {} of {} runs", series.runs - series.conserved, series.runs)
    };
    let page = frame(
        &series.facts,
        conserved,
        &seal,
        &tiles_of_series(series),
        &figures,
        &html! {
            h2 { "In numbers" }
            (statistics(series))
        },
    );
    (page, figures)
}

fn frame(facts: &Facts, good: bool, seal: &str, tiles: &[Tile], figures: &[Figure], rest: &Markup) -> Markup {
    let name = visible(&facts.name);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (name) " · Oikos" }
                style { (PreEscaped(STYLE)) (PreEscaped(plot::STYLE)) }
            }
            body {
                main {
                    header {
                        h1 { bdi { (name) } }
                        p { (visible(&facts.what)) }
                        span class={ "seal " (if good { "good" } else { "bad" }) } {
                            (if good { "✓ " } else { "✗ " }) (seal)
                        }
                    }
                    dl.tiles {
                        @for tile in tiles {
                            div.tile {
                                dt { (tile.name) }
                                dd.big { (tile.value) @if !tile.unit.is_empty() { " " small { (tile.unit) } } }
                                @if !tile.more.is_empty() { dd.more { (tile.more) } }
                            }
                        }
                    }
                    h2 { "In pictures" }
                    div.plots {
                        @for figure in figures {
                            figure {
                                h3 { (figure.plot.title()) }
                                (PreEscaped(figure.plot.svg()))
                                figcaption { (figure.caption) }
                            }
                        }
                    }
                    (rest)
                    h2 { "Where it comes from" }
                    div.scroll {
                        table {
                            tbody {
                                @for (name, value) in facts.provenance.iter().filter(|(_, value)| !value.is_empty()) {
                                    tr { td.word { (name) } td.name { code { (visible(value)) } } }
                                }
                            }
                        }
                    }
                    footer {
                        "Made by Oikos from the files beside this page. The same configuration and seed give the same "
                        "numbers to the bit."
                    }
                }
            }
        }
    }
}

fn tiles_of_run(run: &Single) -> Vec<Tile> {
    let Facts { code, scale, .. } = &run.facts;
    let last = run.steps.last().copied().unwrap_or_default();
    let total = |of: fn(&super::data::Step) -> f64| run.steps.iter().map(of).sum::<f64>();
    let tile = |name, value, unit: &str, more| Tile { name, value, unit: unit.to_owned(), more };
    let (posted, settled) = (total(|step| step.posted), total(|step| step.settled));
    let (awards, priced) = run
        .steps
        .iter()
        .filter_map(|step| Some((step.awards, step.mean_price? * step.awards)))
        .fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    let (volume, humans) = (total(|step| step.volume), total(|step| step.human_income));
    let income = humans + total(|step| step.agent_income) + total(|step| step.organisation_income);
    let mut tiles = Vec::new();
    if let Some(welfare) = last.welfare {
        tiles.push(tile(
            "Welfare",
            money(welfare, *scale),
            code,
            "worth of fit deliveries less what they cost".to_owned(),
        ));
    }
    tiles.push(tile(
        "Settled",
        number(settled),
        if settled > 1.0 { "tasks" } else { "task" },
        format!("of {} posted", number(posted)),
    ));
    tiles.push(tile("Fill rate", share(settled, posted), "", "of all tasks that were posted".to_owned()));
    let price = if awards > 0.0 { money(priced / awards, *scale) } else { "–".to_owned() };
    tiles.push(tile(
        "Mean price",
        price,
        code,
        format!("of {} {}", number(awards), if awards > 1.0 { "awards" } else { "award" }),
    ));
    tiles.push(tile("Volume", money(volume, *scale), code, "paid to workers".to_owned()));
    let gini = last.gini.map_or_else(|| "–".to_owned(), |gini| format!("{gini:.3}"));
    let sellers = run.people.iter().filter(|person| person.sells).count();
    tiles.push(tile("Gini", gini, "", format!("of income, among {sellers} who bid or earned")));
    tiles.push(tile("Human share", share(humans, income), "", "of all income".to_owned()));
    tiles.push(tile("Money", money(last.supply, *scale), code, "in existence; see the checks".to_owned()));
    tiles
}

fn tiles_of_series(series: &Series) -> Vec<Tile> {
    let Facts { code, scale, .. } = &series.facts;
    let scale = *scale;
    let of = |name, values: &[f64], unit: &str, show: &dyn Fn(f64) -> String| {
        let sample = Series::sample(values);
        let value = sample.map_or_else(|| "–".to_owned(), |sample| show(sample.mean));
        let more = sample.map_or_else(String::new, |sample| match sample.ci95 {
            Some((low, high)) => format!("95 %: {} to {}", show(low), show(high)),
            None => "a single run".to_owned(),
        });
        Tile { name, value, unit: unit.to_owned(), more }
    };
    let show_money = |value: f64| money(value, scale);
    let show_share = |value: f64| percent(value);
    let conserved = Tile {
        name: "Conserved",
        value: format!("{} of {}", series.conserved, series.runs),
        unit: "runs".to_owned(),
        more: "in which every check holds".to_owned(),
    };
    let runs = Tile {
        name: "Runs",
        value: number(series.runs as f64),
        unit: String::new(),
        more: "with one seed after another".to_owned(),
    };
    vec![
        of("Welfare, mean", &series.welfare, code, &show_money),
        of("Fill rate", &series.fill_rate, "", &show_share),
        of("Mean price", &series.price, code, &show_money),
        of("Volume", &series.volume, code, &show_money),
        of("Gini", &series.gini, "", &|value| format!("{value:.3}")),
        of("Human share", &series.human_share, "", &show_share),
        conserved,
        runs,
    ]
}

fn statistics(series: &Series) -> Markup {
    let Facts { code, scale, .. } = &series.facts;
    let scale = usize::from(*scale);
    let rows = [
        ("Welfare", code.as_str(), &series.welfare, scale + 2),
        ("Mean price", code.as_str(), &series.price, scale + 2),
        ("Volume", code.as_str(), &series.volume, scale + 2),
        ("Fill rate", "", &series.fill_rate, 4),
        ("Human share", "", &series.human_share, 4),
        ("Gini", "", &series.gini, 4),
    ];
    html! {
        div.scroll {
            table {
                thead { tr { th {} th.n { "mean" } th.n { "95 % from" } th.n { "to" } th.n { "deviation" } th.n { "lowest" } th.n { "highest" } } }
                tbody {
                    @for (name, unit, values, decimals) in rows {
                        @if let Some(Sample { mean, sd, ci95, .. }) = Series::sample(values) {
                            tr {
                                td.word { (name) " " span.soft { (unit) } }
                                td.n { (grouped(mean, decimals)) }
                                td.n { (ci95.map_or_else(|| "–".to_owned(), |(low, _)| grouped(low, decimals))) }
                                td.n { (ci95.map_or_else(|| "–".to_owned(), |(_, high)| grouped(high, decimals))) }
                                td.n { (sd.map_or_else(|| "–".to_owned(), |sd| grouped(sd, decimals))) }
                                td.n { (grouped(values.iter().copied().fold(f64::INFINITY, f64::min), decimals)) }
                                td.n { (grouped(values.iter().copied().fold(f64::NEG_INFINITY, f64::max), decimals)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn phases(run: &Single) -> Markup {
    let all: u64 = run.phases.values().sum();
    html! {
        div.scroll {
            table {
                tbody {
                    @for (phase, count) in &run.phases {
                        tr {
                            td { (in_words(phase)) (bar(*count as f64, all as f64)) }
                            td.n { (number(*count as f64)) }
                        }
                    }
                }
            }
        }
    }
}

fn kinds(run: &Single) -> Markup {
    let total =
        |kind: &str| run.people.iter().filter(|person| person.kind == kind).map(|person| person.earned).sum::<f64>();
    let all: f64 = run.people.iter().map(|person| person.earned).sum();
    html! {
        div.scroll {
            table {
                thead { tr { th { "kind" } th.n { "taking part" } th.n { "earned, " (run.facts.code) } th.n { "share" } } }
                tbody {
                    @for (kind, word) in [("human", "people"), ("agent", "agents"), ("organisation", "organisations")] {
                        tr {
                            td { (word) (bar(total(kind), all)) }
                            td.n { (number(run.people.iter().filter(|person| person.kind == kind).count() as f64)) }
                            td.n { (money(total(kind), run.facts.scale)) }
                            td.n { (share(total(kind), all)) }
                        }
                    }
                }
            }
        }
    }
}

fn earners(run: &Single) -> Markup {
    let mut people: Vec<&Person> = run.people.iter().filter(|person| person.sells).collect();
    people.sort_by(|one, other| other.earned.total_cmp(&one.earned).then_with(|| one.name.cmp(&other.name)));
    let most = people.first().map_or(0.0, |person| person.earned);
    let more = people.len().saturating_sub(NAMED);
    html! {
        div.scroll {
            table {
                thead { tr { th { "name" } th { "kind" } th.n { "earned, " (run.facts.code) } } }
                tbody {
                    @for person in people.iter().take(NAMED) {
                        tr {
                            td.name { bdi { (visible(&person.name)) } (bar(person.earned, most)) }
                            td.word { (person.kind) }
                            td.n { (money(person.earned, run.facts.scale)) }
                        }
                    }
                    @if people.is_empty() { tr { td colspan="3" { "nobody bid" } } }
                    @if more > 0 { tr { td colspan="3" { "and " (number(more as f64)) " more" } } }
                }
            }
        }
    }
}

fn checks(checks: &[Checked]) -> Markup {
    html! {
        div.scroll {
            table {
                tbody {
                    @for check in checks {
                        tr {
                            td class={ "word " (if check.ok { "good" } else { "bad" }) } {
                                (if check.ok { "✓ holds" } else { "✗ FAILS" })
                            }
                            td { (in_words(&check.name)) }
                            td { (visible(&check.detail)) }
                        }
                    }
                }
            }
        }
    }
}

fn seal_of(checks: &[Checked]) -> String {
    let failed = checks.iter().filter(|check| !check.ok).count();
    if failed == 0 {
        format!("Money conserved: all {} checks hold", checks.len())
    } else {
        format!("{failed} of {} checks fail", checks.len())
    }
}

fn bar(part: f64, whole: f64) -> Markup {
    let width = if whole > 0.0 { (part / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    html! { div.share aria-hidden="true" { i style=(format!("width:{width:.1}%")) {} } }
}

/// `every_task_is_over` and `NoAward` as words.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for (at, c) in visible(name).chars().enumerate() {
        match c {
            '_' => words.push(' '),
            c if c.is_ascii_uppercase() && at > 0 => words.extend([' ', c.to_ascii_lowercase()]),
            c if at == 0 => words.push(c.to_ascii_uppercase()),
            c => words.push(c),
        }
    }
    words
}

fn money(value: f64, scale: u8) -> String {
    grouped(value, usize::from(scale.min(6)))
}

fn number(value: f64) -> String {
    grouped(value, 0)
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 { percent(part / whole) } else { "–".to_owned() }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `-1234567.5` with a real minus and thin spaces between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let mut shown = String::from(if value < 0.0 && !is_zero { "−" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    if let Some(rest) = rest {
        shown.push('.');
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(1_234_567.5, 2), "1\u{202f}234\u{202f}567.50");
        assert_eq!(
            (grouped(-0.001, 2), grouped(-12.3, 1), number(999.0)),
            ("0.00".into(), "−12.3".into(), "999".into())
        );
        assert_eq!(
            (in_words("every_task_is_over"), in_words("NoAward")),
            ("Every task is over".into(), "No award".into())
        );
    }

    #[test]
    fn hostile_names_are_text_and_the_page_loads_nothing() {
        let person = |name: &str| Person {
            name: name.to_owned(),
            kind: "agent".to_owned(),
            sells: true,
            earned: 1.0,
            left: 0.0,
        };
        let facts = Facts { name: "<b>\u{202e}市场".to_owned(), code: "OIK".to_owned(), ..Facts::default() };
        let people = vec![person("<script>alert(1)</script>"), person("老王"), person("a\"onload=\"x")];
        let run = Single { facts, people, ..Single::default() };
        let (page, _) = page(&Source::Single(Box::new(run)));
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && page.contains("老王"), "{page}");
        assert!(page.contains("&lt;b&gt;"));
        let outside = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!outside.contains("http") && !outside.contains("@import") && !outside.contains("url("));
    }

    #[test]
    fn a_check_that_fails_is_said_first() {
        let fails = Checked { name: "supply".to_owned(), ok: false, detail: "1 is missing".to_owned() };
        let run = Single { checks: vec![fails], ..Single::default() };
        let (page, _) = page(&Source::Single(Box::new(run)));
        assert!(page.contains("✗ 1 of 1 checks fail") && page.contains("FAILS"), "{page}");
    }
}
