import Link from "next/link";
import { getSession } from "../session";
import { logOut } from "./actions";
import "./style.css";

export const metadata = { title: "The jar shop" };

export default async function Layout({ children }) {
  const session = await getSession();
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">The jar shop</Link>
          {session.user ? (
            <form action={logOut}>
              {session.user.name} <button>Log out</button>
            </form>
          ) : (
            <Link href="/login">Log in</Link>
          )}
        </header>
        <main>{children}</main>
        <Panel session={session} />
      </body>
    </html>
  );
}

/** Who opened this? */
function Panel({ session: { basket, origin, user } }) {
  const replica = process.env.REPLICA ?? "next";
  const items = Object.values(basket).reduce((sum, it) => sum + it, 0);
  return (
    <aside data-replica={replica} data-user={user?.login ?? ""} data-items={items}>
      Answered by {replica}. The session was {origin.refusal ?? origin.kind}
      {origin.kind === "opened" && <>, {origin.size} bytes, sealed by key {origin.keyId}</>}.
    </aside>
  );
}
