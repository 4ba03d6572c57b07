import { getSession } from "../session";
import { GOODS } from "../shop";
import { add, remove } from "./actions";

export default async function Shelf() {
  const { basket } = await getSession();
  return GOODS.map(({ id, name, about }) => (
    <form key={id} action={add} data-good={id} data-quantity={basket[id] ?? 0}>
      <strong>{name}</strong> <small>{about}</small>
      <input type="hidden" name="good" value={id} />
      <button formAction={remove} aria-label={`One ${name} less`} disabled={!basket[id]}>−</button>
      <output>{basket[id] ?? 0}</output>
      <button aria-label={`One ${name} more`}>+</button>
    </form>
  ));
}
