// The draw of the waiting room and the puzzle before it, computed in the browser. Version 1; the
// rule is written down in docs/waiting-room.md, and tests hold this file to the same vectors as the
// server. SHA-256 is here, too: the browser's own is slow for millions of small texts, and is
// missing on pages without TLS.

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // The first 32 bits of the fractional parts of the cube and square roots of the first primes.
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32);
  let count = 0;
  for (let n = 2; count < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (count < 8) START[count] = fraction(Math.sqrt(n));
    K[count] = fraction(Math.cbrt(n));
    count += 1;
  }
}

const W = new Uint32Array(64);

/** SHA-256 of bytes. */
export function sha256(bytes) {
  const hash = START.slice();
  const blocks = ((bytes.length + 9 + 63) >> 6) << 6;
  const padded = new Uint8Array(blocks);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(blocks - 4, bytes.length * 8);
  for (let at = 0; at < blocks; at += 64) block(hash, view, at);
  const out = new Uint8Array(32);
  const result = new DataView(out.buffer);
  hash.forEach((word, i) => result.setUint32(i * 4, word));
  return out;
}

function block(hash, view, at) {
  for (let i = 0; i < 16; i += 1) W[i] = view.getUint32(at + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = hash;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { hash[i] = (hash[i] + word) | 0; });
}

export const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

export const fromHex = (text) => {
  if (!/^([0-9a-f]{2})+$/i.test(text)) throw new Error("not hexadecimal");
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
};

const LABEL = new TextEncoder().encode("draw/1");
const ROUNDS = 10;

function roundInput(seed, count) {
  const bytes = new Uint8Array(LABEL.length + 32 + 8 + 1 + 8);
  bytes.set(LABEL);
  bytes.set(seed, LABEL.length);
  new DataView(bytes.buffer).setBigUint64(LABEL.length + 32, BigInt(count));
  return bytes;
}

/** The sides of the rectangle in which `count` numbers are laid out. */
export function sides(count) {
  let a = Math.max(1, Math.floor(Math.sqrt(count)));
  while (a * a < count) a += 1;
  while (a > 1 && (a - 1) * (a - 1) >= count) a -= 1;
  return [a, Math.max(1, Math.ceil(count / a))];
}

/** The position of a number in a draw among `count`, with every value it passes through. */
export function drawSteps(seedHex, count, number) {
  if (number < 0 || number >= count) return null;
  const input = roundInput(fromHex(seedHex), count);
  const view = new DataView(input.buffer);
  const [a, b] = sides(count);
  const mix = (round, half) => {
    view.setUint8(LABEL.length + 40, round);
    view.setBigUint64(LABEL.length + 41, BigInt(half));
    return new DataView(sha256(input).buffer).getBigUint64(0);
  };
  const passed = [];
  let place = number;
  do {
    let left = place % a;
    let right = Math.floor(place / a);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const side = round % 2 === 1 ? a : b;
      const mixed = (left + Number(mix(round, right) % BigInt(side))) % side;
      [left, right] = [right, mixed];
    }
    place = a * right + left;
    passed.push(place);
  } while (place >= count);
  return { position: place, passed, sides: [a, b] };
}

/** The position of a number: drawn, or behind the draw in the order of coming. */
export function positionOf(now, number) {
  if (now.drawnCount === undefined || now.seed === undefined) {
    return now.opensAt === undefined && now.phase !== "off" ? number : null;
  }
  return drawSteps(now.seed, now.drawnCount, number)?.position ?? number;
}

/** Whether the seed that was published is the one that was promised. */
export const keepsPromise = (seedHex, commitment) => hex(sha256(fromHex(seedHex))) === commitment;

/** Solves a puzzle, a slice at a time so that the page stays alive. */
export async function solve(challenge, bits, progress = () => {}) {
  const encoder = new TextEncoder();
  let nonce = 0;
  for (;;) {
    const until = performance.now() + 24;
    while (performance.now() < until) {
      for (let tries = 0; tries < 64; tries += 1) {
        const digest = sha256(encoder.encode(`${challenge}:${nonce}`));
        if (leadingZeros(digest) >= bits) return String(nonce);
        nonce += 1;
      }
    }
    progress(Math.min(0.99, nonce / 2 ** bits));
    await new Promise((go) => { setTimeout(go, 0); });
  }
}

function leadingZeros(digest) {
  let zeros = 0;
  for (const byte of digest) {
    if (byte === 0) { zeros += 8; continue; }
    return zeros + Math.clz32(byte) - 24;
  }
  return zeros;
}
