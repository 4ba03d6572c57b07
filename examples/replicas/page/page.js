// Watches the four ways: asks each for its panel once a second, as a page of the shop would.
"use strict";

const ABOUT = {
  memory: "In the memory of the replica that happened to answer the login.",
  sticky: "The same, and the proxy sends you back to the replica you had.",
  redis: "In one Redis that all replicas ask.",
  sealed: "Sealed in your cookie. The replicas keep nothing but the key ring.",
};
const LOOKS = 48;
const KEYS = 4;
const $ = (id) => document.getElementById(id);
const ways = new Map();

function card(way) {
  const element = $("card").content.cloneNode(true).firstElementChild;
  const part = (selector) => element.querySelector(selector);
  part("h2").textContent = way[0].toUpperCase() + way.slice(1);
  part(".about").textContent = ABOUT[way];
  part("a").href = `/${way}/`;
  part(".status strong").textContent = "Not run: give --redis URL";
  part(".kill").onclick = (event) => act(event.target, () => kill(ways.get(way)));
  part(".looks").append(...Array.from({ length: LOOKS }, () => document.createElement("li")));
  element.classList.add("absent", way);
  $("ways").append(element);
  return {
    way, element, part, runs: false,
    // What the visitor has reason to believe, and what the shop has confirmed.
    loggedIn: false, items: 0,
    looks: 0, logouts: 0, state: "guest", replica: null, key: null, toldOfIt: false,
    // By slot, as the page saw them last; the replicas that died and whose end no look has met yet.
    replicas: [], died: [],
  };
}

// --- What happened

function tell(text, kind = "") {
  const li = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = new Date().toLocaleTimeString([], { hour12: false });
  li.className = kind;
  li.append(time, text);
  if (!$("events").querySelector("time")) $("events").replaceChildren();
  $("events").prepend(li);
  while ($("events").children.length > 200) $("events").lastElementChild.remove();
}

function outcome(it, text, bad = false) {
  it.part(".outcome").textContent = text;
  it.part(".outcome").classList.toggle("bad", bad);
}

// A replica died, or another took its place.
function seeReplicas(it, replicas) {
  it.replicas.forEach((before, slot) => {
    const now = replicas[slot];
    if (before === now) return;
    if (before) {
      it.died.push(before);
      tell(now ? `${before} died, ${now} took over` : `${before} died`);
    } else if (now) {
      tell(`${now} took over`);
    }
  });
  it.replicas = replicas;
}

// What a look says about the session, compared with the look before.
function seeSession(it, state, before, items) {
  const died = it.died.splice(0);
  if (before === "in" && state === "out") {
    const why = died.length
      ? `${died.join(" and ")} died, and your session was in its memory.`
      : `${it.replica} answered, and your session is in the memory of another replica.`;
    // Without a death it happens with most requests: once is enough for the list.
    if (died.length || !it.toldOfIt) tell(`${it.way}: logged out. ${why}`, "bad");
    it.toldOfIt = true;
    outcome(it, `You were logged out: ${why}`, true);
  } else if (state === "in" && died.length) {
    const kept = items < it.items ? "but the basket lost items" : "and nothing was lost";
    tell(`${it.way}: ${died.join(" and ")} died, ${it.replica} opened your session`, "good");
    outcome(it, `${died.join(" and ")} died, ${it.replica} opened your session, ${kept}.`, items < it.items);
  }
}

// --- Looking

