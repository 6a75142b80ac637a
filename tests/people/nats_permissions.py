"""A nats-server's configuration for an economy, as docs/operating/nats.md has it: a user with permissions for each key.

usage: nats_permissions.py NODE_KEY KEYS_FOLDER          prints it
       nats_permissions.py --try URL WORKER_KEY           tries what it has to forbid; prints `ok` and `FAILED` lines"""
import asyncio, json, pathlib, sys
import nats, nkeys

ROOMS = ["cmd", "keys", "query", "content", "mailbox", "presence", "tell"]


def public(path):
    return nkeys.from_seed(bytearray(pathlib.Path(path).read_text().strip(), "ascii")).public_key.decode()


def listed(subjects):
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"


def user(key, name):
    inbox = f"_INBOX.{key}.>"
    publish = [inbox, "oikos.info", "oikos.kitchen.join"] + [f"oikos.kitchen.{room}.{name}" for room in ROOMS]
    publish += ["oikos.kitchen.operator"] if name == "operator" else []
    hear = [inbox, f"oikos.kitchen.mail.{name}", f"oikos.kitchen.told.{name}", "oikos.kitchen.evt.>", "oikos.kitchen.cap.>"]
    return f'  {{ nkey: {key}, permissions: {{ publish: {listed(publish)}, subscribe: {listed(hear)} }} }}'


async def attempt(url, path):
    refusals = []

    async def on_error(error):
        refusals.append(str(error))

    seed, key = pathlib.Path(path).read_text().strip(), public(path)
    bus = await nats.connect(
        url, nkeys_seed_str=seed, inbox_prefix=f"_INBOX.{key}".encode(), error_cb=on_error, allow_reconnect=False
    )

    async def refused(what):
        await bus.flush()
        await asyncio.sleep(0.2)
        print("ok" if any("permissions violation" in text.lower() for text in refusals) else "FAILED", what, flush=True)
        refusals.clear()

    async def nothing(_):
        pass

    info = json.loads((await bus.request("oikos.info", key.encode(), timeout=10)).data)
    print("ok" if info["you"] else "FAILED", "nats-server: with its user a participant reaches the node", flush=True)
    await bus.subscribe("oikos.kitchen.mail.mara", cb=nothing)
    await refused("nats-server: a participant cannot read another's mail")
    await bus.subscribe("_INBOX.>", cb=nothing)
    await refused("nats-server: nor the answers to others")
    await bus.publish("oikos.kitchen.cmd.mara", b"{}")
    await refused("nats-server: nor publish to another's commands")
    await bus.publish("oikos.kitchen.evt.task.0", b"{}")
    await refused("nats-server: nor an event of its own making")
    print("done", flush=True)


if sys.argv[1] == "--try":
    asyncio.run(attempt(sys.argv[2], sys.argv[3]))
else:
    users = [f"  {{ nkey: {public(sys.argv[1])} }}"]
    users += [user(public(path), path.stem) for path in sorted(pathlib.Path(sys.argv[2]).glob("*.nk"))]
    print("authorization { users = [\n" + "\n".join(users) + "\n] }")
