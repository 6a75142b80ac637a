//! Orders with known answers.

use super::Invoices;
use super::schema::{Books, Line, Reconciled, State};
use crate::trade::Question;

fn line(number: &str, payments: &[&str], paid: &str, state: State) -> Line {
    let payments = payments.iter().map(|id| (*id).to_owned()).collect();
    Line { number: number.to_owned(), payments, paid: paid.to_owned(), state }
}

fn books(invoices: &str, payments: &str) -> Books {
    Books {
        invoices: format!("number,customer,amount\n{invoices}"),
        payments: format!("id,date,reference,amount\n{payments}"),
    }
}

fn statement(invoices: Vec<Line>, strays: &[&str], outstanding: &str) -> Reconciled {
    let strays = strays.iter().map(|id| (*id).to_owned()).collect();
    Reconciled { invoices, strays, outstanding: outstanding.to_owned() }
}

pub(super) fn questions() -> Vec<Question<Invoices>> {
    let plain =
        books("A-1,Ann,10.00\nA-2,\"Bob, Son\",20.00\n", "p1,2026-11-01,A-1,10.00\np2,2026-11-02,A-2 part,5.50\n");
    let plain_right = statement(
        vec![line("A-1", &["p1"], "10.00", State::Paid), line("A-2", &["p2"], "5.50", State::Part)],
        &[],
        "14.50",
    );
    let with = |change: fn(&mut Reconciled)| {
        let mut wrong = plain_right.clone();
        change(&mut wrong);
        wrong
    };
    let plain_wrong = vec![
        ("outstanding", with(|done| done.outstanding = "14.49".to_owned())),
        ("A-2", with(|done| done.invoices[1].state = State::Paid)),
        ("A-1", with(|done| done.invoices[0].paid = "10.01".to_owned())),
        ("payments", with(|done| done.strays.push("p1".to_owned()))),
        ("payments", with(|done| drop(done.invoices[1].payments.pop()))),
        ("invoices", with(|done| drop(done.invoices.pop()))),
        (
            "A-1",
            with(|done| {
                done.invoices[0].payments = vec!["p2".to_owned()];
                done.invoices[1].payments = vec!["p1".to_owned()];
            }),
        ),
    ];
    let spelled = books(
        "R-07-1,Ann,3.00\n",
        "p1,2026-11-01,inv r 07 1,3.00\np2,2026-11-02,r071 again,0.50\np3,2026-11-03,gift,1.00\n",
    );
    let spelled_right = statement(vec![line("R-07-1", &["p1", "p2"], "3.50", State::Over)], &["p3"], "0.00");
    let spelled_wrong =
        vec![("strays", statement(vec![line("R-07-1", &["p1"], "3.00", State::Paid)], &["p2", "p3"], "0.00"))];
    vec![
        Question { about: "a payment in full and one in part", input: plain, right: plain_right, wrong: plain_wrong },
        Question { about: "numbers in other spellings", input: spelled, right: spelled_right, wrong: spelled_wrong },
    ]
}
