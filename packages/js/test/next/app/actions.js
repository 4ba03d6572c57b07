"use server";

import { getSession } from "../session";

export async function logIn() {
  const session = await getSession();
  await session.update((s) => {
    s.user = "ada";
  });
}

export async function logOut() {
  const session = await getSession();
  await session.purge();
}

export async function visit() {
  const session = await getSession();
  await session.update((s) => {
    s.visits = (s.visits ?? 0) + 1;
  });
}

/** Grows into several cookies, and shrinks again in the same request. */
export async function visitAndGrow() {
  const session = await getSession();
  await session.update((s) => {
    s.note = "x".repeat(7000);
  });
  await session.update((s) => {
    delete s.note;
    s.visits = (s.visits ?? 0) + 1;
  });
}
