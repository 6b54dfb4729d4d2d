// A modal that the bot opened.

import { send } from "./api.js";
import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { modalField } from "./options.js";

const ROW = 1, INPUT = 4, TEXT = 10, LABEL = 18;

export function openModal({ modal, invocation }, { me, world, failed }) {
  const fields = [];
  const add = (item, around) => {
    const field = modalField(item, around, world);
    // A text that was taken out is sent as such: what is left out keeps what the modal came with.
    const value = () => field.value() ?? (item.type === INPUT ? "" : undefined);
    if (field) fields.push([item.custom_id, field, value]);
    return field?.node;
  };
  const parts = modal.components.flatMap((item) => {
    if (item.type === TEXT) return [el("div", { class: "content" }, markdown(item.content, world))];
    if (item.type === LABEL) return [add(item.component, { label: item.label, detail: item.description })];
    if (item.type === ROW) return item.components.map((inner) => add(inner, {}));
    return [];
  }).filter(Boolean);

  const error = el("p", { class: "error", role: "alert", hidden: true });
  const submit = el("button", { class: "primary", type: "submit" }, "Submit");
  const form = el("form", {}, el("h2", { id: "modal-title" }, modal.title), ...parts, error,
    el("div", { class: "actions" },
      el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), submit));
  const dialog = el("dialog", { "aria-labelledby": "modal-title", onclose: () => dialog.remove() }, form);

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const filled = fields.map(([id, , value]) => [id, value()]).filter(([, value]) => value !== undefined);
      const values = Object.fromEntries(filled);
      const answer = await send("modal", { member: me, invocation, values });
      dialog.close();
      if (answer.failed) failed();
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
    } finally {
      submit.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.[1].focus();
}
