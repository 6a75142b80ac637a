//! A robot presses keys and says what it sees.

use crate::scene::Scene;
use oikos::dashboard::act::{Act, Asked, Play};
use oikos::dashboard::keys::{Key, press};
use oikos::dashboard::picture::{cells, text};
use oikos::dashboard::state::snapshot::{Snapshot, of};
use oikos::dashboard::state::ui::{Screen, Ui};
use oikos::dashboard::theme::Theme;
use oikos_protocol::id::TaskId;

struct Robot {
    scene: Scene,
    ui: Ui,
}

impl Robot {
    fn at(scene: Scene) -> Self {
        Self { scene, ui: Ui::default() }
    }

    fn snapshot(&self) -> Snapshot {
        of(&self.scene.model, &self.ui.lens())
    }

    fn presses(&mut self, key: Key) -> Option<Asked> {
        let snapshot = self.snapshot();
        press(&mut self.ui, &snapshot, key)
    }

    fn types(&mut self, text: &str) -> Option<Asked> {
        text.chars().map(|c| self.presses(Key::Char(c))).last().flatten()
    }

    fn sees(&self) -> String {
        text(&cells(&self.snapshot(), &self.ui, 110, 30))
    }

    #[track_caller]
    fn must_see(&self, what: &str) {
        let seen = self.sees();
        assert!(seen.contains(what), "`{what}` is not in\n{seen}");
    }

    #[track_caller]
    fn must_not_see(&self, what: &str) {
        let seen = self.sees();
        assert!(!seen.contains(what), "`{what}` is in\n{seen}");
    }
}

#[test]
fn one_key_leads_to_every_screen() {
    let mut robot = Robot::at(Scene::town());
    for (digit, letter, screen, seen) in [
        ('1', 'o', Screen::Overview, "Top earners"),
        ('2', 'm', Screen::Market, "Life"),
        ('3', 'p', Screen::People, "win rate"),
        ('4', 'l', Screen::Ledger, "= credits"),
        ('5', 'i', Screen::Inbox, "if you do nothing"),
        ('6', 'v', Screen::Events, "so far"),
    ] {
        for key in [digit, letter] {
            robot.types("6");
            robot.types(&key.to_string());
            assert_eq!(robot.ui.screen, screen);
            robot.must_see(seen);
            robot.must_see(&format!("[{digit} {}", screen.name()));
        }
    }
}

#[test]
fn a_task_is_approved_only_after_a_yes_that_names_the_default() {
    let mut robot = Robot::at(Scene::town());
    robot.types("5");
    robot.must_see("asks you to approve");
    robot.must_see("the task is rejected and its budget goes back");
    assert_eq!(robot.types("a"), None);
    robot.must_see("Are you sure?");
    robot.must_see("it may spend up to 50.00 OIK");
    robot.must_see("If you do nothing within 45s: the task is rejected");
    assert_eq!(robot.types("n"), None);
    robot.must_see("nothing was sent");
    robot.types("a");
    assert_eq!(robot.types("y"), Some(Asked::Act(Act::Approve { task: TaskId(15) })));
}

#[test]
fn a_refusal_needs_a_reason_and_a_delivery_is_accepted_and_paid() {
    let mut robot = Robot::at(Scene::town());
    robot.types("5r");
    robot.must_see("Refuse t15");
    robot.presses(Key::Enter);
    robot.must_see("Reason is missing");
    robot.types("too dear");
    robot.presses(Key::Enter);
    robot.must_see("Reason: too dear");
    let refuse = Act::Refuse { task: TaskId(15), reason: "too dear".to_owned() };
    assert_eq!(robot.types("y"), Some(Asked::Act(refuse)));
    robot.presses(Key::Down);
    robot.must_see("delivered");
    robot.must_see("请在周五前完成");
    robot.types("a");
    robot.must_see("Accept t13 and pay 8.00 OIK");
    let accept = Act::Accept { task: TaskId(13), milestone: 0 };
    assert_eq!(robot.presses(Key::Enter), None);
    assert_eq!(robot.types("y"), Some(Asked::Act(accept)));
}

#[test]
fn a_task_is_posted_and_bid_for_from_here() {
    let mut robot = Robot::at(Scene::town());
    robot.types("n");
    robot.must_see("Post a task");
    robot.types("text.shout/v1");
    robot.presses(Key::Enter);
    robot.types("1.2.3");
    robot.presses(Key::Enter);
    robot.types("hello");
    robot.presses(Key::Enter);
    robot.must_see("is not a decimal number");
    robot.presses(Key::Backspace);
    robot.presses(Key::Backspace);
    robot.presses(Key::Enter);
    robot.must_see("Post a task for text.shout/v1, up to 1.2 OIK");
    let Some(Asked::Act(Act::Post { capability, budget, input, .. })) = robot.types("y") else {
        panic!("nothing was posted")
    };
    assert_eq!((capability.as_str(), budget.as_str(), input.as_str()), ("text.shout/v1", "1.2", "hello"));
    // The one of the open tasks that takes bids.
    robot.types("2/t12");
    robot.presses(Key::Enter);
    robot.must_see("翻译");
    robot.types("b");
    robot.must_see("Bid for t12");
    robot.types("6.50");
    robot.presses(Key::Enter);
    let bid = Act::Bid { task: TaskId(12), price: "6.50".to_owned(), promise: None };
    assert_eq!(robot.types("y"), Some(Asked::Act(bid)));
}

