"""A stranger with nats-py at a live economy: what it sees, and what it may not do. Prints `ok` and `FAILED` lines.

usage: live_stranger.py URL SEED_FILE"""
import asyncio, base64, hashlib, json, os, secrets, sys, time
import nats, nkeys

url, path = sys.argv[1:3]
with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
    file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode())
seed = open(path).read().strip()
key = nkeys.from_seed(bytearray(seed, "ascii"))
public = key.public_key.decode()
refusals = []
ahead = 0  # how far the node's clock is ahead of ours, in nanoseconds


def tell(good, what):
    print("ok" if good else "FAILED", what, flush=True)


async def on_error(error):
    refusals.append(str(error))


async def connect():
    return await nats.connect(
        url, nkeys_seed_str=seed, inbox_prefix=f"_INBOX.{public}".encode(), error_cb=on_error, allow_reconnect=False
    )


def signed(subject, body):
    ident, expires = secrets.token_hex(16), str(time.time_ns() + ahead + 60 * 10**9)
    text = "\n".join(["oikos1", subject, ident, expires, hashlib.sha256(body).hexdigest()])
    signature = base64.urlsafe_b64encode(key.sign(text.encode())).decode().rstrip("=")
    return {"Oikos-Key": public, "Oikos-Id": ident, "Oikos-Expires": expires, "Oikos-Signature": signature}


async def refused(bus, what):
    """Whether the broker refused the last thing; nats-py hears of it behind a round trip."""
    await bus.flush()
    await asyncio.sleep(0.2)
    found = [text for text in refusals if "permissions violation" in text.lower()]
    refusals.clear()
    tell(bool(found), what)


async def main():
    global ahead
    bus = await connect()
    info = json.loads((await bus.request("oikos.info", public.encode(), timeout=10)).data)
    at = "oikos." + info["economy"]
    ahead = int(info["now"]) - time.time_ns()
    body = json.dumps({"name": "stranger-" + secrets.token_hex(3), "kind": "agent", "capabilities": []}).encode()
    joined = json.loads((await bus.request(at + ".join", body, timeout=10, headers=signed(at + ".join", body))).data)
    mine = joined["welcome"]["name"]
    await bus.close()
    bus = await connect()

    heard = []
    done = asyncio.Event()

    async def hear(message):
        event = json.loads(message.data)
        heard.append((message.subject, event))
        if "settled" in event["event"].get("task", {}):
            done.set()

    await bus.subscribe(at + ".evt.>", cb=hear)
    await bus.flush()

    # What it may not do.
    await bus.subscribe(at + ".mail.mara", cb=hear)
    await refused(bus, "a participant cannot read another's mail")
    await bus.subscribe(at + ".mail.*", cb=hear)
    await refused(bus, "nor everybody's")
    await bus.subscribe("_INBOX.>", cb=hear)
    await refused(bus, "nor the answers to others")
    ask = json.dumps({"requests": [{"id": secrets.token_hex(16), "command": {"cancel_task": {"task": 0}}}]}).encode()
    await bus.publish(at + ".cmd.mara", ask, headers=signed(at + ".cmd.mara", ask))
    await refused(bus, "a participant cannot publish to another's command subject")
    await bus.publish(at + ".evt.task.0", b"{}")
    await refused(bus, "nor an event of its own making")
    unsigned = json.loads((await bus.request(f"{at}.cmd.{mine}", ask, timeout=10)).data)
    tell(unsigned.get("refused", {}).get("code") == "unsigned", "an unsigned command is refused by name")
    headers = signed(f"{at}.cmd.{mine}", ask)
    headers["traceparent"] = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    await bus.request(f"{at}.cmd.{mine}", ask, timeout=10, headers=headers)
    print("trace", headers["Oikos-Id"], headers["traceparent"], flush=True)
    foreign = signed(at + ".cmd.mara", ask)
    altered = json.loads((await bus.request(f"{at}.cmd.{mine}", ask, timeout=10, headers=foreign)).data)
    tell(altered.get("refused", {}).get("code") == "bad_signature", "a signature for another subject is refused by name")
    print("listening", flush=True)

    # What it sees: the award, and no price before bids are closed.
    await asyncio.wait_for(done.wait(), 30)
    kinds = [next(iter(event["event"]["task"])) for _, event in heard if "task" in event["event"]]
    closed = kinds.index("bids_closed") if "bids_closed" in kinds else -1
    tell("bid_placed" in kinds[:closed], "it sees that there is a bid")
    before = [json.dumps(event) for _, event in heard if "task" in event["event"]][: max(closed, 0)]
    tell(closed > 0 and not any('"0.02"' in text for text in before), "no sealed price before the close")
    tell("bid_priced" not in kinds, "a sealed price is its bidder's alone")
    tell("award_offered" in kinds[closed:], "it sees the award")
    tell(not any("money" in event["event"] for _, event in heard), "others' money movements are not public")
    print("done", flush=True)


asyncio.run(main())
