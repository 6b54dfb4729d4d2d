// The fields of a slash command's options, as the bot synced them.

import { checkField, completedField, fileField, numberField, selectField, textField } from "./fields.js";

export const TYPE = { string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, file: 11 };

export function optionField(option, { world, complete }) {
  const { name, type, description: detail, required } = option;
  const whole = type === TYPE.integer;
  const people = world.members;
  if (option.choices?.length) return selectField(name, option.choices, { detail, required });
  if (option.autocomplete) return completedField(name, (typed) => complete(name, typed), { detail, required, whole });
  switch (type) {
    case TYPE.file:
      return fileField(name, { detail, required });
    case TYPE.boolean:
      return selectField(name, [{ name: "True", value: true }, { name: "False", value: false }], { detail, required });
    case TYPE.integer:
    case TYPE.number:
      return numberField(name, { detail, required, whole, least: option.min_value, most: option.max_value });
    case TYPE.user:
      return selectField(name, things(people), { detail, required });
    case TYPE.channel:
      return selectField(name, things(world.channels), { detail, required });
    case TYPE.role:
      return selectField(name, things(world.roles), { detail, required });
    case TYPE.mentionable:
      return selectField(name, things([...people, ...world.roles]), { detail, required });
    default:
      return textField(name, { detail, required, least: option.min_length, most: option.max_length ?? 6000 });
  }
}

const things = (list) => list.map((one) => ({ name: one.name, value: one.id }));

const FIELD = { stringSelect: 3, text: 4, userSelect: 5, roleSelect: 6, mentionableSelect: 7, channelSelect: 8,
  file: 19, radio: 21, checkboxes: 22, checkbox: 23 };

// A field of a modal; `label` and `detail` come from the Label around it.
export function modalField(item, { label, detail }, world) {
  const name = label ?? item.label ?? "";
  const required = item.required ?? item.type !== FIELD.checkbox;
  const choices = (item.options ?? []).map((one) => ({ name: one.label, value: one.value, chosen: one.default }));
  const many = (item.max_values ?? 1) > 1;
  switch (item.type) {
    case FIELD.text:
      return textField(name, { detail, required, long: item.style === 2, value: item.value,
        placeholder: item.placeholder, least: item.min_length, most: item.max_length ?? 4000 });
    case FIELD.stringSelect:
      return selectField(name, choices, { detail, required, many });
    case FIELD.radio:
      return selectField(name, choices, { detail, required });
    case FIELD.checkboxes:
      return selectField(name, choices, { detail, required, many: true });
    case FIELD.checkbox:
      return checkField(name, { detail, checked: item.default });
    case FIELD.file:
      return fileField(name, { detail, required, many });
    case FIELD.userSelect:
      return selectField(name, things(world.members), { detail, required, many });
    case FIELD.roleSelect:
      return selectField(name, things(world.roles), { detail, required, many });
    case FIELD.mentionableSelect:
      return selectField(name, things([...world.members, ...world.roles]), { detail, required, many });
    case FIELD.channelSelect:
      return selectField(name, things(world.channels), { detail, required, many });
    default:
      return null;
  }
}
