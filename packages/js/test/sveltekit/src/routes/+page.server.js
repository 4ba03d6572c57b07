export const load = ({ locals: { session }, setHeaders }) => {
  setHeaders({ "x-page": "shelf" });
  return { visits: session.visits ?? 0, user: session.user ?? "nobody", origin: session.origin.refusal ?? session.origin.kind };
};

export const actions = {
  visit: ({ locals: { session } }) => session.update((s) => { s.visits = (s.visits ?? 0) + 1; }),
  logIn: ({ locals: { session } }) => session.update((s) => { s.user = "ada"; }),
  logOut: ({ locals: { session } }) => session.purge(),
};
