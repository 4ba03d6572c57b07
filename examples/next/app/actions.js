"use server";

import { redirect } from "next/navigation";
import { getSession } from "../session";
import { GOODS, verify } from "../shop";

export async function logIn(form) {
  const user = await verify(String(form.get("login")), String(form.get("password")));
  if (!user) {
    redirect("/login?refused");
  }
  const session = await getSession();
  if (session.user && session.user.login !== user.login) {
    // A guest's basket comes along. That of another person does not.
    await session.purge();
  }
  await session.update((s) => { s.user = user; });
  // Another person renews the session by itself. This is for those who log in twice.
  await session.renew();
  redirect("/");
}

export async function logOut() {
  const session = await getSession();
  await session.purge();
  redirect("/");
}

export async function add(form) {
  await change(form, (quantity) => Math.min(quantity + 1, 99));
}

export async function remove(form) {
  await change(form, (quantity) => quantity - 1);
}

async function change(form, step) {
  const good = GOODS.find((it) => it.id === form.get("good"));
  if (good) {
    const session = await getSession();
    await session.update(({ basket }) => {
      basket[good.id] = step(basket[good.id] ?? 0);
      if (basket[good.id] <= 0) delete basket[good.id];
    });
  }
  redirect("/");
}