#[test]
fn a_filter_narrows_the_rows_and_escape_takes_it_away() {
    let mut robot = Robot::at(Scene::town());
    robot.types("3/李小");
    robot.must_see("/李小_");
    robot.presses(Key::Enter);
    robot.must_see("李小龙");
    robot.must_not_see("crab");
    robot.presses(Key::Esc);
    robot.must_see("crab");
    robot.types("2");
    robot.presses(Key::Down);
    robot.types("x");
    assert_eq!(robot.ui.screen, Screen::Events);
    let task = robot.ui.pane().filter.clone();
    assert!(robot.snapshot().log.iter().all(|row| row.task.is_some_and(|of| of.to_string() == task)));
    assert!(!robot.snapshot().log.is_empty());
}

#[test]
fn enter_goes_in_and_escape_comes_back() {
    let mut robot = Robot::at(Scene::town());
    robot.presses(Key::Enter);
    assert_eq!(robot.ui.screen, Screen::Market);
    robot.must_see("Bids");
    robot.must_see("Life");
    robot.presses(Key::Esc);
    assert!(!robot.ui.pane().is_open);
    robot.types("4");
    robot.presses(Key::Enter);
    robot.must_see("Behind it");
    robot.must_see("debit");
    robot.presses(Key::Esc);
    robot.types("3");
    robot.presses(Key::Enter);
    robot.must_see("acts for");
    robot.presses(Key::Esc);
    robot.presses(Key::Esc);
    assert_eq!(robot.ui.screen, Screen::Overview);
}

#[test]
fn help_palette_theme_sort_expand_and_freeze_do_as_they_say() {
    let mut robot = Robot::at(Scene::town());
    robot.types("2?");
    robot.must_see("Keys of Market");
    robot.must_see("bid for the task");
    robot.types("z");
    robot.must_not_see("Keys of Market");
    robot.types(":next th");
    robot.must_see("next theme");
    robot.presses(Key::Enter);
    assert_eq!(robot.ui.theme, Theme::Light);
    robot.types(":t3");
    robot.presses(Key::Enter);
    robot.must_see("t3 · text.shout/v1");
    robot.presses(Key::Esc);
    robot.types("ss");
    robot.must_see("the largest budget first");
    assert_eq!(robot.snapshot().tasks[0].task, TaskId(15));
    robot.types("e");
    assert!(robot.ui.is_expanded);
    robot.must_not_see("Life");
    robot.types("ef");
    robot.must_see("FROZEN");
    robot.types("q");
    assert!(robot.ui.is_over);
}

#[test]
fn a_recorded_run_is_played_and_not_acted_upon() {
    let mut robot = Robot::at(Scene::recorded());
    robot.must_see("of 200");
    robot.must_see("◆");
    let asked = |asked: Option<Asked>, play| assert_eq!(asked, Some(Asked::Play(play)));
    asked(robot.types(" "), Play::Toggle);
    asked(robot.presses(Key::Left), Play::Step(-1));
    asked(robot.presses(Key::Right), Play::Step(1));
    asked(robot.types("+"), Play::Speed(1));
    asked(robot.types("k"), Play::Mark);
    asked(robot.types("]"), Play::Marked { onwards: true });
    asked(robot.presses(Key::Home), Play::Part(0));
    robot.types(":42");
    asked(robot.presses(Key::Enter), Play::Seek(42));
    robot.types("n");
    robot.must_see("a recorded run cannot be acted on");
    robot.types("5");
    robot.must_see("a recorded run has no inbox");
}

#[test]
fn lost_money_raises_an_alarm_and_the_mark_says_so() {
    let mut robot = Robot::at(Scene::town());
    robot.must_see("✓");
    robot.must_not_see("LOST");
    // Money out of nothing: into the hold of a task that nobody told of.
    use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
    let moved = MoneyMoved {
        asset: oikos_protocol::id::AssetId(1),
        amount: oikos_protocol::money::Amount(5),
        from: Purse::Available(crate::scene::MARA),
        to: Purse::Hold(TaskId(999)),
        reason: MoneyReason::Budget,
    };
    robot.scene.entry(1, vec![oikos_protocol::event::Event::Money(moved)]);
    robot.must_see("✗ LOST");
    robot.must_see("money is not conserved");
    assert_eq!(robot.snapshot().alerts[0].code, "not_conserved");
}
