// Watches the four ways: asks each for its panel once a second, as a page of the shop would.
"use strict";

const ABOUT = {
  memory: "In the memory of the replica that happened to answer the login.",
  sticky: "The same, and the proxy sends you back to the replica you had.",
  redis: "In one Redis that all replicas ask.",
  sealed: "Sealed in your cookie. The replicas keep nothing.",
};
const LOOKS = 48;
const $ = (id) => document.getElementById(id);
const ways = new Map();

function card(way) {
  const element = $("card").content.cloneNode(true).firstElementChild;
  const part = (selector) => element.querySelector(selector);
  part("h2").textContent = way[0].toUpperCase() + way.slice(1);
  part(".about").textContent = ABOUT[way];
  part("a").href = `/${way}/`;
  part(".status strong").textContent = "not run: give --redis URL";
  part(".kill").onclick = (event) => act(event.target, () => kill(ways.get(way)));
  part(".looks").append(...Array.from({ length: LOOKS }, () => document.createElement("li")));
  element.classList.add("absent");
  $("ways").append(element);
  // `loggedIn`: what the visitor has reason to believe. `items`: what the shop has confirmed.
  return { way, element, part, runs: false, loggedIn: false, items: 0, looks: 0, logouts: 0 };
}

async function look(it) {
  const answer = await fetch(`/${it.way}/panel`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page.querySelector(".panel");
  const fact = (name) => panel.querySelector(`[data-fact=${name}]`)?.textContent ?? "none";
  const { user, replica, items } = panel.dataset;
  it.replica = replica;
  const state = user ? "in" : it.loggedIn ? "out" : "guest";
  if (state === "out") it.logouts += 1;

  it.element.classList.remove("absent", "in", "out", "guest");
  it.element.classList.add(state);
  it.part(".status strong").textContent =
    { in: fact("visitor"), out: "Logged out", guest: "Not logged in yet" }[state];
  it.part(".looks").children[it.looks++ % LOOKS].className = state;
  it.part(".looks").children[it.looks % LOOKS].className = "";
  it.part(".logouts").textContent = `${it.logouts} times`;
  it.part(".logouts").classList.toggle("bad", it.logouts > 0);
  it.part(".basket").textContent = `${items} of ${it.items} items`;
  it.part(".basket").classList.toggle("bad", Number(items) < it.items);
  it.part(".origin").textContent = fact("origin");
  it.part(".key").textContent = fact("key").slice(0, 8);
  for (const li of it.part(".replicas").children) {
    li.classList.toggle("answered", li.textContent === replica);
  }
}

async function fleet() {
  const view = await (await fetch("/api/fleet")).json();
  for (const { way, replicas } of view.ways) {
    const it = ways.get(way);
    it.runs = true;
    const list = it.part(".replicas");
    const answered = list.querySelector(".answered")?.textContent;
    list.replaceChildren(...replicas.map((name) => {
      const li = document.createElement("li");
      li.textContent = name ?? "starting";
      li.className = !name ? "gone" : name === answered ? "answered" : "";
      return li;
    }));
  }
  $("epoch").textContent = `epoch ${view.epoch}`;
  $("keys").replaceChildren(...view.keys.map(({ id, phase }) => {
    const li = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = id.slice(0, 8);
    li.className = phase;
    li.append(`${phase} `, code);
    return li;
  }));
}

const running = () => [...ways.values()].filter((it) => it.runs);
const form = (way, action, fields = {}) =>
  fetch(`/${way}/${action}`, { method: "POST", body: new URLSearchParams(fields) });

async function control(what) {
  const answer = await fetch(`/api/${what}`, { method: "POST" });
  return answer.ok ? "" : answer.text();
}

// The replica that answered last, for that is the one whose memory may matter.
const kill = (it) => control(`kill/${it.way}/${it.replica}`);

async function refresh() {
  await fleet();
  await Promise.all(running().map(look));
}

// Keeps the button down while it works, then says what came of it.
async function act(button, what) {
  button.disabled = true;
  try {
    $("said").textContent = (await what()) ?? "";
    await refresh();
  } catch (error) {
    $("said").textContent = `The demonstration does not answer: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

async function everywhere(action, fields, then) {
  await Promise.all(running().map(async (it) => {
    if ((await form(it.way, action, fields)).ok) then(it);
  }));
}

const buttons = {
  "log-in": () => everywhere("login", { login: "ada", password: "lovelace" }, (it) => {
    it.loggedIn = true;
  }),
  "add": () => everywhere("add", { good: "tea" }, (it) => { it.items += 1; }),
  "log-out": () => everywhere("logout", {}, (it) => { it.loggedIn = false; it.items = 0; }),
  "kill": async () => (await Promise.all(running().map(kill))).find(Boolean),
  "rotate": () => control("rotate"),
};
for (const [id, what] of Object.entries(buttons)) $(id).onclick = () => act($(id), what);

for (const way of Object.keys(ABOUT)) ways.set(way, card(way));
async function watch() {
  try {
    await refresh();
  } catch {
    $("said").textContent = "The demonstration has ended.";
  }
  setTimeout(watch, 1000);
}
watch();
