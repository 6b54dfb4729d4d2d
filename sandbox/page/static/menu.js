// The menu of a message.

import { el } from "./dom.js";

// `entries` are { label, act }, or { heading }.
export function openMenu(entries, x, y) {
  const before = document.activeElement;
  const menu = el("div", { class: "menu", role: "menu" }, ...entries.map(({ heading, label, act }) =>
    heading
      ? el("p", { role: "presentation" }, heading)
      : el("button", { type: "button", role: "menuitem", onclick: () => { close(); act(); } }, label)));
  const items = [...menu.querySelectorAll("button")];
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (before?.isConnected) before.focus();
  };
  const outside = (event) => menu.contains(event.target) || close();
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
  });
  document.body.append(menu);
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
  document.addEventListener("pointerdown", outside, true);
  items[0]?.focus();
}
