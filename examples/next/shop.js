// What does the shop sell, and who may log in?
import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

export const GOODS = [
  { id: "jar", name: "Preserving jar", about: "Half a litre, with a rubber ring" },
  { id: "wax", name: "Sealing wax", about: "Red, six sticks" },
  { id: "ring", name: "Key ring", about: "Steel, holds 64 keys" },
  { id: "tea", name: "Tea", about: "Keeps for a year in a closed jar" },
];

// Three people of the demonstration. A real app asks a database, and takes a larger N.
const ACCOUNTS = new Map([
  ["ada", { name: "Ada Lovelace", hash: "n4bWbbJWv9JRA2mT.fe_qjcrGJ64LX1vAB-JjcpsdD2HHrsjf9vXORvt6sIQ" }],
  ["alan", { name: "Alan Turing", hash: "4ZLhek4qC8Tola6W.9GUFEAgyJnrs4Wt6Za81z3X3-dI0vG3pblTvLuK69ro" }],
  ["grace", { name: "Grace Hopper", hash: "xOToSqJbkplJyQyP.6944NlVDThYvb7rj9S0dTZmb175EWBOubRpMSseoVK8" }],
]);
// A hash of no password that anybody knows: an unknown name takes as long as a wrong password.
const NOBODY = { hash: "i42reCrQa92K7zlG.AP_0qv27XIACugZWyxCm0CUdI2FdTD_yH10qeyM0wdo" };

/** Returns who this is, if the password is right. */
export async function verify(login, password) {
  const known = ACCOUNTS.get(login);
  const [salt, hash] = (known ?? NOBODY).hash.split(".").map((it) => Buffer.from(it, "base64url"));
  const made = await promisify(scrypt)(password, salt, hash.length, { N: 256 });
  return timingSafeEqual(made, hash) && known ? { login, name: known.name } : undefined;
}
