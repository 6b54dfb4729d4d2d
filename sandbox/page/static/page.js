// Puts the page together: who you are, where you are, and what the server tells.

import { send } from "./api.js";
import { Composer } from "./composer.js";
import { el, keep } from "./dom.js";
import { openMenu } from "./menu.js";
import { Messages } from "./messages.js";
import { openModal } from "./modal.js";
import { renderBooks, renderFal } from "./panel.js";

const MESSAGE_MENU = 3;
const [member, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
const page = { member: member || "Ada", channel: channel || "videos", world: null, commands: [], messages: null, failed, cameOf };
const $ = (id) => document.getElementById(id);
const composer = new Composer(page);
const messages = new Messages($("log"), { click, menu, select });
const books = el("section"), fal = el("section");
$("books").append(books, fal);
let events = null;

function connect() {
  events?.close();
  events = new EventSource(`/api/events?member=${encodeURIComponent(page.member)}`);
  events.onopen = () => { $("connection").textContent = ""; };
  events.onerror = () => { $("connection").textContent = "The sandbox doesn't answer; trying again …"; };
  const hear = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  hear("world", (world) => { page.world = world; settle(); render(); });
  hear("commands", (commands) => { page.commands = commands; composer.suggest(); });
  hear("messages", (all) => { page.messages = all; render(); });
  hear("fal", (content) => renderFal(fal, content));
  hear("books", (content) => renderBooks(books, content));
}

// The address may name somebody or somewhere that doesn't exist here.
function settle() {
  const { members, channels } = page.world;
  if (!members.some((one) => one.name === page.member && !one.bot)) go({ member: "Ada" });
  if (!channels.some((one) => one.name === page.channel)) go({ channel: channels[0].name });
}

function go(change) {
  const moved = change.member && change.member !== page.member;
  Object.assign(page, change);
  location.replace(`#${encodeURIComponent(page.member)}/${encodeURIComponent(page.channel)}`);
  messages.clear();
  if (moved) {
    page.messages = null;
    connect();
  }
  render();
  messages.toEnd();
}

function render() {
  const { world } = page;
  if (!world) return;
  const me = world.members.find((one) => one.name === page.member);
  $("guild").textContent = world.guild;
  $("channel").textContent = page.channel;
  composer.greet();
  keep($("channels"), [world.channels, page.channel], () => world.channels.map(({ name }) =>
    el("button", { type: "button", "aria-current": name === page.channel && "page", onclick: () => go({ channel: name }) },
      el("span", { "aria-hidden": "true" }, "# "), name)));
  const people = world.members.filter((one) => !one.bot).sort((a, b) => (a.name === world.owner) - (b.name === world.owner));
  keep($("members"), [people, page.member], () => people.map((one) => choice(one, world.owner)));
  if (me && page.messages) messages.render(page.messages[page.channel] ?? [], world, me);
}

function choice({ name, roles }, owner) {
  const rank = name === owner ? "owner" : roles.includes("Moderator") ? "moderator" : "";
  return el("label", {},
    el("input", { type: "radio", name: "member", value: name, checked: name === page.member, onchange: () => go({ member: name }) }),
    name, rank ? el("small", {}, rank) : null);
}

function failed(text = "The application did not respond") {
  messages.fail(text);
}

// What came of a command, a click or a modal.
function cameOf(answer) {
  if (answer.failed) failed();
  else if (answer.modal) openModal(answer, { me: page.member, world: page.world, failed });
}

async function act(action, body) {
  try {
    cameOf(await send(action, { member: page.member, channel: page.channel, ...body }));
  } catch (problem) {
    failed(problem.message);
  }
}

async function click(message, customId, button) {
  button.disabled = true;
  await act("click", { message, button: customId });
  button.disabled = false;
}

function select(message, customId, values) {
  return act("select", { message, menu: customId, values });
}

function menu(message, x, y) {
  const apps = page.commands.filter((command) => command.type === MESSAGE_MENU);
  openMenu([
    { label: "Reply", act: () => composer.answer(message) },
    { heading: "Apps" },
    ...apps.map(({ name }) => ({ label: name, act: () => act("menu", { message: message.id, command: name }) })),
  ], x, y);
}

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, () => document.body.classList.remove("dragging"));
}
document.addEventListener("drop", (event) => {
  event.preventDefault();
  composer.take([...event.dataTransfer.files]);
});
$("books-toggle").addEventListener("click", () => {
  const open = document.body.classList.toggle("with-books");
  $("books-toggle").setAttribute("aria-expanded", String(open));
});

connect();
$("typed").focus();
