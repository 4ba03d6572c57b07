// What do many visitors notice together, while something happens to the site?
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Visitor, nothing } from "./visitor.js";

/** Visitors who come until they are told to leave. */
export class Crowd {
  #over = false;
  #visitors;
  #visits;

  constructor(port, logins, people, pause = 30) {
    this.#visitors = Array.from({ length: people }, (_, number) => new Visitor(port, logins[number % logins.length], number));
    this.#visits = this.#visitors.map((visitor, number) => this.#visit(visitor, number, pause));
    // What goes wrong is told when they leave.
    this.#visits.forEach((it) => it.catch(() => (this.#over = true)));
  }

  async #visit(visitor, turn, pause) {
    while (!this.#over) {
      if (!visitor.user) {
        await visitor.logIn();
      } else if (++turn % 40 === 0) {
        await visitor.logOut();
      } else {
        await visitor.add();
      }
      await visitor.look();
      await sleep(pause);
    }
    await visitor.look();
  }

  /** Tells them that this is enough. */
  close() {
    this.#over = true;
  }

  /** Lets them look once more, and returns what they have noticed. */
  async leave() {
    this.close();
    await Promise.all(this.#visits);
    const sum = nothing();
    for (const { noticed } of this.#visitors) {
      for (const [name, value] of Object.entries(noticed)) {
        if (name === "replicas") value.forEach((it) => sum.replicas.add(it));
        else sum[name] += value;
      }
    }
    return sum;
  }
}

/** The assertion of these tests: nobody who was logged in is anonymous, and no write is lost. */
export function assertNoLoss(noticed) {
  const { logouts, logoutsUndone, items, requests, failed, crossings } = noticed;
  assert.deepEqual({ logouts, logoutsUndone, items }, { logouts: 0, logoutsUndone: 0, items: 0 }, JSON.stringify(noticed));
  // Requests that a replica held when it was killed.
  assert.ok(failed <= requests / 5, JSON.stringify(noticed));
  assert.ok(crossings > requests / 4, JSON.stringify(noticed));
}
