import { type Bytes, concat } from "../bytes.js";
import type { Crypto } from "./crypto.js";
import { blocks, k1 } from "./xaes.js";

/** WebCrypto, for Workers and whatever else has no crypto of Node. It knows no ChaCha20. */
export function webCrypto(): Crypto {
  const { subtle } = crypto;
  const bytes = (it: ArrayBuffer): Bytes => new Uint8Array(it);
  const imported = (key: Bytes, algorithm: string | HmacImportParams, usage: KeyUsage): Promise<CryptoKey> =>
    subtle.importKey("raw", key, algorithm, false, [usage]);
  return {
    isSync: false,
    hmac: async (key, data) =>
      bytes(await subtle.sign("HMAC", await imported(key, { name: "HMAC", hash: "SHA-256" }, "sign"), data)),
    sha256: async (data) => bytes(await subtle.digest("SHA-256", data)),
    ciphers: {
      1: async (key) => {
        const cbc = await imported(key, "AES-CBC", "encrypt");
        // The first block of CBC after zeros is the block alone. The rest is padding.
        const block = async (plain: Bytes): Promise<Bytes> =>
          bytes(await subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, cbc, plain)).subarray(0, 16);
        const doubled = k1(await block(new Uint8Array(16)));
        const gcm = async (nonce: Bytes, additionalData: Bytes, usage: "decrypt" | "encrypt", data: Bytes): Promise<Bytes> => {
          const both = blocks(doubled, nonce);
          const halves = await Promise.all([block(both.slice(0, 16)), block(both.slice(16))]);
          const derived = await imported(concat(...halves), "AES-GCM", usage);
          return bytes(await subtle[usage]({ name: "AES-GCM", iv: nonce.slice(12), additionalData }, derived, data));
        };
        return {
          seal: (nonce, aad, plain) => gcm(nonce, aad, "encrypt", plain),
          open: (nonce, aad, sealed) => gcm(nonce, aad, "decrypt", sealed).catch(() => undefined),
        };
      },
    },
  };
}
