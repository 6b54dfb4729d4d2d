// A select menu under a message: what is chosen counts once the menu is closed.

import { el } from "./dom.js";

const CHOICES = {
  3: ({ options }) => options.map((one) => ({ id: one.value, name: one.label, chosen: one.default })),
  5: (_, world) => world.members,
  6: (_, world) => world.roles,
  7: (_, world) => [...world.members, ...world.roles],
  8: (_, world) => world.channels,
};

export const isSelect = (type) => type in CHOICES;

// `choose(values)` is called with the ids, or the options' values.
export function select(item, world, choose) {
  const usual = new Set((item.default_values ?? []).map((one) => String(one.id)));
  const choices = CHOICES[item.type](item, world);
  const boxes = choices.map(({ id, name, chosen }) => {
    const box = el("input", { type: "checkbox", value: id, checked: chosen || usual.has(String(id)) });
    return { box, name, node: el("label", {}, box, name) };
  });
  const chosen = () => boxes.filter(({ box }) => box.checked);
  const before = JSON.stringify(chosen().map(({ box }) => box.value));
  const shown = chosen().map(({ name }) => name).join(", ");
  const menu = el("details", { class: "select" },
    el("summary", shown ? {} : { class: "empty-select" }, shown || item.placeholder || "Make a selection"),
    el("div", { class: "choices" }, ...boxes.map(({ node }) => node)));
  menu.addEventListener("toggle", () => {
    const values = chosen().map(({ box }) => box.value);
    if (!menu.open && JSON.stringify(values) !== before) choose(values);
  });
  return menu;
}
