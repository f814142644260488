#!/usr/bin/env python3
"""A terminal as a channel: the reference client of the custom channel, in Python's standard library alone.

What is typed is posted to SeaX as a customer's words; what the bot and agents answer is printed. Both ways are signed by
Standard Webhooks (https://www.standardwebhooks.com). The protocol is in docs/connectors.md.

    SEAX_WEBHOOK=https://seax.example.com/webhooks/custom/my-channel \\
    SEAX_SECRET=whsec_... PORT=8089 python3 terminal.py

The channel's page in SeaX shows both values. Its "address messages are posted to" is where this program listens, as SeaX sees it.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEBHOOK = os.environ["SEAX_WEBHOOK"]
PORT = int(os.environ.get("PORT", "8089"))
CUSTOMER = os.environ.get("CUSTOMER", "terminal")
NAME = os.environ.get("NAME", "Somebody at a terminal")
KEY = base64.b64decode(os.environ["SEAX_SECRET"].removeprefix("whsec_"), validate=True)

TOLERANCE = 300  # seconds a signature may be old, or ahead
ATTEMPTS = 8
LARGEST = 1 << 20  # bytes that are read of one message


def signature(message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()


def genuine(headers, body: bytes) -> bool:
    """Whether SeaX has signed these very bytes, just now. While a secret is changed there are two signatures."""
    message_id, timestamp = headers.get("Webhook-Id", ""), headers.get("Webhook-Timestamp", "")
    if not message_id or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    wanted = signature(message_id, timestamp, body).encode()
    given = headers.get("Webhook-Signature", "").split()
    return any([hmac.compare_digest(wanted, one.encode("utf-8", "replace")) for one in given])


def post(event: dict) -> dict:
    """Posts an event until SeaX has taken it. Its id stays the same, so however often it arrives, it counts once."""
    body = json.dumps({"events": [event]}).encode()
    wait = 0.0
    for attempt in range(ATTEMPTS):
        time.sleep(wait)
        timestamp = str(int(time.time()))  # the signature is of the attempt
        request = urllib.request.Request(WEBHOOK, data=body, method="POST", headers={
            "Content-Type": "application/json", "Webhook-Id": event["event_id"], "Webhook-Timestamp": timestamp,
            "Webhook-Signature": signature(event["event_id"], timestamp, body),
        })
        wait = min(0.5 * 2**attempt, 30)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)["results"][0]
        except urllib.error.HTTPError as e:
            if e.code not in (408, 425, 429) and e.code < 500:
                return {"status": "rejected", "error": f"SeaX answers {e.code}"}
            asked = e.headers.get("Retry-After", "")
            wait = float(asked) if asked.isdecimal() else wait
        except (OSError, ValueError, LookupError):
            pass  # not reached, or cut off: whether it has the event is unknown, so it gets it again
    return {"status": "rejected", "error": "SeaX cannot be reached"}


def say(text: str) -> None:
    result = post({
        "event_id": str(uuid.uuid4()), "type": "message.received", "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "thread": {"key": CUSTOMER}, "contact": {"key": CUSTOMER, "name": NAME},
        "message": {"external_id": str(uuid.uuid4()), "parts": [{"type": "text", "text": text}]},
    })
    if result["status"] not in ("accepted", "duplicate"):
        print(f"! not sent: {result.get('error', result['status'])}", flush=True)


def shown(message: dict) -> str:
    author = message["author"]
    words = []
    for part in message["parts"]:
        if part["type"] == "text":
            words.append(part["text"])
        elif part["type"] == "choices":
            words.append("[" + "] [".join(option["label"] for option in part["options"]) + "]")
        else:
            words.append(f"({part.get('name') or part['type']}: {part.get('url', '')})")
    return f"{author.get('name') or author['kind']}: " + "\n  ".join(words)


# What has been printed, by id. A program that must not forget over a restart keeps it in a database.
seen: dict[str, str] = {}
lock = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            return self.answer(413, {"error": {"code": "invalid", "detail": "too long"}})
        body = self.rfile.read(length)
        if not genuine(self.headers, body):  # before anything of it is read
            return self.answer(401, {"error": {"code": "auth", "detail": "the signature is wrong or too old"}})
        event = json.loads(body)
        if event["type"] == "endpoint.verify":
            return self.answer(200, {"challenge": event["challenge"]})
        if event["type"] != "message.send":
            return self.answer(204, None)  # typing and the like
        message_id = self.headers["Webhook-Id"]
        with lock:
            if message_id in seen:
                return self.answer(409, {"external_id": seen[message_id]})
            seen[message_id] = "terminal-" + message_id
            print(shown(event["message"]), flush=True)
        return self.answer(200, {"external_id": seen[message_id], "status": "delivered"})

    def answer(self, status, body):
        encoded = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *_):
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Listening on http://127.0.0.1:{server.server_address[1]}. Write, and press Enter.", flush=True)
    for line in sys.stdin:
        if line.strip():
            say(line.rstrip("\n"))


if __name__ == "__main__":
    main()
