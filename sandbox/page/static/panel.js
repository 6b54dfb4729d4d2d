// The panel beside the channel: the bot's books, and what fal was sent.

import { dollars, el, keep } from "./dom.js";

export function renderBooks(node, books) {
  keep(node, books, () => [
    el("h3", {}, "What the bot's books say"),
    books.error ? el("p", { class: "error" }, books.error) : null,
    table("Ledger", ["Member", "Videos", "Held", "Spent"],
      books.sums.map((sum) => [sum.member, sum.videos, dollars(sum.held), dollars(sum.spent)])),
    table("Jobs", ["#", "Member", "State", "Price"],
      books.jobs.map((job) => [job.id, job.member, job.failure ? `${job.status}: ${job.failure}` : job.status, dollars(job.price)])),
    el("p", { class: "detail" }, "Read with python -m bot jobs --json and ledger --json."),
  ].filter(Boolean));
}

export function renderFal(node, fal) {
  keep(node, fal, () => [
    el("h3", {}, "What fal got"),
    ...(fal.posts.length ? fal.posts.toReversed().map(post) : [el("p", { class: "detail" }, "Nothing yet.")]),
    fal.wrong.length ? el("section", { class: "wrong" }, el("h3", {}, "Rules the bot broke"),
      ...fal.wrong.map((text) => el("p", {}, text))) : null,
  ].filter(Boolean));
}

function table(caption, heads, rows) {
  if (!rows.length) return el("p", { class: "detail" }, `${caption}: nothing yet.`);
  return el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, String(cell)))))));
}

function post({ endpoint, arguments: sent, status, state, error }) {
  const { prompt, ...others } = sent;
  const outcome = error ? `${state}: ${error}` : state ?? "not accepted";
  return el("details", { class: "post", open: true },
    el("summary", {}, el("code", {}, endpoint), ` · HTTP ${status ?? "–"} · ${outcome}`),
    el("pre", {}, String(prompt ?? "")),
    el("pre", { class: "detail" }, Object.entries(others).map(([name, value]) => `${name}: ${value}`).join("\n")));
}
