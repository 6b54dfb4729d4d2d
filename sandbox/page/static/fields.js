// Fields of commands and of modals. Each has a node, a value() that is undefined when empty, and focus().

import { el, size, thumbnail } from "./dom.js";
import { Listbox } from "./listbox.js";

let count = 0;

function labelled(name, control, { detail, required } = {}) {
  control.id ||= `field-${count++}`;
  const note = el("span", { class: "detail", id: `${control.id}-detail` }, detail ?? "");
  control.setAttribute("aria-describedby", note.id);
  return el("div", { class: required ? "field required" : "field" },
    el("label", { for: control.id }, name, required ? el("span", { "aria-hidden": "true" }, " *") : null),
    control, note);
}

export function textField(name, { detail, required, long, value, placeholder, least, most, type = "text" }) {
  const control = long
    ? el("textarea", { rows: 3, required, placeholder, minlength: least, maxlength: most })
    : el("input", { type, required, placeholder, minlength: least, maxlength: most });
  control.value = value ?? "";
  return {
    node: labelled(name, control, { detail, required }),
    control,
    value: () => control.value || undefined,
    focus: () => control.focus(),
  };
}

export function numberField(name, { detail, required, least, most, whole }) {
  const control = el("input", { type: "number", required, min: least, max: most, step: whole ? 1 : "any" });
  return {
    node: labelled(name, control, { detail, required }),
    value: () => (control.value === "" ? undefined : Number(control.value)),
    focus: () => control.focus(),
  };
}

// `choices` are { name, value, chosen }; with `many`, the value is a list.
export function selectField(name, choices, { detail, required, many }) {
  const empty = many || choices.some((choice) => choice.chosen) ? [] : [el("option", { value: "" }, "–")];
  const options = choices.map((choice, index) =>
    el("option", { value: index, selected: choice.chosen }, choice.name));
  const control = el("select", { required, multiple: many }, ...empty, ...options);
  const chosen = () => [...control.selectedOptions].filter((one) => one.value !== "").map((one) => choices[one.value].value);
  return {
    node: labelled(name, control, { detail, required }),
    value: () => (many ? chosen() : chosen()[0]),
    focus: () => control.focus(),
  };
}

export function checkField(name, { detail, checked }) {
  const control = el("input", { type: "checkbox", checked });
  return { node: labelled(name, control, { detail }), value: () => control.checked, focus: () => control.focus() };
}

// `offer(typed)` promises choices of { name, value }.
export function completedField(name, offer, { detail, required, whole }) {
  const field = textField(name, { detail, required });
  let picked = null;
  let asked = 0;
  const list = new Listbox(field.control, (item) => {
    picked = item.choice;
    field.control.value = picked.name;
  });
  const ask = async () => {
    const turn = ++asked;
    const choices = await offer(field.control.value).catch(() => []);
    if (turn !== asked || document.activeElement !== field.control) return;
    list.show(choices.map((choice) => ({ title: choice.name, choice })), field.control.value ? 0 : -1);
  };
  field.control.addEventListener("focus", ask);
  field.control.addEventListener("input", ask);
  field.control.addEventListener("keydown", (event) => list.key(event));
  field.value = () => {
    const typed = field.control.value;
    if (picked?.name === typed) return picked.value;
    return typed === "" ? undefined : whole && /^-?\d+$/.test(typed) ? Number(typed) : typed;
  };
  return field;
}

// With `many`, the value is a list.
export function fileField(name, { detail, required, many }) {
  const control = el("input", { type: "file", multiple: many, class: "sr-only" });
  const shown = el("span", { class: "chosen" });
  const zone = el("div", { class: "drop" }, shown);
  let files = [];
  const take = (list) => {
    files = many ? [...files, ...list] : list.slice(-1);
    shown.replaceChildren(...files.flatMap((file) => [thumbnail(file), el("span", {}, `${file.name} · ${size(file.size)}`)]));
  };
  control.addEventListener("change", () => take([...control.files]));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    take([...event.dataTransfer.files]);
  });
  const field = labelled(name, control, { detail, required });
  zone.prepend(control, el("label", { class: "pick", for: control.id }, "Choose a file or drop it here"));
  field.querySelector(".detail").before(zone);
  return {
    node: field,
    take,
    wantsFile: () => many || !files.length,
    missing: () => Boolean(required) && !files.length,
    value: () => (many ? files : files[0]),
    focus: () => control.focus(),
  };
}
