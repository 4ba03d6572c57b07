import { say } from "../say";
import { getSession } from "../../session";

export async function GET() {
  return new Response(say(await getSession()));
}

export async function POST(request) {
  const session = await getSession();
  const { note = 0 } = Object.fromEntries(new URL(request.url).searchParams);
  try {
    await session.update((s) => {
      s.visits = (s.visits ?? 0) + 1;
      if (+note) s.note = "x".repeat(+note);
    });
  } catch (error) {
    return new Response(`${error.kind} ${error.limit}`, { status: error.status });
  }
  return new Response(say(session));
}

export async function DELETE() {
  const session = await getSession();
  await session.purge();
  return new Response(say(session));
}
