import { logIn } from "../actions";

export default async function Login({ searchParams }) {
  const { refused } = await searchParams;
  return (
    <form action={logIn}>
      {refused !== undefined && <p role="alert">The name or the password is wrong.</p>}
      <label>Name <input name="login" defaultValue="ada" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button>Log in</button>
      <p><small>For the demonstration: ada with lovelace, alan with turing, grace with hopper.</small></p>
    </form>
  );
}
