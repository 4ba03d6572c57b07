// Seals again what is only read: server components cannot set cookies.
export { sealAgain as proxy } from "./session";

export const config = { matcher: "/((?!_next/).*)" };
