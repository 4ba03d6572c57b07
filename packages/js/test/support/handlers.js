// What the handlers of tests/exchanges.json do, by the words of the table. Each is written once.
import { SealjarError } from "../../dist/index.js";

const say = (session) => `${session.name || "nobody"}, ${session.visits} visits`;

const kindOf = (work) => {
  try {
    work();
    return "done";
  } catch (error) {
    if (error instanceof SealjarError) return error.kind;
    throw error;
  }
};

const ASKS = {
  plain: () => "page",
  leave_alone: () => "page",
  say: ({ session }) => say(session),
  write: ({ session }) => void session.update((it) => void it.visits++),
  renew: ({ session }) => session.renew(),
  purge: ({ session }) => session.purge(),
  discard: ({ session }) => session.discard(),
  keep_alive: ({ session }) => session.keepAlive(),
  change_nothing: ({ session }) => session.update((it) => void (it.visits += 0)),
  name: ({ session }, name) => session.update((it) => void (it.name = name)),
  visits: ({ session }, visits) => session.update((it) => void (it.visits = visits)),
  note: ({ session }, length) => session.update((it) => void (it.note = "x".repeat(length))),
  theme: ({ session }, theme) => session.update((it) => void (it.theme = theme)),
  measure: ({ session }) => String(session.note.length),
  say_grown: ({ session }) => `${session.theme}, ${session.visits} visits`,
  read_both: ({ session, basket }) => `${session.visits} visits, ${basket.items} items`,
  write_both: ({ session, basket }) => {
    session.update((it) => void it.visits++);
    basket.update((it) => void it.items++);
    return "";
  },
  read_one_write_other: ({ session, basket }) => {
    session.get();
    basket.update((it) => void it.items++);
    return "";
  },
  panic: () => {
    throw new Error("after an update");
  },
  panic_in_update: ({ session }) =>
    session.update((it) => {
      it.visits = 99;
      throw new Error("in the function");
    }),
  take_nine: ({ session }) => session.update((it) => ((it.visits = 9), "taken")),
  fail_nine: ({ session }) => {
    let said;
    try {
      session.update((it) => {
        it.visits = 9;
        throw new Error("no");
      });
    } catch (error) {
      said = error.message;
    }
    return `${said}, ${session.visits} visits`;
  },
  nest: ({ session }) => {
    const inner = session.update((it) => {
      it.visits++;
      return kindOf(() => session.update((it) => void (it.visits += 10)));
    });
    return `${inner}, ${session.visits} visits`;
  },
  nest_and_pass_on: ({ session }) =>
    session.update((it) => {
      it.visits++;
      session.update((it) => void (it.visits += 10));
    }),
  see_before: ({ session }) =>
    session.update((it) => {
      it.visits = 9;
      return String(session.visits);
    }),
  keep_what_fits: ({ session }) => {
    let found;
    try {
      session.update((it) => void (it.note = "x".repeat(5000)));
    } catch (error) {
      found = error;
    }
    if (!(found?.size > (5000 * 4) / 3)) throw new Error(`${found?.size} is not the size of the line`);
    session.update((it) => void (it.note = "x".repeat(10)));
    return `limit ${found.limit}`;
  },
  keep_hold: ({ session, world }) => {
    world.held = session;
    return undefined;
  },
  change_held: ({ world }) => {
    const late = kindOf(() => world.held.update((it) => void (it.visits += 98)));
    world.held.purge();
    return `${late}, ${world.held.visits} visits`;
  },
  streams_and_changes: ({ session }) => {
    session.update((it) => void (it.visits = 1));
    return [1, 2].map(() => () => {
      const late = kindOf(() => session.update((it) => void (it.visits = 99)));
      return `${session.visits} ${late} `;
    });
  },
  streams_and_asks: ({ session }) => {
    session.get();
    return [
      () => {
        session.purge();
        session.renew();
        session.keepAlive();
        return session.name;
      },
    ];
  },
  rechecks: ({ session }) => {
    const { name } = session;
    return [
      async () => {
        const standing = await session.recheck();
        return { anonymous: "nobody", valid: `${name} goes on`, ended: `${name} has ended: ${standing.refusal}` }[standing.kind];
      },
    ];
  },
};

/** Whether a handler asks its framework for a session. */
export const asksForSession = (step) => !["plain", "change_held"].includes(step.do[0]);
export const asksForBasket = (step) => step.do.some((it) => it.endsWith?.("_both") || it === "read_one_write_other");

/** Does what a step says, and returns the body: text, or functions that each return a piece. */
export function perform(step, context) {
  let body;
  for (const ask of step.do) {
    const [name, ...arguments_] = Array.isArray(ask) ? ask : [ask];
    const found = ASKS[name](context, ...arguments_);
    body = found ?? body;
  }
  const silent = ["plain", "leave_alone", "keep_hold", "change_held"];
  return step.answer?.body ?? body ?? (step.do.every((it) => silent.includes(it)) ? "" : say(context.session));
}
