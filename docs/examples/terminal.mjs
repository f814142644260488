#!/usr/bin/env node
// A terminal as a channel: the reference client of the custom channel, in Node's standard library alone.
//
// What is typed is posted to SeaX as a customer's words; what the bot and agents answer is printed. Both ways are signed by
// Standard Webhooks (https://www.standardwebhooks.com). The protocol is in docs/connectors.md.
//
//	SEAX_WEBHOOK=https://seax.example.com/webhooks/custom/my-channel \
//	SEAX_SECRET=whsec_... PORT=8089 node terminal.mjs
//
// The channel's page in SeaX shows both values. Its "address messages are posted to" is where this program listens, as SeaX sees it.

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const { SEAX_WEBHOOK, SEAX_SECRET, PORT = "8089", CUSTOMER = "terminal", NAME = "Somebody at a terminal" } = process.env;
if (!SEAX_WEBHOOK || !SEAX_SECRET) throw new Error("set SEAX_WEBHOOK and SEAX_SECRET");
const key = Buffer.from(SEAX_SECRET.replace(/^whsec_/, ""), "base64");

const tolerance = 300; // seconds a signature may be old, or ahead
const attempts = 8;
const largest = 1 << 20; // bytes that are read of one message

function signature(id, timestamp, body) {
  return "v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
}

function same(a, b) {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

// Whether SeaX has signed these very bytes, just now. While a secret is changed there are two signatures.
function genuine(headers, body) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (!id || !/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > tolerance) return false;
  const wanted = signature(id, timestamp, body);
  const given = (headers["webhook-signature"] ?? "").split(" ");
  return given.filter((one) => same(one, wanted)).length > 0;
}

// Posts an event until SeaX has taken it. Its id stays the same, so however often it arrives, it counts once.
async function post(event) {
  const body = JSON.stringify({ events: [event] });
  let wait = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await pause(wait * 1000);
    wait = Math.min(0.5 * 2 ** attempt, 30);
    const timestamp = String(Math.floor(Date.now() / 1000)); // the signature is of the attempt
    try {
      const response = await fetch(SEAX_WEBHOOK, {
        method: "POST",
        body,
        signal: AbortSignal.timeout(10_000),
        headers: {
          "Content-Type": "application/json",
          "Webhook-Id": event.event_id,
          "Webhook-Timestamp": timestamp,
          "Webhook-Signature": signature(event.event_id, timestamp, body),
        },
      });
      if (response.ok) return (await response.json()).results[0];
      if (response.status < 500 && ![408, 425, 429].includes(response.status)) {
        return { status: "rejected", error: `SeaX answers ${response.status}` };
      }
      const asked = response.headers.get("Retry-After") ?? "";
      if (/^\d+$/.test(asked)) wait = Number(asked);
    } catch {
      // Not reached, or cut off: whether it has the event is unknown, so it gets it again.
    }
  }
  return { status: "rejected", error: "SeaX cannot be reached" };
}

async function say(text) {
  const result = await post({
    event_id: randomUUID(),
    type: "message.received",
    occurred_at: new Date().toISOString(),
    thread: { key: CUSTOMER },
    contact: { key: CUSTOMER, name: NAME },
    message: { external_id: randomUUID(), parts: [{ type: "text", text }] },
  });
  if (!["accepted", "duplicate"].includes(result.status)) console.log(`! not sent: ${result.error ?? result.status}`);
}

function shown({ author, parts }) {
  const words = parts.map((part) => {
    if (part.type === "text") return part.text;
    if (part.type === "choices") return part.options.map((option) => `[${option.label}]`).join(" ");
    return `(${part.name || part.type}: ${part.url ?? ""})`;
  });
  return `${author.name || author.kind}: ${words.join("\n  ")}`;
}

// What has been printed, by id. A program that must not forget over a restart keeps it in a database.
const seen = new Map();

function receive(headers, body) {
  // Before anything of it is read.
  if (!genuine(headers, body)) return [401, { error: { code: "auth", detail: "the signature is wrong or too old" } }];
  const event = JSON.parse(body.toString("utf8"));
  if (event.type === "endpoint.verify") return [200, { challenge: event.challenge }];
  if (event.type !== "message.send") return [204]; // typing and the like
  const id = headers["webhook-id"];
  if (seen.has(id)) return [409, { external_id: seen.get(id) }];
  seen.set(id, `terminal-${id}`);
  console.log(shown(event.message));
  return [200, { external_id: seen.get(id), status: "delivered" }];
}

const server = createServer((request, response) => {
  const chunks = [];
  let length = 0;
  request.on("data", (chunk) => {
    length += chunk.length;
    if (length > largest) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const [status, body] = receive(request.headers, Buffer.concat(chunks));
    response.writeHead(status, body && { "Content-Type": "application/json" });
    response.end(body && JSON.stringify(body));
  });
});

server.listen(Number(PORT), "127.0.0.1", async () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}. Write, and press Enter.`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim()) await say(line);
  }
  server.close();
  server.closeIdleConnections();
});
