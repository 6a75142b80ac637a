//! A client in another language joins unchanged: nats-py against our listener.
//!
//! Skipped, visibly, where there is no Python or PyPI cannot be reached.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says why it is skipped")]

mod real_server;

use std::process::Command;
use std::sync::Arc;

use oikos_bus::broker::auth::{AccessList, Proof};
use oikos_bus::broker::listener::{Listener, Settings};
use oikos_bus::identity::Identity;
use oikos_bus::identity::permission::Permissions;

const SCRIPT: &str = r#"
import asyncio, sys
import nats
from nats.errors import NoRespondersError

async def main(url):
    nc = await nats.connect(url, user="ann", password="secret")
    events = await nc.subscribe("evt.>")
    ended = await nc.subscribe("evt.a")
    await ended.unsubscribe(limit=2)

    async def answer(message):
        await message.respond(b"re: " + message.data)

    await nc.subscribe("ask", queue="workers", cb=answer)
    await nc.flush()
    for n in range(3):
        await nc.publish("evt.a", b"%d" % n, headers={"Oikos-Schema": "event/1"})
    for n in range(3):
        message = await events.next_msg(timeout=5)
        assert (message.subject, message.data) == ("evt.a", b"%d" % n), message
        assert message.headers["Oikos-Schema"] == "event/1", message.headers
    assert [(await ended.next_msg(timeout=5)).data for _ in range(2)] == [b"0", b"1"]
    assert (await nc.request("ask", b"x" * 300_000, timeout=5)).data == b"re: " + b"x" * 300_000
    try:
        await nc.request("nobody", b"", timeout=5)
        raise AssertionError("somebody answered")
    except NoRespondersError:
        pass
    await nc.drain()
    print("done")

asyncio.run(main(sys.argv[1]))
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_py_joins_publishes_hears_asks_and_drains() {
    let Some(environment) = real_server::python_environment(&["nats-py==2.16.0"]) else {
        println!("skipped: no Python with nats-py");
        return;
    };
    let list = AccessList::default();
    let ann = Identity { name: "ann".into(), permissions: Permissions::default() };
    list.allow(Proof::Password { user: "ann", password: "secret" }, ann);
    let settings = Settings { admission: Arc::new(list), ..Settings::default() };
    let listener = Listener::bind("127.0.0.1:0", settings).await.unwrap();
    let url = format!("nats://{}", listener.address());
    tokio::spawn(listener.serve(std::future::pending()));
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(environment.join("bin/python")).args(["-c", SCRIPT, &url]).output().unwrap()
    });
    let output = ran.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("done"), "{out}\n{err}");
}
