"use strict";
// Draws the OpenAPI document as a page. Everything is made as text nodes; the document is our own, but so is the habit.
const make = (tag, attributes, ...children) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes ?? {})) e.setAttribute(k, v);
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
};
const last = (ref) => ref.split("/").pop();
const resolve = (doc, node) => (node?.$ref ? node.$ref.slice(2).split("/").reduce((n, k) => n[k.replace(/~1/g, "/")], doc) : node);

// Our descriptions hold paragraphs, lists and `code`.
const inline = (text) => (text ?? "").split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
const prose = (text) => text.trim().split("\n\n").map((block) => block.startsWith("- ")
  ? make("ul", {}, ...block.split("\n").map((line) => make("li", {}, ...inline(line.slice(2)))))
  : make("p", {}, ...inline(block)));

function typeOf(s) {
  if (!s) return "";
  if (s.$ref) return last(s.$ref);
  if (s.allOf) return s.allOf.map(typeOf).join(" & ");
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (s.type === "array") return typeOf(s.items) + "[]";
  if (s.type === "object" && s.additionalProperties) return "{ [key]: " + (typeOf(s.additionalProperties) || "any") + " }";
  return s.type + (s.format ? " (" + s.format + ")" : "");
}

function fields(doc, schema, depth = 0) {
  const s = resolve(doc, schema);
  const parts = s?.allOf ? s.allOf.map((p) => resolve(doc, p)) : [s];
  const rows = [];
  for (const p of parts) {
    for (const [name, f] of Object.entries(p?.properties ?? {})) {
      const full = resolve(doc, f);
      rows.push(make("tr", {},
        make("td", {}, make("code", {}, name), (p.required ?? []).includes(name) ? "" : " ?"),
        make("td", {}, make("code", {}, typeOf(f))),
        make("td", {}, ...inline(f.description ?? full?.description))));
    }
  }
  if (rows.length === 0) return make("p", {}, make("code", {}, typeOf(schema)));
  return make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Field"), make("th", { scope: "col" }, "Type"), make("th", { scope: "col" }, "Meaning"))), make("tbody", {}, ...rows));
}

function operation(doc, path, verb, op, shared) {
  const article = make("article", { id: op.operationId, "data-text": (path + " " + op.operationId + " " + op.summary).toLowerCase() });
  article.append(make("h3", {}, op.summary ?? op.operationId), make("p", { class: "route" }, make("span", { class: "verb" }, verb.toUpperCase()), "/api/v1" + path));
  const parameters = [...(shared ?? []), ...(op.parameters ?? [])].map((p) => resolve(doc, p));
  if (parameters.length) {
    article.append(make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Parameter"), make("th", { scope: "col" }, "In"), make("th", { scope: "col" }, "Type"), make("th", { scope: "col" }, "Meaning"))),
      make("tbody", {}, ...parameters.map((p) => make("tr", {}, make("td", {}, make("code", {}, p.name), p.required ? "" : " ?"), make("td", {}, p.in), make("td", {}, make("code", {}, typeOf(p.schema))), make("td", {}, ...inline(p.description)))))));
  }
  const body = op.requestBody && Object.entries(op.requestBody.content)[0];
  if (body) article.append(make("details", { open: "" }, make("summary", {}, "Body · " + body[0] + " · " + (typeOf(body[1].schema) || "object")), fields(doc, body[1].schema)));
  for (const [status, r] of Object.entries(op.responses)) {
    const response = resolve(doc, r);
    const content = response.content && Object.entries(response.content)[0];
    const name = status === "default" ? "Error" : status;
    if (!content) { article.append(make("details", {}, make("summary", {}, name + " · " + response.description))); continue; }
    article.append(make("details", {}, make("summary", {}, name + " · " + response.description + " · " + typeOf(content[1].schema)), fields(doc, content[1].schema)));
  }
  return article;
}

async function draw() {
  const main = document.getElementById("content");
  const nav = document.getElementById("nav");
  const doc = await (await fetch("/api/v1/openapi.json")).json();
  main.replaceChildren(...prose(doc.info.description));
  for (const tag of doc.tags) {
    main.append(make("h2", { id: "tag-" + tag.name }, tag.name), make("p", {}, ...inline(tag.description)));
    nav.append(make("strong", {}, tag.name));
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const verb of ["get", "post", "put", "patch", "delete"]) {
        const op = item[verb];
        if (!op || op.tags[0] !== tag.name) continue;
        const article = operation(doc, path, verb, op, item.parameters);
        main.append(article);
        nav.append(make("a", { href: "#" + op.operationId, "data-text": article.dataset.text }, verb.toUpperCase() + " " + path));
      }
    }
  }
  main.append(make("h2", { id: "schemas" }, "Types"));
  for (const [name, schema] of Object.entries(doc.components.schemas)) {
    main.append(make("article", { id: name, "data-text": name.toLowerCase() }, make("h3", {}, name), make("p", {}, ...inline(schema.description)), fields(doc, schema)));
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

document.getElementById("filter").addEventListener("input", (e) => {
  const words = e.target.value.toLowerCase();
  for (const a of document.querySelectorAll("[data-text]")) a.hidden = !a.dataset.text.includes(words);
});
draw().catch(() => document.getElementById("content").replaceChildren(make("p", {}, "The document could not be loaded. Reload the page.")));
