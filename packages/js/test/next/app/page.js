import { logIn, logOut, visit, visitAndGrow } from "./actions";
import { say } from "./say";
import { getSession } from "../session";

export default async function Page() {
  const session = await getSession();
  return (
    <main>
      <p>{say(session)}</p>
      {Object.entries({ logIn, logOut, visit, visitAndGrow }).map(([name, action]) => (
        <form key={name} id={name} action={action}>
          <button>{name}</button>
        </form>
      ))}
    </main>
  );
}
