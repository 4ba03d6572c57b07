import type { Bytes } from "../bytes.js";
import { concat } from "../bytes.js";
import type { Cipher, Crypto } from "./crypto.js";
import { blocks, k1 } from "./xaes.js";
import { hchacha20, rest } from "./xchacha.js";

type Node = typeof import("node:crypto");

/** Node's own crypto, which answers at once. */
export function nodeCrypto(node: Node): Crypto {
  // Both of them compare tags in constant time.
  const aead = (name: "aes-256-gcm" | "chacha20-poly1305", keyed: (nonce: Bytes) => readonly [Bytes, Bytes]): Cipher => {
    const options = { authTagLength: 16 };
    return {
      seal(nonce, aad, plain) {
        const cipher = node.createCipheriv(name as "aes-256-gcm", ...keyed(nonce), options);
        cipher.setAAD(aad);
        return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
      },
      open(nonce, aad, sealed) {
        const end = sealed.length - 16;
        const decipher = node.createDecipheriv(name as "aes-256-gcm", ...keyed(nonce), options);
        decipher.setAAD(aad).setAuthTag(sealed.subarray(end));
        const plain = decipher.update(sealed.subarray(0, end));
        try {
          decipher.final();
        } catch {
          return undefined;
        }
        return new Uint8Array(plain.buffer as ArrayBuffer, plain.byteOffset, plain.length);
      },
    };
  };
  return {
    isSync: true,
    hmac: (key, data) => new Uint8Array(node.createHmac("sha256", key).update(data).digest()),
    sha256: (data) => new Uint8Array(node.createHash("sha256").update(data).digest()),
    ciphers: {
      1: (key) => {
        // Blocks do not depend on each other, so one of these serves every token.
        const aes = node.createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
        const doubled = k1(aes.update(new Uint8Array(16)));
        return aead("aes-256-gcm", (nonce) => [new Uint8Array(aes.update(blocks(doubled, nonce))), nonce.subarray(12)]);
      },
      2: (key) => aead("chacha20-poly1305", (nonce) => [hchacha20(key, nonce), rest(nonce)]),
    },
  };
}
