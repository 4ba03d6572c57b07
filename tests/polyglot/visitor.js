// What does somebody notice who logs in, fills a basket, looks and logs out, each time on another
// framework?
import { Agent, request } from "node:https";

const PASSWORDS = { ada: "lovelace", alan: "turing", grace: "hopper" };
const GOODS = ["jar", "wax", "ring", "tea"];

/** Where each framework is, and how a form of it is sent. */
const PATHS = { axum: "/axum/", next: "/", django: "/django/" };

/** What nobody may notice, and what may be. */
export function nothing() {
  return { requests: 0, writes: 0, failed: 0, crossings: 0, logouts: 0, logoutsUndone: 0, items: 0, replicas: new Set() };
}

/**
 * A browser without scripts. It does one thing after the other, so that no write overtakes another.
 */
export class Visitor {
  cookies = new Map();
  noticed = nothing();
  /** What the next page has to show. */
  user = "";
  items = 0;
  #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  #turn;
  #last = "";

  constructor(port, login, turn) {
    this.origin = `https://localhost:${port}`;
    this.port = port;
    this.login = login;
    this.#turn = turn;
  }

  /** The framework after the one before. */
  #next() {
    return Object.keys(PATHS)[this.#turn++ % 3];
  }

  /** Looks at the shop, and counts what is not as it has to be. Returns whom it shows. */
  async look(framework = this.#next()) {
    const answer = await this.#ask("GET", PATHS[framework]);
    if (!answer) return undefined;
    const [, aside] = /<aside[^>]*?\b(data-replica=[^>]*)>/.exec(answer.text) ?? fail(answer);
    const said = (name) => new RegExp(`data-${name}="([^"]*)"`).exec(aside)?.[1] ?? fail(answer);
    const [replica, user, items] = [said("replica"), said("user"), +said("items")];
    this.noticed.replicas.add(replica);
    this.noticed.crossings += +(replica.split("-")[0] !== this.#last);
    [this.#last] = replica.split("-");
    if (user !== this.user) {
      this.noticed[this.user ? "logouts" : "logoutsUndone"]++;
    }
    this.noticed.items += Math.max(this.items - items, 0);
    [this.user, this.items] = [user, items];
    return { ...answer, user, items };
  }

  async logIn(framework = this.#next()) {
    const page = framework === "axum" ? undefined : await this.#ask("GET", `${PATHS[framework]}login`);
    const fields = { login: this.login, password: PASSWORDS[this.login] };
    if (await this.#send(framework, "login", page, /<main>.*?(<form.*?<\/form>)/s, fields)) {
      this.user = this.login;
    }
  }

  async logOut(framework = this.#next()) {
    const page = await this.look(framework);
    if (this.user && (await this.#send(framework, "logout", page, /<header>.*?(<form.*?<\/form>)/s, {}))) {
      [this.user, this.items] = ["", 0];
    }
  }

  /** Puts something into the basket. */
  async add(framework = this.#next()) {
    const page = await this.look(framework);
    const good = GOODS[this.items % 4];
    if (await this.#send(framework, "add", page, new RegExp(`(<form[^>]*data-good="${good}".*?</form>)`, "s"), { good })) {
      this.items++;
    }
  }

  /** Sends a form. Without an answer nothing has changed: the session is what the browser has. */
  async #send(framework, action, page, form, fields) {
    if (framework !== "axum" && !page) return false;
    const [, found] = framework === "axum" ? [] : (form.exec(page.text) ?? fail(page));
    const hidden = framework === "axum" ? {} : hiddenOf(found);
    const body = framework === "next" ? new FormData() : new URLSearchParams();
    Object.entries({ ...hidden, ...fields }).forEach(([name, value]) => body.append(name, value));
    // A form of Next goes to its own page, and says inside which action it is for.
    const path = framework === "next" ? (action === "login" ? "/login" : "/") : PATHS[framework] + action;
    const answer = await this.#ask("POST", path, body);
    if (!answer) return false;
    this.noticed.writes++;
    return [302, 303].includes(answer.status) || fail(answer);
  }

  /** Returns `undefined` for what no replica has answered, or not to its end. */
  async #ask(method, path, form) {
    const sent = form && new Response(form);
    const body = sent && Buffer.from(await sent.arrayBuffer());
    const headers = {
      host: `localhost:${this.port}`,
      cookie: [...this.cookies].map((pair) => pair.join("=")).join("; "),
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
      "sec-fetch-site": "same-origin",
      ...(sent && {
        origin: this.origin,
        referer: this.origin + path,
        "content-type": sent.headers.get("content-type"),
        "content-length": body.length,
      }),
    };
    const answer = await new Promise((resolve) => {
      const options = { host: "127.0.0.1", port: this.port, servername: "localhost", method, path, headers, agent: this.#agent };
      const asked = request(options, async (response) => {
        const chunks = await response.toArray().catch(() => undefined);
        resolve(chunks && { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
      asked.on("error", () => resolve(undefined)).end(body);
    });
    // What Traefik says when a replica dies with a request in its hands.
    if (!answer || [502, 503, 504].includes(answer.status)) {
      this.noticed.failed++;
      return undefined;
    }
    this.noticed.requests++;
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [pair, ...attributes] = line.split("; ");
      const [name, ...value] = pair.split("=");
      const isGone = attributes.some((it) => it.toLowerCase() === "max-age=0");
      isGone ? this.cookies.delete(name) : this.cookies.set(name, value.join("="));
    }
    return answer.status < 400 ? answer : fail({ ...answer, path });
  }
}

/** The fields of a form that nobody sees, up to its first button. */
function hiddenOf(form) {
  const inputs = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => {
    const value = (name) => unescape(new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? "");
    return [value("name"), value("value")];
  });
  return Object.fromEntries(inputs);
}

function unescape(text) {
  return text.replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&amp;", "&");
}

function fail(answer) {
  throw new Error(`${answer.path ?? ""} ${answer.status}: ${answer.text.slice(0, 1500)}`);
}
