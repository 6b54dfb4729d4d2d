// Builds the page. Text only ever becomes a text node: nothing typed can turn into HTML.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Fills a node anew only if what it shows has changed, so that a video goes on playing.
export function keep(node, content, build) {
  const key = JSON.stringify(content);
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...build());
}

export const tone = (id) => `tone-${Number(BigInt(id) % 997n) % 6}`;

export const size = (bytes) =>
  bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

export const dollars = (micro) => `$${(micro / 1e6).toFixed(2)}`;

// A picture of a local file, drawn: the page's policy allows no blob: addresses.
export function thumbnail(file) {
  const canvas = el("canvas", { class: "thumbnail", width: 64, height: 64, role: "img", "aria-label": file.name });
  createImageBitmap(file).then((bitmap) => {
    const scale = Math.max(64 / bitmap.width, 64 / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    canvas.getContext("2d").drawImage(bitmap, (64 - width) / 2, (64 - height) / 2, width, height);
  }, () => canvas.replaceWith(el("span", { class: "thumbnail", "aria-hidden": "true" }, "file")));
  return canvas;
}
