//! What the parties of a running contract tell each other reaches them and nobody else.

use crate::client::{Client, node};
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::query::{Found, WireQuery};
use oikos_protocol::wire::receipt::RefusalCode;
use oikos_protocol::wire::tell::{Say, TellAnswer, TellAsk, Told};
use serde_json::{Value, json};
use std::time::Duration;

async fn say(who: &Client, task: TaskId, say: Say<Value>) -> TellAnswer<Value> {
    who.ask("tell", &TellAsk::Say { task, say }).await
}

async fn next(told: &mut oikos_bus::Subscription) -> Told<Value> {
    let message = tokio::time::timeout(Duration::from_secs(20), told.next()).await.unwrap().unwrap();
    serde_json::from_slice(&message.body).unwrap()
}

fn is_refused(answer: &TellAnswer<Value>) -> bool {
    matches!(answer, TellAnswer::Refused(why) if why.code == RefusalCode::NotAllowed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_tells_and_asks_its_poster_answers_and_a_stranger_can_do_neither() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let mut bob = Client::join(node.url(), "bob", 21, &["text.shout/v1"]).await;
    let eve = Client::join(node.url(), "eve", 22, &["text.shout/v1"]).await;
    let input = mara.put("\"hello\"").await;
    let windows =
        json!({"bid": "1s", "accept": "1m", "approve": "1h", "grace": "0", "review": "24h", "retention": "0"});
    let post =
        json!({"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"], "windows": windows});
    let task = mara.json(json!({"post_task": post})).await.task.unwrap();
    let nonce = "00000000000000000000000000000000";
    bob.json(json!({"place_bid": {"task": task, "price": "0.02", "nonce": nonce}})).await;
    assert!(is_refused(&say(&bob, task, Say::Progress(json!(0.1))).await), "a bid is no contract yet");
    let mut won = bob.listen("oikos.kitchen.evt.task.>").await;
    loop {
        let event = tokio::time::timeout(Duration::from_secs(20), won.next()).await.unwrap().unwrap();
        if String::from_utf8_lossy(&event.body).contains("award_offered") {
            break;
        }
    }
    bob.json(json!({"accept_award": {"task": task}})).await;

    let (mut to_mara, mut to_bob) =
        (mara.listen("oikos.kitchen.told.mara").await, bob.listen("oikos.kitchen.told.bob").await);
    for stranger in [&eve, &mara] {
        assert!(is_refused(&say(stranger, task, Say::Chunk(json!("pssst"))).await));
    }
    assert!(is_refused(&say(&mara, task, Say::Answer("to nothing".to_owned())).await), "nobody asked");
    let told =
        [Say::Progress(json!(0.5)), Say::Chunk(json!({"words": ["HEL"]})), Say::Question("how loud?".to_owned())];
    for one in told {
        assert_eq!(say(&bob, task, one.clone()).await, TellAnswer::Said {});
        assert_eq!(next(&mut to_mara).await, Told { task, by: bob.id, say: one });
    }
    let asked = mara.ask::<TellAnswer<Value>>("tell", &TellAsk::<Value>::Questions {}).await;
    let question = Told { task, by: bob.id, say: Say::Question("how loud?".to_owned()) };
    assert_eq!(asked, TellAnswer::Questions(vec![question]));
    assert!(is_refused(&say(&eve, task, Say::Answer("very".to_owned())).await));
    let answer = Say::Answer("very".to_owned());
    assert_eq!(say(&mara, task, answer.clone()).await, TellAnswer::Said {});
    assert_eq!(next(&mut to_bob).await, Told { task, by: mara.id, say: answer });
    let asked = mara.ask::<TellAnswer<Value>>("tell", &TellAsk::<Value>::Questions {}).await;
    assert_eq!(asked, TellAnswer::Questions(Vec::new()));

    // What is longer than may be told is refused, and the contract goes on.
    let long = say(&bob, task, Say::Chunk(json!("x".repeat(20_000)))).await;
    assert!(matches!(&long, TellAnswer::Refused(why) if why.code == RefusalCode::TooLarge), "{long:?}");
    let deliverable = bob.put("\"HELLO\"").await;
    bob.json(json!({"submit_deliverable": {"task": task, "milestone": 0, "deliverable": deliverable}})).await;
    mara.json(json!({"accept_deliverable": {"task": task, "milestone": 0}})).await;
    assert!(is_refused(&say(&bob, task, Say::Progress(json!(1))).await), "the contract is over");
    let Found::Balance(rows) = bob.query(WireQuery::Balance { at: None }).await else { panic!() };
    assert_eq!(rows[0].available.0, "0.02");
    node.stop().await.unwrap();
}
