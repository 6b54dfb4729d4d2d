// What the visitor does, sent to the page's server. Files are taken out of the body on the way.

export async function send(action, body) {
  const form = new FormData();
  let count = 0;
  const request = JSON.stringify(body, (_name, value) => {
    if (!(value instanceof File)) return value;
    const key = `file_${count++}`;
    form.append(key, value, value.name);
    return { file: key };
  });
  form.append("request", request);
  let response;
  try {
    response = await fetch(`/api/${action}`, { method: "POST", body: form });
  } catch {
    throw new Error("The sandbox can't be reached. Is it still running?");
  }
  const type = response.headers.get("Content-Type") ?? "";
  const answer = type.includes("json") ? await response.json() : { error: await response.text() };
  if (!response.ok) throw new Error(answer.error || `HTTP ${response.status}`);
  return answer;
}
