// Runs before the page's own scripts: measures frames, and has hands on the map.
(() => {
    const request = window.requestAnimationFrame.bind(window);
    // Milliseconds of the page's own code in this frame: what it asked to be called for, and what
    // it does when hands move.
    let script = 0, drew = false;
    const timed = act => {
        const began = performance.now();
        act();
        script += performance.now() - began;
    };
    window.requestAnimationFrame = callback => request(now => {
        timed(() => callback(now));
        drew = true;
    });

    // The stream of changes, to tell some of our own.
    const streams = [];
    const Stream = window.EventSource;
    window.EventSource = function (...given) {
        const stream = new Stream(...given);
        streams.push(stream);
        return stream;
    };
    Object.assign(window.EventSource, { OPEN: Stream.OPEN });

    const { port1, port2 } = new MessageChannel();
    // A message that is sent while a frame is made comes when the main thread is done with it.
    const frameMade = () => new Promise(done => {
        port1.onmessage = () => done(performance.now());
        port2.postMessage(0);
    });

    const quantile = (numbers, share) => {
        const sorted = [...numbers].sort((one, other) => one - other);
        return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    };
    const WARM = 8;

    // `act(n, elapsed)` in every frame, for so many milliseconds. With `drawn`, only frames count
    // in which the page drew.
    const frames = async (millis, act, drawn = false) => {
        const spans = [], scripts = [], rests = [];
        let last = null, begun = null;
        for (let n = -WARM; ; n += 1) {
            const now = await new Promise(request);
            begun ??= now;
            if (now - begun > millis) break;
            timed(() => act(n + WARM, now - begun));
            const ended = await frameMade();
            if (n >= 0 && (drew || !drawn)) {
                spans.push(now - last);
                scripts.push(script);
                rests.push(Math.max(0, ended - now - script));
            }
            script = 0;
            drew = false;
            last = now;
        }
        return {
            frames: spans.length,
            p50_ms: quantile(spans, 0.5),
            p95_ms: quantile(spans, 0.95),
            max_ms: quantile(spans, 1),
            script_p95_ms: quantile(scripts, 0.95),
            rest_p95_ms: quantile(rests, 0.95),
        };
    };

    // While nothing changes the browser waits for its clock; this keeps it going, so that a frame
    // takes what it takes.
    const keepGoing = () => {
        const dot = document.createElement('i');
        Object.assign(dot.style, { position: 'fixed', width: '1px', height: '1px', top: 0, left: 0 });
        document.body.append(dot);
        return n => { dot.style.background = n % 2 ? '#000' : '#fff'; };
    };
    const storm = (millis, told) => {
        const flicker = keepGoing();
        return frames(millis, (n, elapsed) => {
            flicker(n);
            told?.(elapsed);
        }, true);
    };

    const canvas = () => document.querySelector('[data-testid=seat-map]');
    const middle = () => {
        const box = canvas().getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const event = at => ({
        clientX: at.x, clientY: at.y, bubbles: true, cancelable: true,
        pointerId: 1, pointerType: 'mouse', isPrimary: true, button: 0,
    });
    const point = (kind, at) => canvas().dispatchEvent(new PointerEvent(kind, event(at)));
    const turn = (at, deltaY) => canvas().dispatchEvent(
        new WheelEvent('wheel', { ...event(at), deltaY, deltaMode: 0 }));
    const spacing = seat => {
        const [one, other] = [seat, seat + 1].map(n => window.__onsaleSeatPoint(n));
        return Math.hypot(one.x - other.x, one.y - other.y);
    };
    const pause = () => new Promise(request);

    // Brings a seat to the middle, so near that neighbours are `wanted` pixels apart.
    const approach = async (seat, wanted) => {
        turn(middle(), 4000);
        for (let turns = 0; turns < 400 && spacing(seat) < wanted; turns += 1) {
            const room = Math.log(wanted / spacing(seat)) / 0.0016;
            turn(window.__onsaleSeatPoint(seat), -Math.min(60, Math.max(1, room)));
            await pause();
        }
        const [from, to] = [window.__onsaleSeatPoint(seat), middle()];
        point('pointerdown', middle());
        point('pointermove', { x: to.x * 2 - from.x, y: to.y * 2 - from.y });
        point('pointerup', { x: to.x * 2 - from.x, y: to.y * 2 - from.y });
        await pause();
        await pause();
    };

    const far = 90;
    const pan = async (millis, told) => {
        let at = middle(), side = 1;
        point('pointerdown', at);
        const measured = await frames(millis, (n, elapsed) => {
            told?.(elapsed);
            if (Math.abs(at.x + 4 * side - middle().x) > far) side = -side;
            at = { x: at.x + 4 * side, y: at.y + 2 * side };
            point('pointermove', at);
        });
        point('pointerup', at);
        return measured;
    };
    // From everything to the numbers of seats and back, again and again.
    const zoom = (millis, seat) => {
        let side = -1;
        return frames(millis, () => {
            if (spacing(seat) > 40) side = 1;
            if (spacing(seat) < 3) side = -1;
            turn(side < 0 ? window.__onsaleSeatPoint(seat) : middle(), side * 30);
        });
    };

    const leb128 = number => {
        const bytes = [];
        for (; number >= 128; number = Math.floor(number / 128)) bytes.push(number % 128 | 128);
        return [...bytes, number];
    };
    // Tells changes of single seats, so many a second, each in a message of its own.
    const teller = async (perSecond, url) => {
        const bytes = new Uint8Array(await (await fetch(url, { cache: 'no-store' })).arrayBuffer());
        const view = new DataView(bytes.buffer);
        const [epoch, seats] = [view.getBigUint64(4, true), view.getUint32(20, true)];
        let version = view.getBigUint64(12, true), told = 0, seat = 1;
        return elapsed => {
            for (; told < elapsed / 1000 * perSecond; told += 1) {
                seat = (seat * 16807 + 11) % seats;
                const head = new DataView(new ArrayBuffer(32));
                [79, 83, 68, 49].forEach((letter, n) => head.setUint8(n, letter));
                head.setBigUint64(4, epoch, true);
                head.setBigUint64(12, version, true);
                version += 1n;
                head.setBigUint64(20, version, true);
                head.setUint32(28, 1, true);
                const data = [...new Uint8Array(head.buffer), ...leb128(seat * 4 + told % 2)];
                streams.at(-1).dispatchEvent(
                    new MessageEvent('delta', { data: btoa(String.fromCharCode(...data)) }));
            }
        };
    };

    window.onsaleProbe = { approach, pan, zoom, storm, teller };
})();
