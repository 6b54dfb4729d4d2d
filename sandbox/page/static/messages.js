// The messages of a channel. What hasn't changed is left alone, so that videos go on playing.

import { el, keep, size, tone } from "./dom.js";
import { markdown, plain } from "./markdown.js";
import { isSelect, select } from "./select.js";

const WIDEST = 520, HIGHEST = 400;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

export class Messages {
  // `on` has click(message, customId, button), select(message, customId, values), menu(message, x, y), and failed notices come from fail().
  constructor(log, on) {
    this.log = log;
    this.on = on;
    this.shown = new Map();
    // Whoever reads older messages isn't torn away from them.
    this.following = true;
    log.addEventListener("scroll", () => {
      this.following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    });
    new ResizeObserver(() => this.following && this.toEnd()).observe(log);
  }

  clear() {
    this.shown.clear();
    this.log.replaceChildren();
  }

  render(messages, world, me) {
    const ids = new Set(messages.map((message) => message.id));
    for (const [id, entry] of this.shown) {
      if (!ids.has(id)) {
        entry.node.remove();
        this.shown.delete(id);
      }
    }
    this.log.querySelector(".empty")?.remove();
    for (const message of messages) this.upsert(message, world, me);
    if (!this.log.childElementCount) {
      this.log.append(el("p", { class: "empty" }, "Nothing here yet. Type / to see what the bot can do, for example /pika text."));
    }
    if (this.following) this.toEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  upsert(message, world, me) {
    let entry = this.shown.get(message.id);
    if (!entry) {
      entry = this.frame(message);
      this.shown.set(message.id, entry);
      this.log.append(entry.node);
    }
    entry.message = message;
    const pinged = message.everyone || message.pinged.includes(me.id);
    entry.node.classList.toggle("pinged", pinged);
    entry.node.classList.toggle("ephemeral", message.ephemeral);
    const { command, reply, content, edited, loading, attachments, components, ephemeral } = message;
    keep(entry.above, [command, reply, world.members], () => above(command, reply, world));
    keep(entry.content, [content, edited, loading, world.members], () => body(message, world));
    keep(entry.attachments, attachments, () => attachments.map(attachment));
    keep(entry.components, components, () => components.map((one) => this.component(one, message.id, world)));
    keep(entry.foot, ephemeral, () => (ephemeral ? [el("small", {}, "Only you can see this")] : []));
  }

  frame(message) {
    const { author, at } = message;
    const date = new Date(at);
    const entry = {};
    for (const part of ["above", "content", "attachments", "components", "foot"]) entry[part] = el("div", { class: part });
    const more = el("button", {
      class: "more", type: "button", "aria-haspopup": "menu", "aria-label": `More for the message of ${author.name}`,
      onclick: () => this.openMenu(entry, more.getBoundingClientRect().left, more.getBoundingClientRect().bottom),
    }, "⋯");
    entry.node = el("article", { class: "message", id: `message-${message.id}` },
      entry.above,
      el("div", { class: `avatar ${tone(author.id)}`, "aria-hidden": "true" }, author.name.slice(0, 2)),
      el("div", { class: "main" },
        el("header", {}, el("strong", { class: "name" }, author.name),
          author.bot ? el("span", { class: "tag" }, "APP") : null,
          el("time", { datetime: date.toISOString(), title: date.toLocaleString() },
            date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }))),
        entry.content, entry.attachments, entry.components, entry.foot),
      more);
    entry.node.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a, video, img")) return;
      event.preventDefault();
      this.openMenu(entry, event.clientX, event.clientY);
    });
    return entry;
  }

  openMenu(entry, x, y) {
    this.on.menu(entry.message, x, y);
  }

  // What the client says when the bot didn't answer within three seconds.
  fail(text) {
    const note = el("article", { class: "message ephemeral failure" },
      el("div", { class: "main" }, el("p", {}, text),
        el("small", {}, "Only you can see this · ",
          el("button", { class: "link", type: "button", onclick: () => note.remove() }, "Dismiss message"))));
    this.log.append(note);
    this.toEnd();
  }

  component(item, id, world) {
    if (isSelect(item.type)) return select(item, world, (values) => this.on.select(id, item.custom_id, values));
    const nested = () => (item.components ?? []).map((one) => this.component(one, id, world));
    switch (item.type) {
      case 1:
        return el("div", { class: "row" }, ...nested());
      case 2:
        return this.button(item, id);
      case 10:
        return el("div", { class: "content" }, markdown(item.content, world));
      case 9:
      case 17:
        return el("div", { class: "box" }, ...nested());
      default:
        return el("p", { class: "detail" }, `(the sandbox doesn't show components of type ${item.type})`);
    }
  }

  button(item, id) {
    const text = [item.emoji?.name, item.label].filter(Boolean).join(" ");
    if (item.url) {
      const safe = /^https?:/.test(item.url) ? item.url : "#";
      return el("a", { class: "button secondary", href: safe, target: "_blank", rel: "noopener noreferrer" }, text);
    }
    const button = el("button", { class: `button ${STYLES[item.style] ?? "secondary"}`, type: "button", disabled: item.disabled,
      onclick: () => this.on.click(id, item.custom_id, button) }, text);
    return button;
  }
}

function above(command, reply, world) {
  if (reply) {
    const text = reply.deleted ? "Original message was deleted" : plain(reply.content, world);
    return [el("a", { class: "reply", href: `#message-${reply.id}`, onclick: jump }, "↱ ", el("strong", {}, reply.author), ` ${text}`)];
  }
  if (!command) return [];
  return [el("span", { class: "used" }, "↱ ", el("strong", {}, command.member), " used ", el("span", { class: "mention" }, `/${command.name}`))];
}

function jump(event) {
  event.preventDefault();
  document.querySelector(event.currentTarget.getAttribute("href"))?.scrollIntoView({ block: "center" });
}

function body({ content, edited, loading }, world) {
  if (loading) return [el("p", { class: "thinking" }, "is thinking …")];
  return [content ? markdown(content, world) : null, edited ? el("small", { class: "edited" }, "(edited)") : null].filter(Boolean);
}

// Known before the file is there, so that nothing moves when it comes.
function fitted(width, height) {
  if (!width || !height) return {};
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

function attachment({ name, type, url, alt, width, height, size: bytes }) {
  const shown = fitted(width, height);
  if (type.startsWith("image/")) return el("img", { src: url, alt: alt || name, ...shown });
  if (!type.startsWith("video/")) {
    return el("a", { class: "download", href: url, target: "_blank", rel: "noopener noreferrer" }, `${name} · ${size(bytes)}`);
  }
  const video = el("video", { src: url, controls: true, playsinline: true, preload: "metadata", ...shown, "aria-label": alt || name });
  return el("figure", {}, video, el("figcaption", {}, `${name} · ${size(bytes)}`,
    alt ? el("span", { class: "alt", title: alt }, "ALT") : null));
}
