// Three ways to draw the same seats, measured in the browser that is there: paths of the 2D canvas,
// pixels of our own that are put into it, and instances of WebGL2. Each frame draws all of them
// anew, a little further to the left.
async ({ width, height, density, spacing, frames }) => {
    const [w, h] = [width * density, height * density];
    const step = spacing * density, radius = step * 0.36;
    const places = [];
    for (let y = step / 2; y < h; y += step) for (let x = step / 2; x < w + step; x += step) {
        places.push(x + Math.sin(y) * step * 0.2, y);
    }
    const canvas = () => {
        document.body.replaceChildren();
        const made = document.createElement('canvas');
        Object.assign(made, { width: w, height: h });
        Object.assign(made.style, { width: `${width}px`, height: `${height}px` });
        document.body.append(made);
        return made;
    };
    const colors = ['#7a2ea0', '#1f7a8c', '#b7791f'];

    const paths = () => {
        const context = canvas().getContext('2d');
        return shift => {
            context.clearRect(0, 0, w, h);
            for (let color = 0; color < 3; color += 1) {
                context.fillStyle = colors[color];
                context.beginPath();
                for (let n = color * 2; n < places.length; n += 6) {
                    const [x, y] = [places[n] - shift, places[n + 1]];
                    context.moveTo(x + radius, y);
                    context.arc(x, y, radius, 0, 7);
                }
                context.fill();
            }
        };
    };

    const pixels = () => {
        const context = canvas().getContext('2d', { willReadFrequently: true });
        const image = context.createImageData(w, h);
        const words = new Uint32Array(image.data.buffer);
        const phases = radius < 8 ? 4 : 1;
        const size = Math.ceil(radius * 2) + 2, masks = [];
        for (let color = 0; color < 3; color += 1) {
            const value = parseInt(colors[color].slice(1), 16);
            const bgr = (value & 255) << 16 | value & 0xff00 | value >> 16;
            for (let py = 0; py < phases; py += 1) for (let px = 0; px < phases; px += 1) {
                const mask = new Uint32Array(size * size);
                const [cx, cy] = [radius + 1 + px / phases, radius + 1 + py / phases];
                for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) {
                    const inside = radius - Math.hypot(x + 0.5 - cx, y + 0.5 - cy) + 0.5;
                    const alpha = Math.max(0, Math.min(1, inside)) * 255 | 0;
                    mask[y * size + x] = (alpha << 24 | bgr) >>> 0;
                }
                masks.push(mask);
            }
        }
        return shift => {
            words.fill(0);
            for (let n = 0; n < places.length; n += 2) {
                const left = places[n] - shift - radius - 1, top = places[n + 1] - radius - 1;
                const [x0, y0] = [Math.floor(left), Math.floor(top)];
                if (x0 < 0 || y0 < 0 || x0 + size > w || y0 + size > h) continue;
                const px = (left - x0) * phases | 0, py = (top - y0) * phases | 0;
                const mask = masks[(n / 2 % 3 * phases + py) * phases + px];
                for (let y = 0; y < size; y += 1) {
                    const from = y * size, to = (y0 + y) * w + x0;
                    for (let x = 0; x < size; x += 1) {
                        const word = mask[from + x];
                        if (word >>> 24) words[to + x] = word;
                    }
                }
            }
            context.putImageData(image, 0, 0);
        };
    };

    const webgl = () => {
        const gl = canvas().getContext('webgl2', { antialias: false });
        if (!gl) return null;
        const shader = (kind, source) => {
            const made = gl.createShader(kind);
            gl.shaderSource(made, source);
            gl.compileShader(made);
            return made;
        };
        const program = gl.createProgram();
        gl.attachShader(program, shader(gl.VERTEX_SHADER, `#version 300 es
            in vec2 at; uniform vec2 size; uniform float shift, radius; flat out vec3 color;
            void main() {
                vec2 place = (at - vec2(shift, 0.0)) / size * 2.0 - 1.0;
                gl_Position = vec4(place.x, -place.y, 0.0, 1.0);
                gl_PointSize = radius * 2.0 + 2.0;
                int kind = gl_VertexID % 3;
                color = kind == 0 ? vec3(.48, .18, .63) : kind == 1 ? vec3(.12, .48, .55)
                    : vec3(.72, .47, .12);
            }`));
        gl.attachShader(program, shader(gl.FRAGMENT_SHADER, `#version 300 es
            precision highp float; flat in vec3 color; uniform float radius; out vec4 ink;
            void main() {
                float far = length(gl_PointCoord - 0.5) * (radius * 2.0 + 2.0);
                float alpha = clamp(radius - far + 0.5, 0.0, 1.0);
                ink = vec4(color * alpha, alpha);
            }`));
        gl.linkProgram(program);
        gl.useProgram(program);
        gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
        gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(places), gl.STATIC_DRAW);
        gl.enableVertexAttribArray(0);
        gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
        gl.enable(gl.BLEND);
        gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
        const uniform = name => gl.getUniformLocation(program, name);
        gl.uniform2f(uniform('size'), w, h);
        gl.uniform1f(uniform('radius'), radius);
        const where = uniform('shift');
        return shift => {
            gl.clear(gl.COLOR_BUFFER_BIT);
            gl.uniform1f(where, shift);
            gl.drawArrays(gl.POINTS, 0, places.length / 2);
        };
    };

    const measured = {};
    for (const [name, start] of Object.entries({ paths, pixels, webgl })) {
        const draw = start();
        if (!draw) continue;
        const spans = [], scripts = [];
        let last = null;
        for (let frame = 0; frame < frames + 5; frame += 1) {
            const now = await new Promise(requestAnimationFrame);
            const started = performance.now();
            draw(frame * 0.7 % step);
            if (frame > 4) {
                scripts.push(performance.now() - started);
                spans.push(now - last);
            }
            last = now;
        }
        const p95 = numbers => numbers.sort((a, b) => a - b)[Math.floor(numbers.length * 0.95)];
        measured[name] = { frame_p95_ms: p95(spans), script_p95_ms: p95(scripts) };
    }
    document.body.replaceChildren();
    return { seats: places.length / 2, ...measured };
}
