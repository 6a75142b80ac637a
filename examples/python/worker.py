"""A worker in Python: joins, bids, delivers and is paid. pip install nats-py nkeys PyNaCl

usage: worker.py URL CAPABILITY PRICE SEED_FILE    the skill is `work` below; docs/wire.md says the rest"""
import asyncio, base64, hashlib, json, os, secrets, sys, time
import nats, nkeys  # nkeys signs with PyNaCl

def work(value):
    return value[::-1]  # a text, or a list, backwards
url, capability, price, path = sys.argv[1:5]
if not os.path.exists(path):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode())
seed = open(path).read().strip()
key = nkeys.from_seed(bytearray(seed, "ascii"))
public = key.public_key.decode()
def connect():
    return nats.connect(url, nkeys_seed_str=seed, inbox_prefix=f"_INBOX.{public}".encode())

async def call(bus, subject, body, sign=False):
    body, headers = json.dumps(body).encode(), None
    if sign:
        ident, expires = secrets.token_hex(16), str(time.time_ns() + ahead + 60 * 10**9)
        text = "\n".join(["oikos1", subject, ident, expires, hashlib.sha256(body).hexdigest()])
        signature = base64.urlsafe_b64encode(key.sign(text.encode())).decode().rstrip("=")
        headers = {"Oikos-Key": public, "Oikos-Id": ident, "Oikos-Expires": expires, "Oikos-Signature": signature}
    return json.loads((await bus.request(subject, body, timeout=10, headers=headers)).data)

async def main():
    global ahead  # how far the node's clock is ahead of ours, in nanoseconds
    bus = await connect()
    info = json.loads((await bus.request("oikos.info", public.encode(), timeout=10)).data)
    at, ahead = "oikos." + info["economy"], int(info["now"]) - time.time_ns()
    if not info["you"]:
        join = {"name": "python-" + public[-6:].lower(), "kind": "agent", "capabilities": [capability]}
        info["you"] = (await call(bus, at + ".join", join, sign=True))["welcome"]
        bus = await connect()  # permissions are given with the connection
    me, mine = info["you"]["participant"], info["you"]["name"]
    async def command(what, **fields):
        ask = {"requests": [{"id": secrets.token_hex(16), "command": {what: fields}}]}
        print(what, json.dumps(await call(bus, f"{at}.cmd.{mine}", ask, sign=True)), flush=True)
    events, _ = await bus.subscribe(at + ".evt.task.*"), await bus.flush()
    print("listening", mine, flush=True)
    async for message in events.messages:
        (kind, event), = json.loads(message.data)["event"]["task"].items()
        if kind == "opened" and event["spec"]["requires"] == [capability]:
            await command("place_bid", task=event["task"], price=price, nonce=secrets.token_hex(16))
        elif kind == "award_offered" and event["bidder"] == me:
            await command("accept_award", task=event["task"])
        elif kind == "activated" and event["worker"] == me:
            task = await call(bus, f"{at}.query.{mine}", {"query": {"task": {"task": event["task"]}}})
            found = await call(bus, f"{at}.content.{mine}", {"get": {"hash": task["answer"]["task"]["spec"]["input"]}})
            output = json.dumps(work(json.loads(base64.b64decode(found["found"]["bytes"])))).encode()
            content = {"salt": secrets.token_hex(16), "media_type": "application/json", "bytes": base64.b64encode(output).decode()}
            kept = (await call(bus, f"{at}.content.{mine}", {"put": content}))["kept"]["hash"]
            await command("submit_deliverable", task=event["task"], milestone=event["milestone"], deliverable=kept)
        elif kind == "settled" and event["worker"] == me:
            print("paid", event["paid"], flush=True)

asyncio.run(main())
