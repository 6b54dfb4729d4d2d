// Suggestions above a text box, picked with the keyboard or the mouse.

import { el } from "./dom.js";

let count = 0;

export class Listbox {
  // `pick(item)` is called with one of the items shown: { title, detail }.
  constructor(input, pick) {
    this.input = input;
    this.pick = pick;
    this.items = [];
    this.list = el("ul", { class: "suggestions", role: "listbox", id: `suggestions-${count++}`, hidden: true });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    input.after(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.addEventListener("blur", () => this.hide());
    this.hide();
  }

  get open() {
    return !this.list.hidden;
  }

  // `active` is the item that Enter picks, -1 for none.
  show(items, active = 0) {
    this.items = items;
    this.list.replaceChildren(...items.map((item, index) =>
      el("li", { role: "option", id: `${this.list.id}-${index}`, onclick: () => this.choose(index) },
        el("strong", {}, item.title), item.detail ? el("span", {}, item.detail) : null)));
    this.list.hidden = !items.length;
    if (items.length) this.place();
    this.input.setAttribute("aria-expanded", String(this.open));
    this.activate(active);
  }

  // Above the box, whatever scrolls or cuts off around it.
  place() {
    const box = this.input.closest(".bar, .field").getBoundingClientRect();
    const top = this.input.getBoundingClientRect().top;
    const width = Math.min(Math.max(box.width, 240), innerWidth - 16);
    this.list.style.width = `${width}px`;
    this.list.style.left = `${Math.min(box.left, innerWidth - width - 8)}px`;
    this.list.style.bottom = `${innerHeight - top + 8}px`;
    this.list.style.maxHeight = `${Math.min(300, top - 16)}px`;
  }

  hide() {
    this.show([]);
  }

  activate(index) {
    this.active = index;
    [...this.list.children].forEach((node, number) => {
      node.setAttribute("aria-selected", String(number === index));
      if (number === index) node.scrollIntoView({ block: "nearest" });
    });
    if (this.open && index >= 0) this.input.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const item = this.items[index];
    this.hide();
    this.pick(item);
  }

  // Returns whether the key was meant for the list.
  key(event) {
    if (!this.open || event.isComposing) return false;
    const last = this.items.length - 1;
    if (event.key === "ArrowDown") this.activate(this.active === last ? 0 : this.active + 1);
    else if (event.key === "ArrowUp") this.activate(this.active <= 0 ? last : this.active - 1);
    else if (event.key === "Escape") this.hide();
    else if (this.active < 0) return false;
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.choose(this.active);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
