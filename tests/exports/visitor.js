// What does somebody notice who is logged in, and whose requests go to all replicas in turn?
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What all visitors have noticed. */
export class Noticed {
  logins = 0;
  looks = 0;
  writes = 0;
  logouts = 0;
  lostWrites = 0;
  refusedLogins = 0;
  retries = 0;
}

export class Visitor {
  #cookies = new Map();
  #agent = new Agent({ keepAlive: false });
  #turn;
  #who;
  #count = 0;

  constructor({ ports, target, noticed, number }) {
    Object.assign(this, { ports, target, noticed, number });
    this.#turn = number;
  }

  /** Logs in, looks and writes, again and again. */
  async visit(isOver) {
    const { logIn, writes = true } = this.target;
    for (let session = 0; !isOver(); session++) {
      this.#cookies.clear();
      const who = `visitor-${this.number}-${session}`;
      if (!(await logIn(this, who))) {
        this.noticed.refusedLogins++;
        await sleep(20);
        continue;
      }
      this.noticed.logins++;
      [this.#who, this.#count] = [who, 0];
      // Long enough to meet several replicas, and some begin in every state of a rotation.
      for (let steps = 0; this.#who && steps < 8 + 6 * (this.number % 3) && !isOver(); steps++) {
        if (writes && steps % 3 === 0) await this.#add();
        await this.#look();
        await sleep(20);
      }
    }
  }

  async #look() {
    const { who, count } = JSON.parse((await this.ask("GET", "/")).text);
    this.noticed.looks++;
    this.#compare(who, count);
  }

  async #add() {
    const { who, count } = JSON.parse((await this.ask("POST", "/add")).text);
    this.noticed.writes++;
    this.#count++;
    this.#compare(who, count);
  }

  #compare(who, count) {
    if (who !== this.#who) {
      this.noticed.logouts++;
      this.#who = undefined;
    } else if (count !== undefined && count < this.#count) {
      this.noticed.lostWrites += this.#count - count;
      this.#count = count;
    }
  }

  /** Asks the next replica. One that does not answer is passed over, as a proxy does. */
  async ask(method, path, { form, json } = {}) {
    const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
    for (let tries = 0; tries < 1500; tries++) {
      const port = this.ports[this.#turn++ % this.ports.length];
      const headers = {
        cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; "),
        origin: `http://127.0.0.1:${port}`,
        "content-length": Buffer.byteLength(body ?? ""),
        ...(body && { "content-type": form ? "application/x-www-form-urlencoded" : "application/json" }),
      };
      const answer = await this.#whole({ host: "127.0.0.1", port, method, path, headers, agent: this.#agent }, body);
      if (answer) {
        this.#keep(answer.headers["set-cookie"] ?? []);
        if (answer.status >= 500) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 2000)}`);
        return answer;
      }
      this.noticed.retries++;
      await sleep(20);
    }
    throw new Error(`${path}: no replica answers`);
  }

  /** The answer, if there is a whole one: that of PHP's own server does not say how long it is. */
  async #whole(options, body) {
    const answer = await this.#send(options, body);
    const isObject = answer?.status === 200 && answer.headers["content-type"]?.startsWith("application/json");
    return isObject && !answer.text.trimEnd().endsWith("}") ? undefined : answer;
  }

  #send(options, body) {
    return new Promise((resolve) => {
      const asked = request(options, async (response) => {
        const chunks = await response.toArray().catch(() => undefined);
        resolve(chunks && { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
      asked.on("error", () => resolve(undefined)).end(body);
    });
  }

  #keep(lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split("; ");
      const [name, ...value] = pair.split("=");
      const isGone = attributes.some((it) => /^(max-age=0|expires=thu, 01.jan.1970)/i.test(it));
      isGone ? this.#cookies.delete(name) : this.#cookies.set(name, value.join("="));
    }
  }
}
