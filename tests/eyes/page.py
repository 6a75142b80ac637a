#!/usr/bin/env python3
"""Opens a page in headless Chromium as a phone and as a desk would, and says in JSON what a reader would meet.

    page.py BROWSER FILE WIDTH [PICTURE.png] [--dark | --paper]

{"overflow": [...], "console": [...], "requests": [...], "plots": [{"title", "marks", "cut"}], "title", "text"}
Speaks the DevTools protocol over the browser's pipe (file descriptors 3 and 4), so that nothing need be installed.
"""

import base64
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LOOK = """(() => {
  const wide = document.documentElement.clientWidth;
  const inScroll = e => e.closest('.scroll') && e !== e.closest('.scroll');
  const over = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !inScroll(e)
    && e.getBoundingClientRect().right > wide + 1).map(e => e.tagName + '.' + e.className);
  if (document.documentElement.scrollWidth > wide) over.push('the page scrolls sideways: '
    + document.documentElement.scrollWidth + ' of ' + wide);
  const plots = [...document.querySelectorAll('svg.plot')].map(svg => {
    const box = svg.viewBox.baseVal;
    const cut = [...svg.querySelectorAll('text')].filter(t => { const b = t.getBBox();
      return b.x < -0.5 || b.y < -0.5 || b.x + b.width > box.width + 0.5 || b.y + b.height > box.height + 0.5; });
    const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
    const clash = texts.flatMap(([one, a], i) => texts.slice(i + 1).filter(([, b]) => a.x < b.x + b.width - 0.5
      && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 2 && b.y < a.y + a.height - 2)
      .map(([other]) => one + ' / ' + other));
    return { title: svg.getAttribute('aria-label'), cut: cut.map(t => t.textContent), clash,
      marks: svg.querySelectorAll('polyline,polygon,rect.bar,circle').length,
      width: svg.getBoundingClientRect().width,
      letters: svg.getBoundingClientRect().width / box.width * 12 };
  });
  return JSON.stringify({ overflow: over, plots, title: document.title, width: wide, text: document.body.innerText,
    scripts: document.scripts.length });
})()"""


class Browser:
    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        # Away from 3 and 4, which are the child's.
        to_read, to_write, from_read, from_write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10)
                                                    for end in (*os.pipe(), *os.pipe()))

        def wire():
            os.dup2(to_read, 3)
            os.dup2(from_write, 4)

        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={self.folder.name}", "about:blank"]
        self.process = subprocess.Popen([program, *arguments], preexec_fn=wire, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.to, self.out = to_write, os.fdopen(from_read, "rb")
        self.last, self.events = 0, []

    def receive(self):
        message = bytearray()
        while (byte := self.out.read(1)) != b"\0":
            if not byte:
                raise SystemExit("the browser went away")
            message += byte
        return json.loads(message)

    def call(self, method, session=None, **params):
        self.last += 1
        call = {"id": self.last, "method": method, "params": params}
        if session:
            call["sessionId"] = session
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def close(self):
        self.process.kill()
        self.process.wait()
        time.sleep(0.05)
        self.folder.cleanup()


def main():
    flags = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    program, file, width, *picture = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    browser = Browser(program)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.call(f"{domain}.enable", session)
        width = int(width)
        browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=844,
                     deviceScaleFactor=2 if width < 600 else 1, mobile=width < 600)
        features = [{"name": "prefers-color-scheme", "value": "dark" if "--dark" in flags else "light"}]
        media = "print" if "--paper" in flags else "screen"
        browser.call("Emulation.setEmulatedMedia", session, media=media, features=features)
        browser.call("Page.navigate", session, url=pathlib.Path(file).resolve().as_uri())
        browser.wait("Page.loadEventFired")
        found = json.loads(browser.call("Runtime.evaluate", session, expression=LOOK)["result"]["value"])
        if picture:
            shot = browser.call("Page.captureScreenshot", session, captureBeyondViewport=True)
            pathlib.Path(picture[0]).write_bytes(base64.b64decode(shot["data"]))
        events = browser.events
        found["console"] = [event["params"] for event in events
                            if event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                                                       "Log.entryAdded")]
        requests = [event["params"]["request"]["url"] for event in events
                    if event.get("method") == "Network.requestWillBeSent"]
        found["requests"] = [url for url in requests if not url.startswith(("file:", "data:"))]
        print(json.dumps(found))
    finally:
        browser.close()


main()
