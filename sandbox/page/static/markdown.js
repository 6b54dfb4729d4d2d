// A subset of Discord's markdown, made of nodes.

import { el } from "./dom.js";

const INLINE = new RegExp([
  /\\(?<escaped>[!-/:-@[-`{-~])/,
  /(?<fence>`+)(?<code>(?:[^`]|(?!\k<fence>)`+)+?)\k<fence>(?!`)/,
  /\*\*(?<bold>[^]+?)\*\*(?!\*)/,
  /__(?<underline>[^]+?)__(?!_)/,
  /~~(?<strike>[^]+?)~~/,
  /\*(?!\s)(?<italic>[^*]+?)(?<!\s)\*/,
  /(?<!\w)_(?<italic2>[^_]+?)_(?!\w)/,
  /<@!?(?<user>\d+)>/,
  /<@&(?<role>\d+)>/,
  /<#(?<channel>\d+)>/,
  /<t:(?<time>-?\d{1,13})(?::(?<style>[tTdDfFR]))?>/,
  /\[(?<label>[^\]\n]+)\]\((?<target>https?:\/\/[^\s)]+)\)/,
  /<?(?<link>https?:\/\/[^\s<>]+[^\s<>.,:;"'\])])>?/,
  /(?<everyone>@everyone|@here)\b/,
].map((part) => part.source).join("|"));

export function markdown(text, world) {
  const fragment = new DocumentFragment();
  const pieces = text.split(/```(?:[\w+-]*\n)?([^]+?)```/);
  pieces.forEach((piece, index) => {
    if (index % 2) fragment.append(el("pre", {}, el("code", {}, piece.replace(/\n$/, ""))));
    else if (piece.trim()) fragment.append(...blocks(trimmed(piece, index, pieces.length), world));
  });
  return fragment;
}

// A code block stands on lines of its own: the breaks around it aren't shown twice.
function trimmed(piece, index, count) {
  const start = index > 0 ? piece.replace(/^\n/, "") : piece;
  return index < count - 1 ? start.replace(/\n$/, "") : start;
}

// The words alone, on one line.
export function plain(text, world) {
  return [...markdown(text, world).children].map((node) => node.textContent).join(" ");
}

const LINES = [
  [/^> ?/, (lines, world) => el("blockquote", {}, inline(lines.join("\n"), world))],
  [/^-# /, (lines, world) => el("small", {}, inline(lines.join("\n"), world))],
  [/^[-*] /, (lines, world) => el("ul", {}, ...lines.map((line) => el("li", {}, inline(line, world))))],
  [/^#{1,3} /, (lines, world) => el("strong", { class: "heading" }, inline(lines.join("\n"), world))],
];

// Neighbouring lines of a kind make one block.
function blocks(text, world) {
  const groups = [];
  for (const line of text.split("\n")) {
    const kind = LINES.findIndex(([start]) => start.test(line));
    const rest = kind < 0 ? line : line.replace(LINES[kind][0], "");
    if (groups.at(-1)?.kind === kind) groups.at(-1).lines.push(rest);
    else groups.push({ kind, lines: [rest] });
  }
  return groups.map(({ kind, lines }) =>
    kind < 0 ? el("p", {}, inline(lines.join("\n"), world)) : LINES[kind][1](lines, world));
}

function inline(text, world) {
  const fragment = new DocumentFragment();
  for (let rest = text; rest;) {
    const match = INLINE.exec(rest);
    fragment.append(match ? rest.slice(0, match.index) : rest);
    if (!match) break;
    fragment.append(node(match, world));
    rest = rest.slice(match.index + match[0].length);
  }
  return fragment;
}

function node(match, world) {
  const found = match.groups;
  const name = (list, id) => list.find((one) => one.id === id)?.name ?? "unknown";
  if (found.escaped) return found.escaped;
  if (found.code) return el("code", {}, found.code);
  if (found.bold) return el("strong", {}, inline(found.bold, world));
  if (found.underline) return el("u", {}, inline(found.underline, world));
  if (found.strike) return el("s", {}, inline(found.strike, world));
  if (found.italic ?? found.italic2) return el("em", {}, inline(found.italic ?? found.italic2, world));
  if (found.user) return el("span", { class: "mention" }, `@${name(world.members, found.user)}`);
  if (found.role) return el("span", { class: "mention" }, `@${name(world.roles, found.role)}`);
  if (found.channel) return el("span", { class: "mention" }, `#${name(world.channels, found.channel)}`);
  if (found.everyone) return el("span", { class: "mention" }, found.everyone);
  if (found.time) return time(Number(found.time), found.style ?? "f");
  return link(found.target ?? found.link, found.label ?? found.link);
}

function link(address, label) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

function time(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "invalid date";
  const node = el("time", { class: "stamp", datetime: date.toISOString(), title: date.toLocaleString() });
  if (style === "R") node.dataset.relative = String(seconds);
  node.textContent = style === "R" ? relative(seconds) : date.toLocaleString(undefined, STYLES[style]);
  return node;
}

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function relative(seconds) {
  const distance = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, each]) => Math.abs(distance) >= each) ?? UNITS.at(-1);
  return WORDS.format(Math.round(distance / length), unit);
}

setInterval(() => {
  for (const node of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}, 1000);
