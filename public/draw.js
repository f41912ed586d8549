// The draw of the waiting room, computed in the browser. Version 1; the rule is written down in
// docs/waiting-room.md, and tests hold this file to the same vectors as the server. SHA-256 is here,
// too: the browser's own is slow for millions of small texts, and is missing on pages without TLS.

const K = new Int32Array(64);
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

/** The state before the first block. */
export const start = () => Int32Array.from(START);

/** Takes one block into the state: its sixteen words are the first of `w`, which has 64. */
export function compress(state, w) {
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3];
  let e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

/** SHA-256 of bytes. */
export function sha256(bytes) {
  const blocks = ((bytes.length + 9 + 63) >> 6) << 6;
  const padded = new Uint8Array(blocks);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(blocks - 4, bytes.length * 8);
  const state = start();
  const w = new Int32Array(64);
  for (let at = 0; at < blocks; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(at + i * 4);
    compress(state, w);
  }
  const out = new Uint8Array(32);
  const result = new DataView(out.buffer);
  state.forEach((word, i) => result.setInt32(i * 4, word));
  return out;
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
