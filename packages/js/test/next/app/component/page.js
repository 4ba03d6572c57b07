import { say } from "../say";
import { getSession } from "../../session";

/** A server component that tries what none can. */
export default async function Page() {
  const session = await getSession();
  const outcome = await session
    .update((s) => {
      s.visits = 99;
    })
    .then(
      () => "it was set",
      (error) => error.message.split(".")[0],
    );
  return <p>{`${say(session)} ${outcome}`}</p>;
}