async function look(it) {
  const answer = await fetch(`/${it.way}/panel`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const panel = page.querySelector(".panel");
  const fact = (name) => panel.querySelector(`[data-fact=${name}]`)?.textContent ?? "none";
  const { user, replica } = panel.dataset;
  const items = Number(panel.dataset.items);
  it.replica = replica;
  if (it.looks === 0 && user) {
    // The page was loaded again.
    it.loggedIn = true;
    it.items = items;
  }
  const state = user ? "in" : it.loggedIn ? "out" : "guest";
  if (state === "out") it.logouts += 1;
  seeSession(it, state, it.state, items);
  it.state = state;
  const key = fact("key");
  if (it.key && key !== "none" && key !== it.key) {
    tell(`${it.way}: your session is under the key ${key.slice(0, 8)} now`, "good");
    outcome(it, "The keys rotated, and your session was sealed again under the new one.");
  }
  it.key = key === "none" ? null : key;

  it.element.classList.remove("absent", "in", "out", "guest");
  it.element.classList.add(state);
  it.part(".status strong").textContent =
    { in: fact("visitor"), out: "Logged out", guest: "Not logged in yet" }[state];
  it.part(".looks").children[it.looks++ % LOOKS].className = state;
  it.part(".looks").children[it.looks % LOOKS].className = "";
  it.part(".logouts").textContent = it.logouts === 1 ? "1 time" : `${it.logouts} times`;
  it.part(".logouts").classList.toggle("bad", it.logouts > 0);
  it.part(".basket").textContent = `${items} of ${it.items} items`;
  it.part(".basket").classList.toggle("bad", items < it.items);
  it.part(".origin").textContent = fact("origin");
  it.part(".key").textContent = key.slice(0, 8);
  for (const li of it.part(".replicas").children) {
    li.classList.toggle("answered", li.textContent === replica);
  }
}

async function fleet() {
  const view = await (await fetch("/api/fleet")).json();
  $("proxy").textContent = view.proxy;
  for (const { way, replicas } of view.ways) {
    const it = ways.get(way);
    it.runs = true;
    seeReplicas(it, replicas);
    const list = it.part(".replicas");
    const answered = list.querySelector(".answered")?.textContent;
    list.replaceChildren(...replicas.map((name) => {
      const li = document.createElement("li");
      li.textContent = name ?? "starting";
      li.className = !name ? "gone" : name === answered ? "answered" : "";
      return li;
    }));
  }
  ring(view);
}

// --- The ring

let sealing = null;

function ring({ epoch, keys, rotates_in }) {
  const seals = keys.find(({ phase }) => phase === "sealing");
  if (sealing && seals && seals.id !== sealing) {
    tell(`the key ${seals.id.slice(0, 8)} seals now, ${sealing.slice(0, 8)} only opens`);
  }
  sealing = seals?.id ?? sealing;
  $("epoch").textContent = `epoch ${epoch}`;
  const yours = ways.get("sealed").key;
  const chip = (phase, id) => {
    const li = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = id.slice(0, 8);
    li.className = phase;
    li.classList.toggle("yours", id === yours);
    li.append(`${phase} `, code);
    return li;
  };
  const opens = keys.filter(({ phase, id }) => phase === "opening" && id !== yours);
  const shown = keys.filter((key) => !opens.includes(key) && key.phase !== "spent");
  const latest = opens.slice(-Math.max(0, KEYS - shown.length));
  const chips = [...shown, ...latest].map(({ phase, id }) => chip(phase, id));
  if (opens.length > latest.length) {
    const li = document.createElement("li");
    li.className = "folded";
    li.textContent = `+${opens.length - latest.length} that only open`;
    chips.push(li);
  }
  $("keys").replaceChildren(...chips);
  const button = $("rotate");
  if (!button.dataset.busy) {
    button.disabled = rotates_in !== 0;
    button.title = rotates_in === 0 ? "" : "The standby must be on every replica first.";
    button.textContent = rotates_in > 0 ? `Rotate the keys in ${rotates_in} s` : "Rotate the keys";
  }
}

// --- What the visitor does

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
  button.dataset.busy = "yes";
  try {
    $("said").textContent = (await what()) ?? "";
    delete button.dataset.busy;
    button.disabled = false;
    await refresh();
  } catch (error) {
    $("said").textContent = `The demonstration does not answer: ${error.message}`;
    delete button.dataset.busy;
    button.disabled = false;
  }
}

async function everywhere(action, fields, then) {
  await Promise.all(running().map(async (it) => {
    if ((await form(it.way, action, fields)).ok) then(it);
  }));
}

const buttons = {
  "log-in": async () => {
    await everywhere("login", { login: "ada", password: "lovelace" }, (it) => { it.loggedIn = true; });
    tell("you logged in to all ways as Ada");
  },
  "add": async () => {
    await everywhere("add", { good: "tea" }, (it) => { it.items += 1; });
    tell("you put tea into every basket");
  },
  "log-out": async () => {
    await everywhere("logout", {}, (it) => { it.loggedIn = false; it.items = 0; });
    tell("you logged out");
  },
  "kill": async () => (await Promise.all(running().map(kill))).find(Boolean),
  "rotate": async () => {
    const refused = await control("rotate");
    if (!refused) tell("you rotated the keys: the standby seals a second from now, and a new standby is out");
    return refused;
  },
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
