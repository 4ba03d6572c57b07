/** What a page shows of a session, in one line that a test can read. */
export function say(session) {
  const { origin } = session;
  return `[${session.user ?? "nobody"}, ${session.visits ?? 0} visits, ${origin.refusal ?? origin.kind}]`;
}
