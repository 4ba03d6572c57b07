export { sealAgain as proxy } from "./session";

export const config = { matcher: "/((?!_next/).*)" };
