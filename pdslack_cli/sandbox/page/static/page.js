"use strict";
// The server renders everything. This keeps the document up to date in place, so that focus, scrolling and what
// is being typed stay, and sends forms without leaving the page.

const KEPT = { DETAILS: ["open"], DIALOG: ["open"] };  // attributes that are the reader's own

function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id || "") !== (fresh.id || "")) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
  } else {
    morphAttributes(old, fresh);
    morphChildren(old, fresh);
  }
}

function morphAttributes(old, fresh) {
  const kept = KEPT[old.nodeName] || [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const wanted = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove();
  const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const match = child.id ? known.get(child.id) : place && !place.id && place.nodeName === child.nodeName ? place : null;
    if (!match) {
      old.insertBefore(child, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    morph(match, child);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const seen = new WeakSet();

function follow(list) {
  list.scrollTop = list.scrollHeight;
  seen.add(list);
}

function show(html, byReader) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const problem = fresh.getElementById("problem");
  // What went wrong stays until the reader does something else.
  if (!byReader) problem.replaceWith(document.getElementById("problem").cloneNode(true));
  const focused = document.activeElement;
  const read = threadShown();
  const ended = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const following = [...document.querySelectorAll("[data-scroll]")].filter(ended).map((list) => list.id);
  document.title = fresh.title;
  morphChildren(document.body, fresh.body);
  for (const list of document.querySelectorAll("[data-scroll]")) {
    if (following.includes(list.id) || !seen.has(list)) follow(list);
  }
  openModal();
  if (byReader) document.querySelector("[data-modal] [aria-invalid]")?.focus();
  if (byReader && threadShown() && threadShown() !== read) document.querySelector("#thread [name=text]")?.focus();
  if (document.activeElement === document.body && focused?.isConnected) focused.focus({ preventScroll: true });
}

function threadShown() {
  return document.querySelector("#thread [name=thread]")?.value;
}

let opener = null;

function openModal() {
  const modal = document.querySelector("[data-modal]");
  if (!modal) {
    if (opener?.isConnected) opener.focus();
    opener = null;
  } else if (!modal.matches(":modal")) {
    opener ||= document.activeElement;
    modal.removeAttribute("open");
    modal.showModal();
  }
}

let asked = 0;
let shown = 0;

async function load(url, byReader, options) {
  const number = ++asked;
  try {
    const answer = await fetch(url, options);
    if (!answer.headers.get("Content-Type").startsWith("text/html")) return false;
    const html = await answer.text();
    if (!options && url !== location.href) {  // the reader went elsewhere in the meantime
      again = true;
      return false;
    }
    if (number > shown || options) {  // an older answer must not undo a newer one
      shown = number;
      if (options && answer.redirected && answer.url !== location.href) history.pushState(null, "", answer.url);
      show(html, byReader);
    }
    return answer.ok;
  } catch {  // the sandbox is gone for now; the stream says so and comes back
    if (options) tell("The sandbox does not answer, so nothing was done");
    return false;
  }
}

function tell(text) {
  const problem = document.getElementById("problem");
  problem.textContent = text;
  problem.hidden = false;
}

let running = null;
let again = false;

async function refresh(byReader = false) {
  if (running) {
    again = true;
    return;
  }
  do {
    again = false;
    running = load(location.href, byReader);
    await running;
    running = null;
  } while (again);
}

// Whom the reader chose, also while the document is still that of somebody else.
function acting() {
  return document.getElementById("as").value;
}

function go(url) {
  history.pushState(null, "", url);
  refresh(true);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  event.preventDefault();
  const question = button?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) return;
  const data = new FormData(form, button);
  if (data.has("_as")) data.set("_as", acting());
  const query = new URLSearchParams(data);
  // Not form.action: a field of that name would be meant.
  const action = form.getAttribute("action");
  if (form.getAttribute("method") === "get") {
    go(`${action}?${query}`);
    return;
  }
  const body = form.enctype === "multipart/form-data" ? data : query;
  const done = await load(action, true, { method: "POST", body });
  for (const input of form.querySelectorAll("[type=file]")) input.value = "";  // the server has them now
  if (done && "reset" in form.dataset) form.reset();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin === location.origin && url.pathname === "/" && !url.hash) {
    event.preventDefault();
    url.searchParams.set("as", acting());
    go(url);
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-choose]");
  if (form) form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("cancel", (event) => {
  if (!("modal" in event.target.dataset)) return;
  event.preventDefault();  // the app is told, and the server closes it
  event.target.querySelector("[data-close]").click();
}, true);

window.addEventListener("popstate", () => refresh(true));

const stream = new EventSource("/_sandbox/changes");
const connection = (text) => {
  document.getElementById("connection").textContent = text;
};
stream.onmessage = () => refresh();
stream.onerror = () => connection("The sandbox does not answer");
stream.onopen = () => connection("");

document.documentElement.classList.add("scripted");
document.querySelectorAll("[data-scroll]").forEach(follow);
openModal();
