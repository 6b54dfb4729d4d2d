// The box at the bottom: plain messages with files, and slash commands with their options.

import { send } from "./api.js";
import { el, size, thumbnail } from "./dom.js";
import { Listbox } from "./listbox.js";
import { optionField } from "./options.js";

const SLASH = 1;
const MOST_SUGGESTIONS = 12;

export class Composer {
  // `page` gives { member, channel, world, commands } as they are now, and failed(text).
  constructor(page) {
    this.page = page;
    for (const id of ["composer", "error", "reply", "files", "command", "bar", "attach", "picker", "typed"]) {
      this[id] = document.getElementById(id);
    }
    this.attached = [];
    this.replyTo = null;
    this.form = null;
    this.list = new Listbox(this.typed, (item) => this.choose(item.command));
    this.listen();
  }

  listen() {
    this.typed.addEventListener("input", () => this.suggest());
    this.typed.addEventListener("keydown", (event) => {
      if (this.list.key(event) || event.isComposing) return;
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        this.composer.requestSubmit();
      }
      if (event.key === "Escape") this.answer(null);
    });
    this.composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.attempt(() => (this.form ? this.sendCommand() : this.sendMessage()));
    });
    this.command.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && event.target.matches("input, select") && !event.isComposing) {
        event.preventDefault();
        this.composer.requestSubmit();
      }
    });
    this.attach.addEventListener("click", () => this.picker.click());
    this.picker.addEventListener("change", () => {
      this.take([...this.picker.files]);
      this.picker.value = "";
    });
    this.typed.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) this.take([...event.clipboardData.files]);
    });
  }

  say(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
  }

  async attempt(act) {
    if (this.busy) return;
    this.busy = true;
    this.composer.classList.add("busy");
    this.say("");
    try {
      await act();
    } catch (problem) {
      this.say(problem.message);
    } finally {
      this.busy = false;
      this.composer.classList.remove("busy");
    }
  }

  where() {
    return { member: this.page.member, channel: this.page.channel };
  }

  greet() {
    this.typed.placeholder = `Message #${this.page.channel}, or / for commands`;
    this.typed.setAttribute("aria-label", this.typed.placeholder);
  }

  // Files from the picker, the clipboard, or dropped anywhere on the page.
  take(files) {
    const field = this.form?.fields.find(([, one]) => one.take && one.wantsFile())?.[1];
    if (this.form) field?.take(files);
    else this.setFiles([...this.attached, ...files].slice(0, 10));
  }

  setFiles(files) {
    this.attached = files;
    this.files.hidden = !files.length;
    this.files.replaceChildren(...files.map((file) => el("span", { class: "chip" }, thumbnail(file), `${file.name} · ${size(file.size)}`,
      el("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => this.setFiles(this.attached.filter((one) => one !== file)) }, "✕"))));
  }

  answer(message) {
    this.replyTo = message?.id ?? null;
    this.reply.hidden = !message;
    this.reply.replaceChildren(...(message ? [`Replying to ${message.author.name}`,
      el("button", { type: "button", "aria-label": "Don't reply", onclick: () => this.answer(null) }, "✕")] : []));
    if (message) this.typed.focus();
  }

  async sendMessage() {
    const content = this.typed.value;
    if (content.startsWith("/") && this.fitting().length) return this.suggest();
    if (!content.trim() && !this.attached.length) return;
    const reply = this.replyTo ? { reply_to: this.replyTo } : {};
    await send("message", { ...this.where(), content, files: this.attached, ...reply });
    this.typed.value = "";
    this.setFiles([]);
    this.answer(null);
    this.suggest();
  }

  // Commands whose name begins with what is typed, or is followed by more in it.
  fitting() {
    const typed = this.typed.value.slice(1).toLowerCase();
    const commands = this.page.commands.filter((command) => command.type === SLASH);
    const exact = commands.filter((command) => typed.startsWith(`${command.name} `));
    return exact.length ? exact : commands.filter(({ name }) => name.startsWith(typed) || name.split(" ").some((word) => word.startsWith(typed)));
  }

  suggest() {
    this.typed.style.height = "auto";
    this.typed.style.height = `${this.typed.scrollHeight}px`;
    const commands = this.typed.value.startsWith("/") ? this.fitting() : [];
    this.list.show(commands.slice(0, MOST_SUGGESTIONS).map((command) => ({ title: `/${command.name}`, detail: command.description, command })));
  }

  choose(command) {
    const rest = this.typed.value.slice(command.name.length + 1).trim();
    const complete = async (focused, typed) => {
      const options = { ...this.values(true), [focused]: typed };
      return (await send("autocomplete", { ...this.where(), command: command.name, options, focused })).choices;
    };
    const fields = command.options.map((option) => [option.name, optionField(option, { world: this.page.world, complete }), option]);
    this.form = { command, fields };
    this.command.replaceChildren(
      el("header", {}, el("strong", {}, `/${command.name}`), el("span", {}, command.description),
        el("button", { type: "button", "aria-label": "Cancel the command", onclick: () => this.close() }, "✕")),
      el("div", { class: "options" }, ...fields.map(([, field]) => field.node)),
      el("footer", {}, el("small", {}, "Enter sends, Esc cancels"), el("button", { class: "primary", type: "submit" }, "Send")));
    this.bar.hidden = true;
    this.command.hidden = false;
    const first = fields.find(([, , option]) => option.required)?.[1] ?? fields[0]?.[1];
    const text = fields.find(([, field, option]) => option.required && field.control)?.[1];
    if (rest && text) text.control.value = rest;
    (first ?? { focus: () => this.command.querySelector(".primary").focus() }).focus();
    const file = fields.find(([, field]) => field.take)?.[1];
    if (file && this.attached.length) file.take(this.attached.splice(0));
    this.setFiles(this.attached);
  }

  values(withoutFiles = false) {
    const filled = this.form.fields.map(([name, field]) => [name, withoutFiles && field.take ? undefined : field.value()]);
    return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
  }

  async sendCommand() {
    const missing = this.form.fields.find(([, field]) => field.missing?.());
    if (missing) throw new Error(`Please choose a file for ${missing[0]}.`);
    const { command } = this.form;
    const answer = await send("command", { ...this.where(), command: command.name, options: this.values() });
    this.close();
    this.page.cameOf(answer);
  }

  close() {
    this.form = null;
    this.say("");
    this.command.hidden = true;
    this.command.replaceChildren();
    this.bar.hidden = false;
    this.typed.value = "";
    this.suggest();
    this.typed.focus();
  }
}
