import { error, redirect } from "@sveltejs/kit";

export function POST({ locals: { session }, url }) {
  session.update((s) => { s.note = "x".repeat(Number(url.searchParams.get("note") ?? 0)); });
  if (url.searchParams.has("throw")) error(500, "after a write");
  redirect(303, "/");
}
