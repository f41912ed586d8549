// The puzzle against robots, solved in a worker of its own so that the page stays alive. Loaded when
// somebody joins and a puzzle is asked for; docs/waiting-room.md says what is solved.

import { compress, start } from "/draw.js";

/** Digits that a nonce is written with: all of one length, so that only they change. */
const DIGITS = 12;
const SLICE = 2048;

/**
 * Prepares the search for the nonce. Everything before the last block is hashed once; each try then
 * costs one block, or two when the digits lie across the end of one.
 */
export function search(challenge, bits) {
  const text = new TextEncoder().encode(`${challenge}:`);
  const length = text.length + DIGITS;
  const done = text.length & ~63;
  const state = start();
  const w = new Int32Array(64);
  const rest = new Uint8Array(((length + 9 + 63) & ~63) - done);
  const words = new DataView(rest.buffer);
  const begin = new DataView(text.buffer);
  for (let at = 0; at < done; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = begin.getInt32(at + i * 4);
    compress(state, w);
  }
  rest.set(text.subarray(done));
  const first = text.length - done;
  rest.fill(48, first, first + DIGITS);
  rest[first + DIGITS] = 0x80;
  words.setUint32(rest.length - 4, length * 8);
  const digest = new Int32Array(8);

  const solves = () => {
    digest.set(state);
    for (let at = 0; at < rest.length; at += 64) {
      for (let i = 0; i < 16; i += 1) w[i] = words.getInt32(at + i * 4);
      compress(digest, w);
    }
    const high = Math.clz32(digest[0]);
    return (high < 32 ? high : 32 + Math.clz32(digest[1])) >= bits;
  };
  const count = () => {
    let at = first + DIGITS - 1;
    while (rest[at] === 57) { rest[at] = 48; at -= 1; }
    rest[at] += 1;
  };
  /** Tries so many; the nonce, or null when none of them solves it. */
  return (tries) => {
    for (let n = 0; n < tries; n += 1) {
      if (solves()) return String.fromCharCode(...rest.subarray(first, first + DIGITS));
      count();
    }
    return null;
  };
}

/**
 * Solves a puzzle, or returns undefined after so many seconds: from then on patience is as good as a
 * proof, and a slow device need not go on.
 */
export function solve({ challenge, bits, waitSeconds }, progress) {
  return new Promise((resolve) => {
    let worker = null;
    let over = false;
    const end = (nonce) => {
      over = true;
      worker?.terminate();
      resolve(nonce);
    };
    setTimeout(end, (waitSeconds + 1) * 1000);
    const here = async () => {
      const attempt = search(challenge, bits);
      for (let tried = 0; !over; tried += SLICE) {
        const nonce = attempt(SLICE);
        if (nonce !== null) end(nonce);
        else progress(share(tried, bits));
        await new Promise((go) => { setTimeout(go, 0); });
      }
    };
    try {
      worker = new Worker(import.meta.url, { type: "module" });
    } catch {
      here();
      return;
    }
    worker.onmessage = ({ data }) => {
      if (data.nonce === undefined) progress(data.share);
      else end(data.nonce);
    };
    // A browser that knows workers and not modules in them.
    worker.onerror = (event) => {
      event.preventDefault();
      here();
    };
    worker.postMessage({ challenge, bits });
  });
}

/** How likely it was to be done by now: the one honest figure of a search by luck. */
const share = (tried, bits) => 1 - Math.exp(-tried / 2 ** bits);

// In the worker, this file is the program.
if (!("document" in globalThis) && "postMessage" in globalThis) {
  globalThis.onmessage = ({ data: { challenge, bits } }) => {
    const attempt = search(challenge, bits);
    let told = performance.now();
    for (let tried = 0; ; tried += SLICE) {
      const nonce = attempt(SLICE);
      if (nonce !== null) { globalThis.postMessage({ nonce }); return; }
      if (performance.now() - told > 200) {
        told = performance.now();
        globalThis.postMessage({ share: share(tried, bits) });
      }
    }
  };
}
