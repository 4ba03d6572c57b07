import { sveltekit } from "@sveltejs/kit/vite";

// The package as it was built here.
export default { plugins: [sveltekit()], ssr: { external: ["sealjar"] } };
